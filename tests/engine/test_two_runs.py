"""Two runs on one lake: one works, the other says who does; the dead are taken over, the living are not."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from shared.engine.plan import BatchLimits
from shared.errors import LeaseHeldError
from shared.lake.lease import RENEW_EVERY_S, TERM_S
from tests.conftest import Workshop, v1_line, v1_object
from tests.engine.processes import RunProcess, Terms

KEY = "E1EXAMPLE00001.2026-11-01-10.{name}.gz"
REFUSED = LeaseHeldError.exit_code
LONG = Terms(TERM_S, 0.1)  # the real term, told to be alive more often: nobody has to watch for long
BRIEF = Terms(0.6, 0.05)  # long enough that a busy machine does not end it


@pytest.fixture
def filled(workshop: Workshop) -> Workshop:
    """Raw objects with copies of each other's records; nothing is in yet."""
    workshop.put(KEY.format(name="a"), v1_object(v1_line("a"), v1_line("b", time="11:00:00"), v1_line("-"), "bad\n"))
    workshop.put(KEY.format(name="b"), v1_object(v1_line("a"), v1_line("c"), v1_line("-")))
    return workshop


def clean_rows(workshop: Workshop) -> list[dict[str, object]]:
    clean = workshop.another("clean")
    clean.run()
    return clean.rows()


def start(workshop: Workshop, terms: Terms = BRIEF, **how: object) -> RunProcess:
    return RunProcess(workshop.refinery().settings, terms, **how)  # type: ignore[arg-type]


def test_of_two_runs_that_begin_together_one_works_and_the_other_names_it(filled: Workshop) -> None:
    runs = [start(filled, LONG, hold_before="stage") for _ in range(2)]
    works = [run.reaches("stage") for run in runs]
    assert sorted(works) == [False, True]
    winner, loser = sorted(runs, key=lambda run: not run.steps)
    assert loser.end() == REFUSED
    winner.let_go()
    assert winner.end() == 0
    (record,) = filled.rows_of_runs()
    assert loser.error is not None
    assert re.search(r"Another run is writing to 'cloudfront' \(run \d{8}T\d{9}Z-[0-9a-f]{8} on host .+\)", loser.error)
    assert "What to do: wait until it has ended and run again; nothing was changed" in loser.error
    assert filled.rows() == clean_rows(filled)
    assert (record["rows"], record["duplicates"], record["quarantined"]) == (4, 2, 1)


def test_the_command_stops_with_code_3_while_another_run_works(filled: Workshop) -> None:
    working = start(filled, LONG, hold_before="build")
    assert working.reaches("build")
    command = [sys.executable, "-m", "shared.cli.main", "run", "cloudfront", "--raw", str(filled.raw)]
    done = subprocess.run(
        [*command, "--lake", filled.lake.uri], capture_output=True, text=True, check=False, env=os.environ, timeout=60
    )
    assert done.returncode == 3
    told = " ".join(done.stderr.split())
    assert re.search(r"run \S+ on host \S+ holds 'cloudfront': watching for up to 45 s if it lives", told)
    assert re.search(r"error: Another run is writing to 'cloudfront' \(run \S+ on host \S+\)\.", told)
    assert "what to do: wait until it has ended and run again; nothing was changed." in told
    assert "A run that died is taken over after 45 s" in told
    working.let_go()
    assert working.end() == 0
    assert filled.rows() == clean_rows(filled)


def test_a_dead_run_is_taken_over_within_a_minute() -> None:
    assert TERM_S <= 60
    assert RENEW_EVERY_S * 3 <= TERM_S, "one or two renewals may fail without the lease being lost"


