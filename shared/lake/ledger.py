"""The ledger: which raw objects are in, in which version, and what became of them.

One immutable object per run. It is written before the run's partitions are swapped (so that a crash leaves a note of
what it may have touched) and takes effect with a second, tiny object after the swap. A run without that mark counts
only as a warning: its objects are not in, but the partitions it names may hold rows of them.

Of several runs that had an object, the newest decides. An object that a dead run had taken again, that could not be
read again, or that went back to an earlier content is not in, although an older run once took this very version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from shared.errors import StorageError
from shared.lake.layout import ledger_folder
from shared.storage import ObjectInfo, Store

_DIGEST = 16
_READERS = 8
_COMMITTED = ".committed"


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
    partitions  hours of the source's table that its rows went to
    lost_to     objects whose rows stay in place of its own; they have to come back when such an object is replaced
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


_SCHEMA = pa.schema(
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
        pa.field("identity", pa.binary(_DIGEST)),
        pa.field("key_digest", pa.binary(_DIGEST)),
    ]
)
_OBJECT_FIELDS = [name for name in _SCHEMA.names if name not in ("identity", "key_digest")]

Digests = npt.NDArray[np.bytes_]


def identity_digest(key: str, etag: str, size_bytes: int) -> bytes:
    """The 16-byte digest of an object's identity."""
    return _digest(f"{key}\0{etag}\0{size_bytes}")


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=_DIGEST).digest()


def _no_digests() -> Digests:
    return np.empty(0, f"S{_DIGEST}")


