"""The publish protocol: crashes at every step, replays, replaced objects, what readers see meanwhile."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from shared.engine import refine, task
from shared.engine.batch import STEPS
from shared.engine.plan import BatchLimits
from shared.engine.reprocess import Selection, select_objects
from shared.errors import LeaseHeldError, LossError, StorageError, UsageError
from shared.lake.layout import lease_key, new_run_id
from shared.lake.lease import SHARED_TABLES, Lease, holders
from shared.raw import pieces
from shared.sources.base import Parsed
from shared.sources.cloudfront import SOURCE, CloudfrontParser
from shared.storage import ObjectUnavailableError
from shared.storage.local import LocalStore
from shared.tables import Table
from tests.conftest import Workshop, v1_line, v1_object
from tests.engine.crashes import KEY, CrashError, crash_before, fill
from tests.engine.halves import HALVES


def test_steps_are_all_announced_in_order(workshop: Workshop) -> None:
    fill(workshop)
    seen: list[str] = []
    workshop.run(seen.append)
    assert tuple(seen) == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_is_healed_by_the_next_run(workshop: Workshop, step: str) -> None:
    fill(workshop)
    clean = workshop.another("clean")
    clean.run()
    with pytest.raises(CrashError):
        workshop.run(crash_before(step))
    workshop.run()
    assert workshop.rows() == clean.rows()
    assert workshop.rows("quarantine") == clean.rows("quarantine")
    assert workshop.run().batches == []


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_while_an_object_is_replaced_is_healed(workshop: Workshop, step: str) -> None:
    """The worst case: the dead run moved rows, and by the next run the object has changed once more."""
    fill(workshop)
    workshop.run()
    key = KEY.format(hour=10, uid="a1")
    workshop.put(key, v1_object(v1_line("x", time="12:00:00"), v1_line("c", time="11:05:00")), modified_s=1_793_540_000)
    with pytest.raises(CrashError):
        workshop.run(crash_before(step))
    workshop.put(key, v1_object(v1_line("y", time="13:00:00")), modified_s=1_793_550_000)
    workshop.run()
    clean = workshop.another("clean")
    clean.run()
    assert workshop.rows() == clean.rows()
    assert workshop.rows("quarantine") == clean.rows("quarantine")


@pytest.mark.parametrize("step", STEPS[: STEPS.index("swap") + 1])
def test_readers_see_nothing_of_a_run_before_its_swap(workshop: Workshop, step: str) -> None:
    fill(workshop)
    workshop.run()
    before = workshop.rows()
    workshop.put(KEY.format(hour=10, uid="d4"), v1_object(v1_line("new")))
    with pytest.raises(CrashError):
        workshop.run(crash_before(step))
    assert workshop.rows() == before


def test_a_second_run_changes_nothing(workshop: Workshop) -> None:
    fill(workshop)
    report = workshop.run()
    versions = workshop.lake.catalog.partitions("cloudfront_requests")
    assert report.total("rows") == 6
    assert workshop.run().batches == []
    assert workshop.lake.catalog.partitions("cloudfront_requests") == versions


def test_the_loss_equation_holds_and_names_every_term(workshop: Workshop) -> None:
    fill(workshop)
    (batch,) = workshop.run().batches
    assert (batch.records, batch.rows, batch.duplicates, batch.quarantined, batch.ignored) == (15, 6, 2, 1, 6)
    assert batch.reasons == Counter({"too_few_fields": 1})
    assert batch.records == batch.rows + batch.duplicates + batch.quarantined + batch.ignored


@pytest.mark.parametrize("objects_per_batch", [1, 2, 3])
def test_batches_of_any_size_give_the_same_rows(workshop: Workshop, objects_per_batch: int) -> None:
    fill(workshop)
    small = replace(workshop.another("small"), limits=BatchLimits(max_objects=objects_per_batch))
    assert len(small.run().batches) == -(-3 // objects_per_batch)
    workshop.run()
    assert small.rows() == workshop.rows()


def test_rows_go_to_the_hour_in_which_they_happened(workshop: Workshop) -> None:
    workshop.put(
        KEY.format(hour=23, uid="e5"), v1_object(v1_line("late", time="09:59:59"), v1_line("x", time="10:00:00"))
    )
    workshop.run()
    assert [row["partition"] for row in workshop.rows()] == ["2026-11-01T09", "2026-11-01T10"]


def test_which_copy_stays_does_not_depend_on_the_order_of_arrival(workshop: Workshop) -> None:
    first, second = KEY.format(hour=10, uid="a1"), KEY.format(hour=10, uid="b2")
    early, late = v1_object(v1_line("a", sc_bytes="1")), v1_object(v1_line("a", sc_bytes="2"))
    workshop.put(second, late)
    workshop.run()
    workshop.put(first, early)
    report = workshop.run()
    assert [row["bytes_sent"] for row in workshop.rows()] == [1]
    assert report.total("conflicting") == 1
    assert (report.total("rows"), report.total("duplicates")) == (0, 1), "no row more, whichever of the two stays"


def test_a_beaten_copy_comes_back_when_its_winner_is_replaced(workshop: Workshop) -> None:
    winner, loser = KEY.format(hour=10, uid="a1"), KEY.format(hour=10, uid="b2")
    workshop.put(loser, v1_object(v1_line("a")))
    workshop.put(winner, v1_object(v1_line("a"), v1_line("b")))
    workshop.run()
    assert [Path(row["source_object"]).name for row in workshop.rows()] == [winner, winner]
    workshop.put(winner, v1_object(v1_line("b")), modified_s=1_793_540_000)
    workshop.run()
    assert sorted((row["request_id"], Path(row["source_object"]).name) for row in workshop.rows()) == [
        ("a", loser),
        ("b", winner),
    ]


def test_a_replaced_object_leaves_the_hours_it_used_to_be_in(workshop: Workshop) -> None:
    key = KEY.format(hour=10, uid="a1")
    workshop.put(key, v1_object(v1_line("a"), v1_line("b", time="11:00:00")))
    workshop.run()
    workshop.put(key, v1_object(v1_line("a", time="12:00:00")), modified_s=1_793_540_000)
    workshop.run()
    assert [(row["request_id"], row["partition"]) for row in workshop.rows()] == [("a", "2026-11-01T12")]
    assert [str(p) for p in workshop.lake.catalog.partitions("cloudfront_requests")] == ["2026-11-01T12"]


def test_equal_records_without_id_stay_and_a_second_delivery_adds_nothing(workshop: Workshop) -> None:
    content = v1_object(v1_line("-"), v1_line("-"), v1_line("-", sc_status="404"))
    workshop.put(KEY.format(hour=10, uid="a1"), content)
    workshop.run()
    assert len(workshop.rows()) == 3
    workshop.put(KEY.format(hour=10, uid="b2"), content)
    assert workshop.run().total("duplicates") == 3
    assert len(workshop.rows()) == 3


def test_a_lost_ledger_does_not_double_rows(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    before = workshop.rows()
    store = workshop.lake.store
    store.delete([item.key for item in store.list("_loglake/ledger/")])
    workshop.run()
    assert workshop.rows() == before


def test_a_run_that_finds_the_table_taken_stops_and_changes_nothing(workshop: Workshop) -> None:
    fill(workshop)
    store = workshop.lake.store
    with (
        Lease(store, "cloudfront", new_run_id(datetime.now(UTC)), renew_every_s=0.05),
        pytest.raises(LeaseHeldError) as caught,
    ):
        workshop.run()
    assert caught.value.exit_code == 3
    assert workshop.lake.catalog.partitions("cloudfront_requests") == {}
    workshop.run()
    assert len(workshop.rows()) == 6


def test_a_run_that_lost_its_lease_publishes_nothing(workshop: Workshop) -> None:
    fill(workshop)
    store = workshop.lake.store

    def steal(step: str) -> None:
        if step == "swap":
            store.write("_loglake/lease/cloudfront.json", b'{"holder": "a thief"}')

    with pytest.raises(LeaseHeldError, match="lost its lease"):
        workshop.run(steal)
    assert workshop.rows() == []


class _Forgetful(CloudfrontParser):
    """Loses a row without saying so."""

    def parse_text(self, text: bytes) -> Parsed:
        parsed = super().parse_text(text)
        return parsed._replace(rows=parsed.rows.slice(1))


class _Failing(CloudfrontParser):
    """Fails on objects that hold a certain request."""

    def parse_text(self, text: bytes) -> Parsed:
        if b"poison" in text:
            raise pa.ArrowInvalid("a fault of the parser\nwith details")
        return super().parse_text(text)


def test_a_lost_record_fails_the_run_before_anything_is_visible(workshop: Workshop) -> None:
    fill(workshop)
    forgetful = replace(workshop, source=replace(workshop.source, new_parser=_Forgetful))
    with pytest.raises(LossError, match="6 lines read, only 5 accounted for"):
        forgetful.run()
    assert workshop.rows() == []


def test_an_object_that_breaks_the_parser_is_quarantined_whole_and_the_others_go_on(workshop: Workshop) -> None:
    fill(workshop)
    poison = workshop.put(KEY.format(hour=10, uid="a0"), v1_object(v1_line("ok"), v1_line("poison")))
    failing = replace(workshop, source=replace(workshop.source, new_parser=_Failing))
    report = failing.run()
    assert report.parser_failures == (poison,)
    assert report.total("rows") == 6
    entry = next(row for row in workshop.rows("quarantine") if row["source_object"] == poison)
    assert (entry["reason"], entry["source_line"]) == ("parser_failed", None)
    assert entry["detail"].startswith("ArrowInvalid: a fault of the parser (task.py, line ")


def test_rows_of_an_object_that_one_of_two_tables_cannot_finish_are_in_neither(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [v1_line(f"id{number}") for number in range(20)]
    poison = workshop.put(KEY.format(hour=10, uid="a0"), v1_object(*lines, v1_line("poison")))
    workshop.put(KEY.format(hour=10, uid="b1"), v1_object(v1_line("other"), v1_line("another")))
    finish = task.conform

    def failing(rows: pa.Table, table: Table) -> pa.Table:
        if "request_id" in rows.column_names and "poison" in rows["request_id"].to_pylist():
            raise pa.ArrowInvalid("cannot be finished")
        return finish(rows, table)

    monkeypatch.setattr(task, "conform", failing)
    two = replace(workshop, source=HALVES)
    (batch,) = two.run().batches
    kept = [row["request_id"] for table in HALVES.tables for row in two.rows(table.name)]
    assert sorted(kept) == ["another", "other"]
    assert batch.parser_failures == (poison,)
    assert batch.records == batch.rows + batch.duplicates + batch.quarantined + batch.ignored


def forbid(monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    read = LocalStore.read

    def forbidden(self: LocalStore, key: str, **kwargs: int) -> bytes:
        if key.endswith(ending):
            raise ObjectUnavailableError(f"no permission to read {self.url(key)}", remedy="allow it")
        return read(self, key, **kwargs)

    monkeypatch.setattr(LocalStore, "read", forbidden)


def test_an_unreadable_object_is_reported_and_tried_again(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(workshop)
    forbid(monkeypatch, "b2.gz")
    (batch,) = workshop.run().batches
    assert (batch.rows, batch.objects_damaged) == (5, 1)
    assert batch.reasons["vanished"] == 1
    assert [len(r.batches) for r in (workshop.run(),)] == [1], "tried again while it is unreadable"
    monkeypatch.undo()
    workshop.run()
    assert len(workshop.rows()) == 6
    assert [row["reason"] for row in workshop.rows("quarantine")] == ["too_few_fields"]


def test_a_lake_that_cannot_be_written_says_so(workshop: Workshop) -> None:
    fill(workshop)
    (workshop.folder / "lake").write_text("a file where the lake should be")
    with pytest.raises(StorageError) as caught:
        workshop.run()
    assert str(workshop.folder / "lake") in str(caught.value)


def test_a_missing_raw_prefix_says_so(workshop: Workshop) -> None:
    workshop.raw.rmdir()
    with pytest.raises(StorageError, match="there is no folder"):
        workshop.run()


def test_rows_of_an_object_that_cannot_be_read_again_stay(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(workshop)
    workshop.run()
    before = workshop.rows()
    forbid(monkeypatch, "a1.gz")
    workshop.put(KEY.format(hour=10, uid="a1"), v1_object(v1_line("other")), modified_s=1_793_540_000)
    workshop.run()
    assert workshop.rows() == before
    monkeypatch.undo()
    workshop.run()
    assert "other" in {row["request_id"] for row in workshop.rows()}


def test_a_file_name_that_is_no_text_is_an_object_like_any_other(workshop: Workshop) -> None:
    path = os.fsencode(workshop.raw) + b"/E1EXAMPLE00001.2026-11-01-10.a1.gz\xff"
    Path(os.fsdecode(path)).write_bytes(v1_object(v1_line("a")).encode())
    workshop.run()
    (row,) = workshop.rows()
    assert row["source_object"].endswith("a1.gz\\xff")
    assert workshop.run().batches == []


class _FailingLate(CloudfrontParser):
    """Fails at the end of a big object."""

    def parse_text(self, text: bytes) -> Parsed:
        parsed = super().parse_text(text)
        if b"poison" in text:
            raise pa.ArrowInvalid("a fault of the parser")
        return parsed


def test_a_big_object_that_breaks_the_parser_late_is_quarantined_whole_too(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "_HELD_BYTES", 0)
    monkeypatch.setattr(pieces.Limits.__init__, "__defaults__", (1000, 1000, *pieces.Limits.__init__.__defaults__[2:]))
    fill(workshop)
    lines = [v1_line(f"p{number}") for number in range(20)]
    poison = workshop.put(KEY.format(hour=10, uid="a0"), v1_object(*lines, v1_line("poison")))
    failing = replace(workshop, source=replace(workshop.source, new_parser=_FailingLate))
    report = failing.run()
    assert report.parser_failures == (poison,)
    assert report.total("rows") == 6
    assert {row["source_object"] for row in workshop.rows()} & {poison} == set()
    workshop.refinery().retake(select_objects(workshop.refinery().settings, SOURCE, Selection((poison,))).objects)
    assert len(workshop.rows()) == 6 + 21


def test_a_wrong_catalog_is_refused(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    with pytest.raises(UsageError, match="ledger has objects with rows"):
        workshop.run(catalog=str(workshop.folder / "another.sqlite"))
    (workshop.folder / "lake" / "catalog.sqlite").unlink()
    with pytest.raises(UsageError, match="ledger has objects with rows"):
        workshop.run()


def test_a_catalog_that_lost_one_of_two_tables_is_refused(workshop: Workshop) -> None:
    """A run would make the table anew, and the hours that it touches without their former rows."""
    fill(workshop)
    two = replace(workshop, source=HALVES)
    two.run()
    assert all(two.rows(table.name) for table in HALVES.tables)
    with closing(sqlite3.connect(workshop.folder / "lake" / "catalog.sqlite")) as catalog, catalog:
        catalog.execute("DELETE FROM tables WHERE name = ?", [HALVES.tables[1].name])
        catalog.execute("DELETE FROM partitions WHERE table_name = ?", [HALVES.tables[1].name])
    with pytest.raises(UsageError, match=f"has no table {HALVES.tables[1].name}, but the lake's ledger"):
        two.run()


def test_rows_that_are_split_into_no_table_fail_the_run(workshop: Workshop) -> None:
    def forgetful(rows: pa.Table) -> Mapping[str, pa.Table]:
        return {HALVES.tables[0].name: HALVES.by_table(rows)[HALVES.tables[0].name]}

    fill(workshop)
    with pytest.raises(LossError, match="records read, but"):
        replace(workshop, source=replace(HALVES, split=forgetful)).run()
    assert workshop.rows() == []


@pytest.mark.parametrize("lake", ["raw/lake", ".", "raw"])
def test_lake_and_raw_logs_inside_one_another_are_refused(workshop: Workshop, lake: str) -> None:
    with pytest.raises(UsageError, match="lie inside one another"):
        workshop.run(lake_uri=str(workshop.folder / lake))


def test_a_clock_that_goes_back_takes_nothing_in_twice(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    key = KEY.format(hour=10, uid="a1")
    workshop.put(key, v1_object(v1_line("a")))
    ahead = new_run_id(datetime(2099, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(refine, "new_run_id", lambda *_, **__: ahead)
    workshop.run()
    monkeypatch.undo()
    workshop.put(key, v1_object(v1_line("b")), modified_s=1_793_540_000)
    workshop.run()
    assert workshop.run().batches == []
    assert [row["request_id"] for row in workshop.rows()] == ["b"]


def test_a_run_that_was_taken_for_dead_does_not_commit(workshop: Workshop) -> None:
    fill(workshop)

    def steal(step: str) -> None:
        if step == "build_quarantine":
            workshop.lake.store.write("_loglake/lease/cloudfront.json", b'{"holder": "a thief"}')

    with pytest.raises(LeaseHeldError, match="lost its lease"):
        workshop.run(steal)
    workshop.lake.store.delete(["_loglake/lease/cloudfront.json"])
    assert workshop.run().total("objects") == 3, "nothing of it was committed"
    assert len(workshop.rows()) == 6


def test_an_unchanged_loser_does_not_bring_its_own_losers(workshop: Workshop) -> None:
    """Doubles of doubles would otherwise chain one replaced object to most of the lake."""
    names = [KEY.format(hour=10, uid=f"a{number}") for number in range(5)]
    for number, name in enumerate(names):
        workshop.put(name, v1_object(v1_line(f"r{number}"), v1_line(f"r{number + 1}")))
    workshop.run()
    workshop.put(names[0], v1_object(v1_line("r0")), modified_s=1_793_540_000)
    (batch,) = workshop.run().batches
    assert batch.objects == 2
    assert sorted(row["request_id"] for row in workshop.rows()) == [f"r{number}" for number in range(6)]


def test_the_sum_of_rows_less_rows_removed_is_what_the_table_holds(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    workshop.put(KEY.format(hour=10, uid="a1"), v1_object(v1_line("z")), modified_s=1_793_540_000)
    workshop.run()
    settings = workshop.refinery().settings
    workshop.refinery().retake(select_objects(settings, SOURCE, Selection(("*",))).objects)
    runs = workshop.rows_of_runs()
    assert sum(run["rows"] - run["rows_removed"] for run in runs) == len(workshop.rows())


def test_an_hour_whose_file_was_deleted_is_taken_in_again(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    before = workshop.rows()
    lake = workshop.lake
    for version in lake.catalog.partitions("cloudfront_requests").values():
        lake.store.delete([item.key for item in lake.store.list(version.location + "/")])
    workshop.put(KEY.format(hour=10, uid="z9"), v1_object(v1_line("late")))
    with pytest.raises(LossError, match="reprocess SOURCE --from"):
        workshop.run()
    settings = replace(workshop.refinery().settings, raw_uri="")  # without the objects that are not in yet
    selection = Selection(from_hour=datetime(2026, 11, 1, 10), to_hour=datetime(2026, 11, 1, 12))
    workshop.refinery().retake(select_objects(settings, SOURCE, selection).objects)
    assert workshop.rows() == before
    workshop.run()
    assert len(workshop.rows()) == len(before) + 1


def test_a_run_that_stood_still_just_before_its_swap_undoes_nothing_of_another(workshop: Workshop) -> None:
    """It has just renewed its lease; by the time it goes on, another run took over and committed."""
    fill(workshop)
    workshop.run()
    workshop.put(KEY.format(hour=10, uid="late"), v1_object(v1_line("late")))
    confirm = Lease.confirm

    def confirm_and_stand_still(lease: Lease) -> None:
        confirm(lease)
        workshop.lake.store.write("_loglake/lease/cloudfront.json", b'{"released": true}')
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Lease, "confirm", confirm)
            workshop.run()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lease, "confirm", confirm_and_stand_still)
        with pytest.raises(LeaseHeldError, match="no longer as this run read it"):
            workshop.run()
    assert len(workshop.rows()) == 7
    clean = workshop.another("clean")
    clean.run()
    assert workshop.rows() == clean.rows()
    assert workshop.run().batches == []


def test_a_run_that_takes_over_gives_back_all_that_the_dead_one_held(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the lease on the shared tables, though there is nothing new to write: the sweeper spares who holds one."""
    fill(workshop)
    workshop.run()
    store = workshop.lake.store
    for name in ("cloudfront", SHARED_TABLES):
        store.write(lease_key(name), b'{"holder": "20261124T101502123Z-9f3a61c2", "released": false}')
    monkeypatch.setitem(Lease.__init__.__kwdefaults__, "term_s", 0.3)
    assert workshop.run().batches == []
    assert holders(store) == []
