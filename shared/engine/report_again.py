"""Lines of `ingest_runs` that runs did not live to write, made from what the ledger says of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from shared.lake.check_ledger import ledger_objects
from shared.lake.check_runs import own_entries
from shared.lake.lake import Lake
from shared.lake.layout import new_run_id, run_began
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.lake.publish import append_rows
from shared.lake.tables import INGEST_RUNS
from shared.sources.base import Source


def append_lines_of(lake: Lake, source: Source, ledger: Ledger, lease: Lease, runs: Iterable[str]) -> None:
    """Publish the lines of these runs. The caller holds the lease on the source."""
    lines = [_line(lake, source, run, ledger.entries(run)) for run in runs]
    rows = pa.table({c.name: pa.array([line.get(c.name) for line in lines], c.type.arrow) for c in INGEST_RUNS})
    current = lake.catalog.partitions(INGEST_RUNS.name).values()
    after = max((version.run_id for version in current), default="")
    with lease.shared_tables():
        append_rows(lake, INGEST_RUNS, new_run_id(datetime.now(UTC), after=after or None), rows)


def _line(lake: Lake, source: Source, run: str, entries: list[LedgerEntry]) -> dict[str, Any]:
    """What is known of a run; what only it knew is null: what it removed and what it wrote."""
    own = own_entries(entries)
    began = run_began(run)
    mark = lake.store.head(ledger_objects(source.name, run)[1])
    ended = mark.modified if mark else None
    # Of former rows that gave way the ledger has the objects, but not the number: they count as duplicates, too.
    is_counted = len(own) == len(entries)
    return {
        "run_id": run,
        "source": source.name,
        "started_at": began,
        "finished_at": ended,
        "objects": len(own),
        "objects_damaged": sum(entry.status is not Status.TAKEN for entry in own),
        "bytes_read": sum(entry.size_bytes for entry in own),
        "records": sum(entry.records for entry in own),
        "rows": sum(entry.rows for entry in own) if is_counted else None,
        "duplicates": sum(entry.duplicates for entry in own) if is_counted else None,
        "quarantined": sum(entry.quarantined for entry in own),
        "ignored": sum(entry.ignored for entry in own),
        "duration_s": (ended - began).total_seconds() if ended and began else None,
        "parser_version": max((entry.parser_version for entry in own), default=source.parser_version),
    }
