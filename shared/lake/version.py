"""Build the new version of one partition: what a task of the publish step does.

new version = staged files of the run + files of the current version - rows of the run's own objects - beaten copies

Files that lose nothing are taken over as they are (a link or a server-side copy); only files that lose rows are
rewritten, and small ones are merged once there are too many. Nothing is read but the narrow columns that decide, and
nothing is written but files whose names the job fixes: a task that runs twice writes the same version twice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shared.errors import LossError, StorageError
from shared.lake.catalog import PartitionVersion
from shared.lake.duplicates import deciding_columns, find_copies, members, repeated_hashes
from shared.lake.hashing import Hashes
from shared.lake.layout import DROPPED_MARK, partition_location, staging_folder
from shared.lake.parquet import (
    FileStatistics,
    PartFile,
    Positions,
    iterate_rows,
    open_parquet,
    read_rows,
    read_statistics,
)
from shared.storage import ObjectInfo, Store, open_store
from shared.tables import Table
from shared.tables.partitions import Partition

SMALL_FILE_BYTES = 16 * 1024 * 1024
TOO_MANY_SMALL_FILES = 8
TARGET_FILE_BYTES = 128 * 1024 * 1024

_LINEAGE = frozenset(
    {
        "source_object",
        "source_line",
        "source_modified",
        "source_format",
        "ingest_run",
        "record_hash",
        "ua_rules_version",
    }
)


@dataclass(frozen=True)
class StagedFile:
    """A file that an ingest task of the run wrote for a partition."""

    table_name: str
    partition: Partition
    key: str
    rows: int


@dataclass(frozen=True)
class PartitionJob:
    """Everything that decides the new version of one partition."""

    table: Table
    partition: Partition
    run_id: str
    lake_uri: str
    staged: tuple[StagedFile, ...]
    current: PartitionVersion | None


@dataclass(frozen=True)
class PartitionOutcome:
    """The new version (None when no row is left) and what changed.

    rows_added    new records that stay
    rows_removed  former rows that went: own rows of the run's objects, and displaced ones
    duplicates    new records that gave way, by object
    displaced     former rows that gave way to new records: duplicates, too, only found the other way round
    lost_to     (loser, winner) objects: if the winner is ever replaced, the loser has to be taken in again
    """

    table_name: str
    partition: Partition
    version: PartitionVersion | None
    statistics: FileStatistics
    rows_added: int = 0
    rows_removed: int = 0
    duplicates: Counter[str] = field(default_factory=Counter)
    displaced: int = 0
    overlap: int = 0
    conflicting: int = 0
    lost_to: frozenset[tuple[str, str]] = frozenset()


def own_objects_key(run_id: str, table_name: str) -> str:
    """Where a run lists the objects whose rows it replaces in a table, for its own tasks."""
    return f"{staging_folder(run_id)}/objects-{table_name}.txt"


def write_own_objects(store: Store, run_id: str, table_name: str, urls: Iterable[str]) -> None:
    """List the run's objects once, instead of shipping them with each of thousands of partition jobs."""
    store.write(own_objects_key(run_id, table_name), "\0".join(urls).encode())


@lru_cache(maxsize=4)
def _own_objects(lake_uri: str, run_id: str, table_name: str) -> frozenset[str]:
    content = open_store(lake_uri).read(own_objects_key(run_id, table_name))
    return frozenset(content.decode().split("\0"))


class _File:
    """One input file: which of its rows stay."""

    def __init__(self, store: Store, table: Table, key: str, size_bytes: int, *, is_new: bool) -> None:
        self._store, self._table = store, table
        self.key, self.size_bytes, self.is_new = key, size_bytes, is_new
        self.dropped: Positions = np.empty(0, np.int64)

    @cached_property
    def parquet(self) -> pq.ParquetFile:
        return open_parquet(self._store.open_input(self.key), self._table)

    @cached_property
    def statistics(self) -> FileStatistics:
        try:
            return read_statistics(self.parquet)
        except ValueError as error:
            raise StorageError(
                f"{self._store.url(self.key)} in a partition of {self._table.name} cannot be read: {error}.",
                remedy="restore it from the bucket's versions, or remove it if the lake did not write it; run again",
            ) from error

    @cached_property
    def objects(self) -> tuple[Positions, list[str]]:
        """Object of each row, as a code, and the objects."""
        column = self.read(["source_object"])["source_object"].unify_dictionaries().combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
        return column.indices.to_numpy().astype(np.int64), column.dictionary.to_pylist()

    @property
    def rows(self) -> int:
        return self.statistics.rows

    @property
    def kept_rows(self) -> int:
        return self.rows - len(self.dropped)

    @property
    def kept_bytes(self) -> int:
        return self.size_bytes * self.kept_rows // max(self.rows, 1)

    def drop(self, rows: Positions) -> None:
        self.dropped = np.union1d(self.dropped, rows)

    def read(self, columns: Sequence[str], rows: Positions | None = None) -> pa.Table:
        return read_rows(self.parquet, self._table, columns, rows)

    def kept(self) -> Iterator[pa.Table]:
        """The rows that stay, all columns, one row group at a time."""
        rows = np.setdiff1d(np.arange(self.rows), self.dropped) if len(self.dropped) else None
        yield from iterate_rows(self.parquet, self._table, self._table.column_names, rows)

    def hashes(self) -> tuple[Hashes, Positions]:
        """The key hashes of the rows that still stay, and their positions."""
        values = self.read(["record_hash"])["record_hash"].to_numpy().view(np.uint64)
        if not len(self.dropped):
            return values, np.arange(len(values))
        positions = np.setdiff1d(np.arange(len(values)), self.dropped)
        return values[positions], positions


