"""Make the catalog what the lake says: a lost catalog loses nothing.

No file of the lake is touched. A version is registered only if its files tell it whole, a partition is dropped only if
the lake proves that it is gone; what is left alone is named. A rebuild that dies goes on with the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.lake.check_catalog import Comparison, compare
from shared.lake.difference import Difference
from shared.lake.examine import require_lake
from shared.lake.lake import Lake
from shared.lake.layout import new_run_id
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger
from shared.lake.truth import Truth
from shared.sources.base import Source


@dataclass
class Rebuilt:
    """What a rebuild did, or would do.

    put_aside  where a catalog went that could not be used
    done       the differences that are mended; left: those that are not
    """

    put_aside: str | None = None
    done: list[Difference] = field(default_factory=list)
    left: list[Difference] = field(default_factory=list)


def rebuild(lake: Lake, sources: Collection[Source], on_wait: Callable[[str], None] | None = None) -> Rebuilt:
    """Make the catalog what the lake says; LeaseHeldError, before anything is changed, where a run is at work."""
    require_lake(lake, sources)
    with ExitStack() as held:
        leases = [held.enter_context(_lease(lake, source, on_wait)) for source in sources]
        leases += [held.enter_context(lease.shared_tables()) for lease in leases[:1]]
        for source in sources:  # none of a former holder may take effect behind what is told from now on
            Ledger.load(lake.store, source.name).bury_dead()
        put_aside = lake.catalog.put_aside() if lake.catalog.fault() is not None else None
        return _mend(lake, compare(lake, sources), leases, put_aside)


def _lease(lake: Lake, source: Source, on_wait: Callable[[str], None] | None) -> Lease:
    return Lease(lake.store, source.name, new_run_id(datetime.now(UTC)), on_wait=on_wait)


def _mend(lake: Lake, found: Comparison, leases: Collection[Lease], put_aside: str | None) -> Rebuilt:
    mendable = [difference for difference in found.differences if difference.is_mendable]
    for truth in found.truths:
        if any(difference.table == truth.table.name for difference in mendable):
            for lease in leases:
                lease.confirm()
            _mend_table(lake, truth, mendable)
    return Rebuilt(put_aside, mendable, [d for d in found.differences if not d.is_mendable])


def _mend_table(lake: Lake, truth: Truth, mendable: Collection[Difference]) -> None:
    partitions = {d.partition for d in mendable if d.table == truth.table.name and d.partition is not None}
    lake.catalog.ensure_table(truth.table, exactly=True)
    lake.catalog.swap(
        truth.table.name,
        [version for partition, version in truth.versions.items() if partition in partitions],
        dropped=[partition for partition in truth.gone if partition in partitions],
        former={p: entry.location if (entry := truth.entries.get(p)) else None for p in partitions},
    )
