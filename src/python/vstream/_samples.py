"""Encoded samples of a file, a camera or a stream, without Rerun."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _ffmpeg_log, _options, _vstream
from ._errors import VideoWarning
from ._types import Duration, Rate

if TYPE_CHECKING:
    from typing_extensions import Self


class Sample(NamedTuple):
    """One access unit of encoded video.

    Attributes
    ----------
    time_ns : int
        When it is shown, in nanoseconds since the beginning; later than the previous one.
    data : bytes
        The access unit: Annex B for H.264 and H.265.
    keyframe : bool
        A closed GOP begins here, and `data` holds all headers that a decoder needs.
    """

    time_ns: int
    data: bytes
    keyframe: bool


class Samples(Iterator[Sample]):
    """The samples of an input's video, in order; made by `samples`.

    It reads and encodes on its own threads, some samples ahead. After the last sample, `close` or the end of a ``with``
    block, the threads end and the input is closed.

    Attributes
    ----------
    codec : str
        ``h264``, ``h265``, ``av1``, ``vp8`` or ``vp9``.
    encoding : str
        How the samples are made: ``libx264 veryfast crf 23``, ``copied``.
    name : str
        A short name of the input.
    live : bool
        The input is live: a camera, a stream, a screen.
    rate : fractions.Fraction or None
        Frames a second, as the container states them.
    duration_ns : int or None
        Duration in nanoseconds, as the container states it.
    """

    def __init__(self, source: str | os.PathLike[str], options: Mapping[str, Any]) -> None:
        _ffmpeg_log.start()
        self._samples = _vstream.Samples(os.fspath(source), options)

    @property
    def codec(self) -> str:
        return self._samples.codec

    @property
    def sound_only(self) -> bool:
        return self._samples.sound_only

    @property
    def encoding(self) -> str:
        return self._samples.encoding

    @property
    def name(self) -> str:
        return self._samples.name

    @property
    def live(self) -> bool:
        return self._samples.live

    @property
    def rate(self) -> Fraction | None:
        rate = self._samples.rate
        return Fraction(*rate) if rate is not None else None

    @property
    def duration_ns(self) -> int | None:
        return self._samples.duration

    def __next__(self) -> Sample:
        item = self.next_item()
        if item is None:
            raise StopIteration
        # `samples` requests video only.
        assert isinstance(item, tuple)
        return Sample(item[1], item[3], item[4])

    def next_item(self) -> _vstream.SampleTuple | _vstream.Note | _vstream.Clip | None:
        """Return the next sample with all its times, a note or a clip; None after the last one."""
        item = self._samples.next()
        if item is None:
            self._warn()
            self.close()
        return item

    @property
    def beside(self) -> tuple[list[str], list[str]]:
        """The entity paths of notes and of sound, relative to the video's."""
        return self._samples.notes, self._samples.audio

    def close(self) -> None:
        """Stop early: end the threads and close the input."""
        self._samples.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _warn(self) -> None:
        for _, words, count in self._samples.warnings:
            times = f" ({count} times)" if count > 1 else ""
            # Four levels up is the user's line, which asked for the item.
            warnings.warn(f"{self.name}: {words}{times}", VideoWarning, stacklevel=4)


def samples(
    source: str | os.PathLike[str],
    *,
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
) -> Samples:
    """Read a video and return its samples: without B-frames, each decodable with only those before it.

    Parameters
    ----------
    source : str or os.PathLike
        A path, a URL, a camera (``/dev/video0``, ``camera:``), a screen (``screen:``), or ``lavfi:GRAPH``.
    codec : str
        ``h264``, ``h265`` or ``av1``; ``copy`` gives the packets as they are, ``auto`` does so where possible.
    encoder, preset, tune : str, optional
        FFmpeg's names, such as ``libx264``, ``veryfast``, ``animation``.
    crf : int, optional
        Constant quality, lower is better: 1 to 51 for H.264. Not together with `bitrate`.
    bitrate : int, optional
        Bits a second.
    keyframe_interval : float or datetime.timedelta
        Seconds between keyframes, at most.
    max_size : (int, int), optional
        Largest width and height; larger pictures are scaled down.
    fps : number, optional
        Constant frame rate, by dropping and duplicating frames.
    filter : str, optional
        An FFmpeg filter chain, such as ``crop=640:480``.
    range : (int, int), optional
        The values shown as black and as white, for grey pictures of more than 8 bits.
    hwaccel : str, optional
        Decode in hardware: ``auto``, ``cuda``, ``vaapi``.
    deinterlace : str, optional
        ``auto``, ``on`` or ``off``.
    autorotate : bool
        Apply the rotation that the container holds.
    format, options, stream, video_size, pixel_format, rate
        How FFmpeg opens the input, as for the command line tool. `rate` means what ``ffmpeg -r`` before ``-i`` means.
    start, duration, timeout : float or datetime.timedelta, optional
        Seconds: where to begin, how much to read, how long to wait for a network.
    realtime : bool
        Read a file at playback speed.
    reconnect : bool
        When a live source breaks off, keep trying to reopen it.
    keep_timestamps : bool
        Keep the container's own timestamps instead of beginning at its start.
    rebase : bool
        Make the part from `start` on begin at time 0.
    start_time : str, optional
        The wall-clock time of the beginning, such as ``2024-05-01T12:00:00Z``, or ``creation``.

    Returns
    -------
    Samples
        An iterator of `Sample`, which is also ``(time_ns, data, keyframe)``.

    Raises
    ------
    InputError
        If the input cannot be opened or holds no video. Later errors come from the iterator.
    ConfigError
        If a setting is invalid.

    Warns
    -----
    VideoWarning
        At the end, for problems of the input.

    Examples
    --------
    >>> for time_ns, data, keyframe in vstream.samples("drive.mkv"):
    ...     print(time_ns / 1e9, len(data), keyframe)
    """
    given = dict(locals())
    return Samples(given.pop("source"), _options.input(given))
