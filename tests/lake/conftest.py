"""A small table of the usual shape, lakes in a temporary folder, and the steps of a run without its engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.lake.hours import by_hour
from shared.lake.jobs import PartitionJob, PartitionOutcome, StagedFile, write_own_objects
from shared.lake.lake import Lake, open_lake
from shared.lake.layout import staged_file
from shared.lake.parquet import PartFile, conform
from shared.lake.publish import partition_jobs, swap
from shared.lake.published import Published
from shared.lake.version import build_version
from shared.storage import ObjectInfo, Store, open_store
from shared.tables import Column, ColumnType, Table
from shared.tables.partitions import Partition
from shared.text.hashing import key_hashes

HOUR = Partition("2026", "11", "20", "07")
START_MS = int(HOUR.start.timestamp() * 1000)

VISITS = Table(
    name="visits",
    description="Visits of example.com, for tests.",
    columns=(
        Column("event_time", ColumnType.TIMESTAMP, "When."),
        Column("site", ColumnType.STRING, "Where.", few_values=True),
        Column("request_id", ColumnType.STRING, "Which."),
        Column("record_key", ColumnType.STRING, "Which, where there is no id."),
        Column("status", ColumnType.INT, "How it went."),
        Column("path", ColumnType.STRING, "What."),
        Column("flags", ColumnType.STRINGS, "What was odd."),
        Column("extra", ColumnType.STRING_MAP, "What else there was."),
        Column("source_format", ColumnType.STRING, "Format.", few_values=True),
        Column("source_object", ColumnType.STRING, "Object.", few_values=True),
        Column("source_line", ColumnType.BIGINT, "Line."),
        Column("source_modified", ColumnType.TIMESTAMP, "Delivery."),
        Column("ingest_run", ColumnType.STRING, "Run.", few_values=True),
        Column("record_hash", ColumnType.BIGINT, "Hash of the key."),
    ),
    partition_time="event_time",
    key=("site", "request_id", "record_key"),
    prefer_column="source_format",
    prefer=("v2", "v1"),
)


class Visits:
    """Makes rows of the table, and takes them into a lake as a run does."""

    table = VISITS
    hour = HOUR
    start_ms = START_MS

    def rows(self, rows: Iterable[dict[str, Any]], run: str = "run") -> pa.Table:
        given = [
            {
                "event_time": START_MS,
                "site": "www.example.com",
                "status": 200,
                "path": "/",
                "source_format": "v2",
                "source_object": "a",
                "source_line": number,
                "source_modified": START_MS + 60_000,
                "ingest_run": run,
            }
            | row
            for number, row in enumerate(rows, 1)
        ]
        columns = {c.name: pa.array([row.get(c.name) for row in given], c.type.arrow) for c in VISITS}
        hashes = key_hashes([columns[name] for name in VISITS.hashed_columns]).view(np.int64)
        return conform(pa.table(columns | {"record_hash": pa.array(hashes)}), VISITS)

    def stage(self, lake: Lake, run: str, *groups: pa.Table) -> list[StagedFile]:
        """One staged file for each hour of each group of rows."""
        staged = []
        for number, group in enumerate(groups):
            for hour, rows in by_hour(group, VISITS):
                key = staged_file(run, VISITS.name, Partition.of_hour(hour), number)
                with PartFile(lake.store, key, VISITS) as part:
                    part.write(rows)
                staged.append(StagedFile(VISITS.name, Partition.of_hour(hour), key, rows.num_rows))
        return staged

    def jobs(
        self,
        lake: Lake,
        run: str,
        *groups: pa.Table,
        objects: Sequence[str] | None = None,
        touched: Sequence[Partition] = (),
    ) -> list[PartitionJob]:
        """The partition jobs of a run; `objects` are its own, by default those of its rows."""
        lake = replace(lake, published=Published())  # another process, which knows nothing of the former runs
        found = {name for rows in groups for name in rows["source_object"].to_pylist()}
        write_own_objects(lake.store, run, VISITS.name, sorted(found) if objects is None else objects)
        return partition_jobs(lake, VISITS, run, self.stage(lake, run, *groups), touched)

    def publish(self, lake: Lake, run: str, *groups: pa.Table, **options: Any) -> list[PartitionOutcome]:
        """A whole run: stage, build, swap."""
        outcomes = [build_version(job) for job in self.jobs(lake, run, *groups, **options)]
        swap(lake, VISITS, outcomes)
        return outcomes

    def files(self, lake: Lake) -> dict[str, pa.Table]:
        """The files that readers see, by key, with their rows."""
        found = {}
        for version in lake.catalog.partitions(VISITS.name).values():
            for item in lake.store.list(version.location + "/"):
                assert isinstance(item, ObjectInfo)
                found[item.key] = pq.read_table(lake.store.open_input(item.key))
        return found

    def seen(self, lake: Lake, *columns: str) -> list[Any]:
        """What readers see of these columns, sorted; single values for a single column."""
        rows = [
            row[columns[0]] if len(columns) == 1 else tuple(row[name] for name in columns)
            for table in self.files(lake).values()
            for row in table.select(list(columns)).to_pylist()
        ]
        return sorted(rows)


@pytest.fixture
def visits() -> Visits:
    return Visits()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    opened = open_lake(str(tmp_path / "lake"))
    opened.ensure_tables([VISITS])
    return opened


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "local":
        return open_store(str(tmp_path / "lake"))
    return open_store(f"s3://{request.getfixturevalue('s3_bucket')}/lake")
