"""Random faults between the jobs and both services: the lake converges all the same."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.e2e.conftest import Engines
from tests.e2e.report import note
from tests.e2e.wire_play import play_all

SCHEDULES = int(os.environ.get("LOGLAKE_E2E_SCHEDULES", "30"))
PROCESSES = 2
_AT_ONCE = 10


def test_the_lake_converges_whatever_happens_on_the_wire(engines: Engines) -> None:
    environment = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    pieces = [range(start, min(start + _AT_ONCE, SCHEDULES)) for start in range(0, SCHEDULES, _AT_ONCE)]
    tally: Counter[str] = Counter()
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        for found in pool.map(play_all, pieces, [environment] * len(pieces)):
            tally += found
    assert tally["random fault schedules"] == SCHEDULES
    assert tally["runs that gave up"] > 0, "no fault was grave enough"
    for what in sorted(tally):
        note(engines, what, tally[what])
