"""The duplicate check of a partition that has grown: `python -m benchmarks.scale.duplicates ROWS FOLDER`.

A partition of a table that has only the columns which the check reads, written by the lake's own writer, gets a late
batch of which every other row is there already. Prints the steps as JSON.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.stopwatch import Step, Stopwatch
from shared.lake.jobs import PartitionOutcome, StagedFile, write_own_objects
from shared.lake.lake import Lake, open_lake
from shared.lake.layout import staged_file
from shared.lake.parquet import PartFile, conform
from shared.lake.publish import partition_jobs, swap
from shared.lake.version import build_version
from shared.tables import Column, ColumnType, Table
from shared.tables.partitions import Partition
from shared.text.hashing import key_hashes

ROWS_PER_FILE = 1_000_000
LATE_ROWS = 1_000
HOUR = Partition("2026", "11", "20", "10")
TABLE = Table(
    name="narrow_requests",
    description="What the duplicate check of a table with an id reads.",
    columns=(
        Column("event_time", ColumnType.TIMESTAMP, "When."),
        Column("request_id", ColumnType.STRING, "Which: 56 random characters, as CloudFront's."),
        Column("source_object", ColumnType.STRING, "Object.", few_values=True),
        Column("source_line", ColumnType.BIGINT, "Line."),
        Column("record_hash", ColumnType.BIGINT, "Hash of the key."),
    ),
    partition_time="event_time",
    key=("request_id",),
)
_LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", np.uint8)
_ID_BYTES = 56


def ids(count: int, seed: int) -> pa.Array:
    """Random request ids, equal for equal seeds."""
    letters = _LETTERS[np.random.default_rng(seed).integers(0, 64, count * _ID_BYTES, np.uint8)]
    offsets = np.arange(0, (count + 1) * _ID_BYTES, _ID_BYTES, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(letters))


def rows_of(request_ids: pa.Array, name: str) -> pa.Table:
    """Rows of one object with these ids."""
    count = len(request_ids)
    start_ms = int(HOUR.start.timestamp() * 1000)
    columns = {
        "event_time": pa.array(start_ms + np.arange(count) % 3_600_000).cast(TABLE.column("event_time").arrow),
        "request_id": request_ids,
        "source_object": pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), [name]),
        "source_line": pa.array(np.arange(1, count + 1)),
        "record_hash": pa.array(key_hashes([request_ids]).view(np.int64)),
    }
    return conform(pa.table(columns), TABLE)


def stage(lake: Lake, run_id: str, group: int, rows: pa.Table) -> StagedFile:
    """Write a staged file as an ingest task does."""
    key = staged_file(run_id, TABLE.name, HOUR, group)
    with PartFile(lake.store, key, TABLE) as part:
        for start in range(0, rows.num_rows, 65_536):
            part.write(rows.slice(start, 65_536))
    return StagedFile(TABLE.name, HOUR, key, rows.num_rows)


def publish(lake: Lake, run_id: str, objects: list[str], staged: list[StagedFile]) -> PartitionOutcome:
    """Build the new version and let readers see it."""
    write_own_objects(lake.store, run_id, TABLE.name, objects)
    (job,) = partition_jobs(lake, TABLE, run_id, staged)
    outcome = build_version(job)
    swap(lake, TABLE, [outcome])
    return outcome


def grow(rows: int, folder: Path) -> list[Step]:
    """A partition of so many rows, checked at once and then beside a late batch; AssertionError for a wrong count."""
    lake, watch = open_lake(str(folder.absolute())), Stopwatch()
    sizes = [min(ROWS_PER_FILE, rows - start) for start in range(0, rows, ROWS_PER_FILE)]
    objects = [f"object-{number:04d}" for number in range(len(sizes))]
    staged = [
        stage(lake, "run-1", number, rows_of(ids(size, number), name))
        for number, (size, name) in enumerate(zip(sizes, objects, strict=True))
    ]
    first = watch.time("all at once", lambda: publish(lake, "run-1", objects, staged))
    assert first.rows_added == rows
    half = LATE_ROWS // 2
    known, new = ids(sizes[-1], len(sizes) - 1).slice(0, half), ids(half, len(sizes))
    late = [stage(lake, "run-2", 0, rows_of(pa.concat_arrays([known, new]), "object-late"))]
    second = watch.time("late", lambda: publish(lake, "run-2", ["object-late"], late))
    assert (second.rows_added, second.duplicates.total(), second.rows_removed) == (half, half, 0), second
    return watch.steps


def in_partition(rows: float, folder: Path) -> Mapping[str, float]:
    """The same in a fresh process."""
    lake = folder / "lake"
    shutil.rmtree(lake, ignore_errors=True)
    call = [sys.executable, "-m", "benchmarks.scale.duplicates", str(round(rows)), str(lake)]
    done = subprocess.run(call, check=True, stdout=subprocess.PIPE)
    shutil.rmtree(lake)
    first, late = (Step(*step) for step in json.loads(done.stdout))
    return {
        "s to check and publish all": first.wall_s,
        "its peak MB": first.peak_mb,
        f"s for {LATE_ROWS:,} late rows": late.wall_s,
        "their CPU s": late.cpu_s,
        "their peak MB": late.peak_mb,
    }


if __name__ == "__main__":
    json.dump(grow(int(sys.argv[1]), Path(sys.argv[2])), sys.stdout)
