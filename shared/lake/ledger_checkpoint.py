"""The ledger's index as an object of its own, so that a run need not read what every run before it wrote.

It is a cache and never the truth: it stands for a certain row of runs, and counts only while the listing begins with
exactly these, of the same sizes and with the same outcomes. One that is gone, cut short, changed or of other runs is
passed over for an older one, or for the runs themselves.

The object is an Arrow stream of one batch, of which each column holds one array as a list, and the digest of all that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO

import pyarrow as pa

from shared.lake.layout import ledger_index_folder
from shared.lake.ledger_entry import DIGEST_BYTES, Digests, digest_array
from shared.lake.ledger_index import LedgerIndex, Postings
from shared.lake.ledger_runs import Outcome, Run
from shared.storage import ObjectGoneError, ObjectInfo, Store

_ENDING = ".arrow"
_KEPT = 2
_FORMAT = {b"loglake": b"ledger index 1"}
_SEAL_BYTES = 32
_LISTS = {
    "run_id": pa.string(),
    "run_size_bytes": pa.int64(),
    "run_outcome": pa.int8(),
    "entry_key": pa.binary(DIGEST_BYTES),
    "entry_bound": pa.int64(),
    "entry_run": pa.int32(),
    "in_as": pa.uint64(),
    "decided_by": pa.int32(),
    "winner_key": pa.binary(DIGEST_BYTES),
    "winner_bound": pa.int64(),
    "winner_run": pa.int32(),
}
_SCHEMA = pa.schema([pa.field(name, pa.large_list(kind)) for name, kind in _LISTS.items()], metadata=_FORMAT)


@dataclass(frozen=True)
class IndexFound:
    """The newest index that counts.

    covered   how many runs it tells of, from the oldest on; none where there is no index that counts
    problems  the newer ones that do not count, in words
    """

    index: LedgerIndex
    covered: int
    problems: tuple[str, ...]


def list_indexes(store: Store, source: str) -> list[str]:
    """The keys of a source's index objects, newest first."""
    listed = store.list(ledger_index_folder(source) + "/")
    keys = [item.key for item in listed if isinstance(item, ObjectInfo) and item.key.endswith(_ENDING)]
    return sorted(keys, reverse=True)


def find_index(store: Store, keys: Sequence[str], runs: Sequence[Run]) -> IndexFound:
    """The first of these index objects that is whole and tells of the first of these runs."""
    problems: list[str] = []
    for key in keys:
        try:
            data = store.read(key)
        except ObjectGoneError:
            continue  # who writes an index removes old ones
        try:
            index, covered = _taken_apart(data)
        except (pa.ArrowException, ValueError, OSError) as error:
            problems.append(f"{store.url(key)} is passed over: {error}")
            continue
        if covered == list(runs[: len(covered)]):
            return IndexFound(index, len(covered), tuple(problems))
        problems.append(f"{store.url(key)} is passed over: it is of other runs than the ledger has now")
    return IndexFound(LedgerIndex(), 0, tuple(problems))


def _taken_apart(data: bytes) -> tuple[LedgerIndex, list[Run]]:
    """The index and the runs of which it tells. Its arrays are views of what was read: nothing is copied."""
    batch = _unsealed(data)
    lists = {name: batch.column(name).values for name in _LISTS}
    told = (lists[name].to_pylist() for name in ("run_id", "run_size_bytes", "run_outcome"))
    covered = [Run(run_id, size_bytes, Outcome(outcome)) for run_id, size_bytes, outcome in zip(*told, strict=True)]
    entries, winners = (
        Postings(digest_array(lists[f"{of}_key"]), lists[f"{of}_bound"].to_numpy(), lists[f"{of}_run"].to_numpy())
        for of in ("entry", "winner")
    )
    index = LedgerIndex(entries, lists["in_as"].to_numpy(), lists["decided_by"].to_numpy(), winners)
    return index, covered


def write_index(store: Store, source: str, runs: Sequence[Run], index: LedgerIndex) -> None:
    """Write the index of all these runs and remove those before the last one."""
    run_ids, sizes, outcomes = zip(*runs, strict=True)
    arrays = [
        *(pa.array(values, _LISTS[name]) for name, values in zip(_LISTS, (run_ids, sizes, outcomes), strict=False)),
        *_of_postings(index.entries),
        pa.array(index.in_as),
        pa.array(index.decided_by),
        *_of_postings(index.winners),
    ]
    lists = [pa.LargeListArray.from_arrays(pa.array([0, len(values)], pa.int64()), values) for values in arrays]
    folder = ledger_index_folder(source)
    with store.writer(f"{folder}/{run_ids[-1]}{_ENDING}") as sink:
        sealing = _Sealing(sink)
        with pa.ipc.new_stream(sealing, _SCHEMA) as stream:
            stream.write_batch(pa.record_batch(lists, schema=_SCHEMA))
        sink.write(sealing.seal())
    store.delete(list_indexes(store, source)[_KEPT:])


def _of_postings(postings: Postings) -> Iterable[pa.Array]:
    return _binary(postings.keys), pa.array(postings.bounds), pa.array(postings.runs)


def _binary(digests: Digests) -> pa.Array:
    buffer = pa.py_buffer(digests.view("u1")) if len(digests) else pa.py_buffer(b"")
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(DIGEST_BYTES), len(digests), [None, buffer])


def _unsealed(data: bytes) -> pa.RecordBatch:
    content = memoryview(data)[:-_SEAL_BYTES]
    if hashlib.sha256(content).digest() != data[-_SEAL_BYTES:]:
        raise ValueError("its content is not what was written")
    with pa.ipc.open_stream(pa.py_buffer(content)) as stream:
        if not stream.schema.equals(_SCHEMA, check_metadata=True):
            raise ValueError("it is of another format")
        return stream.read_next_batch()


class _Sealing:
    """A sink that takes the digest of what goes through it; what Arrow needs of a file to write to."""

    closed = False

    def __init__(self, sink: IO[bytes]) -> None:
        self._sink, self._hash = sink, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        return self._sink.write(data)

    def flush(self) -> None:
        self._sink.flush()

    def seal(self) -> bytes:
        return self._hash.digest()
