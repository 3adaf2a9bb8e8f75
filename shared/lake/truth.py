"""What a lake says that its catalog should hold: told by ledger, run folders, footers and floors alone.

One listing of each table's folder, the ledger of each source, and the footers (and of tables with objects one narrow
column) of the files of each newest version, read by a bounded number of threads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from shared.errors import DamageError
from shared.lake.catalog import PartitionEntry, PartitionVersion
from shared.lake.check import Kind
from shared.lake.check_ledger import check_folder, expected_of
from shared.lake.check_partitions import TableState, is_dropped
from shared.lake.input_file import InputFile
from shared.lake.lake import Lake
from shared.lake.ledger import Ledger
from shared.lake.newest_version import Newest, newest_version
from shared.lake.quality_lines import LINE_COLUMNS, VersionLine, lines_in
from shared.lake.rebuild import list_versions
from shared.lake.tables import LAKE_TABLES, PARTITION_QUALITY, QUARANTINE
from shared.lake.withheld import floor_of
from shared.sources.base import Source
from shared.tables import Table
from shared.tables.partitions import Partition

_READERS = 16

Told = Mapping[str, Mapping[Partition, VersionLine]]  # by table
Entries = Mapping[str, Mapping[Partition, PartitionEntry]]  # by table


@dataclass
class Truth:
    """What the lake says of one table.

    versions  that the catalog should hold
    gone      partitions that the lake has no more, and why
    doubts    partitions of which the files do not tell the newest version, and why not
    open      partitions that a run is about to drop, or died at dropping: right with and without them
    """

    state: TableState
    entries: Mapping[Partition, PartitionEntry]
    versions: dict[Partition, PartitionVersion] = field(default_factory=dict)
    gone: dict[Partition, str] = field(default_factory=dict)
    doubts: dict[Partition, str] = field(default_factory=dict)
    open: set[Partition] = field(default_factory=set)

    @property
    def table(self) -> Table:
        """The table."""
        return self.state.table


def truths(lake: Lake, sources: Collection[Source], entries: Entries) -> list[Truth]:
    """What the lake says of each table that it has; those of the lake itself first.

    entries  what the catalog holds, read before: a run is in the ledger before a partition is of it
    Raises DamageError where the ledger is damaged: it would tell an older lake.
    """
    ledgers = {source.name: _ledger(lake, source) for source in sources}
    expected = {name: expected_of(ledger, datetime.max.replace(tzinfo=UTC)) for name, ledger in ledgers.items()}
    quarantined = sum((each.quarantined for each in expected.values()), Counter[Partition]())
    unfinished = {run for ledger in ledgers.values() for run in set(ledger.runs) - ledger.committed}
    known = {run for ledger in ledgers.values() for run in ledger.committed}
    has_run = any(ledger.runs for ledger in ledgers.values())
    found: list[Truth] = []
    told: Told = {}
    with ThreadPoolExecutor(_READERS) as pool:
        for table in LAKE_TABLES:
            state = TableState(lake, table, {}, list_versions(lake.store, table), unfinished=unfinished, known=known)
            if has_run or state.versions or table.name in entries:
                hours = set(quarantined) if table is QUARANTINE else None
                found.append(_truth(state, entries.get(table.name, {}), hours, {}, pool))
                if table is PARTITION_QUALITY:
                    told = _told(found[-1], pool)
        for source in sources:
            ledger, names = ledgers[source.name], expected[source.name].hours
            for table in source.tables:
                state = TableState(
                    lake,
                    table,
                    {},
                    list_versions(lake.store, table),
                    effective=ledger.committed,
                    unfinished=set(ledger.runs) - ledger.committed,
                )
                if ledger.runs or state.versions or table.name in entries:
                    hours = source.hours_of(table, names)
                    found.append(_truth(state, entries.get(table.name, {}), hours, told.get(table.name, {}), pool))
    return found


def _ledger(lake: Lake, source: Source) -> Ledger:
    faults = [fault for fault in check_folder(lake.store, source.name) if fault.kind is not Kind.LEDGER_FOREIGN]
    if faults:
        raise DamageError(
            f"The ledger of {source.name} is damaged, and the catalog cannot be told from it: {faults[0].subject}: "
            f"{faults[0].what}.",
            remedy="restore it from the bucket's versions, or call `loglake doctor --repair` first",
        )
    return Ledger.load(lake.store, source.name)


def _truth(
    state: TableState,
    entries: Mapping[Partition, PartitionEntry],
    expected: Set[Partition] | None,
    told: Mapping[Partition, VersionLine],
    pool: ThreadPoolExecutor,
) -> Truth:
    """What the lake says of a table; `expected`: the hours that its ledger has rows for, None where none tells."""
    truth = Truth(state, entries)
    floor = floor_of(state.lake.store, state.table.name)
    wanted = []
    for partition in sorted({*state.versions, *(expected or ()), *entries}):
        if floor and partition < floor.before:
            if floor.is_done:
                truth.gone[partition] = f"it has expired: hours before {floor.before} are dropped"
            else:
                truth.open.add(partition)
        elif is_dropped(state, partition):
            _drop(truth, partition)
        elif _is_emptied(state, partition, told.get(partition)):
            truth.gone[partition] = "its last version has no rows"
        elif _has_files(state, partition):
            wanted.append(partition)
        elif partition in (entries if expected is None else expected):
            truth.doubts[partition] = "no file of it is left"
        elif partition in entries:
            truth.gone[partition] = "the ledger has no rows in it, nor is a file of it there"
    newest = pool.map(lambda partition: newest_version(state, partition, told.get(partition)), wanted)
    for partition, each in zip(wanted, newest, strict=True):
        _take(truth, partition, each)
    return truth


def _drop(truth: Truth, partition: Partition) -> None:
    """A mark of a run that took effect proves that the partition is gone; one of another may come to nothing."""
    newest = truth.state.newest(partition)
    if newest is not None and newest[1].is_dropped:
        truth.gone[partition] = f"run {newest[0]} left no row of it"
    else:
        truth.open.add(partition)


def _is_emptied(state: TableState, partition: Partition, told: VersionLine | None) -> bool:
    newest = state.newest(partition)
    return told is not None and not told.rows and (newest is None or told.run >= newest[0])


def _has_files(state: TableState, partition: Partition) -> bool:
    newest = state.newest(partition)
    return newest is not None and bool(newest[1].parts)


def _take(truth: Truth, partition: Partition, newest: Newest) -> None:
    if newest.version is not None:
        truth.versions[partition] = newest.version
    else:
        truth.doubts[partition] = newest.doubt


def _told(quality: Truth, pool: ThreadPoolExecutor) -> Told:
    """The newest line of each partition of each table."""
    files = [
        InputFile(quality.state.lake.store, PARTITION_QUALITY, item.key, item.size_bytes, is_new=False)
        for version in quality.versions.values()
        for item in quality.state.files_of(version).parts
    ]
    found: dict[str, dict[Partition, VersionLine]] = {}
    for rows in pool.map(_read_lines, files):
        for name, line in lines_in(rows) if rows is not None else ():
            lines = found.setdefault(name, {})
            lines[line.partition] = max(line, lines.get(line.partition, line))
    return found


def _read_lines(file: InputFile) -> pa.Table | None:
    try:
        return file.read(LINE_COLUMNS)
    except DamageError:  # it says nothing
        return None
