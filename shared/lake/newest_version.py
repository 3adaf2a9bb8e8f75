"""The newest version of a partition by what lies in the lake: the one rule for who has lost its place in the catalog.

The newest run that took effect decides. What `partition_quality` tells of its version shows whether its files are all
there; a version of which it tells nothing (the run died before its line, or the table has none) is taken as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shared.errors import DamageError
from shared.lake.catalog import PartitionVersion
from shared.lake.check_partitions import TableState
from shared.lake.parquet import FileStatistics
from shared.lake.quality_lines import VersionLine
from shared.lake.rebuild import VersionFiles, read_contents, version_of
from shared.lake.tables import INGEST_RUNS, PARTITION_QUALITY, QUARANTINE
from shared.tables.partitions import Partition

# Runs append to these: a version holds all lines of the version before it.
_APPENDED_TO = (INGEST_RUNS, PARTITION_QUALITY)


@dataclass(frozen=True)
class Newest:
    """The newest version as its files tell, or what keeps them from telling it (`doubt`)."""

    version: PartitionVersion | None = None
    statistics: FileStatistics = field(default_factory=FileStatistics)
    doubt: str = ""


def newest_version(state: TableState, partition: Partition, told: VersionLine | None) -> Newest:
    """Make out the newest version of a partition from its files.

    told  what `partition_quality` says of the newest version, where it says something
    """
    newest = _newest(state, partition)
    if newest is None or not newest[1].parts:
        return Newest(doubt="no file of it is left")
    run, files = newest
    if told is not None and told.run > run:
        return Newest(doubt=f"no file is left of its newest version, that of run {told.run}")
    contents = read_contents(state.lake.store, state.table, partition, files.parts)
    if contents.faults:
        return Newest(doubt=contents.faults[0])
    if told is not None and told.run == run and told.rows != contents.rows:
        return Newest(doubt=f"run {run} left {told.rows:,} rows, but the files hold {contents.rows:,}")
    try:
        version, statistics = version_of(state.table, partition, run, contents.whole)
    except DamageError as error:
        return Newest(doubt=error.what)
    return Newest(version, statistics, "" if version else "its files hold no row")


def _newest(state: TableState, partition: Partition) -> tuple[str, VersionFiles] | None:
    """The newest version; of tables that are appended to the newest that is whole.

    A run publishes into those once it took effect: that it did says nothing of what it left when it died there.
    """
    versions = state.versions.get(partition, {})
    runs = sorted((run for run in versions if state.took_effect(run)), reverse=True)
    if state.table is QUARANTINE and state.known:
        return next(((run, versions[run]) for run in _told_or_whole(state, partition, runs)), None)
    if state.table not in _APPENDED_TO or len(runs) < 2:
        return state.newest(partition)
    lines = {run: _lines(state, partition, versions[run]) for run in runs}
    for number, run in enumerate(runs):
        if _is_whole(lines[run], {older: lines[older] for older in runs[number + 1 :]}):
            return run, versions[run]
    return state.newest(partition)


def _told_or_whole(state: TableState, partition: Partition, runs: list[str]) -> Iterator[str]:
    """Runs that a ledger tells of, and repairs, of which none does, that left no fewer rows than they found.

    A repair that died while it copied leaves a part of a version, and nothing says so.
    """
    rows = [
        read_contents(state.lake.store, state.table, partition, state.versions[partition][run].parts).rows
        for run in runs
    ]
    for number, run in enumerate(runs):
        if run in state.known or number == len(runs) - 1 or rows[number] >= rows[number + 1]:
            yield run


def _is_whole(lines: Counter[str] | None, older: Mapping[str, Counter[str] | None]) -> bool:
    """Whether nothing of the older versions is missing; what their own runs added may never have been published.

    What is damaged is no sign of it: a run that dies leaves files out, it does not leave damaged ones.
    """
    if lines is None:
        return True
    before = ((run, other, count) for run, found in older.items() for other, count in (found or {}).items())
    return bool(lines) and all(lines[other] >= count for run, other, count in before if other != run)


def _lines(state: TableState, partition: Partition, files: VersionFiles) -> Counter[str] | None:
    """How many lines of each run the files hold; None where one is damaged."""
    contents = read_contents(state.lake.store, state.table, partition, files.parts)
    if contents.faults:
        return None
    try:
        return Counter(run for file in contents.whole for run in file.read(["run_id"])["run_id"].to_pylist())
    except DamageError:
        return None
