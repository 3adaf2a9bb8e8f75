"""What counts as damage of an object, and what does not."""

from __future__ import annotations

import errno
import re

import pyarrow as pa
import pytest

from shared.errors import DamageError, StorageError
from shared.lake.damage import damage_told
from shared.storage import ObjectGoneError, ObjectUnavailableError

DAMAGE = [
    ObjectGoneError("cannot read a: NoSuchKey", remedy="look"),
    pa.ArrowInvalid("no magic bytes"),
    OSError("Couldn't deserialize thrift\nand more"),  # pyarrow's, of damaged pages
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    TypeError("an unexpected keyword argument"),
    KeyError("purpose"),
]
NO_DAMAGE = [
    StorageError("cannot read a: SlowDown", remedy="wait"),
    ObjectUnavailableError("cannot read a: AccessDenied", remedy="allow it"),
    pa.lib.ArrowMemoryError("malloc of size 64 failed"),
    pa.lib.ArrowCancelled("Operation cancelled"),
]


@pytest.mark.parametrize("error", DAMAGE, ids=lambda error: type(error).__name__)
def test_what_is_gone_or_makes_no_sense_is_damaged(error: Exception) -> None:
    with pytest.raises(DamageError) as caught, damage_told("the note a", remedy="restore it"):
        raise error
    assert re.fullmatch(r"the note a is (gone|damaged: .+)", caught.value.what), caught.value.what
    assert caught.value.remedy == "restore it"


@pytest.mark.parametrize("error", NO_DAMAGE, ids=lambda error: type(error).__name__)
def test_what_could_not_be_read_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, damage_told("the note a", remedy="restore it"):
        raise error
    assert caught.value is error


def test_what_the_disk_cannot_read_is_an_error_of_the_storage() -> None:
    with pytest.raises(StorageError) as caught, damage_told("the note a", remedy="restore it"):
        raise OSError(errno.EIO, "Error reading bytes from file")
    assert caught.value.what.startswith("the note a cannot be read: ")
