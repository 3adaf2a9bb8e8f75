"""Other runs at the same time: leases, runs that stand still, the sweep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.engine import refine
from shared.errors import LeaseHeldError, UsageError
from shared.lake import lease
from shared.lake.layout import lease_key, new_run_id
from shared.lake.lease import Lease
from shared.lake.sweep import find_garbage, remove
from shared.lake.withheld import raise_floor
from shared.query.tables import all_tables
from shared.tables.partitions import Partition
from tests.conftest import Workshop, v1_line
from tests.engine.battery.bench import (
    FILLED,
    LATEST_S,
    A,
    B,
    Bench,
    at,
    held,
    put,
    retake_all,
    seen,
    steal,
)
from tests.engine.crashes import fill


def a_run_that_lost_its_lease_before_its_swap_changes_nothing(bench: Bench) -> None:
    workshop = bench.workshop("swap")
    _lose(workshop, "cloudfront", before="swap")
    assert seen(workshop) == []
    _take_in_after_all(workshop)


def a_run_that_lost_the_shared_lease_leaves_the_quarantine_alone(bench: Bench) -> None:
    workshop = bench.workshop("swap quarantine")
    _lose(workshop, "shared-tables", before="swap_quarantine")
    assert workshop.rows("quarantine") == []
    _take_in_after_all(workshop)


def a_run_that_lost_its_lease_before_its_commit_takes_no_effect(bench: Bench) -> None:
    workshop = bench.workshop("commit")
    _lose(workshop, "cloudfront", before="commit")
    _take_in_after_all(workshop)


def a_run_that_stood_still_before_its_swap_changes_nothing(bench: Bench) -> None:
    """It has just renewed its lease when it stops, and another run publishes the same hours before it goes on."""
    workshop = bench.workshop("still")
    put(workshop, A, v1_line("a"))
    with bench.monkeypatch.context() as patch:
        patch.setattr(Lease, "confirm", _after_call(1, Lease.confirm, lambda: _overtake(workshop)))
        with pytest.raises(LeaseHeldError):
            workshop.run()
    workshop.run()
    assert held(workshop) == ["10 a a1", "10 b b2"]


def a_run_that_stood_still_before_its_commit_takes_no_effect(bench: Bench) -> None:
    workshop = bench.workshop("late commit")
    put(workshop, A, v1_line("a"))
    with bench.monkeypatch.context() as patch:
        patch.setattr(Lease, "confirm", _after_call(4, Lease.confirm, lambda: _overtake(workshop)))
        with pytest.raises(LeaseHeldError):
            workshop.run()
    assert held(workshop) == ["10 a a1", "10 b b2"]


def a_run_that_stood_still_before_the_shared_tables_leaves_them_alone(bench: Bench) -> None:
    workshop = bench.workshop("stale quarantine")
    put(workshop, A, "bad\n")

    def overtake() -> None:
        put(workshop, A, "mended too little\n", modified_s=LATEST_S)
        _overtake(workshop)

    with bench.monkeypatch.context() as patch:
        patch.setattr(Lease, "shared_tables", _before_call(Lease.shared_tables, overtake))
        with pytest.raises(LeaseHeldError, match="lost its lease on 'cloudfront'"):
            workshop.run()
    assert held(workshop) == ["10 b b2"]
    assert [row["raw_text"].strip() for row in workshop.rows("quarantine")] == ["mended too little"]


def a_run_of_another_source_is_waited_for(bench: Bench) -> None:
    workshop = bench.workshop("shared")
    put(workshop, A, v1_line("a"), "bad\n")
    bench.monkeypatch.setattr(lease, "_SHARED_WAIT_S", 0.1)
    other = Lease(workshop.lake.store, "shared-tables", new_run_id(datetime.now(UTC)), renew_every_s=0.02)
    with other, pytest.raises(LeaseHeldError, match="Another run is writing to 'shared-tables'"):
        workshop.run()
    assert workshop.rows("quarantine") == []
    workshop.run()
    assert held(workshop) == ["10 a a1"]


def a_dead_run_is_taken_over(bench: Bench) -> None:
    workshop = bench.workshop("dead")
    put(workshop, A, v1_line("a"))
    bench.monkeypatch.setitem(Lease.__init__.__kwdefaults__ or {}, "term_s", 0.2)
    steal(workshop.lake, "cloudfront")
    workshop.run()
    assert held(workshop) == ["10 a a1"]


def a_living_run_is_left_alone(bench: Bench) -> None:
    workshop = bench.workshop("living")
    fill(workshop)
    living = Lease(workshop.lake.store, "cloudfront", new_run_id(datetime.now(UTC)), renew_every_s=0.02)
    with living, pytest.raises(LeaseHeldError, match="Another run is writing"):
        workshop.run()
    assert seen(workshop) == []


def a_sweep_takes_nothing_from_a_run_at_work(bench: Bench) -> None:
    workshop = bench.workshop("swept")
    fill(workshop)

    def sweep(_step: str) -> None:
        lake = workshop.lake
        remove(lake, find_garbage(lake, all_tables(), datetime.now(UTC) + timedelta(days=1)))

    workshop.run(sweep)
    assert held(workshop) == FILLED


def a_sweep_takes_nothing_that_a_query_may_read(bench: Bench) -> None:
    workshop = bench.workshop("grace")
    put(workshop, A, v1_line("a"))
    workshop.run()
    began = datetime.now(UTC).replace(microsecond=0)  # the sweep reckons in whole seconds
    put(workshop, A, v1_line("b", time="10:30:00"), modified_s=LATEST_S)
    workshop.run()
    assert find_garbage(workshop.lake, all_tables(), began) == []
    assert find_garbage(workshop.lake, all_tables(), datetime.now(UTC) + timedelta(seconds=2)) != []


def a_lake_without_its_catalog_is_refused(bench: Bench) -> None:
    workshop = bench.workshop("catalog")
    put(workshop, A, v1_line("a"))
    workshop.run()
    put(workshop, B, v1_line("b"))
    with pytest.raises(UsageError, match="ledger has objects with rows"):
        workshop.run(catalog=str(workshop.folder / "another.sqlite"))
    workshop.run()
    assert held(workshop) == ["10 a a1", "10 b b2"]


def what_has_expired_does_not_come_back(bench: Bench) -> None:
    workshop = bench.workshop("expired")
    put(workshop, A, v1_line("a"), v1_line("b", time="11:00:00"))
    workshop.run()
    raise_floor(workshop.lake.store, "cloudfront_requests", Partition.parse("2026-11-01T11"))
    put(workshop, B, v1_line("c"), v1_line("d", time="11:00:00"))
    workshop.run()
    retake_all(workshop)
    assert held(workshop) == ["11 b a1", "11 d b2"]


def a_clock_that_goes_back_hides_nothing(bench: Bench) -> None:
    workshop = bench.workshop("clock")
    put(workshop, A, v1_line("a"))
    ahead = new_run_id(datetime(2099, 1, 1, tzinfo=UTC))
    with bench.monkeypatch.context() as patch:
        patch.setattr(refine, "new_run_id", lambda *_, **__: ahead)
        workshop.run()
    put(workshop, A, v1_line("b"), modified_s=LATEST_S)
    workshop.run()
    assert held(workshop) == ["10 b a1"]


def _after_call(number: int, confirm: Callable[[Lease], None], deed: Callable[[], None]) -> Callable[[Lease], None]:
    calls = 0

    def confirmed(held: Lease) -> None:
        nonlocal calls
        confirm(held)
        calls += 1
        if calls == number:
            deed()

    return confirmed


def _before_call(shared_tables: Callable[[Lease], Any], deed: Callable[[], None]) -> Callable[[Lease], Any]:
    left = [deed]

    def shared(held: Lease) -> Any:
        if left:
            left.pop()()
        return shared_tables(held)

    return shared


def _overtake(workshop: Workshop) -> None:
    """Another run takes both leases over, takes one object more in, and ends."""
    put(workshop, B, v1_line("b"))
    workshop.lake.store.delete([lease_key("cloudfront"), lease_key("shared-tables")])
    workshop.refinery().refine()


def _lose(workshop: Workshop, name: str, before: str) -> None:
    """A run of which another takes a lease away."""
    fill(workshop)
    with pytest.raises(LeaseHeldError, match=f"lost its lease on '{name}'"):
        workshop.run(at(before, lambda: steal(workshop.lake, name)))


def _take_in_after_all(workshop: Workshop) -> None:
    workshop.lake.store.delete([lease_key("cloudfront"), lease_key("shared-tables")])
    assert workshop.run().total("objects") == 3, "the run before had taken effect"
    assert held(workshop) == FILLED