def build_version(job: PartitionJob) -> PartitionOutcome:
    """Write the new version of the partition below its own location and tell what changed.

    Raises LossError when the rows written are not those that the inputs and the choice of copies give.
    """
    store = open_store(job.lake_uri)
    current = [
        _File(store, job.table, item.key, item.size_bytes, is_new=False)
        for item in (store.list(job.current.location + "/") if job.current else ())
        if isinstance(item, ObjectInfo)
    ]
    staged = [_File(store, job.table, file.key, _size(store, file.key), is_new=True) for file in job.staged]
    if job.current and sum(file.rows for file in current) != job.current.rows:
        raise LossError(
            f"Partition {job.partition} of {job.table.name} holds {sum(f.rows for f in current)} rows at "
            f"{store.url(job.current.location)}, but the catalog says {job.current.rows}.",
            remedy="a file of the partition was deleted or added by hand: restore it from the bucket's versions, or "
            "drop the partition from the catalog and reprocess its hour",
        )
    removed = _drop_own_rows(current, job) if current and _has_objects(job.table) else 0
    copies = _drop_copies([*current, *staged], job.table) if job.table.key else _Copies()
    version, statistics = _write(store, job, [*current, *staged])
    expected = sum(file.kept_rows for file in (*current, *staged))
    if statistics.rows != expected:
        raise LossError(
            f"Partition {job.partition} of {job.table.name}: {statistics.rows} rows written, {expected} expected.",
            remedy="nothing was published; run again, and report it as a fault of loglake if it happens twice",
        )
    return PartitionOutcome(
        job.table.name,
        job.partition,
        version,
        statistics,
        rows_added=sum(file.kept_rows for file in staged),
        rows_removed=removed + copies.displaced,
        duplicates=copies.duplicates,
        displaced=copies.displaced,
        overlap=copies.overlap,
        conflicting=copies.conflicting,
        lost_to=frozenset(copies.lost_to),
    )


def _has_objects(table: Table) -> bool:
    return "source_object" in table.column_names


def _size(store: Store, key: str) -> int:
    found = store.head(key)
    return found.size_bytes if found else 0


def _drop_own_rows(files: Sequence[_File], job: PartitionJob) -> int:
    own = _own_objects(job.lake_uri, job.run_id, job.table.name)
    removed = 0
    for file in files:
        codes, names = file.objects
        mine = np.array([name in own for name in names], np.bool_)
        if mine.any():
            rows = np.flatnonzero(mine[codes])
            file.drop(rows)
            removed += len(rows)
    return removed


@dataclass
class _Copies:
    duplicates: Counter[str] = field(default_factory=Counter)
    displaced: int = 0
    overlap: int = 0
    conflicting: int = 0
    lost_to: set[tuple[str, str]] = field(default_factory=set)


def _drop_copies(files: Sequence[_File], table: Table) -> _Copies:
    hashed = [file.hashes() for file in files]
    repeated = repeated_hashes([hashes for hashes, _ in hashed])
    found = _Copies()
    if not len(repeated):
        return found
    places = [positions[members(hashes, repeated)] for hashes, positions in hashed]
    candidates = pa.concat_tables([f.read(deciding_columns(table), at) for f, at in zip(files, places, strict=True)])
    copies = find_copies(candidates.unify_dictionaries(), table)
    if not len(copies.losers):
        return found
    bounds = np.cumsum([0, *(len(at) for at in places)])
    owner = np.repeat(np.arange(len(files)), np.diff(bounds))
    for index, file in enumerate(files):
        mine = copies.losers[owner[copies.losers] == index] - bounds[index]
        file.drop(places[index][mine])
    names = np.array(candidates["source_object"].to_pylist(), dtype=object)
    losing, winning = names[copies.losers], names[copies.winners]
    found.lost_to = {(a, b) for a, b in zip(losing.tolist(), winning.tolist(), strict=True) if a != b}
    is_new = np.array([file.is_new for file in files])[owner[copies.losers]]
    found.duplicates = Counter(losing[is_new].tolist())
    found.displaced = int((~is_new).sum())
    other_format = np.zeros(len(copies.losers), np.bool_)
    if table.prefer_column:
        formats = np.array(candidates[table.prefer_column].to_pylist(), dtype=object)
        other_format = formats[copies.losers] != formats[copies.winners]
    found.overlap = int(other_format.sum())
    same = np.flatnonzero(~other_format)
    differs = _contents_differ(files, places, table, copies.losers[same], copies.winners[same])
    found.conflicting = int(differs.sum())
    return found


