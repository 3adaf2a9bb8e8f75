"""The ledger's objects: one with the entries of each run, and beside it the mark that decides what became of the run.

A run's entries are written before its partitions are swapped. What becomes of it is decided once, by who first creates
its mark: the run itself after the swap (an empty mark: it took effect), or a later run that holds the lease and finds
it without one (a mark that says so: it is dead). So a run that was taken for dead and goes on all the same learns that
it was, instead of taking effect behind the back of its successors.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from enum import IntEnum
from typing import NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from shared.errors import StorageError
from shared.lake.damage import damage_told
from shared.lake.layout import ledger_folder
from shared.lake.ledger_entry import LedgerEntry, to_table
from shared.storage import ObjectInfo, Store

_MARK = ".committed"
_ENTRIES = ".parquet"
_DEAD = b"dead"
_READERS = 8
_AHEAD = 2 * _READERS  # objects in memory at a time

T = TypeVar("T")


class Outcome(IntEnum):
    """What became of a run. The numbers are stored."""

    OPEN = 0  # at work, or dead and nobody has said so yet
    COMMITTED = 1
    DEAD = 2


class Run(NamedTuple):
    """A run as the listing shows it; `size_bytes` is that of its entries."""

    run_id: str
    size_bytes: int
    outcome: Outcome


def list_runs(store: Store, source: str) -> list[Run]:
    """All runs of a source, oldest first."""
    sizes: dict[str, int] = {}
    marks: dict[str, int] = {}
    for item in store.list(ledger_folder(source) + "/"):
        if isinstance(item, ObjectInfo):
            name = item.key.rpartition("/")[2]
            if name.endswith(_ENTRIES):
                sizes[name.removesuffix(_ENTRIES)] = item.size_bytes
            elif name.endswith(_MARK):
                marks[name.removesuffix(_MARK)] = item.size_bytes
    return [Run(run_id, sizes[run_id], _outcome(marks.get(run_id))) for run_id in sorted(sizes)]


def _outcome(mark_bytes: int | None) -> Outcome:
    if mark_bytes is None:
        return Outcome.OPEN
    return Outcome.DEAD if mark_bytes else Outcome.COMMITTED


def write_run(store: Store, source: str, run_id: str, entries: Sequence[LedgerEntry]) -> tuple[Run, pa.Table]:
    """Write the entries of a run, once; the run and its rows. It has no outcome yet."""
    table = to_table(entries)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    data = sink.getvalue().to_pybytes()
    if store.create(_key(source, run_id, _ENTRIES), data) is None:
        raise StorageError(
            f"The ledger already has a run {run_id}.",
            remedy="run again: every run takes a new id; nothing was changed",
        )
    return Run(run_id, len(data), Outcome.OPEN), table


def decide(store: Store, source: str, run_id: str, outcome: Outcome) -> Outcome:
    """Give a run its outcome if it has none yet; the outcome that stands."""
    mark = _key(source, run_id, _MARK)
    if store.create(mark, _DEAD if outcome is Outcome.DEAD else b"") is not None:
        return outcome
    found = store.head(mark)
    return _outcome(found.size_bytes if found else None)


def read_run(store: Store, source: str, run_id: str, columns: Iterable[str]) -> pa.Table:
    """Columns of a run's rows. Raises DamageError that names a damaged or missing object."""
    key, wanted = _key(source, run_id, _ENTRIES), list(columns)
    told = damage_told(
        f"The ledger object {store.url(key)}",
        remedy="restore it from the bucket's versions, or call `loglake doctor --repair`: what the run took in, "
        "and what shares its hours, is taken in again",
    )
    # Not `read_table`, which loads Arrow's data sets first.
    with told, pq.ParquetFile(pa.BufferReader(store.read(key))) as file:
        return file.read(columns=wanted, use_threads=False).select(wanted)  # of columns it lacks, pyarrow is silent


def in_order(work: Callable[[str], T], run_ids: Iterable[str]) -> Iterator[T]:
    """What `work` gives for each run, in order; a few runs ahead of the caller and no more."""
    with ThreadPoolExecutor(_READERS) as pool:
        waiting: deque[Future[T]] = deque()
        try:
            for run_id in run_ids:
                waiting.append(pool.submit(work, run_id))
                if len(waiting) >= _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for unwanted in waiting:
                unwanted.cancel()


def _key(source: str, run_id: str, ending: str) -> str:
    return f"{ledger_folder(source)}/{run_id}{ending}"
