"""Reprocess and backfill as one operation: what it chooses, how it goes on after a crash, what it leaves alone."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.engine.batch import STEPS
from shared.engine.operation import Operation, Purpose, find_operation
from shared.engine.plan import BatchLimits
from shared.engine.reprocess import Beginning, Reprocess, Selection, preview, select_objects
from shared.errors import DamageError, LeaseHeldError, UsageError
from shared.lake.layout import new_run_id
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger
from shared.storage import ObjectUnavailableError
from shared.storage.local import LocalStore
from tests.conftest import Workshop, v1_line, v1_object

KEY = "E1EXAMPLE00001.2026-11-01-{hour}.{uid}.gz"
ALL = Selection(("*",))


class CrashError(Exception):
    """The process dies here."""


def fill(workshop: Workshop) -> None:
    """Five objects over three hours; one is all bad lines, one is cut short."""
    for hour, uid, request in ((10, "a1", "a"), (10, "b2", "b"), (11, "c3", "c")):
        workshop.put(KEY.format(hour=hour, uid=uid), v1_object(v1_line(request, time=f"{hour}:05:00")))
    workshop.put(KEY.format(hour=11, uid="d4"), v1_object("not a line\n"))
    workshop.put(KEY.format(hour=12, uid="e5"), b"\x1f\x8b\x08\x00cut")


def named(workshop: Workshop, selection: Selection, **changes: object) -> list[str]:
    """The short names of the chosen objects."""
    chosen = select_objects(workshop.refinery(**changes).settings, workshop.source, selection)
    return [raw.url.split(".")[-2] for raw in chosen.objects]


def newer(workshop: Workshop, version: int = 2) -> Workshop:
    return replace(workshop, source=replace(workshop.source, parser_version=version))


class Watched:
    """An operation with batches of two objects, and what was told about it."""

    def __init__(self, workshop: Workshop, selection: Selection = ALL, **changes: object) -> None:
        self.begun: list[Beginning] = []
        self.done: list[int] = []
        self.ended: list[Operation] = []
        refinery = workshop.refinery(**{"raw_uri": "", "limits": BatchLimits(max_objects=2), **changes})
        self.order = Reprocess(
            refinery,
            selection,
            on_begin=self.begun.append,
            on_batch=self.done.append,
            on_end=self.ended.append,
        )

    def run(self) -> list[int]:
        """Run; the objects of each batch."""
        return [batch.objects for batch in self.order.run().batches]

    def dies(self, step: str, batch: int) -> None:
        """Run, and die before a step of the batch of that number."""
        with pytest.raises(CrashError):
            self.crash(step, batch)

    def crash(self, step: str, batch: int) -> None:
        """The same, unless there are fewer batches."""
        passed: list[str] = []

        def before_step(name: str) -> None:
            passed.append(name)
            if name == step and passed.count(name) == batch:
                raise CrashError(step)

        self.order.refinery.before_step = before_step
        self.order.run()


def records(workshop: Workshop) -> list[Path]:
    return sorted((workshop.folder / "lake" / "_loglake" / "reprocess").rglob("*.json"))


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    """Each file below a folder with its size and time."""
    files = {str(path): path.stat() for path in folder.rglob("*") if path.is_file()}
    return {name: (status.st_size, status.st_mtime_ns) for name, status in files.items()}


# What is chosen


def test_each_selector_finds_its_objects(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    assert named(workshop, ALL) == ["a1", "b2", "c3", "d4", "e5"]
    assert named(workshop, Selection(("*b2.gz", "*c3.gz"))) == ["b2", "c3"]
    assert named(workshop, Selection(reason="truncated_gzip")) == ["e5"]
    eleven = Selection(from_hour=datetime(2026, 11, 1, 11), to_hour=datetime(2026, 11, 1, 12))
    assert named(workshop, eleven) == ["c3", "d4"], "the object without a good line is not forgotten"
    assert named(workshop, Selection(from_hour=datetime(2026, 11, 1, 12))) == ["e5"], "nor is the damaged one"


def test_objects_that_an_older_parser_read_are_told_from_those_of_a_newer_one(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    assert named(workshop, Selection(parser_before=1)) == []
    later = newer(workshop)
    later.put(KEY.format(hour=11, uid="f6"), v1_object(v1_line("f", time="11:06:00")))
    later.run()
    before_two = Selection(parser_before=2)
    assert named(later, before_two) == ["a1", "b2", "c3", "d4", "e5"]
    Watched(later, replace(before_two, patterns=("*a1*", "*e5*"))).run()
    assert named(later, before_two) == ["b2", "c3", "d4"]
    with pytest.raises(UsageError, match="would still be one of them"):
        named(workshop, before_two)


def test_objects_that_are_gone_are_told_apart(workshop: Workshop) -> None:
    kept = workshop.put(KEY.format(hour=10, uid="a1"), v1_object(v1_line("a")))
    gone = workshop.put(KEY.format(hour=11, uid="b2"), v1_object(v1_line("b", time="11:00:00")))
    workshop.run()
    before = workshop.rows()
    Path(gone).unlink()
    settings = workshop.refinery(raw_uri="").settings
    chosen = select_objects(settings, workshop.source, Selection(("*",), salvage=True))
    assert [(raw.url, raw.salvage) for raw in chosen.objects] == [(kept, True)]
    assert (chosen.gone, chosen.partitions) == ((gone,), {"2026-11-01T10"})
    assert Watched(workshop).run() == [1]
    assert workshop.rows() == before


def test_with_a_raw_prefix_objects_that_are_not_in_come_too(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    for hour, uid in ((9, "g7"), (11, "h8"), (13, "i9")):
        line = v1_line(uid, time=f"{hour:02d}:30:00")
        workshop.put(KEY.format(hour=f"{hour:02d}", uid=uid), v1_object(line))
    span = Selection(from_hour=datetime(2026, 11, 1, 11), to_hour=datetime(2026, 11, 1, 13))
    assert named(workshop, span) == ["c3", "d4", "e5"]
    watched = Watched(workshop, span, raw_uri=str(workshop.raw))
    assert watched.run() == [2, 2]
    assert watched.begun[0].chosen.new == 1
    assert watched.begun[0].chosen.partitions == {"2026-11-01T11"}
    assert {row["request_id"] for row in workshop.rows()} == {"a", "b", "c", "h8"}
    assert [batch.objects for batch in workshop.run().batches] == [2], "what lies outside of the range is still to come"


def test_a_backfill_into_a_lake_that_does_not_exist_yet_makes_it(workshop: Workshop) -> None:
    fill(workshop)
    watched = Watched(workshop, Selection(to_hour=datetime(2026, 11, 1, 11)), raw_uri=str(workshop.raw))
    assert watched.run() == [2]
    assert {row["request_id"] for row in workshop.rows()} == {"a", "b"}


def test_a_later_batch_leaves_the_hours_of_an_earlier_one_alone(
    workshop: Workshop,
) -> None:
    for distribution in ("E1EXAMPLE00001", "E1EXAMPLE00002"):
        for hour in (10, 11):
            key = f"{distribution}.2026-11-01-{hour}.a1.gz"
            workshop.put(key, v1_object(v1_line(f"{distribution}{hour}", time=f"{hour}:00:00")))
    workshop.run()
    workshop.put("E1EXAMPLE00000.2026-11-01-11.new.gz", v1_object(v1_line("new", time="11:00:00")))
    report = Watched(workshop, raw_uri=str(workshop.raw)).order.run()
    assert [batch.partitions for batch in report.batches] == [1, 1, 1]
    assert report.total("rows") == 5


# Going on after a crash


@pytest.mark.parametrize("step", STEPS)
def test_an_interrupted_operation_reads_only_the_rest(workshop: Workshop, step: str) -> None:
    """It dies in the second of three batches, which is read again even where it was committed."""
    fill(workshop)
    workshop.run()
    rows, bad = workshop.rows(), workshop.rows("quarantine")
    Watched(workshop).dies(step, batch=2)
    assert len(records(workshop)) == 1
    again = Watched(workshop)
    assert again.run() == [2, 1]
    (beginning,) = again.begun
    assert beginning.is_resumed
    assert (beginning.done, beginning.operation.objects) == (2, 5)
    assert again.done == [1, 2]
    assert records(workshop) == []
    assert (workshop.rows(), workshop.rows("quarantine")) == (rows, bad)


CRASHES = st.tuples(st.sampled_from(STEPS), st.integers(1, 3))
LATE = st.sampled_from(["a1", "c3", "new"])


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=st.lists(CRASHES | LATE, max_size=3), selection=st.sampled_from([ALL, Selection(parser_before=2)]))
def test_whatever_happens_on_the_way_the_new_parser_has_read_all_in_the_end(
    events: list[tuple[str, int] | str], selection: Selection
) -> None:
    """Crashes anywhere, and between them late or replaced objects that runs of the old parser take in."""
    with TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder), Path(folder) / "raw")
        fill(workshop)
        workshop.run()
        for number, event in enumerate(events):
            if isinstance(event, tuple):
                with suppress(CrashError):
                    Watched(newer(workshop), selection).crash(*event)
            else:
                line = v1_line(event, time=f"11:0{number}:00")
                workshop.put(KEY.format(hour=11, uid=event), v1_object(line), modified_s=1_793_540_000 + number)
                workshop.run()
        Watched(newer(workshop), selection).run()
        assert {entry.parser_version for entry in Ledger.load(workshop.lake.store, "cloudfront").current()} == {2}
        assert records(workshop) == []
        clean = workshop.another("clean")
        clean.run()
        assert workshop.rows() == clean.rows()
        assert workshop.rows("quarantine") == clean.rows("quarantine")


def test_a_crash_after_the_last_batch_leaves_nothing_to_read(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    first = Watched(workshop)

    def dies(_operation: Operation) -> None:
        raise CrashError

    first.order.on_end = dies
    with pytest.raises(CrashError):
        first.run()
    again = Watched(workshop)
    assert again.run() == []
    assert (again.begun[0].done, len(again.ended), records(workshop)) == (5, 1, [])


def test_counts_are_those_of_the_whole_operation(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    Watched(workshop).dies("stage", batch=2)
    again = Watched(workshop)
    again.run()
    (operation,) = again.ended
    counts = {name: operation.counts[name] for name in ("batches", "rows", "duplicates", "quarantined")}
    assert counts == {"batches": 3, "rows": 3, "duplicates": 0, "quarantined": 2}


def test_restart_reads_all_again(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    Watched(workshop).dies("stage", batch=2)
    again = Watched(workshop)
    again.order.restart = True
    assert again.run() == [2, 2, 1]
    assert (again.begun[0].is_resumed, records(workshop)) == (False, [])


def test_after_its_end_the_same_operation_begins_anew(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    assert Watched(workshop).run() == [2, 2, 1]
    assert Watched(workshop).run() == [2, 2, 1]


def test_another_choice_or_other_settings_are_another_operation(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    Watched(workshop).dies("stage", batch=2)
    assert Watched(workshop, Selection(("*.gz",))).run() == [2, 2, 1]
    other = replace(workshop, enrich=replace(workshop.enrich, client_ip="truncate"))
    assert Watched(other).run() == [2, 2, 1]
    assert {row["client_ip"] for row in workshop.rows()} == {"192.0.2.0"}
    assert len(records(workshop)) == 1, "the interrupted one still waits"


def test_other_limits_are_the_same_operation(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    Watched(workshop).dies("stage", batch=2)
    assert Watched(workshop, limits=BatchLimits(max_objects=10)).run() == [3]


def test_what_another_run_read_meanwhile_is_read_again(workshop: Workshop) -> None:
    """The other run may have had other settings: addresses kept, where this one cuts them."""
    fill(workshop)
    workshop.run()
    cut = replace(workshop, enrich=replace(workshop.enrich, client_ip="truncate"))
    Watched(cut).dies("stage", batch=2)
    Watched(workshop).run()
    again = Watched(cut)
    assert sum(again.run()) == 5
    assert {row["client_ip"] for row in workshop.rows()} == {"192.0.2.0"}


def test_an_object_that_could_not_be_read_is_tried_again(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(workshop)
    workshop.run()
    rows, bad = workshop.rows(), workshop.rows("quarantine")
    read = LocalStore.read

    def forbidden(self: LocalStore, key: str, **kwargs: int) -> bytes:
        if key.endswith("a1.gz"):
            raise ObjectUnavailableError(f"no permission to read {self.url(key)}", remedy="allow it")
        return read(self, key, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "read", forbidden)
        Watched(workshop).dies("stage", batch=2)
    again = Watched(workshop)
    assert again.run() == [2, 2]
    assert [raw.url[-5:-3] for raw in again.begun[0].chosen.objects] == ["a1", "c3", "d4", "e5"]
    assert (workshop.rows(), workshop.rows("quarantine")) == (rows, bad)


def test_what_a_run_read_without_salvage_is_not_done(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    salvage = Selection(("*",), salvage=True)
    Watched(workshop, salvage).dies("stage", batch=1)
    workshop.put(KEY.format(hour=12, uid="e5"), b"\x1f\x8b\x08\x00cut again", modified_s=1_793_540_000)
    workshop.run()
    again = Watched(workshop, salvage)
    assert again.run() == [2, 2, 1]


def test_an_operation_that_finds_the_source_taken_leaves_no_record(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    store = workshop.lake.store
    with (
        Lease(store, "cloudfront", new_run_id(datetime(2026, 11, 25)), renew_every_s=0.05),
        pytest.raises(LeaseHeldError),
    ):
        Watched(workshop).run()
    assert records(workshop) == []


def test_the_record_says_what_why_and_who(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    watched = Watched(workshop, Selection(("*a1*", "*b2*", "*c3*"), from_hour=datetime(2026, 11, 1)))
    watched.order.purpose = Purpose("a fix", "lake-team@example.com")
    watched.dies("stage", batch=2)
    (path,) = records(workshop)
    facts = json.loads(path.read_text())
    assert facts["purpose"] == {"reason": "a fix", "owner": "lake-team@example.com"}
    assert facts["selection"]["patterns"] == ["*a1*", "*b2*", "*c3*"]
    assert facts["selection"]["from_hour"] == "2026-11-01T00"
    assert (facts["objects"], facts["counts"]["batches"]) == (3, 1)


def test_a_damaged_record_is_named_and_restart_gets_past_it(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    Watched(workshop).dies("stage", batch=2)
    (path,) = records(workshop)
    for content in ("{", "[]", "{}", '{"purpose": {"reason": 1, "who": 2}}'):
        path.write_text(content)
        with pytest.raises(DamageError, match=path.name) as caught:
            find_operation(workshop.lake.store, workshop.source, path.stem)
        assert "--restart" in caught.value.remedy
    again = Watched(workshop)
    again.order.restart = True
    assert again.run() == [2, 2, 1]


# Looking first


def of_requests(by_hour: dict[str, int]) -> dict[tuple[str, str], int]:
    return {("cloudfront_requests", hour): rows for hour, rows in by_hour.items()}


def test_a_preview_says_what_would_be_touched_and_touches_nothing(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    Path(workshop.put(KEY.format(hour=10, uid="b2"), v1_object(v1_line("b")))).unlink()
    before = everything(workshop.folder)
    settings = workshop.refinery(raw_uri="", limits=BatchLimits(max_objects=3)).settings
    beginning, rows = preview(settings, workshop.source, ALL)
    assert [raw.url[-5:-3] for raw in beginning.chosen.objects] == ["a1", "c3", "d4", "e5"]
    assert [url[-5:-3] for url in beginning.chosen.gone] == ["b2"]
    assert rows == of_requests({"2026-11-01T10": 2, "2026-11-01T11": 1})
    assert (beginning.batch_sizes, beginning.is_resumed, beginning.done) == ((3, 1), False, 0)
    assert everything(workshop.folder) == before


def test_a_preview_of_an_interrupted_operation_says_what_is_left(workshop: Workshop) -> None:
    fill(workshop)
    workshop.run()
    Watched(workshop).dies("stage", batch=2)
    before = everything(workshop.folder)
    settings = workshop.refinery(raw_uri="").settings
    beginning, rows = preview(settings, workshop.source, ALL)
    assert (beginning.is_resumed, beginning.done, len(beginning.chosen.objects)) == (True, 2, 3)
    assert rows == of_requests({"2026-11-01T11": 1})
    assert not preview(settings, workshop.source, ALL, restart=True).beginning.is_resumed
    assert everything(workshop.folder) == before


def test_a_preview_where_there_is_no_lake_makes_none(workshop: Workshop) -> None:
    fill(workshop)
    span = Selection(from_hour=datetime(2026, 11, 1, 11))
    beginning, rows = preview(workshop.refinery().settings, workshop.source, span)
    assert (beginning.chosen.new, rows) == (3, of_requests({"2026-11-01T11": 0, "2026-11-01T12": 0}))
    assert not (workshop.folder / "lake").exists()