@pytest.mark.parametrize("step", ["swap", "report"])
def test_a_run_after_a_kill_takes_over_when_the_term_is_over(filled: Workshop, step: str) -> None:
    """Both leases of the dead, the source's and (in the later steps) the shared tables', for one wait."""
    dead = start(filled, hold_before=step)
    assert dead.reaches(step)
    dead.send(signal.SIGKILL)
    assert dead.end() == -signal.SIGKILL
    filled.put(KEY.format(name="c"), v1_object(v1_line("f"), v1_line("a")))
    patient = Terms(3.0, 0.1)
    began = time.monotonic()
    heir = start(filled, patient)
    assert heir.reaches("stage"), heir.error
    assert time.monotonic() - began >= patient.term_s
    assert heir.end() == 0, heir.error
    assert time.monotonic() - began < 2 * patient.term_s, "no second watch"
    assert filled.rows() == clean_rows(filled)


def test_a_living_run_keeps_its_lease_for_many_terms(filled: Workshop) -> None:
    living = start(filled, hold_before="swap")
    assert living.reaches("swap")
    began = time.monotonic()
    while time.monotonic() - began < 4 * BRIEF.term_s:
        assert start(filled).end() == REFUSED
    living.let_go()
    assert living.end() == 0, living.error
    assert filled.rows() == clean_rows(filled)


def lease_folder(workshop: Workshop) -> Path:
    return workshop.folder / "lake" / "_loglake" / "lease"


@pytest.mark.parametrize("step", ["stage", "build", "swap", "build_quarantine", "commit"])
def test_a_run_that_stood_still_while_another_took_over_changes_nothing(filled: Workshop, step: str) -> None:
    still = start(filled, hold_before=step)
    assert still.reaches(step)
    still.stop(lease_folder(filled))
    # What comes meanwhile is for the run that takes over, in the same hours.
    filled.put(KEY.format(name="b"), v1_object(v1_line("d"), v1_line("e")), modified_s=1_793_540_000)
    filled.put(KEY.format(name="c"), v1_object(v1_line("f"), v1_line("b", time="11:00:00"), "worse\n"))
    heir = start(filled)
    assert heir.end() == 0, heir.error
    after = filled.lake.catalog.partitions("cloudfront_requests")

    still.let_go()
    still.send(signal.SIGCONT)
    assert still.end() == REFUSED, still.error
    assert still.error is not None
    # It notices its own standing still, or, where its renewing thread wakes up first, who has the lease now.
    how = r"\((it stood still|run .* took it over)"
    assert re.match(
        rf"This run lost its lease on '(cloudfront|shared-tables)' {how}.* publishes nothing more", still.error
    )
    assert filled.lake.catalog.partitions("cloudfront_requests") == after
    assert filled.rows() == clean_rows(filled)
    assert filled.run().batches == []


def test_a_run_that_stood_still_between_two_batches_takes_nothing_back(filled: Workshop) -> None:
    """Its next batch is newer, by its run id, than what the run did that took over, and leaves a note in the ledger."""
    one_by_one = replace(filled, limits=BatchLimits(max_objects=1))
    still = start(one_by_one, hold_before="clean")
    assert still.reaches("clean")
    still.stop(lease_folder(filled))
    filled.put(KEY.format(name="b"), v1_object(v1_line("d")), modified_s=1_793_540_000)
    assert start(filled).end() == 0
    still.let_go()
    still.send(signal.SIGCONT)
    assert still.end() == REFUSED, still.error
    assert still.steps[-1] == "swap"
    assert filled.rows() == clean_rows(filled)
    filled.run()
    assert filled.run().batches == []
    assert filled.rows() == clean_rows(filled)


def test_a_run_stopped_between_its_last_look_and_its_swap_changes_nothing_either(filled: Workshop) -> None:
    still = start(filled, stop_after_confirm=1)
    assert still.reaches("swap")
    still.wait_stopped()
    filled.put(KEY.format(name="c"), v1_object(v1_line("f"), v1_line("g", time="11:00:00")))
    assert start(filled).end() == 0
    still.send(signal.SIGCONT)
    assert still.end() == REFUSED, still.error
    filled.run()
    assert filled.rows() == clean_rows(filled)
