"""The exceptions and the warning of the package, and how errors of the extension become exceptions."""

from __future__ import annotations


class Error(Exception):
    """Base class of all errors of the package.

    Attributes
    ----------
    kind : str
        A stable identifier, such as ``open`` or ``frame``.
    subject : str
        The input, picture or setting that failed.
    cause : str
        Why it failed.
    remedy : str or None
        What to do about it.
    """

    def __init__(
        self,
        message: str,
        *,
        kind: str = "",
        subject: str = "",
        cause: str = "",
        remedy: str | None = None,
    ) -> None:
        super().__init__(f"{message}; {remedy}" if remedy else message)
        self.kind = kind
        self.subject = subject
        self.cause = cause or message
        self.remedy = remedy


class ConfigError(Error, ValueError):
    """A setting is invalid, alone or together with another one."""


class InputError(Error):
    """An input cannot be opened, holds no video, or cannot be read or decoded."""


class EncodeError(Error):
    """The encoder, or a filter before it, could not be set up or failed."""


class FrameError(Error, ValueError):
    """An array is not a picture, or its time is not after the previous one. It is skipped; writing can continue."""


class RecordingError(Error, RuntimeError):
    """There is no recording to log to, or Rerun refused what was logged."""


class VideoWarning(UserWarning):
    """A problem that did not stop the work."""


_CLASSES: dict[str, type[Error]] = {
    "config": ConfigError,
    "copy": ConfigError,
    "open": InputError,
    "no_video": InputError,
    "no_picture": InputError,
    "no_picture_left": InputError,
    "no_sound": InputError,
    "read": InputError,
    "decode": InputError,
    "filter": EncodeError,
    "encode": EncodeError,
    "frame": FrameError,
}


def exception(kind: str, message: str, subject: str, cause: str, remedy: str | None) -> Error:
    """Make the exception for an error of the extension, which calls this."""
    made = _CLASSES.get(kind, Error)
    return made(message, kind=kind, subject=subject, cause=cause, remedy=remedy)


def misfit(entity: str, cause: str, remedy: str) -> FrameError:
    """Make the exception for a picture that cannot be recorded."""
    subject = f"a picture for {entity}"
    message = f"cannot take {subject}: {cause}"
    return FrameError(message, kind="frame", subject=subject, cause=cause, remedy=remedy)
