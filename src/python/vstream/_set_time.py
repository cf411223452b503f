"""What `rerun.set_time` has set in each thread.

A sample is logged later than its picture was written, and on another thread, but belongs to the times that were set
when the picture was written. Rerun has functions that set these times but none that returns them, so its functions are
wrapped, and what they set is kept here too.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from ._times import TimelineValue

_KINDS = {
    "set_time_sequence": "sequence",
    "set_time_duration_nanos": "duration",
    "set_time_timestamp_nanos_since_epoch": "timestamp",
}

_WATCHED = "_watched_by_vstream"


class _Thread(threading.local):
    """The times that one thread has set, for each recording by its id."""

    def __init__(self) -> None:
        self.times: dict[str, dict[str, TimelineValue]] = {}


_thread = _Thread()


def watch() -> None:
    """Keep what Rerun's functions are called with from now on; do nothing if Rerun is not installed."""
    try:
        import rerun_bindings as bindings
    except ImportError:
        return
    if getattr(bindings, _WATCHED, False):
        return
    setattr(bindings, _WATCHED, True)
    for name, kind in _KINDS.items():
        _follow(bindings, name, functools.partial(_set, kind))
    _follow(bindings, "disable_timeline", _disable)
    _follow(bindings, "reset_time", _reset)


def current(recording_id: str) -> dict[str, TimelineValue]:
    """Return the times that the calling thread has set for a recording, by their timelines."""
    return dict(_thread.times.get(recording_id, {}))


def _follow(bindings: Any, name: str, note: Callable[..., None]) -> None:
    """Wrap a function so that after each call, `note` is called with the recording's times."""
    function = getattr(bindings, name, None)
    if function is None:
        return

    @functools.wraps(function)
    def followed(*arguments: Any, recording: Any = None) -> Any:
        result = function(*arguments, recording=recording)
        recording_id = bindings.get_recording_id(recording=recording)
        if recording_id is not None:
            note(_thread.times.setdefault(str(recording_id), {}), *arguments)
        return result

    setattr(bindings, name, followed)


def _set(kind: str, times: dict[str, TimelineValue], timeline: str, value: int) -> None:
    times[timeline] = TimelineValue(kind, int(value))


def _disable(times: dict[str, TimelineValue], timeline: str) -> None:
    times.pop(timeline, None)


def _reset(times: dict[str, TimelineValue]) -> None:
    times.clear()
