"""The ledger: which raw objects are in, in which version, and what became of them.

One immutable object per run. It is written before the run's partitions are swapped (so that a crash leaves a note of
what it may have touched) and takes effect with a second, tiny object after the swap. A run without that mark counts
only as a warning: its objects are not in, but the partitions it names may hold rows of them.

Of several runs that had an object, the newest decides. An object that a dead run had taken again, that could not be
read again, or that went back to an earlier content is not in, although an older run once took this very version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.errors import LeaseHeldError, StorageError
from shared.lake.ledger_checkpoint import find_index, list_indexes, write_index
from shared.lake.ledger_entry import (
    FIELDS,
    LedgerEntry,
    Status,
    as_digests,
    as_identities,
    digest_column,
    digests_of,
    from_table,
    identity_digest,
    key_digest,
)
from shared.lake.ledger_index import INDEXED, LedgerIndex, RunFacts, counts, facts_of
from shared.lake.ledger_runs import Outcome, Run, decide, in_order, list_runs, read_run, write_run
from shared.storage import ObjectInfo, Store

__all__ = ["CHECKPOINT_ENTRIES", "CHECKPOINT_RUNS", "Ledger", "LedgerEntry", "Status", "identity_digest"]

CHECKPOINT_RUNS = 64
"""So many runs that no index has yet are worth a new one: a load reads one object for each."""
CHECKPOINT_ENTRIES = 1_000_000
_LOT_ENTRIES = 500_000  # taken into the index at once: more need memory, fewer time


@dataclass
class Ledger:
    """The ledger of one source, its narrow index in memory.

    index_problems  index objects that could not be used, in words; nothing is lost by that
    """

    store: Store
    source: str
    index_problems: tuple[str, ...] = ()
    _runs: list[Run] = field(default_factory=list)
    _index: LedgerIndex = field(default_factory=LedgerIndex)
    _unindexed_runs: int = 0
    _unindexed_entries: int = 0

    @classmethod
    def load(cls, store: Store, source: str) -> Ledger:
        """Read the newest index that counts, and the runs behind it.

        Raises DamageError that names the damaged object of a run.
        """
        ledger = cls(store, source)
        # Before the runs: an index that came between would tell of runs that the list of them lacks.
        indexes = list_indexes(store, source)
        runs = list_runs(store, source)
        found = find_index(store, indexes, runs)
        ledger._index, ledger._runs, ledger.index_problems = found.index, runs[: found.covered], found.problems
        unindexed = runs[found.covered :]
        for lot in _lots(unindexed, in_order(ledger._facts, [run.run_id for run in unindexed])):
            ledger._add(lot)
        return ledger

    @property
    def runs(self) -> tuple[str, ...]:
        """All runs, oldest first."""
        return tuple(run.run_id for run in self._runs)

    @property
    def committed(self) -> frozenset[str]:
        """The runs that took effect."""
        return frozenset(run.run_id for run in self._runs if run.outcome is Outcome.COMMITTED)

    @property
    def dead(self) -> frozenset[str]:
        """The runs of which it is noted that they never take effect."""
        return frozenset(run.run_id for run in self._runs if run.outcome is Outcome.DEAD)

    @property
    def last_run(self) -> str | None:
        """The newest run, committed or not."""
        return self._runs[-1].run_id if self._runs else None

    def knows(self, objects: Sequence[ObjectInfo]) -> list[bool]:
        """For each object whether this version of it is in."""
        digests = [digests_of(o.key, o.etag, o.size_bytes) for o in objects]
        keys = as_digests(key for key, _ in digests)
        identities = as_identities(as_digests(identity for _, identity in digests))
        known: list[bool] = self._index.is_in(keys, identities).tolist()
        return known

    def entries(self, run: str) -> list[LedgerEntry]:
        """All entries of one run, committed or not."""
        return list(from_table(self._read(run, FIELDS), run))

    def entries_of(self, keys: Iterable[str]) -> dict[str, list[LedgerEntry]]:
        """The entries, of runs committed or not, of these keys in any version; oldest run first."""
        indexed = self._index.entries
        at = indexed.where(as_digests(key_digest(key) for key in set(keys)))
        is_wanted = np.zeros(len(indexed.keys), np.bool_)
        is_wanted[at[at >= 0]] = True
        found: dict[str, list[LedgerEntry]] = {}
        for run, table in self._each(indexed.runs_of(indexed.keys[is_wanted]), {*FIELDS, "key_digest"}):
            is_found = is_wanted[indexed.where(digest_column(table["key_digest"]))]
            for entry in from_table(table.filter(pa.array(is_found)), run):
                found.setdefault(entry.key, []).append(entry)
        return found

    def losers_to(self, winners: Set[str]) -> set[str]:
        """Objects of which rows gave way to rows of these objects, in whatever run; also such as are among these."""
        losers: set[str] = set()
        runs = self._index.winners.runs_of(as_digests(map(key_digest, winners)))
        for _, table in self._each(runs, ["key", "lost_to"]):
            lost = table.filter(pc.greater(pc.list_value_length(table["lost_to"]), 0))
            pairs = zip(lost["key"].to_pylist(), lost["lost_to"].to_pylist(), strict=True)
            losers.update(key for key, lost_to in pairs if not winners.isdisjoint(lost_to))
        return losers

    def current(self, where: Callable[[pa.Table], pa.Array] | None = None) -> Iterator[LedgerEntry]:
        """The newest committed entry of every object, in no order; streams over the runs, newest first.

        where  of entries as columns, those that are wanted: to look at whole columns takes a tenth of the time that it
               takes to make an entry of each row
        """
        for run, table in self._current(FIELDS):
            yield from from_table(table if where is None else table.filter(where(table)), run)

    def hours_of_all_but(self, keys: Set[str]) -> set[str]:
        """The hours that objects which are in had records of, but for these objects."""
        hours: set[str] = set()
        left_out = pa.array(sorted(keys), pa.string())
        for _, table in self._current(["key", "partitions"]):
            others = table.filter(pc.invert(pc.is_in(table["key"], value_set=left_out)))
            hours.update(pc.unique(pc.list_flatten(others["partitions"])).to_pylist())
        return hours

    def has_rows(self) -> bool:
        """Whether any object is in with rows."""
        return any(pc.any(pc.greater(table["rows"], 0)).as_py() for _, table in self._current(["rows"]))

    def write(self, run_id: str, entries: Sequence[LedgerEntry]) -> None:
        """Note what the run is about to publish. It takes effect with `commit`."""
        run, table = write_run(self.store, self.source, run_id, entries)
        self._add([(run, facts_of(table))])

    def commit(self, run_id: str) -> None:
        """The run's objects are in from now on.

        Raises LeaseHeldError when a run that took the lease over has noted this one as dead. Then it has no effect.
        """
        facts = self._facts(run_id)
        if decide(self.store, self.source, run_id, Outcome.COMMITTED) is not Outcome.COMMITTED:
            raise LeaseHeldError(
                f"Run {run_id} stood still for so long that it was taken for dead, and does not take effect.",
                remedy="run again once the run that took over has ended; what this run did not commit is taken in then",
            )
        self._take_effect(self.runs.index(run_id), facts)

    def bury_dead(self) -> list[str]:
        """Note the runs without outcome as dead, so that none takes effect any more; those, oldest first.

        Only for who holds the source's lease and has written nothing yet: every such run is of a former holder.
        """
        buried = []
        for number, run in enumerate(self._runs):
            if run.outcome is not Outcome.OPEN:
                continue
            outcome = decide(self.store, self.source, run.run_id, Outcome.DEAD)
            if outcome is Outcome.DEAD:
                self._runs[number] = run._replace(outcome=outcome)
                buried.append(run.run_id)
            elif outcome is Outcome.COMMITTED:  # since our load
                self._take_effect(number, self._facts(run.run_id))
        return buried

    def checkpoint_if_due(self) -> None:
        """Write an index once many runs have none. Only for who holds the source's lease.

        An index that cannot be written is not missed by anybody but the next load.
        """
        if self._unindexed_runs >= CHECKPOINT_RUNS or self._unindexed_entries >= CHECKPOINT_ENTRIES:
            with suppress(StorageError):
                self.checkpoint()

    def checkpoint(self) -> None:
        """Write an index of all runs. Only for who holds the source's lease."""
        if self._runs:
            write_index(self.store, self.source, self._runs, self._index)
            self._unindexed_runs = self._unindexed_entries = 0

    def _add(self, added: Sequence[tuple[Run, RunFacts]]) -> None:
        """Take runs behind all others into the index."""
        self._index.add(len(self._runs), [(facts, run.outcome is Outcome.COMMITTED) for run, facts in added])
        self._runs += [run for run, _ in added]
        self._unindexed_runs += len(added)
        self._unindexed_entries += sum(len(facts.keys) for _, facts in added)

    def _take_effect(self, number: int, facts: RunFacts) -> None:
        self._runs[number] = self._runs[number]._replace(outcome=Outcome.COMMITTED)
        self._index.commit(number, facts)

    def _facts(self, run_id: str) -> RunFacts:
        return facts_of(self._read(run_id, INDEXED))

    def _current(self, columns: Iterable[str]) -> Iterator[tuple[str, pa.Table]]:
        """The rows that count of each committed run, newest first, but for those of objects that a newer one had."""
        is_seen = np.zeros(len(self._index.entries.keys), np.bool_)
        newest_first = [n for n in reversed(range(len(self._runs))) if self._runs[n].outcome is Outcome.COMMITTED]
        for run, table in self._each(newest_first, {*columns, "key_digest", "status"}):
            at = self._index.entries.where(digest_column(table["key_digest"]))
            is_current = counts(table) & ~is_seen[at]
            is_seen[at[is_current]] = True
            yield run, table.filter(pa.array(is_current))

    def _each(self, numbers: Iterable[int], columns: Iterable[str]) -> Iterator[tuple[str, pa.Table]]:
        run_ids = [self._runs[number].run_id for number in numbers]
        wanted = list(columns)
        return zip(run_ids, in_order(lambda run_id: self._read(run_id, wanted), run_ids), strict=True)

    def _read(self, run_id: str, columns: Iterable[str]) -> pa.Table:
        return read_run(self.store, self.source, run_id, columns)


def _lots(runs: Iterable[Run], facts: Iterable[RunFacts]) -> Iterator[list[tuple[Run, RunFacts]]]:
    lot: list[tuple[Run, RunFacts]] = []
    entries = 0
    for run, each in zip(runs, facts, strict=True):
        lot.append((run, each))
        entries += len(each.keys)
        if entries >= _LOT_ENTRIES:
            yield lot
            lot, entries = [], 0
    yield lot
