"""Time an hour that goes on getting late rows: `python -m benchmarks.late_batches --rows 150000 --batches 100`.

--rows       rows of the first batch, one object (default 150,000: a file just small enough to be merged)
--batches    late batches, one object each (default 100)
--late-rows  rows of a late batch (default 200)
--readme     put the table into docs/benchmarks.md
All runs are in this process, without Spark, into one lake; the same objects are taken in at once into another one.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.readme import insert
from benchmarks.report import host_line, machine
from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.lake.lake import open_lake
from shared.lake.layout import is_part_file
from shared.query.duck import run_sql
from shared.sources.cloudfront import SOURCE
from shared.storage import ObjectInfo
from shared.synth import SampleSpec, write_cloudfront
from shared.tables.partitions import Partition

BUILD = Path("build/bench")
_HOUR = datetime(2026, 11, 20, 10)
_TABLE = SOURCE.tables[0].name
_QUERY = f"SELECT status, edge_location, count(*), sum(bytes_sent) FROM {_TABLE} GROUP BY status, edge_location"
_SHOWN_EVERY = 10


@dataclass(frozen=True)
class Batch:
    """What one batch did to the hour.

    staged, rewritten  bytes of files that the run wrote: by its tasks, and anew from what was there
    taken_over         bytes of files that the new version has as they were: links here, server-side copies on S3
    files              sizes of the files of the new version
    """

    wall_s: float
    staged: int
    rewritten: int
    taken_over: int
    files: tuple[int, ...]

    @property
    def written(self) -> int:
        """Bytes that the run wrote."""
        return self.staged + self.rewritten


def take_in(raw: Path, lake_folder: Path) -> Batch:
    """One run over what is in the raw folder now."""
    lake = open_lake(str(lake_folder))
    staged: list[int] = []

    def look(step: str) -> None:
        if step == "build":  # all is staged, and nothing is cleaned up yet
            listed = lake.store.list("_loglake/staging/")
            staged.extend(item.size_bytes for item in listed if isinstance(item, ObjectInfo) and _is_part(item.key))

    refinery = Refinery(SOURCE, RefineSettings(str(raw), str(lake_folder)), InlineExecutor(), before_step=look)
    started = time.perf_counter()
    report = refinery.refine()
    wall_s = time.perf_counter() - started
    (done,) = report.batches
    hour = Partition.parse(f"{_HOUR:%Y-%m-%dT%H}")
    location = lake.catalog.partitions(_TABLE)[hour].location
    files = [item for item in lake.store.list(f"{location}/") if isinstance(item, ObjectInfo)]
    rewritten = sum(item.size_bytes for item in files if f"part-{done.run_id}-w" in item.key)
    total = sum(item.size_bytes for item in files)
    return Batch(wall_s, sum(staged), rewritten, total - rewritten, tuple(item.size_bytes for item in files))


def _is_part(key: str) -> bool:
    return f"/{_TABLE}/" in key and is_part_file(key)


def query_ms(lake_folder: Path) -> float:
    """A typical query over the live files; the median of seven, the first not counted."""
    lake = open_lake(str(lake_folder))
    walls = []
    for _ in range(8):
        started = time.perf_counter()
        run_sql(lake, _QUERY)
        walls.append((time.perf_counter() - started) * 1e3)
    return median(walls[1:])


def rows_of(lake_folder: Path) -> int:
    """Rows that readers see."""
    count: int = run_sql(open_lake(str(lake_folder)), f"SELECT count(*) AS n FROM {_TABLE}")["n"][0].as_py()
    return count


def deliveries(folder: Path, rows: int, batches: int, late_rows: int) -> list[Path]:
    """The raw objects, the big one first."""
    first = SampleSpec(_HOUR, rows, hours=1, distributions=1, files_per_hour=1, seed=1, late_share=0.0)
    late = SampleSpec(
        _HOUR, batches * late_rows, hours=1, distributions=1, files_per_hour=batches, seed=2, late_share=0.0
    )
    for name, spec in (("first", first), ("late", late)):
        write_cloudfront(folder / name, spec)
    return [path for name in ("first", "late") for path in sorted((folder / name).rglob("*.gz"))]


def markdown(batches: Sequence[Batch], once: Batch, queries: tuple[float, float], rows: int) -> str:
    """Two tables: the end, and how it came about."""
    first, late = batches[0], batches[1:]
    written = sum(batch.written for batch in batches)
    walls = sorted(batch.wall_s for batch in late)
    lines = [
        f"### One hour with {rows:,} rows, of which {len(late)} late batches brought a part",
        "",
        host_line(machine()),
        "",
        "| | taken in at once | with late batches |",
        "|---|---|---|",
        f"| files in the end | {_files(once)} | {_files(batches[-1])} |",
        f"| MB in the end | {_mb(sum(once.files))} | {_mb(sum(batches[-1].files))} |",
        f"| MB written, in sum | {_mb(once.written)} | {_mb(written)} |",
        f"| times the size in the end | {once.written / sum(once.files):.1f} "
        f"| {written / sum(batches[-1].files):.1f} |",
        f"| MB of files taken over (copied by S3 itself) | {_mb(once.taken_over)} "
        f"| {_mb(sum(batch.taken_over for batch in batches))} |",
        f"| s of the first batch | {once.wall_s:.2f} | {first.wall_s:.2f} |",
        f"| s of a late batch: median, longest | | {median(walls):.2f}, {walls[-1]:.2f} |",
        f"| ms of a count by status and edge | {queries[0]:.0f} | {queries[1]:.0f} |",
        "",
        "| after late batch | files | MB written by then | s of the batch |",
        "|---|---|---|---|",
    ]
    for number in sorted({0, *range(_SHOWN_EVERY, len(batches), _SHOWN_EVERY), len(late)}):
        by_then = sum(batch.written for batch in batches[: number + 1])
        lines.append(
            f"| {number} | {len(batches[number].files)} | {_mb(by_then)} | {batches[number].wall_s:.2f} |",
        )
    return "\n".join([*lines, "", "In one process without Spark, in a local folder.", ""])


def _files(batch: Batch) -> str:
    sizes = sorted(batch.files)
    return f"{len(sizes)} of {_mb(sizes[0])} to {_mb(sizes[-1])} MB"


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.2f}"


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=150_000)
    parser.add_argument("--batches", type=int, default=100)
    parser.add_argument("--late-rows", type=int, default=200)
    parser.add_argument("--readme", action="store_true")
    chosen = parser.parse_args(argv)
    BUILD.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="late-", dir=BUILD) as folder:
        home = Path(folder).absolute()
        paths = deliveries(home / "delivered", chosen.rows, chosen.batches, chosen.late_rows)
        # The process learns the user agents once; whoever comes first would pay for it.
        take_in(_raw(home / "warm", paths[:1]), home / "warm" / "lake")
        once = take_in(_raw(home / "once", paths), home / "once" / "lake")
        raw = _raw(home / "late", [])
        batches = []
        for path in paths:
            shutil.copy2(path, raw / path.name)
            batches.append(take_in(raw, home / "late" / "lake"))
        rows = rows_of(home / "once" / "lake")
        assert rows == rows_of(home / "late" / "lake") == chosen.rows + chosen.batches * chosen.late_rows
        queries = query_ms(home / "once" / "lake"), query_ms(home / "late" / "lake")
    table = markdown(batches, once, queries, rows)
    print(table)
    if chosen.readme:
        insert("late batches", table)
    return 0


def _raw(home: Path, paths: Sequence[Path]) -> Path:
    raw = home / "raw"
    raw.mkdir(parents=True)
    for path in paths:
        shutil.copy2(path, raw / path.name)
    return raw


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
