"""Refine a source: take in every raw object that is not in yet, batch after batch.

A missed run, a late file, a backfill and a replay are this same operation: what is missing is told by the ledger, not
by the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain

import pyarrow.compute as pc

from shared.engine.batch import Batch, with_salvage
from shared.engine.executor import Executor
from shared.engine.plan import RawObject, batches
from shared.engine.raw_prefix import find_raw, not_in_yet, raw_prefix
from shared.engine.retention import raise_floors
from shared.engine.run_log import BatchReport
from shared.engine.settings import RefineSettings, viewer_key
from shared.engine.task import IngestContext
from shared.engine.withdraw import Withdrawal
from shared.engine.withdrawn import Withdrawn
from shared.errors import UsageError
from shared.lake.lake import Lake, open_lake
from shared.lake.layout import new_run_id
from shared.lake.lease import Lease, holders
from shared.lake.ledger import Ledger, Status
from shared.lake.withheld import erased_subjects
from shared.sources.base import Source
from shared.storage import open_store


@dataclass
class RefineReport:
    """What a run did: its committed batches, in order.

    gone       objects with copies of records that an object taken in again used to hold; they would have come back
    withdrawn  what was removed before: expired and erased rows
    """

    source: str
    batches: list[BatchReport] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    withdrawn: Withdrawn = field(default_factory=Withdrawn)

    def total(self, name: str) -> int:
        """The sum of one number over the batches."""
        return sum(int(getattr(batch, name)) for batch in self.batches)

    @property
    def parser_failures(self) -> tuple[str, ...]:
        """Objects on which the parser itself failed."""
        return tuple(url for batch in self.batches for url in batch.parser_failures)


def _no_batch(_report: BatchReport) -> None:
    return None


@dataclass
class Refinery:
    """Refines one source into one lake; what `refine` and `reprocess` share."""

    source: Source
    settings: RefineSettings
    executor: Executor
    before_step: Callable[[str], None] = lambda _name: None
    on_wait: Callable[[str], None] | None = None
    after_batch: Callable[[BatchReport], None] = _no_batch

    def refine(self) -> RefineReport:
        """Take in what is not in yet."""
        raw, since = raw_prefix(self.settings), self.settings.since
        return self._work(lambda ledger: not_in_yet(raw, self.source, ledger, since), is_retake=False)

    def retake(self, objects: Sequence[RawObject]) -> RefineReport:
        """Take these objects in again, whether they are in or not."""
        return self.retake_chosen(lambda _ledger: objects)

    def retake_chosen(self, choose: Callable[[Ledger], Iterable[RawObject]]) -> RefineReport:
        """The same for objects that are chosen by the ledger as it is once nobody else writes."""
        return self._work(choose, is_retake=True)

    def withdraw(self) -> RefineReport:
        """Complete what is noted as to be erased or expired, and take in what has to come back for it."""
        return self._work(_due, is_retake=True, is_withdrawal=True)

    def _work(
        self,
        objects_of: Callable[[Ledger], Iterable[RawObject]],
        *,
        is_retake: bool,
        is_withdrawal: bool = False,
    ) -> RefineReport:
        lake = open_lake(self.settings.lake_uri, self.settings.catalog)
        report = RefineReport(self.source.name)
        holder = new_run_id(datetime.now(UTC))
        with Lease(lake.store, self.source.name, holder, on_wait=self.on_wait) as lease:
            if lease.took_over in holders(lake.store):  # else the sweeper would wait for the dead for ever
                with lease.shared_tables():
                    pass
            key = viewer_key(lake, self.settings.viewer_key)
            ledger = Ledger.load(lake.store, self.source.name)
            ledger.bury_dead()
            _require_catalog(lake, self.source, ledger)
            lake.ensure_tables(self.source.tables)
            if not is_withdrawal:  # whoever asked for an erasure did not ask for hours to be dropped
                raise_floors(lake, self.source, self.settings.retention_days, datetime.now(UTC))
            # Who is put on the list from now on is erased by the next run: rows that this one drops on the way would
            # take the copies that they had beaten with them.
            erased = erased_subjects(lake.store)
            report.withdrawn = Withdrawal(
                lake, self.source, self.executor, ledger, lease, key, erased, before_step=self.before_step
            ).complete()
            due = [] if is_retake else self._due_elsewhere(report.withdrawn)
            for batch in batches(chain(due, objects_of(ledger)), self.settings.limits):
                context = self._context(lake, key, ledger)
                objects = self._with_rivals(batch, ledger, report)
                done = Batch(
                    lake,
                    context,
                    self.executor,
                    ledger,
                    lease,
                    objects,
                    is_retake=is_retake,
                    erased=erased,
                    before_step=self.before_step,
                ).run()
                ledger.checkpoint_if_due()
                report.batches.append(done)
                self.after_batch(done)
        return report

    def _due_elsewhere(self, withdrawn: Withdrawn) -> list[RawObject]:
        """What has to come back for an erasure just made, out of other raw prefixes than the one that is listed."""
        listed = open_store(self.settings.raw_uri).uri
        found = (find_raw([entry]) for entry in withdrawn.due if entry.root != listed)
        return [raw for raw in found if raw is not None]

    def _context(self, lake: Lake, key: bytes, ledger: Ledger) -> IngestContext:
        settings = self.settings
        run_id = new_run_id(datetime.now(UTC), after=ledger.last_run)
        return IngestContext(self.source, settings.source, settings.enrich, key, run_id, lake.uri)

    def _with_rivals(self, batch: list[RawObject], ledger: Ledger, report: RefineReport) -> list[RawObject]:
        """The batch, and every object of which rows gave way to rows of an object that the batch takes in again.

        If the new version of a winner lacks such a row, the copy in the other object has to come back. An object that
        comes back as it was beats what it beat before; only one that has changed, or is read by another parser, needs
        its own losers, too.
        """
        earlier = ledger.entries_of(raw.url for raw in batch)
        objects = {raw.url: with_salvage(raw, earlier.get(raw.url, ())) for raw in batch}
        winners = set(earlier)
        while winners:
            losers = ledger.losers_to(winners) - set(objects)
            entries = ledger.entries_of(losers)
            winners = set()
            for url in sorted(losers):
                raw = find_raw(entries.get(url, []))
                if raw is None:
                    report.gone.append(url)
                    continue
                objects[url] = with_salvage(raw, entries[url])
                taken = [entry for entry in entries[url] if entry.root][-1]
                if (taken.etag, taken.parser_version) != (raw.etag, self.source.parser_version):
                    winners.add(url)
        return list(objects.values())


def _due(ledger: Ledger) -> Iterator[RawObject]:
    found = (find_raw([entry]) for entry in ledger.current(lambda table: pc.equal(table["status"], Status.DUE.value)))
    return (raw for raw in found if raw is not None)


def _require_catalog(lake: Lake, source: Source, ledger: Ledger) -> None:
    """Refuse to go on with a catalog without a table that the ledger says is filled: a lost or a wrong one."""
    missing = [table for table in source.tables if not lake.catalog.has_table(table.name)]
    if not missing or not ledger.has_rows():
        return
    names = ledger.hours_of_all_but(set())
    if filled := [table.name for table in missing if source.hours_of(table, names)]:
        raise UsageError(
            f"The catalog has no table {', '.join(filled)}, but the lake's ledger has objects with rows in it.",
            remedy="give the catalog that this lake was made with (--catalog); if it is lost, call "
            "`loglake catalog rebuild`; nothing was changed",
        )
