"""An entry of the ledger: what became of one raw object in one run, as a value and as a row of Parquet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

DIGEST_BYTES = 16

Digests = npt.NDArray[np.bytes_]
Identities = npt.NDArray[np.uint64]


class Status(StrEnum):
    """What became of a raw object."""

    TAKEN = "taken"
    DAMAGED = "damaged"  # in quarantine in part or whole; taken again when it is replaced or reprocessed
    MISSING = "missing"  # listed but not readable; tried again by every run
    DISPLACED = "displaced"  # not of this run: rows of it gave way to rows of this run
    DUE = "due"  # not of this run: rows it gave way to are erased, so that the next run takes it in again


@dataclass(frozen=True)
class LedgerEntry:
    """One raw object in one run.

    key         its URL; root: the raw prefix below which it was found, so that its path can be read again
    partitions  hours of the source's tables that its rows went to, by `Source.hour_name`
    lost_to     objects whose rows stay in place of its own; they have to come back when such an object is replaced
    run         the run that wrote the entry; known of entries that were read, and no part of what they say
    """

    key: str
    etag: str
    size_bytes: int
    modified: datetime
    status: Status
    root: str = ""
    reasons: tuple[str, ...] = ()
    salvaged: bool = False
    records: int = 0
    rows: int = 0
    duplicates: int = 0
    quarantined: int = 0
    ignored: int = 0
    partitions: tuple[str, ...] = ()
    quarantine_partition: str | None = None
    lost_to: tuple[str, ...] = ()
    parser_version: int = 0
    run: str = field(default="", compare=False)


_FIELDS = pa.schema(
    [
        pa.field("key", pa.string()),
        pa.field("etag", pa.string()),
        pa.field("size_bytes", pa.int64()),
        pa.field("modified", pa.timestamp("us", tz="UTC")),
        pa.field("status", pa.string()),
        pa.field("root", pa.string()),
        pa.field("reasons", pa.list_(pa.string())),
        pa.field("salvaged", pa.bool_()),
        pa.field("records", pa.int64()),
        pa.field("rows", pa.int64()),
        pa.field("duplicates", pa.int64()),
        pa.field("quarantined", pa.int64()),
        pa.field("ignored", pa.int64()),
        pa.field("partitions", pa.list_(pa.string())),
        pa.field("quarantine_partition", pa.string()),
        pa.field("lost_to", pa.list_(pa.string())),
        pa.field("parser_version", pa.int64()),
    ]
)
_DIGEST = pa.binary(DIGEST_BYTES)
FIELDS = tuple(_FIELDS.names)
"""The columns that make an entry; beside them each row has the digests of its key and of its identity."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LISTS = ("reasons", "partitions", "lost_to")


def key_digest(key: str) -> bytes:
    """The 16-byte digest of an object's key."""
    return _digest(_bytes(key))


def identity_digest(key: str, etag: str, size_bytes: int) -> bytes:
    """The 16-byte digest of an object's identity."""
    return digests_of(key, etag, size_bytes)[1]


def digests_of(key: str, etag: str, size_bytes: int) -> tuple[bytes, bytes]:
    """The digests of an object's key and of its identity."""
    of_key = _bytes(key)
    return _digest(of_key), _digest(of_key + _bytes(f"\0{etag}\0{size_bytes}"))


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).digest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def as_digests(digests: Iterable[bytes]) -> Digests:
    """An array of 16-byte digests."""
    return np.frombuffer(b"".join(digests), f"S{DIGEST_BYTES}")


def as_identities(digests: Digests) -> Identities:
    """The first half of identity digests: within one key, that tells versions apart well enough."""
    return np.ascontiguousarray(digests).view("<u8")[::2].copy()


def digest_column(column: pa.ChunkedArray) -> Digests:
    """A column of digests as an array."""
    return digest_array(column.combine_chunks())


def digest_array(array: pa.FixedSizeBinaryArray) -> Digests:
    """Digests as they lie in Arrow's memory, without a Python object for each."""
    return np.frombuffer(array.buffers()[1] or b"", f"S{DIGEST_BYTES}")[array.offset : array.offset + len(array)]


def to_table(entries: Sequence[LedgerEntry]) -> pa.Table:
    """Entries as rows, with the digests by which they are found."""
    digests = [digests_of(e.key, e.etag, e.size_bytes) for e in entries]
    columns = {f.name: pa.array([getattr(e, f.name) for e in entries], f.type) for f in _FIELDS}
    columns["identity"] = pa.array([identity for _, identity in digests], _DIGEST)
    columns["key_digest"] = pa.array([key for key, _ in digests], _DIGEST)
    return pa.table(columns)


def from_table(table: pa.Table, run: str) -> Iterator[LedgerEntry]:
    """The entries of rows that a run wrote; the table has all of `FIELDS`."""
    # As numbers: Arrow makes times with a zone six times slower.
    modified_us = table["modified"].cast(pa.int64())
    plain = table.set_column(table.column_names.index("modified"), "modified", modified_us)
    columns: dict[str, list[Any]] = {name: plain[name].to_pylist() for name in FIELDS}
    columns["modified"] = [_EPOCH + timedelta(microseconds=us) for us in columns["modified"]]
    columns["status"] = [Status(status) for status in columns["status"]]
    for name in _LISTS:
        columns[name] = [tuple(values or ()) for values in columns[name]]
    columns["run"] = [run] * table.num_rows
    return (LedgerEntry(*row) for row in zip(*columns.values(), strict=True))
