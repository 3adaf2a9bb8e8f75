"""Repair a ledger: put aside what cannot be read, and write what is known without it.

A note of the repair is in the lake before anything is moved, and goes last: a repair that dies is found and done again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from shared.engine.forgotten import entries_in_place_of
from shared.lake.check import Finding, Kind
from shared.lake.check_ledger import ledger_objects, pending_folder, settled_folder
from shared.lake.lake import Lake
from shared.lake.layout import DAMAGED, new_run_id
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger, LedgerEntry
from shared.lake.ledger_checkpoint import list_indexes
from shared.sources.base import Source
from shared.storage import Store

LEDGER_KINDS = frozenset({Kind.LEDGER_DAMAGED, Kind.LEDGER_LOST, Kind.LEDGER_FOREIGN, Kind.LEDGER_INDEX_DAMAGED})


def repair_ledger(lake: Lake, source: Source, lease: Lease, faults: Collection[Finding]) -> int:
    """Repair the ledger of a source; how many raw objects are now due. The caller holds the source's lease."""
    store = lake.store
    runs = {fault.run: _took_effect(store, source, fault) for fault in faults if fault.run}
    for run, took_effect in runs.items():
        _note(store, f"{pending_folder(source.name)}{run}.json", took_effect=took_effect)
    foreign = [fault.key for fault in faults if fault.kind is Kind.LEDGER_FOREIGN]
    _put_aside(store, [*(key for run in runs for key in ledger_objects(source.name, run)), *foreign])
    store.delete(list_indexes(store, source.name))  # of a ledger that is no more
    ledger = Ledger.load(store, source.name)
    due = 0
    for run, took_effect in sorted(runs.items()):
        entries = entries_in_place_of(lake, source, ledger, run, took_effect=took_effect)
        successor = write_entries(ledger, lease, entries, after=run)
        _note(store, f"{settled_folder(source.name)}{run}.json", took_effect=took_effect, successor=successor)
        store.delete([f"{pending_folder(source.name)}{run}.json"])
        due += len(entries)
    return due


def write_entries(ledger: Ledger, lease: Lease, entries: Sequence[LedgerEntry], after: str = "") -> str:
    """Write entries that take effect at once, as a run of their own; its id."""
    run_id = new_run_id(datetime.now(UTC), after=max(after, ledger.last_run or "") or None)
    ledger.write(run_id, entries)
    lease.confirm()
    ledger.commit(run_id)
    return run_id


def _took_effect(store: Store, source: Source, fault: Finding) -> bool:
    """Whether the run may have taken effect: it has its mark, or all that is known of it is what it made."""
    pending = f"{pending_folder(source.name)}{fault.run}.json"
    if store.exists(pending):
        try:
            return bool(json.loads(store.read(pending))["took_effect"])
        except (ValueError, TypeError, LookupError):  # a damaged note: then more is taken in again than may be needed
            return True
    mark = store.head(ledger_objects(source.name, fault.run)[1])
    return fault.kind is Kind.LEDGER_LOST if mark is None else mark.size_bytes == 0  # one with content says: dead


def _note(store: Store, key: str, **facts: object) -> None:
    store.write(key, json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), **facts}, indent=1).encode())


def _put_aside(store: Store, keys: Iterable[str]) -> None:
    there = [key for key in keys if store.exists(key)]
    for key in there:
        store.copy(key, f"{DAMAGED}{key.partition('/')[2]}")
    store.delete(there)
