"""Processes that are killed at any moment: what they leave, the next run completes; nothing of it stays behind."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from shared.engine.batch import STEPS
from shared.errors import LeaseHeldError
from shared.lake.ledger import Ledger
from shared.lake.sweep import find_garbage, remove
from shared.query.live_files import live_files
from shared.query.tables import all_tables
from shared.storage import ObjectInfo
from tests.conftest import Workshop
from tests.engine.deliveries import Deliveries
from tests.engine.processes import STARTING, RunProcess, Terms

KILLS = 50
KILLED = -signal.SIGKILL
TERMS = Terms(0.15, 0.03)  # a run that stands still for so long ends by itself: it is tried again


def test_a_run_killed_fifty_times_ends_with_the_rows_of_a_clean_run_and_leaves_nothing_behind(
    workshop: Workshop,
) -> None:
    random = Random(20_261_125)
    deliveries = Deliveries(workshop, random)
    settings = workshop.refinery().settings
    for _ in range(6):
        deliveries.deliver()
    targets = random.sample([STARTING, *STEPS], k=1 + len(STEPS))
    hit: Counter[str] = Counter()
    work_s = 0.0
    for attempt in range(3 * KILLS):
        if hit.total() == KILLS:
            break
        for _ in range(random.randint(0, 2)):
            deliveries.deliver()
        run = RunProcess(settings, TERMS)
        if attempt % 7 == 0:
            work_s = complete(run) or work_s
            continue
        if attempt % 2:
            # Any moment of the work counts the same, so most are in the steps that take long: ...
            run.reaches(STEPS[0])
            run.is_ended_within(random.uniform(0, 1.2 * work_s))
        else:  # ... here each step does. While it starts, it may watch the lease of the dead.
            step = targets[hit.total() % len(targets)]
            run.is_ended_within(random.uniform(0, TERMS.term_s)) if step == STARTING else run.reaches(step)
            run.is_ended_within(random.uniform(0, 0.004))
        run.send(signal.SIGKILL)
        if run.end() == KILLED:
            hit[run.step] += 1
    assert hit.total() == KILLS, hit
    assert len(hit.keys() & {STARTING, *STEPS}) >= 7, hit
    assert deliveries.kinds == {"new", "replaced", "own", "shared", "late", "without id", "bad"}

    finish(workshop)
    clean = workshop.another("clean")
    clean.run()
    assert workshop.rows() == clean.rows()
    assert workshop.rows("quarantine") == clean.rows("quarantine")
    assert any(row["raw_text"] for row in workshop.rows("quarantine"))

    left = files(Path(workshop.lake.uri))
    remove(workshop.lake, find_garbage(workshop.lake, all_tables(), datetime.now(UTC)))
    assert left - files(Path(workshop.lake.uri)), "killed runs had left something"
    assert files(Path(workshop.lake.uri)) == wanted(workshop)
    assert workshop.rows() == clean.rows()


def complete(run: RunProcess) -> float | None:
    """Let a run end by itself; how long its work took, in seconds. None if the machine held it up for a whole term."""
    run.reaches(STEPS[0])
    started = time.monotonic()
    code = run.end()
    assert code in {0, LeaseHeldError.exit_code}, run.error
    return time.monotonic() - started if code == 0 else None


def finish(workshop: Workshop) -> None:
    """Run until a run has ended by itself; what is left to do then is nothing."""
    assert any(complete(RunProcess(workshop.refinery().settings, TERMS)) is not None for _ in range(5))
    assert workshop.run().batches == []


def files(folder: Path) -> set[str]:
    """Every file below a folder, those that listings hide included."""
    return {os.path.relpath(Path(at, name), folder) for at, _, names in os.walk(folder) for name in names}


def wanted(workshop: Workshop) -> set[str]:
    """The files of a lake at rest: what readers see, the ledger of its runs, and what its control folder always has."""
    lake = workshop.lake
    control = {
        "catalog.sqlite",
        "_loglake/viewer.fingerprint",
        "_loglake/lease/cloudfront.json",
        "_loglake/lease/shared-tables.json",
    }
    live = {item.key for table in all_tables() for items in live_files(lake, table).values() for item in items}
    ledger = {item.key for item in lake.store.list("_loglake/ledger/cloudfront/") if isinstance(item, ObjectInfo)}
    runs = Ledger.load(lake.store, workshop.source.name).runs
    assert {Path(key).name.partition(".")[0] for key in ledger} == set(runs)
    return control | live | ledger
