"""Convergence, hunted: whatever the order, the batches and the crashes, the lake is a function of the raw objects.

The expected rows come from a dozen lines of plain Python that know nothing of the engine.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.engine.batch import STEPS
from shared.engine.plan import BatchLimits
from tests.conftest import Workshop, v1_line, v1_object

Row = tuple[str, str, str, str, int]  # hour, request id (or "-"), bytes, object, line


@dataclass(frozen=True)
class Line:
    """One record of an object; a record without id is told from others by its values."""

    request_id: str
    hour: int
    size: int

    def text(self) -> str:
        return v1_line(self.request_id, time=f"{self.hour}:30:00", sc_bytes=str(self.size))


@dataclass(frozen=True)
class Put:
    """An object is delivered, or replaced by another version."""

    name: str
    lines: tuple[Line | None, ...]  # None: a line that is no record


@dataclass(frozen=True)
class Run:
    """A run, with batches of so many objects, that may die before a step (of its first batch that gets there)."""

    objects_per_batch: int
    dies_before: str | None


LINES = st.builds(Line, st.sampled_from(["a", "b", "c", "-"]), st.integers(10, 12), st.integers(1, 2))
PUTS = st.builds(Put, st.sampled_from(["o1", "o2", "o3", "o4"]), st.lists(st.none() | LINES, max_size=5).map(tuple))
RUNS = st.builds(Run, st.integers(1, 3), st.none() | st.sampled_from(STEPS))


class Died(BaseException):
    """Not an Exception, as a kill is none."""


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(schedule=st.lists(PUTS | RUNS, min_size=2, max_size=10))
def test_any_history_of_deliveries_and_crashes_ends_with_the_same_rows(schedule: list[Put | Run]) -> None:
    with TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder), Path(folder) / "raw")
        workshop.raw.mkdir()
        held: dict[str, tuple[Line | None, ...]] = {}
        for number, event in enumerate(schedule):
            if isinstance(event, Put):
                held[event.name] = event.lines
                deliver(workshop, event, modified_s=1_793_530_000 + number)
            elif held:
                run(workshop, event)
        if not held:
            return
        workshop.run()
        assert workshop.run().batches == []
        assert seen(workshop) == expected(workshop, held)
        assert bad(workshop) == {
            key(workshop, name): lines.count(None) for name, lines in held.items() if None in lines
        }


def deliver(workshop: Workshop, put: Put, modified_s: int) -> None:
    lines = ["broken\n" if line is None else line.text() for line in put.lines]
    workshop.put(f"E1EXAMPLE00001.2026-11-01-10.{put.name}.gz", v1_object(*lines), modified_s=modified_s)


def run(workshop: Workshop, event: Run) -> None:
    def before_step(name: str) -> None:
        if name == event.dies_before:
            raise Died

    with suppress(Died):
        replace(workshop, limits=BatchLimits(max_objects=event.objects_per_batch)).run(before_step)


def key(workshop: Workshop, name: str) -> str:
    return str(workshop.raw / f"E1EXAMPLE00001.2026-11-01-10.{name}.gz")


def seen(workshop: Workshop) -> list[Row]:
    return sorted(
        (
            row["partition"][-2:],
            row["request_id"] or "-",
            str(row["bytes_sent"]),
            row["source_object"],
            row["source_line"],
        )
        for row in workshop.rows()
    )


def bad(workshop: Workshop) -> dict[str, int]:
    return dict(Counter(row["source_object"] for row in workshop.rows("quarantine")))


def expected(workshop: Workshop, held: dict[str, tuple[Line | None, ...]]) -> list[Row]:
    """The first copy of each record, by object and line; of records without id the first of each how-manieth copy."""
    kept: dict[object, Row] = {}
    for name in sorted(held):
        copies: Counter[Line] = Counter()
        for number, line in enumerate(held[name], start=3):
            if line is None:
                continue
            copies[line] += 1
            identity = (line.hour, line.request_id) if line.request_id != "-" else (line, copies[line])
            row = (str(line.hour), line.request_id, str(line.size), key(workshop, name), number)
            kept.setdefault(identity, row)
    return sorted(kept.values())
