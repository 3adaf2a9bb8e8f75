"""Time runs on a lake that has data: `python -m benchmarks.reruns --size 0.9 --rounds 3`.

--size     of the data that is in first (default 0.9; another size of `benchmarks.run`)
--rounds   how often each run is measured, on a copy of the lake each time (default 3)
--objects  in the ledger of the last run (default 100,000)
--readme   put the table into docs/benchmarks.md

Each is a whole process: the first run; late rows, 1 % of what is in, for its hours; nothing new; an hour of 24,000
rows in 24 objects; nothing new with so many objects in the ledger, all of them listed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.command import Call, loglake
from benchmarks.datasets import DataSet, data_set, spec_of
from benchmarks.readme import insert
from benchmarks.report import host_line, machine
from shared.engine.plan import RawObject
from shared.engine.raw_prefix import raw_object
from shared.lake.lake import open_lake
from shared.lake.layout import new_run_id
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.sources.cloudfront import SOURCE
from shared.storage import ObjectInfo, open_store
from shared.synth import SampleSpec, write_cloudfront

BUILD = Path("build/bench")
LATE_SHARE = 0.01
HOURLY_ROWS, HOURLY_FILES = 24_000, 24
_OBJECTS_PER_FOLDER, _LINKS_PER_FILE = 10_000, 50_000


@dataclass(frozen=True)
class Step:
    """A run: what it is, the lake that it starts from, the raw folder, and the rows that it must find."""

    name: str
    lake: Path
    raw: Path
    rows: int


def late_rows(raw: Path, data: DataSet) -> int:
    """Write 1 % as many rows again for the same hours, one object for each hour and distribution; how many."""
    spec = replace(
        spec_of(data.name), size_bytes=None, rows=round(data.rows * LATE_SHARE), seed=2, files_per_hour=1, processes=1
    )
    return write_cloudfront(raw, spec).distinct


def next_hour(raw: Path, data: DataSet) -> int:
    """Write the hour behind the data set's last; how many rows."""
    spec = spec_of(data.name)
    start = spec.first_hour + timedelta(hours=spec.hours)
    hour = SampleSpec(
        start, HOURLY_ROWS, hours=1, distributions=2, files_per_hour=HOURLY_FILES // 2, seed=3, late_share=0.0
    )
    return write_cloudfront(raw, hour).distinct


def many_objects(raw: Path, count: int) -> None:
    """Write so many objects, which no run ever opens: hard links of a few files, under the names of many hours."""
    for number in range(count):
        folder = raw / f"{number // _OBJECTS_PER_FOLDER:04d}"
        folder.mkdir(parents=True, exist_ok=True)
        original = raw.with_name(f"object-{number // _LINKS_PER_FILE}.gz")
        if not original.exists():
            original.write_bytes(b"\x1f\x8b")
        hour = datetime(2026, 1, 1) + timedelta(hours=number // 100)
        os.link(original, folder / f"E1EXAMPLE00001.{hour:%Y-%m-%d-%H}.{number:08x}.gz")


def note_as_taken(lake_folder: Path, raw: Path) -> int:
    """Write a run into the ledger that has all objects of the raw folder; how many."""
    lake, store = open_lake(str(lake_folder)), open_store(str(raw))
    ledger = Ledger.load(lake.store, SOURCE.name)
    found = [raw_object(store, item) for item in store.list() if isinstance(item, ObjectInfo)]
    run_id = new_run_id(datetime.now(UTC), after=ledger.last_run)
    ledger.write(run_id, [_entry(each) for each in found])
    ledger.commit(run_id)
    return len(found)


def _entry(taken: RawObject) -> LedgerEntry:
    identity = taken.url, taken.etag, taken.size_bytes, taken.modified
    return LedgerEntry(*identity, Status.TAKEN, root=taken.root, parser_version=SOURCE.parser_version)


def prepare(data: DataSet, folder: Path, objects: int) -> list[Step]:
    """Make the raw folders and the lakes from which each step starts."""
    empty, filled, late, hourly, many = (folder / name for name in ("empty", "filled", "late", "hourly", "many"))
    raw = folder / "raw"
    shutil.copytree(data.raw, raw / "first", copy_function=os.link)
    steps = [Step("first run, all of it", empty, raw / "first", data.rows)]
    loglake("run", "cloudfront", "--raw", raw / "first", "--lake", filled, log=folder / "prepare.log")
    for name, write in ((late, late_rows), (hourly, next_hour)):
        copy_lake(filled, name)
        more = raw / name.name
        steps.append(Step(_NAMES[name.name], name, more, write(more, data)))
    steps.insert(2, Step("nothing new", filled, raw / "first", 0))
    copy_lake(filled, many)
    many_objects(raw / "many", objects)
    count = note_as_taken(many, raw / "many")
    assert count == objects
    steps.append(Step(f"nothing new, {objects:,} objects in the ledger and listed", many, raw / "many", 0))
    return steps


_NAMES = {
    "late": "late rows, 1 % of what is in, into its hours",
    "hourly": f"the next hour: {HOURLY_ROWS:,} rows in {HOURLY_FILES} objects",
}


def copy_lake(lake: Path, copy: Path) -> None:
    """A copy that a run may change."""
    subprocess.run(["cp", "-a", str(lake), str(copy)], check=True)


def run_once(step: Step, folder: Path) -> Call:
    """The run, in a fresh process on a copy of its lake; AssertionError for another number of rows."""
    lake = folder / "copy"
    if step.lake.exists():
        copy_lake(step.lake, lake)
    call = loglake("run", "cloudfront", "--raw", step.raw, "--lake", lake, log=folder / "run.log")
    shutil.rmtree(lake)
    assert call.told["rows"] == step.rows, call.told
    return call


def markdown(data: DataSet, found: Sequence[tuple[Step, Sequence[Call]]]) -> str:
    """A row for each run: medians, and all wall times."""
    lines = [
        f"### Runs on a lake that has {data.bytes_uncompressed / 1e9:.1f} GB of logs, {data.rows:,} rows",
        "",
        host_line(machine()),
        "",
        "| run | rows | partitions | wall s | CPU s | parent MB | largest worker MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for step, calls in found:
        costs = [call.cost for call in calls]
        cells = [
            step.name,
            f"{step.rows:,}",
            f"{calls[-1].told['partitions']:,}",
            f"**{median(cost.wall_s for cost in costs):.1f}** ({' '.join(f'{cost.wall_s:.1f}' for cost in costs)})",
            f"{median(cost.cpu_s for cost in costs):.1f}",
            f"{median(cost.parent_peak_mb for cost in costs):.0f}",
            f"{median(cost.worker_peak_mb for cost in costs):.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", "Whole processes, each on a copy of the lake as the first run left it.", ""])


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="0.9")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--readme", action="store_true")
    chosen = parser.parse_args(argv)
    data = data_set(chosen.size, BUILD)
    with TemporaryDirectory(prefix="reruns-", dir=BUILD) as temporary:
        folder = Path(temporary).absolute()
        found: list[tuple[Step, list[Call]]] = [(step, []) for step in prepare(data, folder, chosen.objects)]
        for _ in range(chosen.rounds):
            for step, calls in found:
                calls.append(run_once(step, folder))
                print(f"{step.name}: {calls[-1].cost.wall_s:.1f} s", file=sys.stderr)
    table = markdown(data, found)
    print(table)
    if chosen.readme:
        insert("reruns", table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
