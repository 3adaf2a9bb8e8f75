"""What can be wrong with the ledger of a source, and what the ledger says should be in the lake.

Every object of the ledger is read whole, as a run that needs it does: they are small, and a damaged page shows nowhere
else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from shared.errors import DamageError
from shared.lake.check import REPAIR, Finding, Kind
from shared.lake.layout import DAMAGED, ledger_folder, run_began
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.storage import ObjectInfo, Store
from shared.tables.partitions import Partition

_ENTRIES, _MARK = ".parquet", ".committed"
_READERS = 16


def check_folder(store: Store, source: str) -> list[Finding]:
    """Objects that cannot be read, marks of runs whose object is gone, and files that no run wrote."""
    runs: list[str] = []
    marks: list[str] = []
    foreign = []
    for item in _objects(store, ledger_folder(source) + "/"):
        run, ending = _split(item.key.removeprefix(ledger_folder(source) + "/"))
        if run_began(run) is None:
            foreign.append(item.key)
        else:
            (marks if ending == _MARK else runs).append(run)
    findings = [
        Finding(
            Kind.LEDGER_FOREIGN,
            store.url(key),
            "a file in the ledger that no run wrote; named like a ledger object, it would count as one",
            f"`{REPAIR}` puts it aside",
            owner=source,
            key=key,
        )
        for key in foreign
    ]
    with ThreadPoolExecutor(_READERS) as pool:
        faults = pool.map(lambda run: _fault(store, source, run), runs)
        findings += [_damaged(store, source, run, fault) for run, fault in zip(runs, faults, strict=True) if fault]
    pending = _names(store, pending_folder(source))
    findings += [lost(source, run, "its mark is there") for run in sorted(set(marks) - set(runs) - pending)]
    return findings + [lost(source, run, "its repair was interrupted") for run in sorted(pending - set(runs))]


def _split(name: str) -> tuple[str, str]:
    """The run and the ending of a name that the ledger gives; no run for another name."""
    ending = next((each for each in (_ENTRIES, _MARK) if name.endswith(each)), "")
    return (name.removesuffix(ending) if ending else "", ending)


def _fault(store: Store, source: str, run: str) -> str | None:
    try:
        Ledger(store, source).entries(run)
    except DamageError as error:
        return error.what
    except (ValueError, TypeError) as error:  # the columns of a ledger object, but other values
        return f"not an object of the ledger: {error}"
    return None


def _damaged(store: Store, source: str, run: str, fault: str) -> Finding:
    return Finding(
        Kind.LEDGER_DAMAGED,
        store.url(f"{ledger_folder(source)}/{run}{_ENTRIES}"),
        fault,
        f"restore it from the bucket's versions, or `{REPAIR}`: it is put aside, and what that run took in, and what "
        "shares its hours, is taken in again",
        owner=source,
        run=run,
    )


def lost(source: str, run: str, evidence: str) -> Finding:
    """A run of which the ledger has no object."""
    return Finding(
        Kind.LEDGER_LOST,
        run,
        f"the ledger of {source} has no object of this run, but {evidence}",
        f"restore it from the bucket's versions, or `{REPAIR}`: what that run took in, and what shares its hours, is "
        "taken in again",
        owner=source,
        run=run,
    )


def settled_runs(store: Store, source: str) -> frozenset[str]:
    """Runs whose lost or damaged ledger objects were repaired: nothing of them is missed any more."""
    return _names(store, settled_folder(source))


def settled_folder(source: str) -> str:
    """Where repairs of a source's ledger are recorded, one object for each run."""
    return f"{DAMAGED}settled/{source}/"


def pending_folder(source: str) -> str:
    """Where repairs of a source's ledger are noted while they are at work, one object for each run."""
    return f"{DAMAGED}pending/{source}/"


def ledger_objects(source: str, run: str) -> tuple[str, str]:
    """The object and the mark of a run."""
    return f"{ledger_folder(source)}/{run}{_ENTRIES}", f"{ledger_folder(source)}/{run}{_MARK}"


@dataclass
class Expected:
    """What the ledger says of the lake, gathered in one pass over its current entries.

    hours        hours of the source's tables that rows went to, as the ledger names them
    quarantined  entries in quarantine by partition
    due          objects that the next run takes in again
    from_future  objects that were modified after now, the latest first known
    """

    hours: set[str] = field(default_factory=set)
    quarantined: Counter[Partition] = field(default_factory=Counter)
    due: list[str] = field(default_factory=list)
    from_future: list[LedgerEntry] = field(default_factory=list)


def expected_of(ledger: Ledger, future: datetime) -> Expected:
    """Gather what is expected; objects modified after `future` are from the future."""
    expected = Expected()
    quarantined: Counter[str] = Counter()
    for entry in ledger.current():
        expected.hours.update(entry.partitions)
        if entry.quarantine_partition is not None:
            quarantined[entry.quarantine_partition] += entry.quarantined
        if entry.status is Status.DUE:
            expected.due.append(entry.key)
        if entry.modified > future:
            expected.from_future.append(entry)
    expected.quarantined = Counter({Partition.parse(hour): count for hour, count in quarantined.items() if count})
    return expected


def open_notes(ledger: Ledger) -> dict[str, list[LedgerEntry]]:
    """By run the entries of runs that never took effect, of objects that no run has had since."""
    notes = {run: ledger.entries(run) for run in ledger.runs if run not in ledger.committed}
    own = {run: [entry for entry in entries if entry.status is not Status.DISPLACED] for run, entries in notes.items()}
    newest = _newest_runs(ledger, {entry.key for entries in own.values() for entry in entries})
    still_open = {run: [entry for entry in entries if newest[entry.key] == run] for run, entries in own.items()}
    return {run: entries for run, entries in still_open.items() if entries}


def _newest_runs(ledger: Ledger, keys: Collection[str]) -> dict[str, str]:
    return {
        key: max(entry.run for entry in entries if entry.status is not Status.DISPLACED)
        for key, entries in ledger.entries_of(keys).items()
    }


def _names(store: Store, folder: str) -> frozenset[str]:
    return frozenset(item.key.removeprefix(folder).removesuffix(".json") for item in _objects(store, folder))


def _objects(store: Store, prefix: str) -> Iterator[ObjectInfo]:
    return (item for item in store.list(prefix) if isinstance(item, ObjectInfo))
