"""What a store is: the one interface over folders and S3 that every room above uses.

A store is rooted at a URI, and its keys are relative to that root, with `/` between their elements. It is a value: it
holds the URI alone, so it travels to Spark workers and keeps no connection.

Both kinds keep S3's promises, whatever the medium: listings in the byte order of the keys, whole objects or none, and
conditional writes of which exactly one of several racing writers wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Protocol

import pyarrow as pa

from shared.errors import StorageError


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One version of an object as a listing shows it.

    etag      changes with the content; without quotes. On S3 the service's, in a folder modification time and size
    modified  aware, UTC
    """

    key: str
    etag: str
    size_bytes: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Prefix:
    """All keys that begin with `prefix`, rolled up by a listing with a delimiter; ends with the delimiter."""

    prefix: str


class ObjectUnavailableError(StorageError):
    """This one object is gone, forbidden, archived or never arrives whole; others of the store may well be readable."""


class ObjectGoneError(ObjectUnavailableError):
    """There is no such object: the store has answered, and said so."""


class Store(Protocol):
    """A folder or an S3 prefix. Every failure is a `StorageError` that names the URI and the remedy."""

    @property
    def uri(self) -> str:
        """Root of the store: `s3://bucket/prefix` or an absolute path without links, without a slash at the end."""

    @property
    def reads_at_once(self) -> int:
        """How many objects are worth reading at the same time: one where a read does not wait for a network."""

    def url(self, key: str) -> str:
        """Where the object is for tools that read by themselves (DuckDB, Spark, a catalog)."""

    def require_readable(self) -> None:
        """Raise when the root does not exist, is empty or cannot be listed: mistyped roots just look empty."""

    def list(
        self, prefix: str = "", *, start_after: str = "", delimiter: str | None = None
    ) -> Iterator[ObjectInfo | Prefix]:
        """Objects whose key begins with `prefix`, in byte order of the keys, read as the caller goes on.

        With a delimiter (any string), keys that hold it after the prefix appear as one `Prefix` each. Only entries
        behind `start_after` are given; for a `Prefix` its own text counts. A root that does not exist is empty.
        """

    def unfinished(self, before: datetime) -> Iterator[ObjectInfo]:
        """What writers that died before a moment have left; no objects, but `delete` takes their keys.

        In a folder temporary files, on S3 uploads in parts.
        """

    def head(self, key: str) -> ObjectInfo | None:
        """The object's current version; None when there is none.

        Raises `ObjectUnavailableError` when it must not be read.
        """

    def exists(self, key: str) -> bool:
        """Whether there is such an object."""

    def read(self, key: str, *, start: int | None = None, length: int | None = None) -> bytes:
        """Bytes of the object, or `length` of them from byte `start`; fewer at its end, none beyond it.

        Raises `ObjectGoneError` when there is no such object, `ObjectUnavailableError` when it must not be read.
        """

    def open_input(self, key: str) -> pa.NativeFile:
        """Open for reading at random places (`pyarrow.parquet`); the caller closes it. Raises as `read` does.

        What fails in later reads reaches the caller through pyarrow as it is: a `StorageError`, or an OSError that has
        the number which the system gave it.
        """

    def write(self, key: str, data: bytes) -> str:
        """Write the object whole, in place of any former one; its new etag."""

    def writer(self, key: str) -> AbstractContextManager[IO[bytes]]:
        """Give a sink for output of any size; the object appears when the block ends, and not if it raises."""

    def create(self, key: str, data: bytes) -> str | None:
        """Write only where there is no such object yet; its etag, or None. One of many racers wins."""

    def replace(self, key: str, data: bytes, etag: str) -> str | None:
        """Write only over the version `etag`; the new etag, or None when the object has changed or gone."""

    def copy(self, source_key: str, target_key: str) -> None:
        """Copy within the store without moving the bytes through this process (on one disk: a link)."""

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; one that is not there counts as deleted."""


def order(key: str) -> bytes:
    """What keys are sorted by: their bytes. File names that are no UTF-8 keep theirs (`surrogateescape`)."""
    return key.encode("utf-8", "surrogateescape")


def rolled_up(key: str, prefix: str, delimiter: str) -> str | None:
    """The common prefix under which a listing shows `key`; None when it stands for itself.

    >>> rolled_up("logs/2026/11/a.gz", "logs/", "/")
    'logs/2026/'
    >>> rolled_up("logs/a.gz", "logs/", "/") is None
    True
    """
    found = key.find(delimiter, len(prefix))
    return None if found < 0 else key[: found + len(delimiter)]
