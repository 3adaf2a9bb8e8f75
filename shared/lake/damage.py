"""Damage told from outage: an object is damaged when its bytes are here and make no sense, or when it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from shared.errors import DamageError, StorageError
from shared.storage import ObjectGoneError

_OF_THE_MACHINE = (pa.ArrowMemoryError, pa.ArrowCancelled)
_OF_THE_CONTENT = (pa.ArrowException, OSError, ValueError, TypeError, LookupError)


@contextmanager
def damage_told(subject: str, *, remedy: str) -> Iterator[None]:
    """Turn what shows that an object cannot be used into `DamageError`, whose text begins with `subject`.

    Only for a block that reads and takes apart one object. What the store could not read stays a `StorageError`, and
    what the disk could not becomes one.
    """
    try:
        yield
    except ObjectGoneError as error:
        raise DamageError(f"{subject} is gone", remedy=remedy) from error
    except _OF_THE_MACHINE:
        raise
    except _OF_THE_CONTENT as error:
        if isinstance(error, OSError) and error.errno is not None:  # pyarrow gives none to what it cannot take apart
            raise StorageError(f"{subject} cannot be read: {error}", remedy="check the disk; then run again") from error
        raise DamageError(f"{subject} is damaged: {_first_line(error)}", remedy=remedy) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
