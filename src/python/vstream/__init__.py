"""Video for Rerun, from arrays, files, cameras and streams.

H.264 without B-frames, at exact times, in the right colours:

- `FrameWriter` logs arrays that your program makes,
- `log_video` logs a file, a camera or a stream, with its sound and subtitles,
- `samples` returns the encoded samples of an input, without Rerun.

Everything is logged with your own version of Rerun (0.24 or newer), to its current recording or the one you give.
The command line tool is ``vstream``, or ``python -m vstream``.
"""

from __future__ import annotations

from . import _set_time
from ._errors import (
    ConfigError,
    EncodeError,
    Error,
    FrameError,
    InputError,
    RecordingError,
    VideoWarning,
)
from ._frame_writer import Counts, FrameWriter
from ._log_video import LoggedVideo, log_video
from ._samples import Sample, Samples, samples
from ._vstream import __version__

# Times set before the first writer is made count as well.
_set_time.watch()

__all__ = [
    "ConfigError",
    "Counts",
    "EncodeError",
    "Error",
    "FrameError",
    "FrameWriter",
    "InputError",
    "LoggedVideo",
    "RecordingError",
    "Sample",
    "Samples",
    "VideoWarning",
    "__version__",
    "log_video",
    "samples",
]
