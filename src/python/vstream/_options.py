"""Keyword arguments in the form that the extension takes them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._times import nanoseconds
from ._types import Duration, Rate


def video(options: Mapping[str, Any]) -> dict[str, Any]:
    """Choose the settings of an encoder."""
    names = ("codec", "encoder", "preset", "tune", "crf", "bitrate", "max_size")
    chosen = {name: options.get(name) for name in names}
    chosen["keyframe_interval"] = duration("keyframe_interval", options.get("keyframe_interval"))
    return chosen


def input(options: Mapping[str, Any]) -> dict[str, Any]:
    """Choose the settings of an input: those of `samples`, and what is recorded beside the video."""
    return {
        "audio": None,
        "audio_codec": None,
        "text": False,
        **options,
        "video": video(options),
        "options": list((options["options"] or {}).items()),
        "rate": rate(options["rate"]),
        "fps": rate(options["fps"]),
        **{name: duration(name, options[name]) for name in ("start", "duration", "timeout")},
    }


def duration(name: str, value: Duration | None) -> int | None:
    """Read a duration, which is not negative, as nanoseconds."""
    if value is None:
        return None
    # Nobody means nanoseconds by `duration=10`.
    nanos = nanoseconds(float(value) if isinstance(value, int) else value, name)
    if nanos < 0:
        raise ValueError(f"{name} is {value}; it must not be negative")
    return nanos


def rate(value: Rate | None) -> str | None:
    """Write a rate as FFmpeg does: a number, a fraction, or a pair of numerator and denominator."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return f"{value[0]}/{value[1]}"
    return str(value)
