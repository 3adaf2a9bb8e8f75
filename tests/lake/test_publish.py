from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.lake.hours import by_hour
from shared.lake.lake import Lake
from shared.lake.parquet import conform
from shared.lake.publish import append_rows
from shared.lake.tables import INGEST_RUNS, LAKE_TABLES
from shared.tables.partitions import Partition


def runs(*rows: dict[str, Any]) -> pa.Table:
    columns = {c.name: pa.array([row.get(c.name) for row in rows], c.type.arrow) for c in INGEST_RUNS}
    return conform(pa.table(columns), INGEST_RUNS)


def seen(lake: Lake) -> dict[str, list[str]]:
    found = {}
    for partition, version in lake.catalog.partitions("ingest_runs").items():
        tables = [pq.read_table(lake.store.open_input(o.key)) for o in lake.store.list(version.location + "/")]
        found[str(partition)] = sorted(run for table in tables for run in table["run_id"].to_pylist())
    return found


def test_rows_are_appended_to_their_hours(lake: Lake) -> None:
    hour = 3_600_000
    append_rows(
        lake, INGEST_RUNS, "r1", runs({"run_id": "r1", "started_at": hour}, {"run_id": "old", "started_at": -1})
    )
    append_rows(lake, INGEST_RUNS, "r2", runs({"run_id": "r2", "started_at": 2 * hour - 1}))
    assert seen(lake) == {"1969-12-31T23": ["old"], "1970-01-01T01": ["r1", "r2"]}
    # Equal rows stay: the table has no key.
    append_rows(lake, INGEST_RUNS, "r3", runs({"run_id": "r2", "started_at": 2 * hour - 1}))
    assert seen(lake)["1970-01-01T01"] == ["r1", "r2", "r2"]
    version = lake.catalog.partitions("ingest_runs")[Partition.of_hour(1)]
    assert (version.rows, version.run_id, version.source_digest) == (3, "r3", "")


def test_many_appends_stay_few_files(lake: Lake) -> None:
    for number in range(12):
        append_rows(lake, INGEST_RUNS, f"r{number:02}", runs({"run_id": f"r{number:02}", "started_at": 0}))
    (version,) = lake.catalog.partitions("ingest_runs").values()
    assert (version.rows, version.files <= 8) == (12, True)
    assert seen(lake) == {"1970-01-01T00": [f"r{number:02}" for number in range(12)]}


def test_no_rows_change_nothing(lake: Lake) -> None:
    append_rows(lake, INGEST_RUNS, "r1", runs())
    assert lake.catalog.partitions("ingest_runs") == {}


def test_the_lake_has_its_own_tables(lake: Lake) -> None:
    assert [lake.catalog.has_table(table.name) for table in LAKE_TABLES] == [True] * 3


def test_partition_jobs_come_oldest_hour_first_with_what_they_touch(lake: Lake, visits: Any) -> None:
    later = visits.start_ms + 3_600_000
    visits.publish(lake, "r1", visits.rows([{"request_id": "1"}, {"request_id": "2", "event_time": later}]))
    rows = visits.rows([{"request_id": "3", "event_time": later, "source_object": "b"}])
    missing = Partition.of_hour(0)
    jobs = visits.jobs(lake, "r2", rows, rows, touched=[visits.hour, missing])
    assert [(str(job.partition), len(job.staged), job.current is not None) for job in jobs] == [
        ("2026-11-20T07", 0, True),
        ("2026-11-20T08", 2, True),
    ]


@pytest.mark.parametrize("times", [[0], [-1, 0, 3_599_999, 3_600_000], [5, -3_600_001, 5, -3_600_000]])
def test_rows_are_split_by_their_hour_whatever_its_sign(visits: Any, times: list[int]) -> None:
    rows = visits.rows([{"event_time": time} for time in times])
    found = [(hour, part["event_time"].cast(pa.int64()).to_pylist()) for hour, part in by_hour(rows, visits.table)]
    hours = sorted({time // 3_600_000 for time in times})
    assert found == [(hour, [time for time in times if time // 3_600_000 == hour]) for hour in hours]
    assert list(by_hour(rows.slice(0, 0), visits.table)) == []
