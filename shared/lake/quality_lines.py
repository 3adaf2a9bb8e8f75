"""What `partition_quality` remembers of versions: of which run, of how many rows. Read only when it is needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import pyarrow as pa

from shared.errors import DamageError
from shared.lake.input_file import InputFile
from shared.lake.lake import Lake
from shared.lake.layout import is_part_file
from shared.lake.tables import INGEST_RUNS, PARTITION_QUALITY
from shared.storage import ObjectInfo
from shared.tables import Table
from shared.tables.partitions import MS_PER_HOUR, Partition

LINE_COLUMNS = ("run_id", "table_name", "partition_hour", "rows")


class VersionLine(NamedTuple):
    """One line: a version of a partition that a run published."""

    run: str
    partition: Partition
    rows: int


def version_lines(lake: Lake, table: Table) -> list[VersionLine]:
    """All lines of a table's versions."""
    rows = read_columns(lake, PARTITION_QUALITY, list(LINE_COLUMNS))
    return [line for part in rows for name, line in lines_in(part) if name == table.name]


def lines_in(rows: pa.Table) -> Iterator[tuple[str, VersionLine]]:
    """The lines among rows of `partition_quality`, with the table that each is about."""
    columns = [rows[name].to_pylist() for name in ("table_name", "run_id", "rows")]
    hours = rows["partition_hour"].cast(pa.int64()).to_pylist()
    for name, run, count, hour in zip(*columns, hours, strict=True):
        yield name, VersionLine(run, Partition.of_hour(hour // MS_PER_HOUR), count)


def newest_lines(lake: Lake, table: Table) -> dict[Partition, VersionLine]:
    """The line of the newest version of each partition of a table that lines tell of."""
    return {line.partition: line for line in sorted(version_lines(lake, table))}


def is_fully_told(lake: Lake, tables: Collection[Table], run: str) -> bool:
    """Whether there is a line for each partition that a run published: as many as its line in `ingest_runs` says.

    tables  of its source
    """
    told = sum(line.run == run for table in tables for line in version_lines(lake, table))
    for rows in read_columns(lake, INGEST_RUNS, ["run_id", "partitions"]):
        for name, partitions in zip(rows["run_id"].to_pylist(), rows["partitions"].to_pylist(), strict=True):
            if name == run:
                return bool(partitions == told)
    return False


def read_columns(lake: Lake, table: Table, columns: list[str]) -> Iterator[pa.Table]:
    """Columns of all current files of a table of the lake; one that is damaged says nothing."""
    for version in lake.catalog.partitions(table.name).values():
        for item in lake.store.list(version.location + "/"):
            if isinstance(item, ObjectInfo) and is_part_file(item.key):
                file = InputFile(lake.store, table, item.key, item.size_bytes, is_new=False)
                try:
                    yield file.read(columns)
                except DamageError:
                    continue
