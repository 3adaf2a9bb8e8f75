"""What the ledger has in memory: by which run an object was had, in which identity it is in, who lost rows to whom.

Arrays without a Python object for each entry: about 40 bytes for an object that one run had, 4 more for each further
run. Runs are numbers here, the oldest 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.lake.ledger_entry import (
    DIGEST_BYTES,
    Digests,
    Identities,
    Status,
    as_digests,
    as_identities,
    digest_column,
    key_digest,
)

Positions = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

NOT_IN = np.uint64(0)
INDEXED = ("key_digest", "identity", "status", "lost_to")


class RunFacts(NamedTuple):
    """What the index takes from a run's rows; an entry counts for its object unless it only tells of lost rows.

    is_taken    whether the object is in, in this identity, if the run takes effect
    winners     objects to which rows were lost, each once
    """

    keys: Digests
    identities: Identities
    counts: Mask
    is_taken: Mask
    winners: Digests


def facts_of(table: pa.Table) -> RunFacts:
    """The facts of a run's rows; the table has the columns `INDEXED`."""
    winners = pc.unique(pc.list_flatten(table["lost_to"])).to_pylist()
    return RunFacts(
        digest_column(table["key_digest"]),
        as_identities(digest_column(table["identity"])),
        counts(table),
        _is_any(table, Status.TAKEN, Status.DAMAGED),
        np.unique(as_digests(key_digest(winner) for winner in winners)),
    )


def counts(table: pa.Table) -> Mask:
    """Which of a run's rows tell what became of their object."""
    return ~_is_any(table, Status.DISPLACED)


def _is_any(table: pa.Table, *statuses: Status) -> Mask:
    found = pc.is_in(table["status"], value_set=pa.array([status.value for status in statuses]))
    return np.asarray(found.combine_chunks().to_numpy(zero_copy_only=False), np.bool_)


def _last_of_each(ordered: Digests) -> Mask:
    return np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)]


@dataclass
class Postings:
    """Sorted digests, and for each the numbers of the runs that have it: those of `keys[i]` are
    `runs[bounds[i]:bounds[i + 1]]`, in no order.
    """

    keys: Digests = field(default_factory=lambda: np.empty(0, f"S{DIGEST_BYTES}"))
    bounds: Positions = field(default_factory=lambda: np.zeros(1, np.int64))
    runs: Numbers = field(default_factory=lambda: np.empty(0, np.int32))

    def where(self, digests: Digests) -> Positions:
        """The position of each digest in `keys`; -1 where it is none of them."""
        at = np.searchsorted(self.keys, digests)
        found = at < len(self.keys)
        found[found] = self.keys[at[found]] == digests[found]
        return np.where(found, at, -1)

    def runs_of(self, digests: Digests) -> list[int]:
        """The runs that have any of these digests, oldest first."""
        at = self.where(digests)
        at = at[at >= 0]
        begins = self.bounds[at]
        sizes = self.bounds[at + 1] - begins
        places = np.repeat(begins - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        return [int(number) for number in np.unique(self.runs[places])]

    def add(self, digests: Digests, runs: Numbers) -> Positions:
        """Add entries, sorted by digest and then run, of runs newer than all before.

        Returns where new keys came in: the positions of the former keys that are behind them.
        """
        is_last = _last_of_each(digests)
        groups, sizes = digests[is_last], np.diff(np.flatnonzero(is_last), prepend=-1)
        at = np.searchsorted(self.keys, groups)
        is_old = self.where(groups) >= 0
        self.runs = np.insert(self.runs, np.repeat(self.bounds[at], sizes), runs)
        came_in = at[~is_old]
        totals = np.insert(np.diff(self.bounds), came_in, 0)
        self.keys = np.insert(self.keys, came_in, groups[~is_old])
        totals[np.searchsorted(self.keys, groups)] += sizes
        self.bounds = np.append(0, np.cumsum(totals))
        return came_in


@dataclass
class LedgerIndex:
    """The entries by key, what decides for each key, and the runs by winner.

    in_as       for each key the identity in which its object is in; `NOT_IN` where it is not
    decided_by  the newest run that has an entry that counts for the object, committed or not; -1 where none has
    """

    entries: Postings = field(default_factory=Postings)
    in_as: Identities = field(default_factory=lambda: np.empty(0, np.uint64))
    decided_by: Numbers = field(default_factory=lambda: np.empty(0, np.int32))
    winners: Postings = field(default_factory=Postings)

    def is_in(self, keys: Digests, identities: Identities) -> Mask:
        """For each object whether it is in, in this identity."""
        at = self.entries.where(keys)
        found = at >= 0
        found[found] = (self.in_as[at[found]] == identities[found]) & (identities[found] != NOT_IN)
        return found

    def add(self, first: int, runs: Sequence[tuple[RunFacts, bool]]) -> None:
        """Add runs newer than all before, oldest first, numbered from `first`; with each whether it took effect."""
        if not runs:
            return
        facts = [each for each, _ in runs]
        numbers = np.arange(first, first + len(runs), dtype=np.int32)
        keys = np.concatenate([each.keys for each in facts])
        order = np.argsort(keys, kind="stable")
        keys, run_of = keys[order], np.repeat(numbers, [len(each.keys) for each in facts])[order]
        came_in = self.entries.add(keys, run_of)
        self.in_as = np.insert(self.in_as, came_in, NOT_IN)
        self.decided_by = np.insert(self.decided_by, came_in, -1)

        identities = np.concatenate(
            [np.where(each.is_taken & is_committed, each.identities, NOT_IN) for each, is_committed in runs]
        )[order]
        counting = np.flatnonzero(np.concatenate([each.counts for each in facts])[order])
        newest = counting[_last_of_each(keys[counting])]
        at = self.entries.where(keys[newest])
        self.decided_by[at], self.in_as[at] = run_of[newest], identities[newest]

        self._add_winners(facts, numbers)

    def commit(self, number: int, facts: RunFacts) -> None:
        """Let a run that was added take effect, for the objects of which no newer run has an entry."""
        at = self.entries.where(facts.keys[facts.is_taken])
        decides = self.decided_by[at] == number
        if not self.in_as.flags.writeable:
            self.in_as = self.in_as.copy()
        self.in_as[at[decides]] = facts.identities[facts.is_taken][decides]

    def _add_winners(self, facts: Sequence[RunFacts], numbers: Numbers) -> None:
        winners = np.concatenate([each.winners for each in facts])
        order = np.argsort(winners, kind="stable")
        self.winners.add(winners[order], np.repeat(numbers, [len(each.winners) for each in facts])[order])
