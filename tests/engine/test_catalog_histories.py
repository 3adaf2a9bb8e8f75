"""The catalog is lost in the middle of random histories, and told from the lake: nothing is lost with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from shared.engine import batch, withdraw
from shared.engine.catalog_rebuild import Rebuilt, rebuild
from shared.lake.catalog import PartitionVersion
from shared.lake.check_catalog import compare
from shared.lake.difference import Difference
from shared.sources.base import Source
from shared.sources.cloudfront import SOURCE
from shared.tables.partitions import Partition
from tests.conftest import Workshop
from tests.engine.halves import HALVES
from tests.engine.history.events import CLIENTS, Erase, Event, Expire, Record, Run, Slot, schedules
from tests.engine.history.faults import AtStep
from tests.engine.history.hunt import IN_MEMORY
from tests.engine.history.play import Player
from tests.engine.history.seen import let_leases_lapse, rows_by_the_books, rows_by_the_catalog, rows_of, tables_of
from tests.engine.test_convergence import SOURCES, delivery, eventful

_HISTORIES = 30
# Of these a run publishes lines once it took effect: where it died at that, the lake may tell what the catalog did not.
APPENDED_TO = {"ingest_runs": "run_id", "partition_quality": "run_id"}

Seen = dict[str, dict[Partition, PartitionVersion]]


def lose(workshop: Workshop) -> None:
    (workshop.folder / "lake/catalog.sqlite").unlink()


def made_anew(workshop: Workshop) -> Rebuilt:
    let_leases_lapse(workshop)
    return rebuild(workshop.lake, [workshop.source])


def differences(workshop: Workshop) -> list[Difference]:
    return compare(workshop.lake, [workshop.source]).differences


def seen(workshop: Workshop) -> Seen:
    return {table.name: workshop.lake.catalog.partitions(table.name) for table in tables_of(workshop)}


class Careless(Player):
    """Loses the catalog after some events, and after the last run of all."""

    def __init__(self, folder: Path, loses: Callable[[], bool], source: Source) -> None:
        super().__init__(folder, source)
        self._loses = loses

    def happen(self, event: Event) -> None:
        super().happen(event)
        has_begun = any((self._workshop.folder / "lake").glob("_loglake/ledger/*/*"))  # before, there is no lake
        if has_begun and self._loses():
            lose(self._workshop)
            made_anew(self._workshop)
            # Hours that an expiry died at are not in the new catalog, so nobody reports that they went.
            self._is_a_line_missing |= rows_by_the_books(self._workshop) != rows_by_the_catalog(self._workshop)

    def end(self) -> None:
        self._run(Run())
        self._assert_nothing_is_lost_with_the_catalog()
        super().end()

    def _assert_nothing_is_lost_with_the_catalog(self) -> None:
        if not (self._workshop.folder / "lake/_loglake/ledger").exists():
            return
        before = seen(self._workshop)
        lines = {name: rows_of(self._workshop, name) for name in APPENDED_TO}
        lose(self._workshop)
        made_anew(self._workshop)
        after = seen(self._workshop)
        for name, versions in before.items():
            if name not in APPENDED_TO:
                assert after[name] == versions, name
        for name, former in lines.items():
            now = rows_of(self._workshop, name)
            assert all(line in now for line in former), name
        assert differences(self._workshop) == []
        assert made_anew(self._workshop).done == []


def play(schedule: list[Event], loses: Callable[[], bool], source: Source = SOURCE) -> None:
    with TemporaryDirectory(dir=IN_MEMORY) as folder:
        player = Careless(Path(folder), loses, source)
        for event in schedule:
            player.happen(event)
        player.end()


@seed(1)
@settings(
    max_examples=_HISTORIES,
    phases=(Phase.generate, Phase.shrink),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    schedule=schedules(), random=st.randoms(use_true_random=False), tables=st.sampled_from(["one_table", "two_tables"])
)
def test_a_catalog_told_from_the_lake_is_the_one_that_was_lost(
    schedule: list[Event], random: Random, tables: str
) -> None:
    play(schedule, lambda: random.random() < 0.4, SOURCE if tables == "one_table" else HALVES)


def test_expired_hours_that_the_catalog_lost_before_they_were_marked_are_swept() -> None:
    """The expiry died before its first mark; whoever tells the catalog anew leaves the hours out."""
    after_the_expiry = iter([False, False, True])
    play(
        [
            delivery(Slot.V1_AT_10, Record("a")),
            Run(),
            Expire("cloudfront_requests", "2026-11-01T11", AtStep("mark_expired", is_kill=True)),
        ],
        lambda: next(after_the_expiry, False),
    )


@SOURCES
@pytest.mark.parametrize("step", [*batch.STEPS, *withdraw.STEPS])
def test_whatever_step_runs_died_at_the_catalog_is_told_right(step: str, source: Source) -> None:
    play(eventful(AtStep(step, is_kill=True)), lambda: False, source)


def test_what_an_erasure_removed_stays_removed_though_it_died_before_its_commit() -> None:
    """Its version is of a run that never took effect, and the version before it, with the rows, is still there."""
    play(
        [
            delivery(Slot.V1_AT_10, Record("a"), Record("b", client=CLIENTS[1])),
            Run(),
            Erase(CLIENTS[1], AtStep("commit_erased", is_kill=True)),
            Run(),
        ],
        lambda: False,
    )
