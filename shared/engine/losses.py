"""Which rows a repair would lose: pure functions over the ledger's entries of the broken hours.

Hours have the names that the ledger gives them (`Source.hour_name`): those of all tables of a source go together.
`gone` are the entries of objects that are no longer in the raw prefix, or of which the ledger knows no prefix.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set

from shared.lake.ledger import LedgerEntry


def lossy_hours(
    damaged: Set[str], missing: Set[str], entries: Collection[LedgerEntry], gone: Collection[LedgerEntry]
) -> set[str]:
    """The hours whose rows did not all come from objects that are there.

    An object that is due without a known prefix comes with the next run of that prefix, into a missing hour at least: a
    damaged one would stop that run.
    """
    known = _hours(entries)
    lost, lost_for_good = _hours(gone), _hours(entry for entry in gone if entry.root)
    return {hour for hour in damaged if hour in lost or hour not in known} | {
        hour for hour in missing if hour in lost_for_good or hour not in known
    }


def tied_hours(blocked: Set[str], damaged: Set[str], entries: Collection[LedgerEntry]) -> set[str]:
    """Other damaged hours that cannot be made anew while the blocked ones stay: they share objects."""
    tied = set(blocked)
    while True:
        beside = _hours(entry for entry in entries if not tied.isdisjoint(entry.partitions))
        more = (damaged - tied) & beside
        if not more:
            return tied - blocked
        tied |= more


def told(hour: str, gone: Collection[LedgerEntry]) -> str:
    """Whose rows of an hour would be lost, in words."""
    names = [entry.key for entry in gone if hour in entry.partitions]
    if not names:
        return "no raw object with rows in it is known"
    return f"{len(names):,} raw objects with rows in it are gone, or from an unknown prefix: first {min(names)}"


def _hours(entries: Iterable[LedgerEntry]) -> set[str]:
    return {hour for entry in entries for hour in entry.partitions}
