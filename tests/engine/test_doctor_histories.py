"""The doctor in the middle of random histories: whatever broke and was repaired, the lake is what raw objects say."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from shared.engine.batch import STEPS
from shared.engine.doctor import Doctor
from shared.engine.executor import InlineExecutor
from shared.lake.ledger import Ledger
from shared.sources.base import Source
from shared.sources.cloudfront import SOURCE
from tests.conftest import Workshop
from tests.engine.deliveries import Deliveries
from tests.engine.halves import HALVES


class Died(BaseException):
    """Not an Exception, as a kill is none."""


@pytest.mark.parametrize(("seed", "source"), [(seed, [SOURCE, HALVES][seed % 2]) for seed in range(8)])
def test_a_repaired_lake_converges_like_any_other(seed: int, source: Source) -> None:
    with TemporaryDirectory() as folder:
        history = History(Workshop(Path(folder), Path(folder) / "raw", source=source), Random(seed))
        history.play()
        assert history.seen() == history.expected()


class History:
    """Runs over random deliveries, some of which die, with the lake broken and repaired in between."""

    def __init__(self, workshop: Workshop, random: Random) -> None:
        workshop.raw.mkdir()
        self.workshop, self.random = workshop, random
        self.deliveries = Deliveries(workshop, random, names=6)
        self.broken: list[str] = []
        self.tables = [*(table.name for table in workshop.source.tables), "quarantine"]

    def play(self) -> None:
        for _ in range(self.random.randint(2, 4)):
            self.take_in()
        for _ in range(self.random.randint(1, 2)):
            for _ in range(self.random.randint(1, 2)):
                self.damage()
            self.repair()
            self.take_in()
        self.take_in()
        self.workshop.run()
        assert self.workshop.run().batches == []
        assert self.doctor().repair().after.findings == [], self.broken

    def repair(self) -> None:
        treatment = self.doctor().repair()
        if treatment.refused:  # more was lost at once than is known: what the next run finds in the raw folder
            treatment = replace(self.doctor(), accepts_loss=True).repair()
            return
        left = [finding for finding in treatment.after.findings if not finding.is_information]
        assert not left, (self.broken, left)

    def seen(self) -> list[object]:
        return [self.workshop.rows(table) for table in self.tables]

    def expected(self) -> list[object]:
        clean = self.workshop.another("clean")
        clean.run()
        return [clean.rows(table) for table in self.tables]

    def doctor(self) -> Doctor:
        return Doctor([self.workshop.source], self.workshop.refinery(raw_uri="").settings, InlineExecutor())

    def take_in(self) -> None:
        for _ in range(self.random.randint(1, 3)):
            self.deliveries.deliver()
        step = self.random.choice([None, None, *STEPS])

        def before_step(name: str) -> None:
            if name == step:
                raise Died

        with suppress(Died):
            self.workshop.run(before_step)

    def damage(self) -> None:
        kind = self.random.choice(
            [self.cut_record, self.lose_record, self.lose_partition, self.lose_file, self.lose_folder, self.strangers]
        )
        self.broken.append(kind.__name__)
        kind()

    def pick(self, found: list[Path], use: Callable[[Path], object]) -> None:
        if found:
            use(self.random.choice(sorted(found)))

    def records(self) -> list[Path]:
        return list((self.workshop.folder / "lake/_loglake/ledger/cloudfront").glob("*.parquet"))

    def live_files(self) -> list[Path]:
        lake = self.workshop.lake
        places = [v.location for table in self.tables for v in lake.catalog.partitions(table).values()]
        return [path for place in places for path in (Path(lake.uri) / place).glob("part-*.parquet")]

    def cut_record(self) -> None:
        self.pick(self.records(), lambda path: path.write_bytes(path.read_bytes()[: self.random.choice([0, 9, -9])]))

    def lose_record(self) -> None:
        """Together with its mark: only what the run made tells of it. An index knows of it, too."""
        if self.random.random() < 0.5 and self.records():
            with suppress(Exception):  # an earlier damage
                Ledger.load(self.workshop.lake.store, "cloudfront").checkpoint()

        def lose(path: Path) -> None:
            path.unlink()
            path.with_suffix(".committed").unlink(missing_ok=True)

        self.pick(self.records(), lose)

    def lose_partition(self) -> None:
        catalog = self.workshop.lake.catalog
        table = self.random.choice([*self.tables, "ingest_runs", "partition_quality"])
        partitions = sorted(catalog.partitions(table))
        if partitions:
            catalog.swap(table, [], dropped=[self.random.choice(partitions)])

    def lose_file(self) -> None:
        self.pick(self.live_files(), Path.unlink)

    def lose_folder(self) -> None:
        self.pick(self.live_files(), lambda path: shutil.rmtree(path.parent))

    def strangers(self) -> None:
        self.pick(self.live_files(), lambda path: shutil.copy(path, path.with_name("part-again.parquet")))
        self.pick(self.records(), lambda path: shutil.copy(path, path.with_name("a copy.parquet")))
