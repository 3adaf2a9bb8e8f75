"""What a run takes in, and what it does with what is there."""

from __future__ import annotations

from tests.conftest import v1_line
from tests.engine.battery.bench import (
    FILLED,
    LATEST_S,
    A,
    B,
    Bench,
    C,
    held,
    put,
    retake_all,
)
from tests.engine.crashes import fill


def records_are_taken_in_once_and_accounted_for(bench: Bench) -> None:
    workshop = bench.workshop("clean")
    fill(workshop)
    (batch,) = workshop.run().batches
    assert (batch.records, batch.rows, batch.duplicates, batch.quarantined, batch.ignored) == (15, 6, 2, 1, 6)
    assert held(workshop) == FILLED
    assert [run["rows"] for run in workshop.rows_of_runs()] == [6]


def late_rows_join_the_hour_that_is_there(bench: Bench) -> None:
    workshop = bench.workshop("late")
    put(workshop, A, v1_line("a"), v1_line("b"))
    workshop.run()
    put(workshop, B, v1_line("c"), v1_line("d", time="11:00:00"))
    workshop.run()
    assert held(workshop) == ["10 a a1", "10 b a1", "10 c b2", "11 d b2"]


def copies_in_later_runs_are_one_row_whoever_came_first(bench: Bench) -> None:
    workshop = bench.workshop("copies")
    put(workshop, B, v1_line("a"), v1_line("-"))
    workshop.run()
    put(workshop, A, v1_line("a"), v1_line("-"))
    report = workshop.run()
    assert (report.total("rows"), report.total("duplicates")) == (0, 2)
    put(workshop, C, v1_line("a"))
    workshop.run()
    assert held(workshop) == ["10 - a1", "10 a a1"]


def a_replay_changes_nothing(bench: Bench) -> None:
    workshop = bench.workshop("replay")
    fill(workshop)
    workshop.run()
    before = workshop.rows(), workshop.rows("quarantine")
    retake_all(workshop)
    assert (workshop.rows(), workshop.rows("quarantine")) == before
    assert held(workshop) == FILLED


def a_replaced_object_leaves_where_it_was(bench: Bench) -> None:
    workshop = bench.workshop("replaced")
    put(workshop, A, v1_line("a"), v1_line("b", time="11:00:00"), "bad\n")
    put(workshop, B, v1_line("x", time="11:00:00"))
    workshop.run()
    put(workshop, A, v1_line("a", time="12:00:00"), "bad!\n", "worse\n", modified_s=LATEST_S)
    workshop.run()
    assert held(workshop) == ["11 x b2", "12 a a1"]
    assert sorted(row["raw_text"].strip() for row in workshop.rows("quarantine")) == ["bad!", "worse"]
    assert [str(p)[-2:] for p in workshop.lake.catalog.partitions("cloudfront_requests")] == ["11", "12"]
    put(workshop, A, v1_line("a", time="12:00:00"), modified_s=LATEST_S + 1)
    workshop.run()
    assert workshop.rows("quarantine") == []


def a_beaten_copy_comes_back(bench: Bench) -> None:
    """Beaten in the same run, by a later one, and before one."""
    for order in ((A, B), (B, A), (A + B,)):
        workshop = bench.workshop("-".join(name[-5:-3] for name in order) + str(len(order)))
        for names in order:
            for name in (A, B):
                if name in names:
                    put(workshop, name, v1_line("a"), *([v1_line("b")] if name == A else []))
            workshop.run()
        assert held(workshop) == ["10 a a1", "10 b a1"]
        put(workshop, A, v1_line("b"), modified_s=LATEST_S)
        workshop.run()
        assert held(workshop) == ["10 a b2", "10 b a1"]
