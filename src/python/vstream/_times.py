"""Converts times of all types to integer nanoseconds, and values of users to places on timelines."""

from __future__ import annotations

import math
import operator
import sys
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any, NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class TimelineValue(NamedTuple):
    """A place on a timeline.

    Attributes
    ----------
    kind : str
        ``sequence``, ``duration`` or ``timestamp``.
    value : int
        A sequence number, nanoseconds, or for timestamps nanoseconds since 1970.
    """

    kind: str
    value: int


def nanoseconds(time: Any, what: str = "time") -> int:
    """Read seconds, a timedelta, or nanoseconds as an integer.

    Parameters
    ----------
    time : float, datetime.timedelta, numpy.timedelta64, fractions.Fraction or int
        The time; an integer is nanoseconds, any other number is seconds.
    what : str
        What it is, for error messages.

    Returns
    -------
    int
        Nanoseconds, rounded to the nearest.

    Raises
    ------
    TypeError
        If it has another type.
    ValueError
        If it is not finite.
    """
    if isinstance(time, timedelta):
        return _of_timedelta(time)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(time, numpy.timedelta64):
        return int(time.astype("timedelta64[ns]").astype("int64"))
    if not isinstance(time, bool):
        try:
            return operator.index(time)
        except TypeError:
            pass
        # Strings do not have this method.
        if hasattr(time, "__float__"):
            seconds = time if isinstance(time, Fraction) else float(time)
            if not math.isfinite(seconds):
                raise ValueError(f"{what} is {time}; give a finite number of seconds")
            return round(seconds * 1_000_000_000)
    raise TypeError(
        f"{what} is {time!r}; give seconds as a float, a timedelta, or nanoseconds as an int"
    )


def timeline_value(name: str, value: Any) -> TimelineValue:
    """Read a place on one of the user's timelines.

    Parameters
    ----------
    name : str
        The timeline.
    value : int, float, datetime.timedelta, datetime.datetime, numpy.timedelta64 or numpy.datetime64
        An integer is a sequence number, a float is a duration in seconds. A datetime without a time zone is UTC, as in
        Rerun.
    """
    if isinstance(value, datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)
        return TimelineValue("timestamp", _of_timedelta(aware - _EPOCH))
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.datetime64):
        return TimelineValue("timestamp", int(value.astype("datetime64[ns]").astype("int64")))
    if hasattr(value, "__index__") and not isinstance(value, bool):
        is_duration = numpy is not None and isinstance(value, numpy.timedelta64)
        if not is_duration:
            return TimelineValue("sequence", operator.index(value))
    return TimelineValue("duration", nanoseconds(value, f"timeline {name!r}"))


def _of_timedelta(delta: timedelta) -> int:
    seconds = delta.days * 86_400 + delta.seconds
    return (seconds * 1_000_000 + delta.microseconds) * 1_000
