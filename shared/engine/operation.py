"""The record of a reprocess operation: what lets an interrupted one go on where it stopped.

It lies in the lake from the operation's beginning to its end, under a digest of the selection and of all settings that
change rows. An object is done when a run of the operation was the last to read it, as the ledger says: what other runs
read, they may have read with other settings. A crash costs at most the batch in which it happened.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from shared.engine.run_log import BatchReport
from shared.engine.selection import Selection
from shared.engine.settings import RefineSettings
from shared.lake.damage import damage_told
from shared.lake.layout import reprocess_key
from shared.lake.ledger import LedgerEntry, Status
from shared.sources.base import Source
from shared.storage import Store, open_store

_COUNTED = ("records", "rows", "duplicates", "quarantined", "ignored", "partitions")
_READ = frozenset({Status.TAKEN, Status.DAMAGED})


@dataclass(frozen=True)
class Purpose:
    """Why an operation is done and who answers for it; empty where nobody said."""

    reason: str = ""
    owner: str = ""


NO_PURPOSE = Purpose()


@dataclass(frozen=True)
class Operation:
    """One operation over the objects of one source.

    objects      how many were chosen at the beginning, those that were gone already among them
    selection    what was asked for, for who reads the record
    runs         the runs of the batches so far; one that died between its commit and this note is not among them
    counts       sums over these batches
    """

    source: str
    digest: str
    begun_at: str
    objects: int
    purpose: Purpose = NO_PURPOSE
    selection: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    runs: tuple[str, ...] = ()

    def has_done(self, entry: LedgerEntry, source: Source, selection: Selection) -> bool:
        """Whether the operation has read the object of a current entry, by a parser as new as ours."""
        return (
            entry.run in self.runs
            and entry.status in _READ
            and entry.parser_version >= source.parser_version
            and (entry.salvaged or not selection.salvage)
        )

    def counting(self, batch: BatchReport) -> Operation:
        """The operation with a batch more."""
        counts = Counter(self.counts)
        counts.update({name: int(getattr(batch, name)) for name in _COUNTED})
        counts["batches"] += 1
        return replace(self, counts=dict(counts), runs=(*self.runs, batch.run_id))


def digest_of(settings: RefineSettings, selection: Selection) -> str:
    """The name of an operation: equal for a call that would do the same, whatever its batches are limited to."""
    facts = {
        "selection": selection.facts(),
        "raw": open_store(settings.raw_uri).uri if settings.raw_uri else "",
        "source": asdict(settings.source),
        "enrich": asdict(settings.enrich),
    }
    text = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def find_operation(store: Store, source: Source, digest: str) -> Operation | None:
    """The operation of that digest, if one was begun and has not ended."""
    key = reprocess_key(source.name, digest)
    if not store.exists(key):
        return None
    with damage_told(
        f"The record of an interrupted operation, {store.url(key)},",
        remedy="begin it anew with --restart: objects are read a second time, which changes nothing",
    ):
        found = json.loads(store.read(key))
        typed = {"purpose": Purpose(**found["purpose"]), "runs": tuple(found["runs"])}
        return Operation(source.name, digest, **{**found, **typed})


def record(store: Store, operation: Operation) -> None:
    """Write the record, or its new state."""
    facts = asdict(operation)
    key = reprocess_key(facts.pop("source"), facts.pop("digest"))
    store.write(key, json.dumps(facts, indent=1).encode())


def forget(store: Store, operation: Operation) -> None:
    """The operation has ended."""
    store.delete([reprocess_key(operation.source, operation.digest)])
