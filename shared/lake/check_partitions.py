"""What can be wrong with the partitions of a table: the catalog, the folders and the ledger held against each other.

One call for the catalog's partitions, one listing of the table's folder; footers are read where the numbers differ.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shared.lake.catalog import PartitionVersion
from shared.lake.check import REPAIR, Finding, Kind
from shared.lake.lake import Lake
from shared.lake.quality_lines import newest_lines
from shared.lake.rebuild import VersionFiles, Versions, list_versions, read_contents
from shared.lake.withheld import floor_of
from shared.tables import Table
from shared.tables.partitions import Partition


@dataclass(frozen=True)
class TableState:
    """A table as catalog and folders have it.

    effective   the runs that took effect; None: all but the unfinished ones (the lake's own tables are written to by
                runs that no ledger tells of)
    unfinished  runs that never took effect
    known       the runs that ledgers tell of, where somebody has asked them
    """

    lake: Lake
    table: Table
    current: Mapping[Partition, PartitionVersion]
    versions: Versions
    effective: Collection[str] | None = None
    unfinished: Collection[str] = ()
    known: Collection[str] = ()

    def files_of(self, version: PartitionVersion) -> VersionFiles:
        """What lies where the catalog says that a version lies."""
        by_run = self.versions.get(version.partition, {})
        for run, files in by_run.items():
            if version.location == f"{self.table.name}/run={run}/{version.partition.folder}":
                return files
        return VersionFiles()

    def newest(self, partition: Partition) -> tuple[str, VersionFiles] | None:
        """The newest version of a partition that a run left which took effect, and its run."""
        runs = [run for run in self.versions.get(partition, {}) if self.took_effect(run)]
        return (max(runs), self.versions[partition][max(runs)]) if runs else None

    def took_effect(self, run: str) -> bool:
        """Whether what the run made counts."""
        return run not in self.unfinished and (self.effective is None or run in self.effective)


def table_state(lake: Lake, table: Table) -> TableState:
    """Read the state of a table; the catalog first, so that what it names is there when the folder is listed."""
    current = lake.catalog.partitions(table.name)
    return TableState(lake, table, current, list_versions(lake.store, table))


def check_files(state: TableState, *, deep: bool = False) -> list[Finding]:
    """Partitions whose files are not those that the catalog counts. `deep`: look into all footers."""
    suspects = {
        partition: fault
        for partition, version in state.current.items()
        if (fault := _fault(state, version, deep=deep)) is not None
    }
    foreign = {
        partition: files.foreign
        for partition, version in state.current.items()
        if (files := state.files_of(version)).foreign and partition not in suspects
    }
    findings = [
        Finding(
            Kind.PARTITION_DAMAGED,
            _name(state.table, partition),
            fault,
            _remedy_for_damage(state.table),
            owner=state.table.name,
            partition=partition,
        )
        for partition, fault in _still(state, suspects).items()
    ]
    return findings + [
        Finding(
            Kind.PARTITION_FOREIGN,
            _name(state.table, partition),
            f"{state.lake.store.url(items[0].key)} is no file of the lake: Athena and Spark fail on it, or count it",
            f"remove it, or `{REPAIR}`: the partition moves to a folder without it",
            owner=state.table.name,
            partition=partition,
        )
        for partition, items in sorted(foreign.items())
    ]


def _fault(state: TableState, version: PartitionVersion, *, deep: bool) -> str | None:
    files = state.files_of(version)
    is_as_counted = len(files.parts) == version.files and files.size_bytes == version.size_bytes
    if is_as_counted and not deep:
        return None
    where = state.lake.store.url(version.location)
    if not files.parts:
        return f"{where} holds none of its {version.files} files"
    contents = read_contents(state.lake.store, state.table, version.partition, files.parts)
    if contents.faults:
        return contents.faults[0]
    if contents.rows != version.rows or len(files.parts) != version.files:
        return (
            f"{where} holds {contents.rows:,} rows in {len(files.parts)} files, but the catalog says "
            f"{version.rows:,} in {version.files}"
        )
    if not is_as_counted:
        return f"{where} has {files.size_bytes:,} bytes, but the catalog says {version.size_bytes:,}: written over"
    return None


def _still(state: TableState, suspects: Mapping[Partition, str]) -> Mapping[Partition, str]:
    """Those whose version is still the current one: a run may have swapped, and a sweep removed, what was looked at."""
    if not suspects:
        return suspects
    now = state.lake.catalog.partitions(state.table.name, sorted(suspects))
    return {p: fault for p, fault in suspects.items() if p in now and now[p].location == state.current[p].location}


def check_missing(state: TableState, expected: Collection[Partition]) -> list[Finding]:
    """Partitions that should be in the catalog: rows went to them, or files lie there, and nothing says they went.

    Whatever is gone for a reason left a trace: a retention floor, a mark in the folder, or a last line in
    partition_quality that says zero rows.
    """
    lake, table = state.lake, state.table
    floor = floor_of(lake.store, table.name)
    suspects = [
        partition
        for partition in sorted({*expected, *state.versions} - state.current.keys())
        if not (floor and partition < floor.before) and not is_dropped(state, partition)
    ]
    suspects = [p for p in suspects if p in expected or state.newest(p) is not None]
    if suspects:
        emptied = {partition for partition, line in newest_lines(lake, table).items() if not line.rows}
        there = lake.catalog.partitions(table.name, suspects)
        suspects = [p for p in suspects if p not in emptied and p not in there]
    return [
        Finding(
            Kind.PARTITION_MISSING,
            _name(table, partition),
            "rows went to it, but the catalog does not have it" + _where(state, partition),
            f"`{REPAIR}`: it is registered again, or its objects are taken in again where its files are gone; "
            "do not sweep before",
            owner=table.name,
            partition=partition,
        )
        for partition in suspects
    ]


def is_dropped(state: TableState, partition: Partition) -> bool:
    """Whether the last that was done to a partition was to drop it, be it by a run that is still to be completed."""
    runs = state.versions.get(partition, {})
    newest = max((run for run in runs if state.took_effect(run) or run in state.unfinished), default=None)
    return newest is not None and runs[newest].is_dropped


def _where(state: TableState, partition: Partition) -> str:
    newest = state.newest(partition)
    return f"; files of it are in run {newest[0]}" if newest and newest[1].parts else "; no file of it is left"


def _remedy_for_damage(table: Table) -> str:
    what = "all objects with rows in that hour are taken in again" if table.key else "what is left is registered"
    return f"restore its files from the bucket's versions, or `{REPAIR}`: {what}"


def _name(table: Table, partition: Partition) -> str:
    return f"{table.name} {partition}"
