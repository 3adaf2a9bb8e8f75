"""Faults on the way: of the storage, the catalog, the tasks, the parser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from shared.engine.executor import InlineExecutor
from shared.engine.task import GroupOutcome
from shared.errors import LossError, StorageError
from shared.lake.catalog_local import LocalCatalog
from shared.lake.input_file import InputFile
from shared.lake.lake import Lake
from shared.query.live_files import live_files
from shared.sources.base import Parsed
from shared.sources.cloudfront import CloudfrontParser
from shared.storage import ObjectUnavailableError
from shared.storage.local import LocalStore
from tests.conftest import v1_line
from tests.engine.battery.bench import (
    FILLED,
    LATEST_S,
    A,
    B,
    Bench,
    at,
    held,
    key,
    put,
    seen,
)
from tests.engine.crashes import fill

T = TypeVar("T")
R = TypeVar("R")


def a_failed_swap_is_no_success(bench: Bench) -> None:
    workshop = bench.workshop("throttled")
    fill(workshop)
    with bench.monkeypatch.context() as patch:
        patch.setattr(LocalCatalog, "swap", _failing_swap(LocalCatalog.swap, 0))
        with pytest.raises(StorageError, match="throttled"):
            workshop.run()
    workshop.run()
    assert held(workshop) == FILLED


def a_half_done_swap_is_completed(bench: Bench) -> None:
    """As on Glue, where the calls of one swap fail one by one."""
    workshop = bench.workshop("half")
    put(workshop, A, v1_line("a"), v1_line("b", time="11:00:00"))
    put(workshop, B, v1_line("x", time="13:00:00"))
    workshop.run()
    put(workshop, A, v1_line("a", time="12:00:00"), v1_line("b", time="13:00:00"), modified_s=LATEST_S)
    with bench.monkeypatch.context() as patch:
        patch.setattr(LocalCatalog, "swap", _failing_swap(LocalCatalog.swap, 1))
        with pytest.raises(StorageError, match="throttled"):
            workshop.run()
    workshop.run()
    assert held(workshop) == ["12 a a1", "13 b a1", "13 x b2"]


def a_note_that_cannot_be_written_stops_the_run_before_its_swap(bench: Bench) -> None:
    workshop = bench.workshop("no note")
    put(workshop, A, v1_line("a"))
    workshop.run()
    put(workshop, A, v1_line("b", time="11:00:00"), modified_s=LATEST_S)
    with bench.monkeypatch.context() as patch:
        patch.setattr(LocalStore, "create", _full_for("_loglake/ledger"))
        with pytest.raises(StorageError, match="full"):
            workshop.run()
    assert seen(workshop) == ["10 a a1"]
    put(workshop, A, v1_line("c", time="12:00:00"), modified_s=LATEST_S + 1)
    workshop.run()
    assert held(workshop) == ["12 c a1"]


def a_task_that_runs_twice_changes_nothing(bench: Bench) -> None:
    workshop = replace(bench.workshop("twice"), executor=_Twice())
    fill(workshop)
    workshop.run()
    put(workshop, A, v1_line("a"), v1_line("e"))
    staged: list[str] = []
    workshop.run(at("build", lambda: staged.extend(_staged_hours(workshop.lake))))
    assert sorted(staged) == [f"cloudfront_requests {hour}" for hour in (10, 10, 11, 11)], "each attempt has its own"
    assert held(workshop) == ["10 - c3", "10 - c3", "10 a a1", "10 e a1", "11 c b2", "11 d c3"]
    live = {item.key for items in live_files(workshop.lake, workshop.source.tables[0]).values() for item in items}
    newest = max(key.split("/")[1] for key in live)
    made = {key(item) for item in workshop.lake.store.list(f"cloudfront_requests/{newest}/")}
    assert made <= live, "a retry left files of its own"
    assert list(workshop.lake.store.list("_loglake/staging/")) == []


def an_attempt_that_lost_writes_over_nothing(bench: Bench) -> None:
    """It read an object that was replaced meanwhile, and is done when the run goes on with the other's files."""
    workshop = bench.workshop("straggler")
    put(workshop, A, v1_line("a"))
    straggling = _Straggling(lambda: put(workshop, A, v1_line("b"), modified_s=LATEST_S))
    replace(workshop, executor=straggling).run()
    assert straggling.stragglers == 1
    assert seen(workshop) == ["10 a a1"]
    workshop.run()
    assert held(workshop) == ["10 b a1"]


