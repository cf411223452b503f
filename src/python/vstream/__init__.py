"""Video for Rerun, from arrays, files, cameras and streams.

Three functions log or give H.264 without B-frames, at exact times, in the right colours:

- `FrameWriter` takes arrays as your program makes them,
- `log_video` takes a file, a camera or a stream,
- `samples` gives the encoded samples themselves, without Rerun.

What is logged goes through the Rerun that you have (0.24 or newer), to its current recording or to the one you give.
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

# From here on, for what is set before the first writer is made counts as well.
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
