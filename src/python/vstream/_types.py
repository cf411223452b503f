"""Types of arguments, for type checkers only."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy
    from typing_extensions import Buffer


class SupportsDLPack(Protocol):
    """An array of a library that supports DLPack, such as PyTorch, JAX and CuPy."""

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return the kind of memory it is in."""
        ...


class SupportsArrayInterface(Protocol):
    """An array that NumPy can wrap, such as a Pillow image."""

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """Return its address, shape and type."""
        ...


Picture: TypeAlias = "Buffer | SupportsDLPack | SupportsArrayInterface"
# Seconds, or nanoseconds as an integer.
Time: TypeAlias = "float | int | timedelta | numpy.timedelta64 | Fraction"
# Seconds.
Duration: TypeAlias = "float | timedelta | numpy.timedelta64 | Fraction"
# A sequence number, a duration, a timestamp.
TimelineLike: TypeAlias = (
    "int | float | timedelta | datetime | numpy.timedelta64 | numpy.datetime64"
)
# Frames a second: a number such as 29.97, a fraction, a string such as "30000/1001", or numerator and denominator.
Rate: TypeAlias = "float | Fraction | str | tuple[int, int]"
