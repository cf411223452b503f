import os
from collections.abc import Mapping
from typing import Final

import rerun as rr

from ._errors import (
    ConfigError as ConfigError,
    EncodeError as EncodeError,
    Error as Error,
    FrameError as FrameError,
    InputError as InputError,
    RecordingError as RecordingError,
    VideoWarning as VideoWarning,
)
from ._frame_writer import Counts as Counts, FrameWriter as FrameWriter
from ._log_video import LoggedVideo as LoggedVideo
from ._samples import Sample as Sample, Samples as Samples, samples as samples
from ._types import Duration, Rate

__version__: Final[str]

# The function itself passes the arguments from `codec` on to `samples`.
def log_video(
    source: str | os.PathLike[str],
    entity: str = "video_stream",
    *,
    timeline: str = "time",
    recording: rr.RecordingStream | None = None,
    progress: bool | None = None,
    audio: str | int | None = "best",
    audio_codec: str = "auto",
    text: bool = True,
    codec: str = "h264",
    encoder: str | None = None,
    preset: str | None = None,
    tune: str | None = None,
    crf: int | None = None,
    bitrate: int | None = None,
    keyframe_interval: Duration = 1.0,
    max_size: tuple[int, int] | None = None,
    fps: Rate | None = None,
    filter: str | None = None,
    range: tuple[int, int] | None = None,
    hwaccel: str | None = None,
    deinterlace: str | None = None,
    autorotate: bool = True,
    format: str | None = None,
    options: Mapping[str, str] | None = None,
    stream: int | None = None,
    video_size: tuple[int, int] | None = None,
    pixel_format: str | None = None,
    rate: Rate | None = None,
    start: Duration | None = None,
    duration: Duration | None = None,
    timeout: Duration | None = None,
    realtime: bool = False,
    reconnect: bool = False,
    keep_timestamps: bool = False,
    rebase: bool = False,
    start_time: str | None = None,
) -> LoggedVideo: ...

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