def _contents_differ(
    files: Sequence[_File], places: Sequence[Positions], table: Table, losers: Positions, winners: Positions
) -> npt.NDArray[np.bool_]:
    """Whether a beaten copy says something else than the row that stays; one column in memory at a time."""
    differs = np.zeros(len(losers), np.bool_)
    for column in table:
        if column.name in _LINEAGE or column.name in table.key or not len(losers):
            continue
        parts = [file.read([column.name], at) for file, at in zip(files, places, strict=True)]
        values = pa.concat_tables(parts)[column.name].unify_dictionaries()
        codes = _value_codes(values)
        differs |= codes[losers] != codes[winners]
    return differs


def _value_codes(values: pa.ChunkedArray) -> Positions:
    if pa.types.is_nested(values.type):
        values = pa.chunked_array([pa.array([None if v is None else repr(v) for v in values.to_pylist()], pa.string())])
    encoded = values if pa.types.is_dictionary(values.type) else pc.dictionary_encode(values)
    codes = [chunk.indices.fill_null(-1).to_numpy() for chunk in encoded.unify_dictionaries().chunks]
    return np.concatenate(codes).astype(np.int64) if codes else np.empty(0, np.int64)


def _write(store: Store, job: PartitionJob, files: Sequence[_File]) -> tuple[PartitionVersion | None, FileStatistics]:
    location = partition_location(job.table.name, job.run_id, job.partition)
    kept = [file for file in files if file.kept_rows]
    small = [file for file in kept if file.kept_bytes < SMALL_FILE_BYTES]
    merged = set(small) if len(small) > TOO_MANY_SMALL_FILES else set()
    statistics, size_bytes, count = FileStatistics(), 0, 0
    rewritten = [[file] for file in kept if len(file.dropped) and file not in merged] + list(_packed(merged))
    for index, group in enumerate(rewritten):
        key = f"{location}/part-{job.run_id}-w{index:04d}.parquet"
        statistics += _rewrite(store, job.table, key, group)
        size_bytes += _size(store, key)
        count += 1
    for file in kept:
        if not len(file.dropped) and file not in merged:
            store.copy(file.key, f"{location}/{file.key.rsplit('/', 1)[-1]}")
            statistics += file.statistics
            size_bytes += file.size_bytes
            count += 1
    if not statistics.rows:
        # The catalog will have no successor to tell the sweeper when the old version went.
        store.write(f"{location}/{DROPPED_MARK}", b"")
        return None, statistics
    version = PartitionVersion(
        job.partition,
        location,
        job.run_id,
        rows=statistics.rows,
        files=count,
        size_bytes=size_bytes,
        min_event_ms=statistics.min_event_ms,
        max_event_ms=statistics.max_event_ms,
        source_digest=_digest(kept) if _has_objects(job.table) else "",
    )
    return version, statistics


def _packed(files: Iterable[_File]) -> Iterator[list[_File]]:
    group: list[_File] = []
    for file in sorted(files, key=lambda f: f.key.rsplit("/", 1)[-1]):
        if group and sum(f.kept_bytes for f in group) + file.kept_bytes > TARGET_FILE_BYTES:
            yield group
            group = []
        group.append(file)
    if group:
        yield group


def _rewrite(store: Store, table: Table, key: str, files: Sequence[_File]) -> FileStatistics:
    with PartFile(store, key, table) as part:
        for file in files:
            for rows in file.kept():
                part.write(rows)
    return part.statistics


def _digest(files: Sequence[_File]) -> str:
    """A digest of the set of objects whose rows the version holds: equal for equal sets, however they came in."""
    names: set[str] = set()
    for file in files:
        codes, objects = file.objects
        alive = np.bincount(np.delete(codes, file.dropped), minlength=len(objects)) > 0
        names.update(name for name, is_alive in zip(objects, alive.tolist(), strict=True) if is_alive)
    return hashlib.blake2b("\0".join(sorted(names)).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
