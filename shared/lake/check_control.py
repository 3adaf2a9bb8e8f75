"""What a lake's control folder tells besides its ledger: leases, what was interrupted, what dead runs left, clocks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from shared.errors import DamageError
from shared.lake.check import Finding, Kind
from shared.lake.check_ledger import Expected
from shared.lake.layout import CONTROL, LEASES, run_began
from shared.lake.ledger import Ledger
from shared.lake.withheld import floor_of, pending_subjects
from shared.storage import ObjectInfo, Store
from shared.tables import Table

CLOCK_TOLERANCE = timedelta(minutes=5)
GRACE = timedelta(hours=24)  # that of `loglake sweep`


def check_leases(store: Store, now: datetime) -> list[Finding]:
    """Leases that are held, and lease objects that no run wrote. Whether a holder lives shows only to who watches."""
    findings: list[Finding] = []
    for item in _objects(store, LEASES):
        name = item.key.removeprefix(LEASES).removesuffix(".json")
        facts = _json(store, item.key)
        if facts is None:
            findings.append(
                Finding(
                    Kind.LEASE_UNREADABLE,
                    store.url(item.key),
                    "the lease object is no JSON",
                    "nothing: the next run watches it for a term and takes it over",
                    owner=name,
                )
            )
        elif not facts.get("released"):
            age_s = (now - item.modified).total_seconds()
            findings.append(
                Finding(
                    Kind.LEASE_HELD,
                    name,
                    f"held by run {facts.get('holder')} on host {facts.get('host')}, renewed {age_s:,.0f} s ago",
                    "nothing: a run at work renews it every few seconds; that of a dead one is taken over",
                    owner=name,
                )
            )
    return findings


def check_operations(store: Store, sources: Iterable[str], tables: Iterable[Table]) -> list[Finding]:
    """Erasures, expiries and reprocessings that were begun and have not ended."""
    findings: list[Finding] = []
    for source in sources:
        try:
            pending = len(pending_subjects(store, source))
        except DamageError as error:
            return [*findings, _damaged(error)]
        if pending:
            findings.append(
                Finding(
                    Kind.OPERATION_UNFINISHED,
                    f"erasure from {source}",
                    f"rows of {pending:,} erased subjects may still be there",
                    f"`loglake run {source}` completes it, as does the same `loglake erase` again",
                    owner=source,
                )
            )
    for table in tables:
        try:
            floor = floor_of(store, table.name)
        except DamageError as error:
            findings.append(_damaged(error))
            continue
        if floor and not floor.is_done:
            findings.append(
                Finding(
                    Kind.OPERATION_UNFINISHED,
                    f"expiry of {table.name}",
                    f"hours before {floor.before} are to go and may still be there",
                    "`loglake run` completes it, as does the same `loglake expire` again",
                    owner=table.name,
                )
            )
    return findings + [_reprocessing(store, item) for item in _objects(store, f"{CONTROL}/reprocess/")]


def _reprocessing(store: Store, item: ObjectInfo) -> Finding:
    source = item.key.removeprefix(f"{CONTROL}/reprocess/").partition("/")[0]
    facts = _json(store, item.key)
    if facts is None:
        return Finding(
            Kind.RECORD_DAMAGED,
            store.url(item.key),
            "the record of an interrupted reprocessing is no JSON",
            "call it again with --restart",
            owner=source,
        )
    return Finding(
        Kind.OPERATION_UNFINISHED,
        f"reprocessing of {source}",
        f"begun {facts.get('begun_at')} and not ended: {_chosen(facts)}",
        "the same command again goes on where it stopped",
        owner=source,
    )


def _chosen(facts: dict[str, object]) -> str:
    selection = facts.get("selection")
    given = selection.items() if isinstance(selection, dict) else ()
    return ", ".join(f"{name} {value}" for name, value in given if value) or "all objects"


def _damaged(error: DamageError) -> Finding:
    return Finding(Kind.RECORD_DAMAGED, error.what.partition(" is damaged")[0], error.what, error.remedy)


def check_staging(store: Store, now: datetime) -> list[Finding]:
    """What runs staged that began longer ago than the sweeper's grace."""
    sizes: Counter[str] = Counter()
    for item in _objects(store, f"{CONTROL}/staging/run="):
        sizes[item.key.removeprefix(f"{CONTROL}/staging/run=").partition("/")[0]] += item.size_bytes
    old = [run for run in sorted(sizes) if (began := run_began(run)) is not None and began < now - GRACE]
    if not old:
        return []
    size = sum(sizes[run] for run in old)
    return [
        Finding(
            Kind.STAGING_LEFT,
            store.url(f"{CONTROL}/staging"),
            f"{len(old):,} runs that ended before their time left {size:,} bytes",
            "`loglake sweep` removes them",
        )
    ]


def check_clocks(ledger: Ledger, expected: Expected, now: datetime) -> list[Finding]:
    """Runs and raw objects from the future. Runs in the ledger never go backward: a new id sorts behind the last."""
    findings = []
    ahead = [run for run in ledger.runs if (began := run_began(run)) is not None and began > now + CLOCK_TOLERANCE]
    if ahead:
        findings.append(
            Finding(
                Kind.CLOCK_AHEAD,
                f"runs of {ledger.source}",
                f"{len(ahead):,} are from the future, the last {ahead[-1]}: the clock of a machine was ahead",
                "nothing: new runs sort behind them all the same; what they replaced is not swept before that time",
                owner=ledger.source,
            )
        )
    if expected.from_future:
        latest = max(expected.from_future, key=lambda entry: entry.modified)
        findings.append(
            Finding(
                Kind.CLOCK_AHEAD,
                f"objects of {ledger.source}",
                f"{len(expected.from_future):,} raw objects were modified in the future, the latest {latest.key} "
                f"({latest.modified:%Y-%m-%dT%H:%M}Z)",
                "nothing: no row depends on that clock but source_modified, and with it late_rows and the lag",
                owner=ledger.source,
            )
        )
    return findings


def check_due(source: str, due: Collection[str]) -> list[Finding]:
    """Raw objects that are noted as to be taken in again."""
    if not due:
        return []
    return [
        Finding(
            Kind.OBJECTS_DUE,
            f"objects of {source}",
            f"{len(due):,} raw objects are to be taken in again, first {min(due)}",
            f"`loglake run {source}` with their raw prefix does it",
            owner=source,
        )
    ]


def _json(store: Store, key: str) -> dict[str, object] | None:
    try:
        found = json.loads(store.read(key))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _objects(store: Store, prefix: str) -> Iterator[ObjectInfo]:
    return (item for item in store.list(prefix) if isinstance(item, ObjectInfo))
