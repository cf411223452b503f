"""`FrameWriter`: arrays that a program makes, as a video in a recording."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time as clock
import warnings
import weakref
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _ffmpeg_log, _options, _vstream
from ._arrays import as_buffer, explain
from ._errors import Error, VideoWarning, misfit
from ._logging_thread import LoggingThread
from ._times import TimelineValue, nanoseconds, timeline_value
from ._types import Duration, Picture, Rate, Time, TimelineLike
from ._video_log import Row, VideoLog

if TYPE_CHECKING:
    import rerun as rr
    from typing_extensions import Self


class Counts(NamedTuple):
    """What happened to the pictures of a writer.

    Attributes
    ----------
    written : int
        Pictures that were passed to it, including dropped ones.
    logged : int
        Samples that were logged; other pictures are still being encoded.
    dropped : int
        Pictures that a live writer dropped because the encoder was busy.
    """

    written: int
    logged: int
    dropped: int


class FrameWriter:
    """Encodes arrays on another thread, and logs them as a ``VideoStream``.

    Parameters
    ----------
    entity : str
        Where to log: an entity path, such as ``camera/front``. Two writers must not share one.
    size : (int, int), optional
        Width and height of the pictures in pixels; by default those of the first one. An odd last column or row is
        cropped. Later pictures of another size are fitted into this one, with a warning.
    rate : number, optional
        Approximate number of pictures a second. It only guides the encoder: each picture is logged at its own time.
    order : str
        Order of the colours: ``rgb``, or ``bgr`` as in OpenCV.
    range : (float, float), optional
        The values shown as black and as white: required for ``uint16``, 0 to 1 by default for floats.
    live : bool
        Log each picture at once, and drop pictures while the encoder is busy. They also get a timeline
        ``capture_time``: the wall clock when they were written.
    codec : str
        ``h264``, ``h265`` or ``av1``.
    encoder, preset, tune : str, optional
        FFmpeg's names, such as ``libx264``, ``veryfast``, ``animation``.
    crf : int, optional
        Constant quality, lower is better: 1 to 51 for H.264, 23 by default. Not together with `bitrate`.
    bitrate : int, optional
        Bits a second.
    keyframe_interval : float or datetime.timedelta
        Seconds between keyframes, at most.
    max_size : (int, int), optional
        Largest width and height in the recording; larger pictures are scaled down.
    timeline : str
        Name of the main timeline, a duration. A timeline ``frame`` counts the pictures.
    recording : rerun.RecordingStream, optional
        Where to log; by default the current recording of this thread.

    Raises
    ------
    ConfigError
        If a setting is invalid.
    RecordingError
        If there is no recording.

    Notes
    -----
    Pictures are copied once, and encoded on a thread that does not hold the interpreter's lock. Several threads may
    write to one writer, and each thread's ``rerun.set_time`` applies to the pictures that it writes. In a forked
    process, writers of the parent cannot be used, and closing them does nothing.

    Closing it, best with a ``with`` block, encodes and logs the remaining pictures. A writer that is never closed is
    closed when the interpreter exits.

    Examples
    --------
    >>> rr.init("robot", spawn=True)
    >>> with vstream.FrameWriter("camera/front", size=(640, 480), rate=30) as video:
    ...     for time, frame in frames:
    ...         video.write(frame, time)
    """

    # Also set where `__init__` has failed.
    _encoder: _vstream.Encoder | None = None

    def __init__(
        self,
        entity: str,
        size: tuple[int, int] | None = None,
        rate: Rate = 30,
        *,
        order: str = "rgb",
        range: tuple[float, float] | None = None,
        live: bool = False,
        codec: str = "h264",
        encoder: str | None = None,
        preset: str | None = None,
        tune: str | None = None,
        crf: int | None = None,
        bitrate: int | None = None,
        keyframe_interval: Duration = 1.0,
        max_size: tuple[int, int] | None = None,
        timeline: str = "time",
        recording: rr.RecordingStream | None = None,
    ) -> None:
        given = dict(locals())
        self._options = {
            "video": _options.video(given),
            "rate": _options.rate(rate),
            "order": order,
            "range": range,
            "live": live,
        }
        self._entity = entity
        self._live = live
        self._size = size
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._is_begun = self._closed = self._ended = self._told_of_sizes = False
        self._log = VideoLog(entity, timeline, recording)
        self._thread = LoggingThread(entity, self._log)
        if size is not None:
            self._start(size)

    def write(self, frame: Picture, time: Time, /, **timelines: TimelineLike) -> bool:
        """Record one picture, which is copied.

        Waits while the encoder is busy; a live writer drops the picture instead. Times that this thread has set with
        ``rerun.set_time`` apply to it as well.

        Parameters
        ----------
        frame : array, height × width, or height × width × 1, 3 or 4
            ``uint8``; or, with a range, ``uint16``, ``float32`` or ``float64``. From NumPy, PyTorch, JAX, CuPy (in host
            memory), Pillow, or anything else with the buffer protocol or DLPack, with any strides. Alpha is shown over
            black.
        time : float, datetime.timedelta, numpy.timedelta64 or int
            When it is shown: seconds, or nanoseconds as an integer. Not negative, and later than the previous one.
        **timelines : int, float, datetime.timedelta or datetime.datetime
            More timelines: an integer is a sequence number, a float (seconds) or timedelta is a duration, a datetime
            is a timestamp.

        Returns
        -------
        bool
            False if it was dropped, which happens only live.

        Raises
        ------
        FrameError
            If it is not a picture, or its time is not valid. It is skipped, and writing can continue.
        EncodeError, RecordingError
            If encoding or logging has failed; the writer cannot continue.

        Warns
        -----
        VideoWarning
            If the size has changed, the first time.
        """
        self._check_process()
        at = nanoseconds(time)
        if not 0 <= at < 1 << 63:
            cause = f"its time {time!r} is negative or too late"
            raise misfit(
                self._entity, cause, "count from 0 on, in seconds, or in nanoseconds as int"
            )
        row = self._log.times_of_thread()
        if self._live:
            row["capture_time"] = TimelineValue("timestamp", clock.time_ns())
        row.update((name, timeline_value(name, value)) for name, value in timelines.items())
        array = as_buffer(self._entity, frame)
        with self._lock:
            self._thread.raise_failure()
            if self._closed:
                raise misfit(self._entity, "its writer is closed", "make another one")
            try:
                return self._write(array, at, row)
            except Error:
                raise
            except (BufferError, TypeError, ValueError) as error:
                raise explain(self._entity, frame, error) from error

    def _write(self, array: Any, at: int, row: Row) -> bool:
        encoder = self._encoder or self._start(None)
        size = encoder.size_of(array)
        if size != self._size:
            self._changed(size)
        # Before the encoder gets the picture, since its sample may be logged at once.
        rows = self._thread.rows
        is_new = rows.setdefault(at, row) is row
        try:
            taken = encoder.write(array, at)
        except BaseException:
            if is_new:
                rows.pop(at, None)
            raise
        if not taken:
            rows.pop(at, None)
        self._is_begun = self._is_begun or taken
        return taken

    def _changed(self, size: tuple[int, int]) -> None:
        """Refuse a first picture of another size than promised; later ones are fitted into that size."""
        if self._size is None:
            self._size = size
        elif not self._is_begun:
            (width, height), (wide, high) = size, self._size
            cause = (
                f"it has {width} columns and {height} rows, and the writer's size is {wide, high}"
            )
            raise misfit(self._entity, cause, "give size=(width, height)")
        elif not self._told_of_sizes:
            self._told_of_sizes = True
            message = f"{self._entity}: pictures of {size} are fitted into {self._size}"
            warnings.warn(message, VideoWarning, stacklevel=4)

    def counts(self) -> Counts:
        """Return what happened to the pictures so far."""
        if self._encoder is None or self._process != os.getpid():
            return Counts(0, 0, 0)
        written, _, dropped = self._encoder.counts()
        return Counts(written, self._log.logged, dropped)

    def close(self) -> None:
        """Encode and log the remaining pictures. The recording stream is not flushed.

        Raises
        ------
        EncodeError, RecordingError
            If encoding or logging has failed.

        Warns
        -----
        VideoWarning
            If pictures were dropped.
        """
        encoder = self._encoder
        if encoder is None or self._process != os.getpid():
            return
        with self._lock:
            self._closed = True
            if self._ended:
                return
            encoder.close()
            self._thread.join()
            self._ended = True
            _open.discard(self)
            encoder.finish()
        self._thread.raise_failure()
        dropped = self.counts().dropped
        if dropped:
            message = (
                f"{self._entity}: {dropped} pictures were dropped because the encoder was busy"
            )
            warnings.warn(message, VideoWarning, stacklevel=2)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except Error as failure:
            # The exception of the body comes first.
            if error is None:
                raise
            warnings.warn(str(failure), VideoWarning, stacklevel=2)

    def __del__(self) -> None:
        if self._encoder is None or self._ended or self._process != os.getpid():
            return
        warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)
        with contextlib.suppress(Error):
            self.close()

    def __repr__(self) -> str:
        return f"<vstream.FrameWriter {self._entity!r} {self._size}>"

    def _check_process(self) -> None:
        if self._process != os.getpid():
            cause = "its writer belongs to the process that this one was forked from"
            raise misfit(self._entity, cause, "make the writer in the process that writes")

    def _start(self, size: tuple[int, int] | None) -> _vstream.Encoder:
        """Begin to encode and to log."""
        _ffmpeg_log.start()
        # The encoder takes the size of its first picture; this one is only checked.
        encoder = _vstream.Encoder(self._entity, size or (2, 2), self._options)
        self._log.begin(encoder.codec, self._live)
        self._thread.start(encoder)
        self._encoder = encoder
        # Again for each writer, since handlers run in reverse and Rerun's own must come later.
        atexit.unregister(_close_all)
        atexit.register(_close_all)
        _open.add(self)
        return encoder


# Writers to close when the interpreter exits, before Rerun shuts down.
_open: weakref.WeakSet[FrameWriter] = weakref.WeakSet()


def _close_all() -> None:
    for writer in list(_open):
        try:
            writer.close()
        except Error as error:
            warnings.warn(str(error), VideoWarning, stacklevel=2)
