"""Runs that die, at every step."""

from __future__ import annotations

from shared.engine.batch import STEPS
from tests.conftest import v1_line
from tests.engine.battery.bench import (
    LATER_S,
    LATEST_S,
    A,
    B,
    Bench,
    crash,
    held,
    put,
)


def a_crash_of_a_first_run_is_healed(bench: Bench) -> None:
    for step in sorted(STEPS, key=["commit", "swap", "build_quarantine"].__contains__, reverse=True):
        workshop = bench.workshop(f"first {step}")
        put(workshop, A, v1_line("a"), v1_line("b", time="11:00:00"), "bad\n")
        put(workshop, B, v1_line("a"))
        crash(workshop, step)
        workshop.run()
        assert held(workshop) == ["10 a a1", "11 b a1"], step
        assert len(workshop.rows("quarantine")) == 1, step


def a_crash_of_a_replay_that_moves_rows_is_healed(bench: Bench) -> None:
    """The worst case: by the next run the object has changed once more, and its copies have to come back."""
    for step in sorted(STEPS, key=["build_quarantine", "swap", "report"].__contains__, reverse=True):
        workshop = bench.workshop(f"again {step}")
        put(workshop, A, v1_line("a"), v1_line("b", time="11:00:00"))
        put(workshop, B, v1_line("a"))
        workshop.run()
        put(workshop, A, v1_line("x", time="12:00:00"), "bad\n", modified_s=LATER_S + 7200)
        crash(workshop, step)
        put(workshop, A, v1_line("y", time="13:00:00"), modified_s=LATEST_S + 7200)
        workshop.run()
        assert held(workshop) == ["10 a b2", "13 y a1"], step
        assert workshop.rows("quarantine") == [], step
