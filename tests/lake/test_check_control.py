"""What the control folder tells: leases, interrupted operations, what dead runs left, clocks that were ahead."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.lake.check import Kind
from shared.lake.check_control import check_clocks, check_leases, check_operations, check_staging
from shared.lake.check_ledger import Expected, expected_of
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.lake.subjects import Subject
from shared.lake.withheld import add_subjects, floor_is_done, raise_floor, subjects_are_done
from shared.storage import Store, open_store
from shared.tables import SubjectKind
from shared.tables.partitions import Partition
from tests.lake.conftest import VISITS

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path))


def test_a_held_lease_is_told_with_its_age_and_a_released_one_is_not(store: Store) -> None:
    with Lease(store, "cloudfront", "20261125T115900000Z-00000001"):
        (finding,) = check_leases(store, datetime.now(UTC) + timedelta(seconds=90))
        assert (finding.kind, finding.subject, finding.is_information) == (Kind.LEASE_HELD, "cloudfront", True)
        assert "20261125T115900000Z-00000001" in finding.what
        assert "90 s ago" in finding.what or "89 s ago" in finding.what
    assert check_leases(store, NOW) == []


def test_a_lease_object_that_is_no_json_is_told_and_taken_over_by_the_next_run(store: Store) -> None:
    store.write("_loglake/lease/cloudfront.json", b"\0\1 no JSON")
    (finding,) = check_leases(store, NOW)
    assert (finding.kind, finding.is_repairable) == (Kind.LEASE_UNREADABLE, False)
    with Lease(store, "cloudfront", "holder", term_s=0.2, renew_every_s=0.05) as lease:
        assert lease.holder == "holder"
    assert check_leases(store, NOW) == []


def test_an_erasure_is_told_until_its_rows_are_gone(store: Store) -> None:
    someone = Subject(SubjectKind.SESSION, "0" * 32)
    add_subjects(store, [someone])
    (finding,) = check_operations(store, ["cloudfront"], [])
    assert (finding.kind, finding.is_information) == (Kind.OPERATION_UNFINISHED, True)
    assert "1 erased subjects" in finding.what
    assert someone.mark not in finding.what
    subjects_are_done(store, "cloudfront", frozenset([someone]))
    assert check_operations(store, ["cloudfront"], []) == []


def test_an_expiry_is_told_until_its_partitions_are_gone(store: Store) -> None:
    floor = raise_floor(store, VISITS.name, Partition.parse("2026-11-01T00"))
    (finding,) = check_operations(store, [], [VISITS])
    assert "2026-11-01T00" in finding.what
    floor_is_done(store, VISITS.name, floor)
    assert check_operations(store, [], [VISITS]) == []


def test_an_interrupted_reprocessing_is_told_by_what_it_chose(store: Store) -> None:
    facts = {"begun_at": "2026-11-24T10:00:00+00:00", "selection": {"from_hour": "2026-11-01T10", "patterns": []}}
    store.write("_loglake/reprocess/cloudfront/00.json", json.dumps(facts).encode())
    store.write("_loglake/reprocess/cloudfront/01.json", b"{")
    whole, damaged = check_operations(store, ["cloudfront"], [])
    assert whole.kind is Kind.OPERATION_UNFINISHED
    assert "from_hour 2026-11-01T10" in whole.what
    assert (damaged.kind, damaged.is_information, damaged.is_repairable) == (Kind.RECORD_DAMAGED, False, False)


@pytest.mark.parametrize("key", ["_loglake/erasures.json", f"_loglake/retention/{VISITS.name}.json"])
def test_a_damaged_record_of_what_is_withheld_is_told_with_its_remedy(store: Store, key: str) -> None:
    store.write(key, b"{")
    (finding,) = check_operations(store, ["cloudfront"], [VISITS])
    assert (finding.kind, finding.subject) == (Kind.RECORD_DAMAGED, store.url(key))
    assert "would come back" in finding.remedy


def test_staging_is_told_once_a_day_has_passed(store: Store) -> None:
    store.write("_loglake/staging/run=20261124T110000000Z-00000001/visits/x.parquet", b"12345")
    store.write("_loglake/staging/run=20261125T110000000Z-00000001/visits/x.parquet", b"123")
    (finding,) = check_staging(store, NOW)
    assert "1 runs" in finding.what
    assert "5 bytes" in finding.what
    assert check_staging(store, NOW - timedelta(days=1)) == []


def entry(name: str, modified: datetime) -> LedgerEntry:
    return LedgerEntry(name, "etag", 1, modified, Status.TAKEN)


def test_runs_and_objects_from_the_future_are_told(store: Store) -> None:
    ledger = Ledger.load(store, "cloudfront")
    for run, modified in (
        ("20261125T110000000Z-00000001", NOW - timedelta(hours=1)),
        ("20270101T000000000Z-00000001", NOW + timedelta(days=3)),
    ):
        ledger.write(run, [entry(f"s3://example-logs/{run}", modified)])
        ledger.commit(run)
    runs, objects = check_clocks(ledger, expected_of(ledger, NOW), NOW)
    assert "1 are from the future, the last 20270101T000000000Z-00000001" in runs.what
    assert "1 raw objects" in objects.what
    assert runs.is_information
    assert objects.is_information
    assert check_clocks(ledger, Expected(), datetime(2027, 1, 2, tzinfo=UTC)) == []
