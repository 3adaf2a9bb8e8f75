"""Build the new version of one partition: what a task of the publish step does.

new version = staged files of the run + files of the current version
              - rows of the run's own objects - expired and erased rows - beaten copies

Files that lose nothing are taken over as they are (a link or a server-side copy); only files that lose rows are
rewritten, and small ones are merged once there are too many. Nothing is read but the narrow columns that decide, and
nothing is written but files whose names the job fixes: a task that runs twice writes the same version twice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from shared.errors import DamageError, LossError
from shared.lake.catalog import PartitionVersion
from shared.lake.copies import DroppedCopies, drop_copies
from shared.lake.input_file import InputFile
from shared.lake.jobs import PartitionJob, PartitionOutcome, own_objects
from shared.lake.layout import DROPPED_MARK, is_part_file, partition_location
from shared.lake.parquet import FileStatistics, PartFile, Positions
from shared.lake.published import VersionFile
from shared.lake.withheld import erasures_of_run
from shared.storage import ObjectInfo, Store, open_store
from shared.tables import Table

SMALL_FILE_BYTES = 16 * 1024 * 1024
TOO_MANY_SMALL_FILES = 8
TARGET_FILE_BYTES = 128 * 1024 * 1024


def build_version(job: PartitionJob) -> PartitionOutcome:
    """Write the new version of the partition below its own location and tell what changed.

    Raises LossError when the rows written are not those that the inputs and the choice of copies give.
    """
    store = open_store(job.lake_uri)
    current = _current_files(store, job)
    staged = [InputFile(store, job.table, file.key, _size(store, file.key), is_new=True) for file in job.staged]
    removed = _drop_own_rows(current, job) if current and _has_objects(job.table) else 0
    if job.current is not None and not current:  # damaged, and made anew
        removed = job.current.rows
    withheld = [_drop_withheld(file, job) for file in (*current, *staged)]
    removed += sum(gone.total() for gone in withheld[: len(current)])
    copies = drop_copies([*current, *staged], job.table) if job.table.key else DroppedCopies()
    version, statistics, files = _write(store, job, [*current, *staged])
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
        former=job.current.location if job.current else None,
        rows_added=sum(file.kept_rows for file in staged),
        rows_removed=removed + copies.displaced,
        duplicates=copies.duplicates,
        withheld=sum(withheld[len(current) :], Counter[str]()),
        displaced=copies.displaced,
        overlap=copies.overlap,
        conflicting=copies.conflicting,
        lost_to=frozenset(copies.lost_to),
        files=files,
    )


def _current_files(store: Store, job: PartitionJob) -> list[InputFile]:
    """The files of the current version; none where they are damaged and the run has all that they held.

    Raises LossError or DamageError for a damaged version. One of a table without key (runs, quarantine) goes on with
    what is there: nothing in it depends on the rows that are lost, and no run could ever restore them.
    """
    if job.current is None:
        return []
    known = job.current_files or _listed(store, job.current.location)
    files = [InputFile(store, job.table, file.key, file.size_bytes, is_new=False) for file in known]
    try:
        rows = sum(file.rows for file in files)
        if rows != job.current.rows and job.table.key:
            raise LossError(
                f"Partition {job.partition} of {job.table.name} holds {rows} rows at "
                f"{store.url(job.current.location)}, but the catalog says {job.current.rows}.",
                remedy="a file of the partition was deleted or added by hand: restore the bucket's version of it, or "
                f"take the hour in again: `loglake reprocess SOURCE --from {job.partition}`",
            )
    except (LossError, DamageError):
        if job.is_complete:
            return []
        raise
    return files


def _listed(store: Store, location: str) -> list[VersionFile]:
    listing = (item for item in store.list(location + "/") if isinstance(item, ObjectInfo))
    return [VersionFile(item.key, item.size_bytes) for item in listing if is_part_file(item.key)]


def _has_objects(table: Table) -> bool:
    return "source_object" in table.column_names


def _size(store: Store, key: str) -> int:
    found = store.head(key)
    return found.size_bytes if found else 0


def _drop_own_rows(files: Sequence[InputFile], job: PartitionJob) -> int:
    own = own_objects(job.lake_uri, job.run_id, job.table.name)
    removed = 0
    for file in files:
        codes, names = file.objects
        mine = np.array([name in own for name in names], np.bool_)
        if mine.any():
            rows = np.flatnonzero(mine[codes])
            file.drop(rows)
            removed += len(rows)
    return removed


def _drop_withheld(file: InputFile, job: PartitionJob) -> Counter[str]:
    """Let go what has expired or is erased; how many rows of which object that still stayed."""
    rows = _withheld_rows(file, job)
    if not len(rows):
        return Counter()
    codes, names = file.objects
    gone = Counter(names[code] for code in codes[rows].tolist())
    file.drop(rows)
    return gone


def _withheld_rows(file: InputFile, job: PartitionJob) -> Positions:
    if job.withholding.expires(job.partition):
        return np.setdiff1d(np.arange(file.rows), file.dropped)
    if job.withholding.erasure_key is None:
        return np.empty(0, np.int64)
    erasures = erasures_of_run(job.lake_uri, job.run_id, job.withholding.erasure_key)
    columns = erasures.columns(job.table)
    if not columns:
        return np.empty(0, np.int64)
    return np.setdiff1d(np.flatnonzero(erasures.rows_of(file.read(columns), job.table)), file.dropped)


def _write(
    store: Store, job: PartitionJob, files: Sequence[InputFile]
) -> tuple[PartitionVersion | None, FileStatistics, tuple[VersionFile, ...]]:
    location = partition_location(job.table.name, job.run_id, job.partition)
    kept = [file for file in files if file.kept_rows]
    small = [file for file in kept if file.kept_bytes < SMALL_FILE_BYTES]
    merged = _worth_merging(small)
    statistics, written = FileStatistics(), list[VersionFile]()
    rewritten = [[file] for file in kept if len(file.dropped) and file not in merged] + list(_packed(merged))
    for index, group in enumerate(rewritten):
        key = f"{location}/part-{job.run_id}-w{index:04d}.parquet"
        statistics += _rewrite(store, job.table, key, group)
        written.append(VersionFile(key, _size(store, key)))
    for file in kept:
        if not len(file.dropped) and file not in merged:
            key = f"{location}/{file.key.rsplit('/', 1)[-1]}"
            store.copy(file.key, key)
            statistics += file.statistics
            written.append(VersionFile(key, file.size_bytes))
    if not statistics.rows:
        # The catalog will have no successor to tell the sweeper when the old version went.
        store.write(f"{location}/{DROPPED_MARK}", b"")
        return None, statistics, ()
    version = PartitionVersion(
        job.partition,
        location,
        job.run_id,
        rows=statistics.rows,
        files=len(written),
        size_bytes=sum(file.size_bytes for file in written),
        min_event_ms=statistics.min_event_ms,
        max_event_ms=statistics.max_event_ms,
        source_digest=source_digest(kept) if _has_objects(job.table) else "",
    )
    return version, statistics, tuple(written)


def _packed(files: Iterable[InputFile]) -> Iterator[list[InputFile]]:
    group: list[InputFile] = []
    for file in sorted(files, key=lambda f: f.key.rsplit("/", 1)[-1]):
        if group and sum(f.kept_bytes for f in group) + file.kept_bytes > TARGET_FILE_BYTES:
            yield group
            group = []
        group.append(file)
    if group:
        yield group


def _worth_merging(small: Sequence[InputFile]) -> set[InputFile]:
    """Of too many small files the smallest, up to one that is larger than all before it together.

    So a row is written anew only when it comes into a file of at least twice the size: a few times, however many late
    batches follow, and not with every merge.
    """
    merged: list[InputFile] = []
    for file in sorted(small, key=lambda f: (f.kept_bytes, f.key)):
        is_enough = len(merged) > 1 and len(small) - len(merged) < TOO_MANY_SMALL_FILES
        if is_enough and file.kept_bytes > sum(f.kept_bytes for f in merged):
            break
        merged.append(file)
    return set(merged) if len(small) > TOO_MANY_SMALL_FILES else set()


def _rewrite(store: Store, table: Table, key: str, files: Sequence[InputFile]) -> FileStatistics:
    with PartFile(store, key, table) as part:
        for file in files:
            for rows in file.kept():
                part.write(rows)
    return part.statistics


def source_digest(files: Sequence[InputFile]) -> str:
    """A digest of the set of objects whose rows the version holds: equal for equal sets, however they came in."""
    names: set[str] = set()
    for file in files:
        codes, objects = file.objects
        alive = np.bincount(np.delete(codes, file.dropped), minlength=len(objects)) > 0
        names.update(name for name, is_alive in zip(objects, alive.tolist(), strict=True) if is_alive)
    return hashlib.blake2b("\0".join(sorted(names)).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
