"""Errors that a user can act on: every one says what happened and what to do next."""

from __future__ import annotations


class LoglakeError(Exception):
    """A failure with a remedy; the command line prints both and no traceback.

    `exit_code` is what the command and the job return: 1 for a failed run, 2 for a mistake in the call, 3 for a table
    that another run holds.
    """

    exit_code = 1

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}\n  What to do: {self.remedy}"

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders (Spark workers), where the default pickling drops keyword-only arguments.
        return (_rebuild, (type(self), self.what, self.remedy))


class UsageError(LoglakeError):
    """The call itself is wrong: a missing prefix, an unknown source, a bad setting."""

    exit_code = 2


class StorageError(LoglakeError):
    """A folder or bucket cannot be read or written."""


class DamageError(LoglakeError):
    """An object of the lake is gone, or was read whole and is not what loglake wrote.

    What cannot be read at the moment is a `StorageError`: whether it is damaged is not known.
    """


class LeaseHeldError(LoglakeError):
    """Another run is writing to the table."""

    exit_code = 3


class LossError(LoglakeError):
    """The loss equation does not hold; nothing of the batch was published."""


def _rebuild(kind: type[LoglakeError], what: str, remedy: str) -> LoglakeError:
    return kind(what, remedy=remedy)
