"""Versions of partitions made from what lies in the lake's folders: for a catalog that has lost them.

A version is described by its files alone, as each carries its statistics in its footer. Which run's folder is the
newest, and whether that run took effect, is for the caller to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.errors import DamageError
from shared.lake.catalog import PartitionVersion
from shared.lake.input_file import InputFile
from shared.lake.layout import DROPPED_MARK, is_part_file, partition_location, run_began
from shared.lake.parquet import FileStatistics
from shared.lake.version import source_digest
from shared.storage import ObjectInfo, Store
from shared.tables import Table
from shared.tables.partitions import MS_PER_HOUR, Partition


@dataclass
class VersionFiles:
    """What lies in the folder of one version.

    foreign  names that the lake did not give and that readers do not overlook
    """

    parts: list[ObjectInfo] = field(default_factory=list)
    foreign: list[ObjectInfo] = field(default_factory=list)
    is_dropped: bool = False

    @property
    def size_bytes(self) -> int:
        """Bytes of the part files."""
        return sum(item.size_bytes for item in self.parts)


Versions = Mapping[Partition, Mapping[str, VersionFiles]]  # by partition and run


def list_versions(store: Store, table: Table) -> Versions:
    """All versions of all partitions that lie in the lake, current or not; one listing of the table's folder."""
    found: dict[Partition, dict[str, VersionFiles]] = {}
    for item in store.list(f"{table.name}/run="):
        if not isinstance(item, ObjectInfo):
            continue
        folder, _, name = item.key.rpartition("/")
        run, _, hour = folder.removeprefix(f"{table.name}/run=").partition("/")
        try:
            partition = Partition.parse(hour)
        except ValueError:
            continue
        if run_began(run) is None:
            continue
        version = found.setdefault(partition, {}).setdefault(run, VersionFiles())
        if name == DROPPED_MARK:
            version.is_dropped = True
        elif is_part_file(item.key):
            version.parts.append(item)
        elif not name.startswith(("_", ".")) and item.size_bytes:
            version.foreign.append(item)
    return found


@dataclass(frozen=True)
class Contents:
    """The files of a version as their footers tell: those that can be used, and what is wrong with each other one."""

    whole: tuple[InputFile, ...]
    faults: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows of the files that can be used."""
        return sum(file.rows for file in self.whole)


def read_contents(store: Store, table: Table, partition: Partition, items: Iterable[ObjectInfo]) -> Contents:
    """Read the footers of part files. A file whose rows are of another hour was put there by hand."""
    whole, faults = [], []
    for item in items:
        file = InputFile(store, table, item.key, item.size_bytes, is_new=False)
        try:
            statistics = file.statistics
        except DamageError as error:
            faults.append(error.what)
            continue
        if _is_of_hour(statistics, partition):
            whole.append(file)
        else:
            faults.append(f"{store.url(item.key)} holds rows of another hour")
    return Contents(tuple(whole), tuple(faults))


def _is_of_hour(statistics: FileStatistics, partition: Partition) -> bool:
    start = int(partition.start.timestamp()) * 1000
    times = (statistics.min_event_ms, statistics.max_event_ms)
    return all(time is None or start <= time < start + MS_PER_HOUR for time in times)


def version_of(
    table: Table, partition: Partition, run_id: str, files: Sequence[InputFile]
) -> tuple[PartitionVersion | None, FileStatistics]:
    """The version that these files of a run's folder make up, as the run registered it; None where no row is left.

    Reads the column of the objects besides the footers; DamageError for one that is damaged.
    """
    statistics = sum((file.statistics for file in files), FileStatistics())
    if not statistics.rows:
        return None, statistics
    version = PartitionVersion(
        partition,
        partition_location(table.name, run_id, partition),
        run_id,
        rows=statistics.rows,
        files=len(files),
        size_bytes=sum(file.size_bytes for file in files),
        min_event_ms=statistics.min_event_ms,
        max_event_ms=statistics.max_event_ms,
        source_digest=source_digest(files) if "source_object" in table.column_names else "",
    )
    return version, statistics


def copy_files(
    store: Store, table: Table, partition: Partition, run_id: str, files: Sequence[InputFile]
) -> list[InputFile]:
    """Take files over into the run's folder of the partition, as they are."""
    location = partition_location(table.name, run_id, partition)
    copied = []
    for file in files:
        key = f"{location}/{file.key.rpartition('/')[2]}"
        store.copy(file.key, key)
        copied.append(InputFile(store, table, key, file.size_bytes, is_new=False))
    return copied
