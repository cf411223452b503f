"""The thread that takes the samples of one encoder and logs them."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

from . import _vstream
from ._errors import RecordingError
from ._video_log import Row, VideoLog


class LoggingThread:
    """Logs the samples of an encoder, each with the timelines that were noted for its time.

    It has no reference to the writer, so that a writer that is no longer used can be garbage-collected.
    """

    def __init__(self, entity: str, log: VideoLog) -> None:
        # What was set when the picture of that time was written.
        self.rows: dict[int, Row] = {}
        self._entity = entity
        self._log = log
        self._failure: Exception | None = None
        self._thread: threading.Thread | None = None

    def start(self, encoder: _vstream.Encoder) -> None:
        """Begin; the thread ends when the encoder has no more samples."""
        self._thread = threading.Thread(
            target=self._run, args=(encoder,), name=f"vstream {self._entity}", daemon=True
        )
        self._thread.start()

    def join(self) -> None:
        """Wait for its end."""
        # Python may collect a forgotten writer on any thread, on this one as well.
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def raise_failure(self) -> None:
        """Raise this thread's failure on the calling thread, if it has failed."""
        if self._failure is not None:
            cause = str(self._failure)
            message = f"cannot log {self._entity}: {cause}"
            error = RecordingError(message, kind="output", subject=self._entity, cause=cause)
            raise error from self._failure

    def _run(self, encoder: _vstream.Encoder) -> None:
        # After a failure samples are still taken, for the encoder would wait for that.
        while (sample := encoder.next()) is not None:
            row = self.rows.pop(sample[1], {})
            self._try(functools.partial(self._log.add, sample, row))
        self._try(self._log.flush)

    def _try(self, log: Callable[[], None]) -> None:
        """Log, unless that has failed before. Whatever Rerun raises is kept."""
        if self._failure is None:
            try:
                log()
            except Exception as error:  # noqa: BLE001
                self._failure = error
