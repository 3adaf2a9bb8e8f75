"""What can be wrong with the runs of a lake as its tables tell of them: runs without a line, lines without a run."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from shared.errors import DamageError
from shared.lake.check import REPAIR, Finding, Kind
from shared.lake.check_ledger import lost
from shared.lake.check_partitions import TableState
from shared.lake.input_file import InputFile
from shared.lake.layout import run_began
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.lake.withheld import Floor, floor_of
from shared.storage import ObjectInfo
from shared.tables.partitions import Partition

# What a run stages for ingest_runs is named after it; what it merges is, too, and holds the lines of others besides.
_PART = re.compile(r"part-(?P<run>.+?)-(?:w\d+|\d+-\d+)\.parquet")
_NOT_OF_THE_RUN = frozenset({Status.DISPLACED, Status.DUE})


def own_entries(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """The entries of objects that the run had: a run that only removes rows has none, nor has a repair (no etag)."""
    return [entry for entry in entries if entry.status not in _NOT_OF_THE_RUN and entry.etag]


def check_reported(ledger: Ledger, ingest_runs: TableState) -> list[Finding]:
    """Committed runs without a line in `ingest_runs`. Lines are only read where the files' names do not tell."""
    floor = floor_of(ingest_runs.lake.store, ingest_runs.table.name)
    named = {run for items in _parts(ingest_runs).values() for run in map(_run_in_name, items)}
    unnamed = [run for run in sorted(ledger.committed - named) if not (floor and _has_expired(run, floor))]
    silent = [run for run in unnamed if own_entries(ledger.entries(run))]
    told = set(_lines(ingest_runs, _items_about(ingest_runs, silent))) if silent else set()
    return [
        Finding(
            Kind.RUN_UNREPORTED,
            run,
            f"the run of {ledger.source} took effect, but died before its line in ingest_runs was written",
            f"`{REPAIR}`: the line is made from the ledger; what only the run knew stays null",
            owner=ledger.source,
            run=run,
        )
        for run in silent
        if run not in told
    ]


def check_known(
    ledgers: Collection[Ledger],
    tables: Mapping[str, Collection[TableState]],
    ingest_runs: TableState,
    settled: Collection[str],
) -> list[Finding]:
    """Runs that partitions or lines in `ingest_runs` tell of, but no ledger.

    tables  by source, the states of its tables that the catalog has
    """
    known = {run for ledger in ledgers for run in ledger.runs} | set(settled)
    unknown: dict[str, tuple[str, str]] = {}
    for source, state in ((source, state) for source, states in tables.items() for state in states):
        for version in state.current.values():
            if version.run_id not in known and run_began(version.run_id) is not None:
                unknown[version.run_id] = (source, f"{state.table.name} {version.partition} is of it")
    strange = [item for items in _parts(ingest_runs).values() for item in items if _run_in_name(item) not in known]
    for run, (source, objects) in _lines(ingest_runs, strange).items():
        if run not in known and objects and tables.get(source):
            unknown.setdefault(run, (source, "ingest_runs has its line"))
    return [lost(source, run, evidence) for run, (source, evidence) in sorted(unknown.items())]


def _parts(state: TableState) -> dict[Partition, list[ObjectInfo]]:
    return {partition: state.files_of(version).parts for partition, version in state.current.items()}


def _run_in_name(item: ObjectInfo) -> str:
    match = _PART.fullmatch(item.key.rpartition("/")[2])
    return match["run"] if match else ""


def _items_about(state: TableState, runs: Iterable[str]) -> Iterator[ObjectInfo]:
    """The files of the hours in which these runs began; a line bears a time a moment later than its run's id."""
    hours = set()
    for began in (began for run in runs if (began := run_began(run)) is not None):
        hours |= {_hour(began), _hour(began + timedelta(hours=1))}
    parts = _parts(state)
    return (item for hour in sorted(hours) for item in parts.get(hour, ()))


def _has_expired(run: str, floor: Floor) -> bool:
    began = run_began(run)
    return began is not None and _hour(began) < floor.before


def _hour(moment: datetime) -> Partition:
    return Partition.parse(f"{moment:%Y-%m-%dT%H}")


def _lines(state: TableState, items: Iterable[ObjectInfo]) -> dict[str, tuple[str, int]]:
    """By run its source and how many objects it read, of the lines in these files."""
    found = {}
    for item in items:
        file = InputFile(state.lake.store, state.table, item.key, item.size_bytes, is_new=False)
        try:
            rows = file.read(["run_id", "source", "objects"])
        except DamageError:
            continue  # a finding of its own
        columns = [rows[name].to_pylist() for name in ("run_id", "source", "objects")]
        found.update({run: (source, objects or 0) for run, source, objects in zip(*columns, strict=True)})
    return found
