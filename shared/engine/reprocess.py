"""Take chosen raw objects in again, and with a raw prefix also those of the same hours that never were: a backfill.

One operation, in bounded batches: it chooses by the ledger while it holds the source's lease, keeps a record in the
lake while it is at work, and when it was interrupted and is asked for again, it goes on with what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from shared.engine.operation import NO_PURPOSE, Operation, Purpose, digest_of, find_operation, forget, record
from shared.engine.plan import RawObject, batches
from shared.engine.raw_prefix import not_in_yet, raw_prefix
from shared.engine.raw_versions import current_versions
from shared.engine.refine import RefineReport, Refinery
from shared.engine.run_log import BatchReport
from shared.engine.selection import Selection, hour_text, hours_of_key
from shared.engine.settings import RefineSettings
from shared.lake.lake import open_lake
from shared.lake.ledger import Ledger, LedgerEntry
from shared.sources.base import Source
from shared.storage import Store
from shared.tables.partitions import Partition

__all__ = ["Beginning", "Chosen", "Preview", "Reprocess", "Selection", "preview", "select_objects"]


class Chosen(NamedTuple):
    """What there is to take in.

    objects     the raw objects as they are now, by first hour and URL: so batches rewrite each hour the fewest times
    gone        URLs that the ledger has, but the raw prefix no longer: their rows stay as they are
    new         how many of the objects the ledger does not know
    partitions  hours of the source's tables, as the ledger names them, that hold rows of the objects, or are in keys of
                new ones (then of all its tables)
    """

    objects: tuple[RawObject, ...]
    gone: tuple[str, ...]
    new: int
    partitions: frozenset[str]


def select_objects(settings: RefineSettings, source: Source, selection: Selection) -> Chosen:
    """Choose of what the ledger knows, whatever the raw prefix has beyond that or an interrupted operation has done."""
    lake = open_lake(settings.lake_uri, settings.catalog)
    return _choose(Ledger.load(lake.store, source.name), replace(settings, raw_uri=""), source, selection)


def _choose(
    ledger: Ledger, settings: RefineSettings, source: Source, selection: Selection, done_by: Operation | None = None
) -> Chosen:
    """Look the chosen objects up in the ledger, and their current versions in the raw prefix.

    With a raw prefix in the settings, objects of it that are not in yet are chosen as well. `done_by` leaves out what
    an interrupted operation has done.
    """
    selection.require_possible(source, has_raw=bool(settings.raw_uri))
    known: dict[str, tuple[str, tuple[str, ...]]] = {}
    alike: dict[tuple[str, ...], tuple[str, ...]] = {}  # most of millions of objects share the few hours that there are
    for entry in ledger.current(lambda entries: selection.among(entries, source)):
        if not _is_done(entry, source, selection, done_by):
            known[entry.key] = (entry.root, alike.setdefault(entry.partitions, entry.partitions))
    objects = current_versions((root, url) for url, (root, _) in known.items())
    partitions = {hour for url in objects for hour in known[url][1]}
    gone = tuple(sorted(known.keys() - objects.keys()))
    new = 0
    if settings.raw_uri:
        for raw in not_in_yet(raw_prefix(settings), source, ledger, selection.from_hour):
            if raw.url not in objects and selection.takes_new(raw.url, raw.key, source):
                objects[raw.url] = raw
                partitions |= _hour_of(raw.key, source)
                new += 1

    def hour_and_url(raw: RawObject) -> tuple[str, str]:
        hours = known[raw.url][1] if raw.url in known else ()
        return (min(hours) if hours else _first_hour(raw.key, source)), raw.url

    salvaged = (replace(raw, salvage=selection.salvage) for raw in objects.values())
    return Chosen(tuple(sorted(salvaged, key=hour_and_url)), gone, new, frozenset(partitions))


def _is_done(entry: LedgerEntry, source: Source, selection: Selection, done_by: Operation | None) -> bool:
    return done_by is not None and done_by.has_done(entry, source, selection)


def _first_hour(key: str, source: Source) -> str:
    hours = hours_of_key(key, source)
    return hour_text(hours[0]) if hours else ""


def _hour_of(key: str, source: Source) -> set[str]:
    hours = hours_of_key(key, source)
    if hours is None or hours[0] != hours[1]:
        return set()
    hour = Partition.parse(hour_text(hours[0]))
    return {source.hour_name(table, hour) for table in source.tables}


@dataclass(frozen=True)
class Beginning:
    """What an operation has before it: the objects still to take in, and the batches that they make."""

    operation: Operation
    chosen: Chosen
    is_resumed: bool
    batch_sizes: tuple[int, ...]

    @property
    def done(self) -> int:
        """Objects that were done before."""
        return max(self.operation.objects - len(self.chosen.objects) - len(self.chosen.gone), 0)


def _plan(
    ledger: Ledger,
    settings: RefineSettings,
    source: Source,
    selection: Selection,
    purpose: Purpose = NO_PURPOSE,
    *,
    restart: bool = False,
) -> Beginning:
    """What the operation would do now: all, or with an interrupted one what is left. Writes nothing."""
    digest = digest_of(settings, selection)
    found = None if restart else find_operation(ledger.store, source, digest)
    chosen = _choose(ledger, settings, source, selection, found)
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    operation = found or Operation(
        source.name,
        digest,
        now,
        len(chosen.objects) + len(chosen.gone),
        purpose,
        selection.facts(),
    )
    sizes = tuple(len(batch) for batch in batches(chosen.objects, settings.limits))
    return Beginning(operation, chosen, found is not None, sizes)


class Preview(NamedTuple):
    """What an operation would do, and the rows that the hours which it would rewrite hold now.

    Objects with other copies of the same records are taken in with them, so a few more hours may be touched.
    """

    beginning: Beginning
    rows: dict[tuple[str, str], int]  # by table and hour


def preview(settings: RefineSettings, source: Source, selection: Selection, *, restart: bool = False) -> Preview:
    """Look without a lease and without a trace."""
    lake = open_lake(settings.lake_uri, settings.catalog)
    beginning = _plan(Ledger.load(lake.store, source.name), settings, source, selection, restart=restart)
    rows: dict[tuple[str, str], int] = {}
    for table in source.tables:
        hours = sorted(source.hours_of(table, beginning.chosen.partitions))
        held = lake.catalog.partitions(table.name, hours)
        rows |= {(table.name, str(hour)): held[hour].rows if hour in held else 0 for hour in hours}
    return Preview(beginning, rows)


def _no_matter(_what: object) -> None:
    return None


@dataclass
class Reprocess:
    """One operation; `run` is called once.

    restart   forget what an interrupted one has done
    on_begin  told what there is to do, once the lease is held
    on_batch  told after each batch how many batches are committed
    on_end    told when all is taken in; the operation is forgotten when it returns
    """

    refinery: Refinery
    selection: Selection
    purpose: Purpose = NO_PURPOSE
    restart: bool = False
    on_begin: Callable[[Beginning], None] = _no_matter
    on_batch: Callable[[int], None] = _no_matter
    on_end: Callable[[Operation], None] = _no_matter
    _store: Store = field(init=False)
    _operation: Operation = field(init=False)
    _batches: int = field(default=0, init=False)

    def run(self) -> RefineReport:
        """Do what is left of the operation."""
        report = replace(self.refinery, after_batch=self._after_batch).retake_chosen(self._begin)
        self.on_end(self._operation)
        forget(self._store, self._operation)
        return report

    def _begin(self, ledger: Ledger) -> Sequence[RawObject]:
        settings, source = self.refinery.settings, self.refinery.source
        beginning = _plan(ledger, settings, source, self.selection, self.purpose, restart=self.restart)
        self._store, self._operation = ledger.store, beginning.operation
        if beginning.chosen.objects and not beginning.is_resumed:
            record(self._store, self._operation)
        self.on_begin(beginning)
        return beginning.chosen.objects

    def _after_batch(self, batch: BatchReport) -> None:
        self._operation = self._operation.counting(batch)
        record(self._store, self._operation)
        self._batches += 1
        self.refinery.after_batch(batch)
        self.on_batch(self._batches)