def a_record_that_the_parser_forgets_fails_the_run(bench: Bench) -> None:
    workshop = bench.workshop("forgetful")
    fill(workshop)
    with pytest.raises(LossError, match="accounted for"):
        replace(workshop, source=replace(workshop.source, new_parser=_Forgetful)).run()
    assert seen(workshop) == []


def a_row_that_the_publish_loses_fails_the_run(bench: Bench) -> None:
    workshop = bench.workshop("rewrite")
    put(workshop, A, v1_line("a"), v1_line("b"), v1_line("b"))
    with bench.monkeypatch.context() as patch:
        patch.setattr(InputFile, "kept", _one_less(InputFile.kept))
        with pytest.raises(LossError, match="rows written, 2 expected"):
            workshop.run()
    assert seen(workshop) == []


def a_file_that_nobody_publishes_fails_the_run(bench: Bench) -> None:
    workshop = replace(bench.workshop("lost file"), executor=_Losing())
    fill(workshop)
    with pytest.raises(LossError, match="rows parsed, but"):
        workshop.run()
    assert seen(workshop) == []


def an_object_that_cannot_be_read_again_keeps_its_rows(bench: Bench) -> None:
    workshop = bench.workshop("unreadable")
    put(workshop, A, v1_line("a"))
    workshop.run()
    put(workshop, A, v1_line("b"), modified_s=LATEST_S)
    (workshop.raw / A).chmod(0)
    with bench.monkeypatch.context() as patch:
        # The superuser may read anything.
        patch.setattr(LocalStore, "read", _forbidding(A))
        workshop.run()
        assert seen(workshop) == ["10 a a1"]
    (workshop.raw / A).chmod(0o600)
    workshop.run()
    assert held(workshop) == ["10 b a1"]


class _Forgetful(CloudfrontParser):
    """Loses a row without saying so."""

    def parse_text(self, text: bytes) -> Parsed:
        parsed = super().parse_text(text)
        return parsed._replace(rows=parsed.rows.slice(1))


class _Twice(InlineExecutor):
    """Every task is lost once: it has done its work, but its answer never came."""

    def map(self, label: str, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        super().map(label, work, items)
        return super().map(label, work, items)


class _Straggling(InlineExecutor):
    """Of the tasks that read, a second attempt ends after the first has won; something happened in between."""

    def __init__(self, in_between: Callable[[], object]) -> None:
        super().__init__()
        self._in_between = in_between
        self.stragglers = 0

    def map(self, label: str, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        answers = super().map(label, work, items)
        if label == "read":
            self._in_between()
            self.stragglers += len(super().map(label, work, items))
        return answers


class _Losing(InlineExecutor):
    """Forgets a file that a task has written."""

    def map(self, label: str, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        answers: list[Any] = super().map(label, work, items)
        if all(isinstance(answer, GroupOutcome) for answer in answers):
            answers = [replace(answer, staged=answer.staged[1:]) for answer in answers]
        return answers


def _forbidding(ending: str) -> Callable[..., bytes]:
    read = LocalStore.read

    def forbidden(self: LocalStore, key: str, **how: int) -> bytes:
        if key.endswith(ending):
            raise ObjectUnavailableError(f"no permission to read {self.url(key)}", remedy="allow it")
        return read(self, key, **how)

    return forbidden


def _full_for(prefix: str) -> Callable[..., str | None]:
    create = LocalStore.create

    def full(self: LocalStore, key: str, data: bytes) -> str | None:
        if key.startswith(prefix):
            raise StorageError("the disk is full", remedy="make room")
        return create(self, key, data)

    return full


def _failing_swap(swap: Callable[..., None], after: int) -> Callable[..., None]:
    """A swap that fails after so many new versions, as the last of Glue's calls may."""

    def failing(self: LocalCatalog, name: str, versions: Any, *others: Any, **named: Any) -> None:
        swap(self, name, list(versions)[:after], (), named.get("former"))
        raise StorageError("throttled", remedy="run again")

    return failing


def _one_less(kept: Callable[..., Any]) -> Callable[..., Any]:
    def lossy(self: InputFile) -> Any:
        for rows in kept(self):
            yield rows.slice(1)

    return lossy


def _staged_hours(lake: Lake) -> list[str]:
    """Table and hour of each staged file."""
    keys = [key(item).split("/") for item in lake.store.list("_loglake/staging/")]
    return [f"{key[3]} {key[-3][-2:]}" for key in keys if key[-1].startswith("part-")]
