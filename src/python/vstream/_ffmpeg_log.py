"""Passes FFmpeg's log messages to `logging`, as the logger ``vstream.ffmpeg``."""

from __future__ import annotations

import atexit
import logging
import os

from . import _vstream

_logger = logging.getLogger("vstream.ffmpeg")
# The process whose thread calls the logger. A fork of it has no such thread.
_process: int | None = None


def start() -> None:
    """Pass FFmpeg's messages on if `logging` has been set up, from the level that is enabled there."""
    global _process
    if not _logger.hasHandlers() or _process not in (None, os.getpid()):
        return
    if _process is None:
        _process = os.getpid()
        # FFmpeg's threads must not call into the interpreter once that has ended.
        atexit.register(_vstream.silence)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_vstream.silence)
    wanted = _logger.getEffectiveLevel()
    level = next((level for level in (10, 20, 30) if wanted <= level), 40)
    _vstream.listen(level, _logger.log)
