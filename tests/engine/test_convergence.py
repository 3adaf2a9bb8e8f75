"""Convergence, hunted: whatever the order, the batches and the crashes, the lake is a function of the raw objects.

And of what was erased or has expired. The expected rows come from plain Python that knows nothing of the engine
(`history.oracle`); `make soak` plays many more histories than there is time for here.
"""

from __future__ import annotations

from collections import Counter

import pytest

from shared.engine import batch, withdraw
from shared.lake import version
from shared.sources.base import Source
from shared.sources.cloudfront import SOURCE
from tests.engine.halves import HALVES
from tests.engine.history.events import CLIENTS, Content, Deliver, Erase, Event, Expire, Noise, Record, Run, Slot, Sweep
from tests.engine.history.faults import OPERATIONS, AtOperation, AtStep, Crash
from tests.engine.history.hunt import hunts
from tests.engine.history.play import MISSED, play

HISTORIES = 300
OF_HALVES = 100
SOURCES = pytest.mark.parametrize("source", [SOURCE, HALVES], ids=["one_table", "two_tables"])
OTHER = CLIENTS[1]


@pytest.mark.parametrize(
    ("source", "histories"), [(SOURCE, HISTORIES), (HALVES, OF_HALVES)], ids=["one_table", "two_tables"]
)
def test_any_history_ends_with_the_lake_that_the_raw_objects_say(source: Source, histories: int) -> None:
    tally: Counter[str] = Counter()
    for found in hunts(histories, processes=2, first_number=1, size=histories // 4, source=source):
        assert found.failure is None, found.failure
        tally += found.tally
    assert tally["schedules"] >= histories
    assert min(tally[name] for name in ("crashes", "duplicates", "objects replaced")) > histories // 2, tally


def delivery(slot: Slot, *lines: Record | Noise) -> Deliver:
    return Deliver(slot, Content((lines,)))


def eventful(crash: Crash) -> list[Event]:
    """A history whose every run, erasure and expiry has something to do at every step, and dies at the same place."""
    return [
        delivery(Slot.V1_AT_10, Record("a"), Record("b", hour=11), Record("-", hour=8), Noise.BROKEN),
        delivery(Slot.V1_AT_11, Record("a"), Record("c"), Record("d", client=OTHER), Noise.TIMELESS),
        delivery(Slot.W3C, Record("c", client=OTHER), Record("e", hour=8, client=OTHER)),
        Run(max_objects=2),
        delivery(Slot.V1_AT_10, Record("b"), Record("x", hour=11)),
        delivery(Slot.JSON, Record("c", client=OTHER, knows=True), Noise.BROKEN),
        Run(crash=crash),
        delivery(Slot.V1_AT_10, Record("b", size=2), Record("a"), Noise.BROKEN),
        Run(max_objects=1, crash=crash),
        Expire("cloudfront_requests", "2026-11-01T10", crash),
        Erase(OTHER, crash),
        Sweep(crash if isinstance(crash, AtOperation) else None),
    ]


@SOURCES
@pytest.mark.parametrize("step", [*batch.STEPS, *withdraw.STEPS])
def test_a_crash_at_any_step_leaves_no_trace(step: str, source: Source) -> None:
    assert play(eventful(AtStep(step, is_kill=True)), source=source)[f"crash step {step}"]


@SOURCES
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", OPERATIONS)
def test_a_crash_around_any_operation_leaves_no_trace(kind: str, after: bool, source: Source) -> None:
    crash = AtOperation(kind, after=after, is_kill=True)
    assert play(eventful(crash), source=source)[f"crash {crash.place}"]


FOUND = {  # by hunts: histories that once ended with a wrong lake
    "a copy comes back though its object had rows of the erased, too": [
        delivery(Slot.V1_AT_11, Record("a"), Record("b", client=OTHER)),
        delivery(Slot.JSON, Record("a", client=OTHER, knows=True)),
        Run(),
        Erase(OTHER),
    ],
    "a copy comes back that an erased row of its own object had beaten": [
        delivery(Slot.V1_AT_10, Record("a", client=OTHER), Record("a")),
        Run(),
        Erase(OTHER),
    ],
    "an hour of which nothing was ever published is not missed": [
        Erase(CLIENTS[0]),
        delivery(Slot.V1_AT_10, Record("a")),
        Run(crash=AtStep("report", is_kill=False)),
    ],
}


@SOURCES
@pytest.mark.parametrize("history", FOUND.values(), ids=FOUND)
def test_what_was_found_stays_mended(history: list[Event], source: Source) -> None:
    assert not play(history, source=source)[MISSED]


def test_a_fault_of_the_engine_does_not_go_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    history: list[Event] = [delivery(Slot.V1_AT_10, Record("a")), Run(), delivery(Slot.V1_AT_10, Record("b"))]
    play(history)
    monkeypatch.setattr(version, "_drop_own_rows", lambda *_: 0)
    with pytest.raises(AssertionError, match="not what the raw objects say"):
        play(history)