@dataclass
class Ledger:
    """The ledger of one source, its narrow index in memory: about 50 bytes for each object.

    _keys, _in_as              digests of the objects' keys, sorted, and the identity in which each is in, if any
    _key_digests, _run_of_key  of every entry, oldest run first
    """

    store: Store
    source: str
    _keys: Digests = field(default_factory=_no_digests)
    _in_as: Digests = field(default_factory=_no_digests)
    _key_digests: Digests = field(default_factory=_no_digests)
    _runs: list[str] = field(default_factory=list)
    _run_of_key: npt.NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    _committed: set[str] = field(default_factory=set)

    @classmethod
    def load(cls, store: Store, source: str) -> Ledger:
        """Read the index of all runs."""
        ledger = cls(store, source)
        listed = store.list(ledger_folder(source) + "/")
        names = [item.key.rsplit("/", 1)[-1] for item in listed if isinstance(item, ObjectInfo)]
        ledger._committed = {name.removesuffix(_COMMITTED) for name in names if name.endswith(_COMMITTED)}
        runs = sorted(name.removesuffix(".parquet") for name in names if name.endswith(".parquet"))
        with ThreadPoolExecutor(_READERS) as pool:
            tables = list(pool.map(lambda run: ledger._read(run, ["identity", "key_digest", "status"]), runs))
        ledger._index(list(zip(runs, tables, strict=True)))
        return ledger

    def knows(self, objects: Sequence[ObjectInfo]) -> list[bool]:
        """For each object whether this version of it is in."""
        if not len(self._keys):
            return [False] * len(objects)
        keys = np.array([_digest(o.key) for o in objects], f"S{_DIGEST}")
        identities = np.array([identity_digest(o.key, o.etag, o.size_bytes) for o in objects], f"S{_DIGEST}")
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        is_in = (self._keys[at] == keys) & (self._in_as[at] == identities)
        return [bool(found) for found in is_in]

    def entries_of(self, keys: Iterable[str]) -> dict[str, list[LedgerEntry]]:
        """The entries, of runs committed or not, of these keys in any version; oldest run first."""
        wanted = sorted(set(keys))
        digests = np.array([_digest(key) for key in wanted], f"S{_DIGEST}")
        if not len(digests) or not len(self._key_digests):
            return {}
        runs = np.unique(self._run_of_key[np.isin(self._key_digests, digests)])
        found: dict[str, list[LedgerEntry]] = {}
        for run in (self._runs[index] for index in runs.tolist()):
            for entry in self._entries(run, keys=wanted):
                found.setdefault(entry.key, []).append(entry)
        return found

    @property
    def last_run(self) -> str | None:
        """The newest run, committed or not."""
        return self._runs[-1] if self._runs else None

    def has_rows(self) -> bool:
        """Whether any object is in with rows."""
        return any(entry.rows for entry in self.current())

    def losers_to(self, winners: Set[str]) -> set[str]:
        """Objects of which rows gave way to rows of these objects, in whatever run."""
        losers: set[str] = set()
        for run in self._runs:
            table = self._read(run, ["key", "lost_to"])
            for key, lost_to in zip(table["key"].to_pylist(), table["lost_to"].to_pylist(), strict=True):
                if lost_to and not winners.isdisjoint(lost_to):
                    losers.add(key)
        return losers - winners

    def current(self) -> Iterable[LedgerEntry]:
        """The newest committed entry of every object, in no order; streams over the runs, newest first."""
        seen: set[bytes] = set()
        for run in reversed(self._runs):
            if run not in self._committed:
                continue
            for entry in self._entries(run):
                digest = _digest(entry.key)
                if entry.status is not Status.DISPLACED and digest not in seen:
                    seen.add(digest)
                    yield entry

    def write(self, run_id: str, entries: Sequence[LedgerEntry]) -> None:
        """Note what the run is about to publish. It takes effect with `commit`."""
        columns: dict[str, list[Any]] = {name: [getattr(e, name) for e in entries] for name in _OBJECT_FIELDS}
        columns["identity"] = [identity_digest(e.key, e.etag, e.size_bytes) for e in entries]
        columns["key_digest"] = [_digest(e.key) for e in entries]
        sink = pa.BufferOutputStream()
        table = pa.table({name: pa.array(columns[name], _SCHEMA.field(name).type) for name in _SCHEMA.names})
        pq.write_table(table, sink, compression="zstd")
        name = f"{ledger_folder(self.source)}/{run_id}.parquet"
        if self.store.create(name, sink.getvalue().to_pybytes()) is None:
            raise StorageError(
                f"The ledger already has a run {run_id}.",
                remedy="run again: every run takes a new id; nothing was changed",
            )
        self._index([(run_id, table)])

    def commit(self, run_id: str) -> None:
        """The run's objects are in from now on."""
        self.store.create(f"{ledger_folder(self.source)}/{run_id}{_COMMITTED}", b"")
        self._committed.add(run_id)
        self._decide([(run_id, self._read(run_id, ["identity", "key_digest", "status"]))])

    def _index(self, runs: Sequence[tuple[str, pa.Table]]) -> None:
        digests, owners = [self._key_digests], [self._run_of_key]
        for run, table in runs:
            digests.append(_bytes(table["key_digest"]))
            owners.append(np.full(table.num_rows, len(self._runs), np.int32))
            self._runs.append(run)
        self._key_digests = np.concatenate(digests)
        self._run_of_key = np.concatenate(owners)
        self._decide(runs)

    def _decide(self, runs: Sequence[tuple[str, pa.Table]]) -> None:
        """Let these runs, oldest first and newer than all before, say in which identity their objects are in."""
        keys, in_as = [self._keys], [self._in_as]
        for run, table in runs:
            status = np.array(table["status"].to_pylist(), dtype=object)
            own = status != Status.DISPLACED.value
            is_in = np.isin(status, [Status.TAKEN.value, Status.DAMAGED.value]) & (run in self._committed)
            keys.append(_bytes(table["key_digest"])[own])
            in_as.append(np.where(is_in, _bytes(table["identity"]), b"")[own].astype(f"S{_DIGEST}"))
        all_keys, all_in_as = np.concatenate(keys), np.concatenate(in_as)
        order = np.argsort(all_keys, kind="stable")
        ordered = all_keys[order]
        newest = np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)]
        self._keys, self._in_as = ordered[newest], all_in_as[order][newest]

    def _entries(self, run: str, keys: Sequence[str] | None = None) -> Iterable[LedgerEntry]:
        table = self._read(run, _OBJECT_FIELDS, keys)
        for row in table.to_pylist():
            yield _entry(row)

    def _read(self, run: str, columns: list[str], keys: Sequence[str] | None = None) -> pa.Table:
        name = f"{ledger_folder(self.source)}/{run}.parquet"
        try:
            source = pa.BufferReader(self.store.read(name))
            return pq.read_table(source, columns=columns, filters=[("key", "in", keys)] if keys is not None else None)
        except (pa.ArrowException, OSError) as error:  # pyarrow raises OSError for damaged pages
            raise StorageError(
                f"The ledger object {self.store.url(name)} cannot be read: {error}.",
                remedy="restore it from the bucket's versions; without it the run's objects would be taken in again, "
                "which is safe: delete the object and its .committed mark, then run",
            ) from error


def _entry(row: Mapping[str, Any]) -> LedgerEntry:
    return LedgerEntry(
        **{
            **row,
            "status": Status(row["status"]),
            "partitions": tuple(row["partitions"] or ()),
            "lost_to": tuple(row["lost_to"] or ()),
            "reasons": tuple(row["reasons"] or ()),
        }
    )


def _bytes(column: pa.ChunkedArray) -> Digests:
    return np.array(column.to_pylist(), f"S{_DIGEST}") if len(column) else _no_digests()
