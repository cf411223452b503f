"""Pictures of all libraries as objects with the buffer protocol, copied only where that cannot be avoided."""

from __future__ import annotations

from typing import Any

from ._errors import FrameError, misfit

# DLPack's numbers of memory that the processor can read: plain, or pinned by CUDA or ROCm.
_HOST = {1, 3, 11}


def as_buffer(entity: str, picture: Any) -> Any:
    """Give a picture the buffer protocol.

    Parameters
    ----------
    entity : str
        Where it is logged, for error messages.
    picture : array
        Anything with the buffer protocol, DLPack or NumPy's array interface.

    Raises
    ------
    FrameError
        If it is not an array, or is in the memory of a device.
    """
    find_device = getattr(picture, "__dlpack_device__", None)
    if find_device is not None and not _is_numpy(picture):
        try:
            device = int(find_device()[0])
        except (BufferError, RuntimeError, TypeError, ValueError) as error:
            raise explain(entity, picture, error) from error
        if device not in _HOST:
            cause = f"{_describe(picture)} is in the memory of a device"
            raise misfit(entity, cause, "copy it to the host first: .cpu(), or .get() of CuPy")
        return _from_dlpack(entity, picture)
    if hasattr(picture, "__cuda_array_interface__"):
        cause = f"{_describe(picture)} is in the memory of a device"
        raise misfit(entity, cause, "copy it to the host first: .copy_to_host(), .cpu() or .get()")
    if hasattr(picture, "__array_interface__") and not _is_numpy(picture):
        import numpy

        return numpy.asarray(picture)
    return picture


def explain(entity: str, picture: Any, error: Exception) -> FrameError:
    """Make the exception for a picture whose memory cannot be read."""
    remedy = "give an array of uint8: height × width × 3"
    return misfit(entity, f"{_describe(picture)} is no array that can be read ({error})", remedy)


def _from_dlpack(entity: str, picture: Any) -> Any:
    import numpy

    try:
        return numpy.from_dlpack(picture)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise explain(entity, picture, error) from error


def _is_numpy(picture: Any) -> bool:
    return type(picture).__module__ == "numpy"


def _describe(picture: Any) -> str:
    """Describe a picture by its type, and its shape and dtype if it has them."""
    kind = type(picture)
    text = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    shape, dtype = getattr(picture, "shape", None), getattr(picture, "dtype", None)
    if shape is not None:
        text += f" of shape {tuple(shape)}"
    if dtype is not None:
        text += f" and dtype {dtype}"
    return text
