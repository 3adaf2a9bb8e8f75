from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.errors import StorageError
from shared.lake.catalog_local import LocalCatalog
from shared.lake.lake import Lake
from shared.lake.layout import lease_key, new_run_id
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger
from shared.lake.sweep import find_garbage, remove
from shared.lake.tables import LAKE_TABLES
from shared.lake.version import build_version

START = datetime(2026, 11, 1, tzinfo=UTC)


def run(day: int) -> str:
    return new_run_id(START + timedelta(days=day))


def garbage(lake: Lake, visits: Any, day: float) -> list[str]:
    found = find_garbage(lake, [visits.table, *LAKE_TABLES], START + timedelta(days=day))
    return sorted(item.key for item in found)


def keys(lake: Lake, prefix: str) -> list[str]:
    return [item.key for item in lake.store.list(prefix)]  # type: ignore[union-attr]


@pytest.fixture
def runs(lake: Lake, visits: Any) -> tuple[str, str]:
    """A version of two hours of day 0; one of the hours replaced on day 10. Their staging areas are cleaned."""
    ids = run(0), run(10)
    later = visits.start_ms + 3_600_000
    visits.publish(lake, ids[0], visits.rows([{"request_id": "1"}, {"request_id": "2", "event_time": later}]))
    visits.publish(lake, ids[1], visits.rows([{"request_id": "3", "source_object": "b"}]))
    lake.store.delete(keys(lake, "_loglake/staging/"))
    return ids


def test_only_what_was_replaced_before_the_moment_goes(lake: Lake, visits: Any, runs: tuple[str, str]) -> None:
    replaced = keys(lake, f"visits/run={runs[0]}/{visits.hour.folder}/")
    assert len(replaced) == 1
    # The grace counts from the successor, however old the version itself is.
    assert garbage(lake, visits, 9.9) == []
    assert garbage(lake, visits, 10.1) == replaced
    before = visits.seen(lake, "request_id")
    remove(lake, find_garbage(lake, [visits.table], START + timedelta(days=30)))
    assert visits.seen(lake, "request_id") == before == ["1", "2", "3"]
    assert garbage(lake, visits, 30) == []
    # The run folder is still needed for its other hour.
    assert len(keys(lake, f"visits/run={runs[0]}/")) == 1


def test_what_a_dropped_partition_held_goes_a_grace_after_it_was_dropped(
    lake: Lake, visits: Any, runs: tuple[str, str]
) -> None:
    visits.publish(lake, run(20), objects=["a", "b"], touched=[visits.hour])
    lake.store.delete(keys(lake, "_loglake/staging/"))
    assert visits.hour not in lake.catalog.partitions("visits")
    of_the_hour = [key for key in keys(lake, "visits/") if visits.hour.folder in key]
    # A query that began before day 20 may read the version of day 10 for a while.
    assert garbage(lake, visits, 19.9) == []
    assert garbage(lake, visits, 20.1) == of_the_hour
    assert len(of_the_hour) == 4


def test_files_of_a_run_that_died_go_after_the_grace(lake: Lake, visits: Any, runs: tuple[str, str]) -> None:
    jobs = visits.jobs(lake, dead := run(12), visits.rows([{"request_id": "9", "source_object": "c"}]))
    for job in jobs:
        build_version(job)
    made = keys(lake, f"visits/run={dead}/")
    staged = keys(lake, f"_loglake/staging/run={dead}/")
    assert made
    assert staged
    assert not {*made, *staged} & set(garbage(lake, visits, 11.9))
    assert {*made, *staged} <= set(garbage(lake, visits, 12.1))


def test_an_hour_that_is_replaced_again_and_again_does_not_keep_all_its_versions(
    lake: Lake, visits: Any, runs: tuple[str, str]
) -> None:
    """Each goes a grace after the next one came, not after the last."""
    ledger = Ledger.load(lake.store, "cloudfront")
    ids = [*runs, run(20), run(30)]
    for run_id in ids[2:]:
        visits.publish(lake, run_id, visits.rows([{"request_id": run_id, "source_object": run_id}]))
    lake.store.delete(keys(lake, "_loglake/staging/"))
    for run_id in ids:
        ledger.write(run_id, [])
        ledger.commit(run_id)
    of_run = [keys(lake, f"visits/run={run_id}/{visits.hour.folder}/") for run_id in ids]
    assert garbage(lake, visits, 20.1) == sorted([*of_run[0], *of_run[1]])
    assert garbage(lake, visits, 30.1) == sorted([*of_run[0], *of_run[1], *of_run[2]])


