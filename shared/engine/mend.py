"""Versions of partitions out of files that are there: registered again, or copied together without what is wrong."""

from __future__ import annotations

from shared.lake.check_partitions import TableState
from shared.lake.jobs import PartitionOutcome
from shared.lake.layout import DROPPED_MARK, partition_location
from shared.lake.newest_version import newest_version
from shared.lake.quality_lines import VersionLine
from shared.lake.rebuild import copy_files, read_contents, version_of
from shared.tables.partitions import Partition


def version_to_register(state: TableState, partition: Partition, told: VersionLine | None) -> PartitionOutcome | None:
    """The newest version of a partition that the catalog lost, if it is certain to be that one and whole.

    told  what `partition_quality` says of the newest version; without it a table with a key is not certain
    """
    newest = newest_version(state, partition, told)
    if newest.version is None or (state.table.key and (told is None or told.run != newest.version.run_id)):
        return None
    return PartitionOutcome(state.table.name, partition, newest.version, newest.statistics, former=None)


def version_of_what_is_left(state: TableState, partition: Partition, run_id: str) -> PartitionOutcome:
    """A new version of a run's with the files of the current one (or of the newest) that can be used."""
    lake, table, current = state.lake, state.table, state.current.get(partition)
    newest = state.newest(partition)
    files = state.files_of(current) if current else newest[1] if newest else None
    contents = read_contents(lake.store, table, partition, files.parts if files else ())
    copied = copy_files(lake.store, table, partition, run_id, contents.whole)
    version, statistics = version_of(table, partition, run_id, copied)
    if version is None:
        # The catalog will have no successor to tell the sweeper when the old version went.
        lake.store.write(f"{partition_location(table.name, run_id, partition)}/{DROPPED_MARK}", b"")
    lost = (current.rows if current else 0) - statistics.rows
    former = current.location if current else None
    return PartitionOutcome(table.name, partition, version, statistics, former, rows_removed=lost)
