"""Random faults between the jobs and both services: the lake converges all the same."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.e2e.conftest import Engines
from tests.e2e.report import note
from tests.e2e.wire_play import play_all

SCHEDULES = int(os.environ.get("LOGLAKE_E2E_SCHEDULES", "200"))
PROCESSES = 3  # on two cores: some wait for answers that do not come


def test_the_lake_converges_whatever_happens_on_the_wire(engines: Engines) -> None:
    environment = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    pieces = [range(first, SCHEDULES, PROCESSES) for first in range(PROCESSES)]
    tally: Counter[str] = Counter()
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        for found in pool.map(play_all, pieces, [environment] * len(pieces)):
            tally += found
    assert tally["random fault schedules"] == SCHEDULES
    assert tally["runs that gave up"] > 0, "no fault was grave enough"
    assert tally["runs that lost their lease to another"] > 0
    for what in sorted(tally):
        note(engines, what, tally[what])
