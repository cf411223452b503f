"""Types of arguments, for type checkers alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy
    from typing_extensions import Buffer


class SupportsDLPack(Protocol):
    """An array of a library that has DLPack, such as PyTorch, JAX and CuPy."""

    def __dlpack_device__(self) -> tuple[int, int]:
        """Say in which memory it lies."""
        ...


class SupportsArrayInterface(Protocol):
    """An array that NumPy can look at, such as an image of Pillow."""

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """Say where it lies and what it holds."""
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
# Frames a second: a number, such as 29.97, a fraction, also as "30000/1001", or a pair of its numbers.
Rate: TypeAlias = "float | Fraction | str | tuple[int, int]"
