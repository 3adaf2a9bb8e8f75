"""What is to be seen of a lake from outside: its rows, its files, its books."""

from __future__ import annotations

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
from tests.conftest import Workshop
from tests.engine.history.oracle import Row, in_order

TABLE = SOURCE.table.name
TABLES = (SOURCE.table, *LAKE_TABLES)


def rows_of(workshop: Workshop, table: str) -> list[Row]:
    """What readers see, without the run that wrote it, in the order of `in_order`."""
    lake = workshop.lake
    found: list[Row] = []
    for partition, version in lake.catalog.partitions(table).items():
        for path in sorted((Path(lake.uri) / version.location).glob("*.parquet")):
            for row in pq.ParquetFile(path).read(use_threads=False).to_pylist(maps_as_pydicts="lossy"):
                row.pop("ingest_run", None)
                found.append({**row, "partition": str(partition)})
    return in_order(found)


def rows_by_the_books(workshop: Workshop) -> int:
    """How many rows the table has by what the runs reported."""
    return sum((run["rows"] or 0) - (run["rows_removed"] or 0) for run in rows_of(workshop, "ingest_runs"))


def rows_by_the_catalog(workshop: Workshop) -> int:
    """How many rows the table has."""
    return sum(version.rows for version in workshop.lake.catalog.partitions(TABLE).values())


def let_leases_lapse(workshop: Workshop) -> None:
    """Let go what a killed run holds: its files are kept from the sweeper until its leases are taken over."""
    store = workshop.lake.store
    store.delete([item.key for item in store.list(LEASES) if isinstance(item, ObjectInfo)])


def assert_nothing_but_live_files(workshop: Workshop) -> None:
    """The folders of the tables hold files of current versions alone."""
    lake = workshop.lake
    for table in TABLES:
        live = {version.location for version in lake.catalog.partitions(table.name).values()}
        keys = [item.key for item in lake.store.list(f"{table.name}/") if isinstance(item, ObjectInfo)]
        assert {key.rpartition("/")[0] for key in keys} <= live, f"{table.name}: files of no partition stay"


def repair_what_is_missed(workshop: Workshop) -> bool:
    """Let the doctor see to hours of which it misses the partition, and say whether there were any.

    An erasure that leaves nothing of an hour, dies before its report, and is swept, leaves no trace of why it is gone.
    """
    doctor = Doctor([SOURCE], replace(workshop.refinery().settings, raw_uri=""), workshop.executor)
    misses = any(found.kind is Kind.PARTITION_MISSING for found in doctor.examine().findings)
    if misses:
        doctor.repair()
    return misses


def assert_nothing_is_wrong(workshop: Workshop) -> None:
    """The doctor finds nothing but what crashes may leave: a line missing in ingest_runs, a reprocess to be resumed."""
    findings = examine(workshop.lake, [SOURCE], datetime.now(UTC)).findings
    wrong = [found for found in findings if found.kind not in (Kind.RUN_UNREPORTED, Kind.OPERATION_UNFINISHED)]
    assert not wrong, f"the doctor finds {wrong}"
