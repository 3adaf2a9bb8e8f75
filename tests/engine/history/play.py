"""Play a history against a lake, and hold the lake against the oracle whenever a run has ended well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.engine.plan import BatchLimits
from shared.engine.refine import Refinery
from shared.engine.reprocess import Reprocess as Operation
from shared.engine.selection import Selection
from shared.engine.settings import viewer_key
from shared.lake.subjects import Subject, subject
from shared.lake.sweep import find_garbage, remove
from shared.lake.withheld import add_subjects, erased_subjects, floor_of, raise_floor
from shared.sources.base import Source
from shared.sources.cloudfront import SOURCE
from shared.tables.partitions import Partition
from tests.conftest import Workshop
from tests.engine.history.events import (
    Content,
    Deliver,
    DeliverAgain,
    Erase,
    Event,
    Expire,
    Reprocess,
    Restore,
    Run,
    Slot,
    Sweep,
)
from tests.engine.history.faults import Died, Faults
from tests.engine.history.oracle import Version, Withheld, difference, quarantine_rows, table_rows
from tests.engine.history.seen import (
    TABLE,
    assert_nothing_but_live_files,
    assert_nothing_is_wrong,
    let_leases_lapse,
    repair_what_is_missed,
    rows_by_the_books,
    rows_by_the_catalog,
    rows_of,
    tables_of,
)
from tests.engine.history.wire import bytes_of

MISSED = "hours that the doctor missed for nothing"
_FIRST_S, _APART_S = 1_793_530_000, 1500  # deliveries are so far apart that some share an hour and some do not
# What only the engine itself can tell; a lake that saw no history has to have the same.
_NOT_OF_THE_ORACLE = ("record_hash", "ua_rules_version")


def play(schedule: Sequence[Event], folder: str | None = None, source: Source = SOURCE) -> Counter[str]:
    """Play a history in a folder of its own below `folder`; what happened, counted.

    source  CloudFront's, in whatever tables

    Raises AssertionError when the lake is not what its raw objects say.
    """
    with TemporaryDirectory(dir=folder) as made:
        player = Player(Path(made), source)
        for event in schedule:
            player.happen(event)
        player.end()
        return player.tally


class Player:
    """A raw folder, a lake, and what was delivered: versions of each object, of which the last is there now."""

    def __init__(self, folder: Path, source: Source = SOURCE) -> None:
        self._workshop = Workshop(folder, folder / "raw", source=source)
        self._workshop.raw.mkdir()
        self._versions: dict[Slot, list[Version]] = {}
        self._withheld = Withheld()
        self._deliveries = 0
        self._is_a_line_missing = False
        self.tally: Counter[str] = Counter(schedules=1)

    def happen(self, event: Event) -> None:
        self.tally[f"event {type(event).__name__}"] += 1
        match event:
            case Deliver(slot, content):
                self._deliver(slot, content)
            case DeliverAgain(slot):
                if slot in self._versions:
                    self._deliver(slot, self._versions[slot][-1].content)
            case Restore(slot):
                if len(self._versions.get(slot, ())) > 1:
                    self._put(self._versions[slot][-2])
            case Run():
                self._run(event)
            case Reprocess():
                self._reprocess(event)
            case Sweep(crash):
                self._mortal(Faults(crash), self._sweep)
            case Erase():
                self._erase(event)
            case Expire():
                self._expire(event)

    def end(self) -> None:
        """Let the lake come to rest and hold it against the oracle, a lake that saw no history, and its own books."""
        self._run(Run())
        assert self._workshop.run().batches == [], "a lake at rest goes on"
        let_leases_lapse(self._workshop)
        self._sweep()
        assert_nothing_but_live_files(self._workshop)
        if self.tally["crashes"] and repair_what_is_missed(self._workshop):
            self.tally[MISSED] += 1
            self._sweep()
        assert_nothing_is_wrong(self._workshop)
        self._assert_the_books_are_right()
        clean = self._workshop.another("clean")
        self._withhold_the_same(clean)
        clean.run()
        for table in (TABLE, "quarantine"):
            seen, expected = rows_of(self._workshop, table), rows_of(clean, table)
            assert seen == expected, f"{table}: not the lake of one run\n{difference(seen, expected)}"

    def _deliver(self, slot: Slot, content: Content) -> None:
        self._deliveries += 1
        data = bytes_of(content, slot)
        url = str(self._workshop.raw / slot.key)
        self._put(Version(slot, url, content, data, _FIRST_S + _APART_S * self._deliveries))

    def _put(self, version: Version) -> None:
        versions = self._versions.setdefault(version.slot, [])
        self.tally["objects replaced"] += bool(versions)
        self.tally["objects delivered"] += 1
        versions.append(version)
        self._workshop.put(version.slot.key, version.data, modified_s=version.modified_s)

    def _run(self, event: Run) -> None:
        workshop = replace(self._workshop, limits=BatchLimits(event.max_bytes, event.max_objects))
        faults = Faults(event.crash, event.unreadable.key if event.unreadable else None)
        has_ended = self._work(faults, workshop.refinery(), Refinery.refine)
        if has_ended and event.unreadable not in self._versions:
            self._assert_as_the_oracle_says()

    def _reprocess(self, event: Reprocess) -> None:
        workshop = replace(self._workshop, limits=BatchLimits(max_objects=event.max_objects))
        selection = Selection(tuple(f"*{slot.key}" for slot in event.slots))
        self._work(Faults(event.crash), workshop.refinery(), lambda refinery: Operation(refinery, selection).run())

    def _erase(self, event: Erase) -> None:
        store = self._workshop.lake.store
        erased = self._subject(event.client)

        def erase(refinery: Refinery) -> None:
            add_subjects(store, [erased])
            refinery.withdraw()

        has_ended = self._work(Faults(event.crash), self._workshop.refinery(), erase)
        if has_ended or erased in erased_subjects(store):
            self._withheld.clients.add(event.client)
        if has_ended:
            assert event.client not in {row["client_ip"] for row in rows_of(self._workshop, TABLE)}, "rows stay"

    def _expire(self, event: Expire) -> None:
        store, before = self._workshop.lake.store, Partition.parse(event.hour)

        def expire(refinery: Refinery) -> None:
            for table in self._tables_like(event.table):
                raise_floor(store, table, before)
            refinery.withdraw()

        has_ended = self._work(Faults(event.crash), self._workshop.refinery(), expire)
        noted = floor_of(store, event.table)
        if has_ended or (noted is not None and noted.before >= before):
            self._withheld.expire(event.table, event.hour)
        if has_ended:
            catalog = self._workshop.lake.catalog
            for table in self._tables_like(event.table):
                assert min(catalog.partitions(table), default=before) >= before, "hours stay"

    def _tables_like(self, table: str) -> list[str]:
        return [each.name for each in self._workshop.source.tables] if table == TABLE else [table]

    def _subject(self, client: str) -> Subject:
        settings = self._workshop.refinery().settings
        return subject("address", client, viewer_key(self._workshop.lake, settings.viewer_key))

    def _work(self, faults: Faults, refinery: Refinery, work: Callable[[Refinery], object]) -> bool:
        """Whether the run ended well."""
        self.tally["runs"] += 1
        refinery.before_step = faults.before_step
        refinery.after_batch = lambda report: self.tally.update(
            batches=1, records=report.records, duplicates=report.duplicates
        )
        return self._mortal(faults, lambda: work(refinery))

    def _mortal(self, faults: Faults, work: Callable[[], object]) -> bool:
        try:
            with faults.installed():
                work()
        except Died:
            self.tally.update((f"crash {faults.place}", "crashes"))
            self._is_a_line_missing |= rows_by_the_books(self._workshop) != rows_by_the_catalog(self._workshop)
            return False
        return True

    def _sweep(self) -> None:
        lake = self._workshop.lake
        remove(lake, find_garbage(lake, tables_of(self._workshop), datetime.now(UTC)))

    def _withhold_the_same(self, other: Workshop) -> None:
        store = other.lake.store
        if self._withheld.clients:
            add_subjects(store, [self._subject(client) for client in self._withheld.clients])
        for table, hour in self._withheld.floors.items():
            for each in self._tables_like(table):
                raise_floor(store, each, Partition.parse(hour))

    def _assert_as_the_oracle_says(self) -> None:
        now = [versions[-1] for versions in self._versions.values()]
        expected_rows = {TABLE: table_rows(now, self._withheld), "quarantine": quarantine_rows(now, self._withheld)}
        for table, expected in expected_rows.items():
            seen = [
                {name: value for name, value in row.items() if name not in _NOT_OF_THE_ORACLE}
                for row in rows_of(self._workshop, table)
            ]
            assert seen == expected, f"{table}: not what the raw objects say\n{difference(seen, expected)}"
            self.tally["rows compared"] += len(seen)

    def _assert_the_books_are_right(self) -> None:
        """Each run accounts for its records, and all together for the rows, unless a crash cost a run its line."""
        for run in rows_of(self._workshop, "ingest_runs"):
            assert run["records"] == run["rows"] + run["duplicates"] + run["quarantined"] + run["ignored"], run
        if not self._is_a_line_missing:
            self.tally["books compared"] += 1
            assert rows_by_the_books(self._workshop) == rows_by_the_catalog(self._workshop), "ingest_runs is wrong"
