from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from shared.lake.layout import lease_key, ledger_folder, new_run_id, partition_location, staged_file
from shared.tables.partitions import Partition

HOUR = Partition("2026", "11", "20", "07")


def test_run_ids_sort_by_time_and_are_unique() -> None:
    start = datetime(2026, 11, 24, 10, 15, 2, 123456, tzinfo=UTC)
    times = [start + timedelta(milliseconds=step) for step in (0, 1, 10, 900, 60_000, 86_400_000)]
    ids = [new_run_id(time) for time in times]
    assert ids == sorted(ids)
    assert ids[0].startswith("20261124T101502123Z-")
    assert new_run_id(start.astimezone(timezone(timedelta(hours=5)))).startswith("20261124T101502123Z-")
    assert len({new_run_id(start) for _ in range(100)}) == 100


def test_places_in_the_lake() -> None:
    assert partition_location("visits", "r1", HOUR) == "visits/run=r1/year=2026/month=11/day=20/hour=07"
    assert ledger_folder("cloudfront") == "_loglake/ledger/cloudfront"
    assert lease_key("cloudfront") == "_loglake/lease/cloudfront.json"


def test_staged_names_differ_by_all_that_decides_them() -> None:
    other = Partition.of_hour(0)
    names = {
        staged_file("r1", "visits", HOUR, 0),
        staged_file("r1", "visits", HOUR, 0, 1),
        staged_file("r1", "visits", HOUR, 1),
        staged_file("r1", "visits", other, 0),
        staged_file("r1", "others", HOUR, 0),
        staged_file("r2", "visits", HOUR, 0),
        staged_file("r1", "visits", HOUR, 0, attempt="b"),
    }
    assert len(names) == 7
    # The file's own name is kept where partitions take files over, so it is unique within a partition for ever.
    assert len({name.rpartition("/")[2] for name in names}) == 4
    assert all(name.startswith("_loglake/staging/run=r") for name in names)