def test_the_last_files_of_a_partition_that_the_catalog_lost_stay(
    lake: Lake, visits: Any, runs: tuple[str, str]
) -> None:
    ledger = Ledger.load(lake.store, "cloudfront")
    for run_id in runs:
        ledger.write(run_id, [])
        ledger.commit(run_id)
    lake.catalog.swap("visits", (), dropped=[visits.hour])  # by hand, in a console: no run has left its mark
    assert garbage(lake, visits, 30) == []
    visits.publish(lake, run(31), visits.rows([{"request_id": "4", "source_object": "c"}]))
    lake.store.delete(keys(lake, "_loglake/staging/"))
    assert len(garbage(lake, visits, 32)) == 3


def test_unfinished_files_of_a_killed_process_go_after_the_grace(
    lake: Lake, visits: Any, runs: tuple[str, str]
) -> None:
    unfinished = f"visits/run={run(12)}/{visits.hour.folder}/.loglake-0123"
    path = Path(lake.store.url("visits")).parent / unfinished
    path.parent.mkdir(parents=True)
    path.write_bytes(b"half a file")
    now = datetime.now(UTC)
    assert unfinished not in [item.key for item in find_garbage(lake, [visits.table], now - timedelta(hours=1))]
    found = find_garbage(lake, [visits.table], now + timedelta(hours=1))
    assert unfinished in [item.key for item in found]
    remove(lake, found)
    assert not path.exists()


def test_a_run_at_work_keeps_all_it_made(lake: Lake, visits: Any, runs: tuple[str, str]) -> None:
    with Lease(lake.store, "cloudfront", run(12)):
        working = run(13)
        visits.jobs(lake, working, visits.rows([{"request_id": "9"}]))
        lake.store.write(f"visits/run={working}/{visits.hour.folder}/part.parquet", b"being built")
        assert all(working not in key for key in garbage(lake, visits, 30))
        assert any(runs[0] in key for key in garbage(lake, visits, 30))
    assert any(working in key for key in garbage(lake, visits, 30))


def test_a_holder_of_another_kind_holds_nothing_up(lake: Lake, visits: Any, runs: tuple[str, str]) -> None:
    lake.store.write(lease_key("cloudfront"), b'{"holder": "somebody", "released": false}')
    assert garbage(lake, visits, 10.1)


def test_names_that_the_lake_did_not_give_are_left_alone(lake: Lake, visits: Any, runs: tuple[str, str]) -> None:
    foreign = [
        "visits/README.md",
        "visits/run=mine/year=2026/month=11/day=20/hour=07/part.parquet",
        f"visits/run={runs[0]}/notes.txt",
        f"visits/run={runs[0]}/year=2026/part.parquet",
        f"visits/run={runs[0]}/year=2026/month=11/day=20/hour=77/part.parquet",
        f"visits/run={runs[0]}/{visits.hour.folder}/deeper/part.parquet",
        "visits/run=20269999T000000000Z-00000000/year=2026/month=11/day=20/hour=07/part.parquet",
        "visits_by_hand/run=20261101T000000000Z-00000000/year=2026/month=11/day=20/hour=07/part.parquet",
        "_loglake/staging/run=mine/part.parquet",
        "_loglake/staging/notes.txt",
        "_loglake/ledger/cloudfront/20261101T000000000Z-00000000.parquet",
    ]
    for key in foreign:
        lake.store.write(key, b"")
    assert not set(foreign) & set(garbage(lake, visits, 3000))


def test_the_wrong_catalog_removes_nothing(lake: Lake, visits: Any, runs: tuple[str, str], tmp_path: Any) -> None:
    other = Lake(lake.uri, lake.store, LocalCatalog(tmp_path / "other.sqlite"))
    with pytest.raises(StorageError, match="The catalog has no table visits") as failed:
        garbage(other, visits, 30)
    assert "--catalog" in failed.value.remedy


def test_a_lake_without_files_has_no_garbage(lake: Lake, visits: Any) -> None:
    assert garbage(lake, visits, 30) == []
