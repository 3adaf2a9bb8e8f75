from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest

from shared.errors import LeaseHeldError
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.storage import ObjectInfo, Store, open_store

MODIFIED = datetime(2026, 11, 20, tzinfo=UTC)


def entry(key: str) -> LedgerEntry:
    return LedgerEntry(key, "e1", 10, MODIFIED, Status.TAKEN, partitions=("2026-11-20T07",))


def knows(ledger: Ledger, key: str) -> bool:
    return ledger.knows([ObjectInfo(key, "e1", 10, MODIFIED)]) == [True]


def load(store: Store) -> Ledger:
    return Ledger.load(store, "cloudfront")


@pytest.fixture
def local(tmp_path: Path) -> Store:
    return open_store(f"{tmp_path}/lake")


def test_a_run_taken_for_dead_does_not_take_effect_any_more(store: Store) -> None:
    slow = load(store)
    slow.write("r1", [entry("a")])
    successor = load(store)
    assert successor.bury_dead() == ["r1"]
    with pytest.raises(LeaseHeldError, match="Run r1 stood still for so long that it was taken for dead"):
        slow.commit("r1")
    assert not knows(slow, "a")
    for seen in (successor, load(store)):
        assert (seen.runs, seen.committed, seen.dead) == (("r1",), frozenset(), {"r1"})
        assert not knows(seen, "a")
        # It may have published all the same: what it touched still counts.
        assert list(seen.entries_of(["a"])) == ["a"]


def test_a_run_that_took_effect_just_in_time_is_not_buried(store: Store) -> None:
    slow = load(store)
    slow.write("r1", [entry("a")])
    successor = load(store)
    slow.commit("r1")
    assert successor.bury_dead() == []
    for seen in (successor, load(store)):
        assert (seen.committed, seen.dead) == ({"r1"}, frozenset())
        assert knows(seen, "a")


def test_a_successor_s_entries_decide_over_a_run_that_took_effect_just_in_time(local: Store) -> None:
    slow = load(local)
    slow.write("r1", [entry("a"), entry("b")])
    successor = load(local)
    slow.commit("r1")
    successor.write("r2", [entry("a")])
    successor.bury_dead()
    for seen in (successor, load(local)):
        assert (knows(seen, "a"), knows(seen, "b")) == (False, True)


def test_only_runs_without_outcome_are_buried_and_only_once(local: Store) -> None:
    ledger = load(local)
    ledger.write("r1", [entry("a")])
    ledger.commit("r1")
    ledger.write("r2", [entry("b")])
    ledger.write("r3", [])
    assert load(local).bury_dead() == ["r2", "r3"]
    again = load(local)
    assert again.bury_dead() == []
    assert (again.committed, again.dead) == ({"r1"}, {"r2", "r3"})
    assert local.read("_loglake/ledger/cloudfront/r1.committed") == b""


def test_who_only_loads_writes_nothing(local: Store) -> None:
    load(local).write("r1", [entry("a")])
    before = [item.key for item in local.list()]  # type: ignore[union-attr]
    reader = load(local)
    assert (list(reader.current()), reader.entries("r1"), reader.has_rows()) == ([], [entry("a")], False)
    assert [item.key for item in local.list()] == before  # type: ignore[union-attr]


def test_of_a_run_and_its_successor_exactly_one_decides(local: Store) -> None:
    """Whoever comes first, all agree on the outcome."""
    start = Barrier(2)

    def at_once(deed: Callable[[], object]) -> object:
        start.wait()
        try:
            return deed()
        except LeaseHeldError as error:
            return error

    slow = load(local)
    for number in range(20):
        run = f"r{number:02}"
        slow.write(run, [entry(run)])
        successor = load(local)
        with ThreadPoolExecutor(2) as pool:
            commit = pool.submit(at_once, lambda run=run: slow.commit(run))
            bury = pool.submit(at_once, successor.bury_dead)
        took_effect = commit.result() is None
        assert bury.result() == ([] if took_effect else [run])
        assert {knows(seen, run) for seen in (slow, successor, load(local))} == {took_effect}
