"""What is to be seen of a lake from outside: its rows, its files, its books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from shared.engine.doctor import Doctor
from shared.lake.check import Kind
from shared.lake.examine import examine
from shared.lake.layout import LEASES
from shared.lake.tables import LAKE_TABLES
from shared.sources.cloudfront import SOURCE
from shared.storage import ObjectInfo
from shared.tables import Table
from tests.conftest import Workshop
from tests.engine.history.oracle import Row, in_order

TABLE = SOURCE.tables[0].name


def tables_of(workshop: Workshop) -> tuple[Table, ...]:
    """All tables of the lake."""
    return (*workshop.source.tables, *LAKE_TABLES)


def rows_of(workshop: Workshop, table: str) -> list[Row]:
    """What readers see, without the run that wrote it, in the order of `in_order`.

    table  `TABLE` stands for all tables of the source
    """
    names = [each.name for each in workshop.source.tables] if table == TABLE else [table]
    return in_order([row for name in names for row in _rows(workshop, name)])


def _rows(workshop: Workshop, table: str) -> Iterator[Row]:
    lake = workshop.lake
    for partition, version in lake.catalog.partitions(table).items():
        for path in sorted((Path(lake.uri) / version.location).glob("*.parquet")):
            for row in pq.ParquetFile(path).read(use_threads=False).to_pylist(maps_as_pydicts="lossy"):
                row.pop("ingest_run", None)
                yield {**row, "partition": str(partition)}


def rows_by_the_books(workshop: Workshop) -> int:
    """How many rows the source's tables have by what the runs reported."""
    return sum((run["rows"] or 0) - (run["rows_removed"] or 0) for run in rows_of(workshop, "ingest_runs"))


def rows_by_the_catalog(workshop: Workshop) -> int:
    """How many rows the source's tables have."""
    catalog = workshop.lake.catalog
    return sum(version.rows for table in workshop.source.tables for version in catalog.partitions(table.name).values())


def let_leases_lapse(workshop: Workshop) -> None:
    """Let go what a killed run holds: its files are kept from the sweeper until its leases are taken over."""
    store = workshop.lake.store
    store.delete([item.key for item in store.list(LEASES) if isinstance(item, ObjectInfo)])


def assert_nothing_but_live_files(workshop: Workshop) -> None:
    """The folders of the tables hold files of current versions alone."""
    lake = workshop.lake
    for table in tables_of(workshop):
        live = {version.location for version in lake.catalog.partitions(table.name).values()}
        keys = [item.key for item in lake.store.list(f"{table.name}/") if isinstance(item, ObjectInfo)]
        assert {key.rpartition("/")[0] for key in keys} <= live, f"{table.name}: files of no partition stay"


def repair_what_is_missed(workshop: Workshop) -> bool:
    """Let the doctor see to hours of which it misses the partition, and say whether there were any.

    An erasure that leaves nothing of an hour, dies before its report, and is swept, leaves no trace of why it is gone.
    """
    doctor = Doctor([workshop.source], replace(workshop.refinery().settings, raw_uri=""), workshop.executor)
    misses = any(found.kind is Kind.PARTITION_MISSING for found in doctor.examine().findings)
    if misses:
        doctor.repair()
    return misses


def assert_nothing_is_wrong(workshop: Workshop) -> None:
    """The doctor finds nothing but what crashes may leave: a line missing in ingest_runs, a reprocess to be resumed."""
    findings = examine(workshop.lake, [workshop.source], datetime.now(UTC)).findings
    wrong = [found for found in findings if found.kind not in (Kind.RUN_UNREPORTED, Kind.OPERATION_UNFINISHED)]
    assert not wrong, f"the doctor finds {wrong}"
