"""Random faults between the jobs and both services: the lake converges all the same."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future
from typing import TYPE_CHECKING

from tests.e2e.report import note
from tests.e2e.wire_play import SCHEDULES

if TYPE_CHECKING:
    from tests.e2e.conftest import Engines


def test_the_lake_converges_whatever_happens_on_the_wire(
    engines: Engines, schedules_at_work: list[Future[Counter[str]]]
) -> None:
    tally = sum((found.result() for found in schedules_at_work), Counter[str]())
    assert tally["random fault schedules"] == SCHEDULES
    assert tally["runs that gave up"] > 0, "no fault was grave enough"
    assert tally["runs that lost their lease to another"] > 0
    for what in sorted(tally):
        note(engines, what, tally[what])
