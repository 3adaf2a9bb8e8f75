"""Which objects to take in again: by name, by the hours of their rows, by reason. `Refinery.retake` does the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase

from shared.engine.plan import RawObject
from shared.engine.refine import find_raw
from shared.engine.settings import RefineSettings
from shared.errors import UsageError
from shared.lake.lake import open_lake
from shared.lake.ledger import Ledger, LedgerEntry
from shared.reasons import BadReason
from shared.sources.base import Source
from shared.tables.partitions import Partition


@dataclass(frozen=True)
class Selection:
    """Objects that meet all that is given; hours are naive UTC, `to_hour` exclusive.

    salvage  also take the readable lines before the damage in damaged objects
    """

    patterns: tuple[str, ...] = ()
    from_hour: datetime | None = None
    to_hour: datetime | None = None
    reason: str | None = None
    salvage: bool = False

    def __post_init__(self) -> None:
        if not (self.patterns or self.from_hour or self.to_hour or self.reason):
            raise UsageError("Nothing is chosen.", remedy="say which objects: --object, --from and --to, or --reason")
        if self.reason is not None and self.reason not in set(BadReason):
            raise UsageError(f"There is no reason {self.reason!r}.", remedy=f"reasons are {', '.join(BadReason)}")

    def takes(self, entry: LedgerEntry) -> bool:
        """Whether the object of an entry is chosen."""
        if self.patterns and not any(_matches(entry.key, pattern) for pattern in self.patterns):
            return False
        if self.reason is not None and self.reason not in entry.reasons:
            return False
        if self.from_hour is None and self.to_hour is None:
            return True
        starts = [Partition.parse(p).start.replace(tzinfo=None) for p in entry.partitions]
        low, high = self.from_hour or datetime.min, self.to_hour or datetime.max
        return any(low <= start < high for start in starts)


def _matches(url: str, pattern: str) -> bool:
    """Whether a URL fits a pattern, in which `*` is the one wildcard: the others of the shell occur in names."""
    return fnmatchcase(url, re.sub(r"[?[]", r"[\g<0>]", pattern))


@dataclass(frozen=True)
class Chosen:
    """The raw objects as they are now, and those that the ledger has but the raw prefix no longer."""

    objects: tuple[RawObject, ...]
    gone: tuple[str, ...]


def select_objects(settings: RefineSettings, source: Source, selection: Selection) -> Chosen:
    """Look the chosen objects up in the ledger, and their current versions in the raw prefix; by URL."""
    lake = open_lake(settings.lake_uri, settings.catalog)
    ledger = Ledger.load(lake.store, source.name)
    objects, gone = [], []
    for entry in sorted(ledger.current(), key=lambda e: e.key):
        if not selection.takes(entry):
            continue
        raw = find_raw([entry])
        if raw is None:
            gone.append(entry.key)
        else:
            objects.append(replace(raw, salvage=selection.salvage))
    return Chosen(tuple(objects), tuple(gone))
