"""Hunt for a history that ends with a wrong lake, and shrink it."""

from __future__ import annotations

import multiprocessing
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from shared.sources.base import Source
from shared.sources.cloudfront import SOURCE
from tests.engine.history.events import Event, schedules
from tests.engine.history.play import play

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


@dataclass
class Hunt:
    """What a hunt came across: what happened, counted, and the shortest history that fails, told as a traceback."""

    tally: Counter[str] = field(default_factory=Counter)
    failure: str | None = None


def hunt(number: int, count: int, source: Source = SOURCE) -> Hunt:
    """Play so many histories; the number decides which."""
    found = Hunt()

    @seed(number)
    @settings(
        max_examples=count,
        phases=(Phase.generate, Phase.shrink),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(schedule=schedules())
    def play_one(schedule: list[Event]) -> None:
        found.tally.update(play(schedule, IN_MEMORY, source))

    try:
        play_one()
    except Exception as error:
        found.failure = "".join(traceback.format_exception(error))
    return found


def hunts(count: int, processes: int, first_number: int, size: int, source: Source = SOURCE) -> Iterator[Hunt]:
    """Hunts of up to `size` histories, `count` in all, as they end; with the iterator the rest is called off."""
    sizes = [min(size, count - start) for start in range(0, count, size)]
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = [pool.submit(hunt, first_number + index, each, source) for index, each in enumerate(sizes)]
        try:
            for future in as_completed(running):
                yield future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
