"""Time the ledger at scale: `python -m benchmarks.ledger --entries 5000000 --runs 300`.

--entries  raw objects that are in, each in one run (default 5,000,000)
--runs     runs that took them in (default 300; try 50000)
--readme   put the table into docs/benchmarks.md
The ledger is made in a temporary folder of build/bench (minutes), by the functions with which a run writes its entries.
Each row of the table is a step in a fresh process or, below "load with index", the next step of that process. The
listing of the raw store is generated: what that takes has a row of its own, what a disk or S3 takes is in none.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.readme import insert
from benchmarks.report import host_line, machine
from benchmarks.stopwatch import Step, Stopwatch
from shared.lake.layout import new_run_id
from shared.lake.ledger import Ledger, LedgerEntry, Status
from shared.lake.ledger_runs import Outcome, decide, write_run
from shared.raw.discover import discover
from shared.sources.cloudfront import SOURCE
from shared.storage import ObjectInfo, open_store

BUILD = Path("build/bench")
LISTED = 1_000_000
EVERY = 100  # of the listed objects one is new
_ROOT = "s3://example-raw/logs"
_BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
_OBJECTS_PER_HOUR = 100


def _key(number: int) -> str:
    hour = _BEGAN + timedelta(hours=number // _OBJECTS_PER_HOUR)
    return f"E1EXAMPLE00001.{hour:%Y-%m-%d-%H}.{number:08x}.gz"


def _listed(number: int) -> ObjectInfo:
    return ObjectInfo(_key(number), f"{number:032x}", 40_000, _BEGAN)


def _entry(item: ObjectInfo) -> LedgerEntry:
    hour = item.key.split(".")[1]
    return LedgerEntry(
        f"{_ROOT}/{item.key}",
        item.etag,
        item.size_bytes,
        item.modified,
        Status.TAKEN,
        root=_ROOT,
        records=1_000,
        rows=1_000,
        partitions=(f"{hour[:10]}T{hour[11:]}",),
        parser_version=1,
    )


def _make_run(lake: str, runs: int, entries: int, number: int) -> None:
    store = open_store(lake)
    run_id = new_run_id(_BEGAN + timedelta(hours=number))
    own = range(number * entries // runs, (number + 1) * entries // runs)
    write_run(store, SOURCE.name, run_id, [_entry(_listed(each)) for each in own])
    decide(store, SOURCE.name, run_id, Outcome.COMMITTED)


@dataclass(frozen=True)
class Listing:
    """A raw store of which only the listing is asked: known objects of all times, and every hundredth a new one."""

    entries: int
    listed: int = LISTED

    def list(self, *, start_after: str = "") -> Iterator[ObjectInfo]:
        """Yield the objects, as the listing of a store does."""
        assert not start_after
        for number in range(self.listed):
            known = _listed(number * self.entries // self.listed)
            yield replace(known, key=f"{known.key[:-3]}-new.gz") if number % EVERY == 0 else known


def _find_new(ledger: Ledger, listing: Listing) -> list[ObjectInfo]:
    def is_known(found: Sequence[ObjectInfo]) -> list[bool]:
        return ledger.knows([ObjectInfo(f"{_ROOT}/{o.key}", o.etag, o.size_bytes, o.modified) for o in found])

    store: Any = listing
    found = discover(
        store,
        is_log=lambda key: SOURCE.read_key(key).is_log,
        hour_of=lambda key: SOURCE.read_key(key).starts,
        is_known=is_known,
    )
    return list(found)


def _take_in(ledger: Ledger, objects: Sequence[ObjectInfo]) -> None:
    """What a batch asks of the ledger and tells it."""
    entries = [_entry(item) for item in objects]
    urls = {entry.key for entry in entries}
    assert not ledger.entries_of(urls)
    assert not ledger.losers_to(urls)
    run_id = new_run_id(datetime.now(UTC), after=ledger.last_run)
    ledger.write(run_id, entries)
    ledger.commit(run_id)


def use(lake: str, listing: Listing, *, is_indexed: bool) -> list[Step]:
    """Load the ledger in this process and use it as a run does; the steps with their seconds and peak MB."""
    watch = Stopwatch()
    store = open_store(lake)
    ledger = watch.time(f"load {'with' if is_indexed else 'without'} index", lambda: Ledger.load(store, SOURCE.name))
    if not is_indexed:
        ledger.checkpoint()
        return watch.steps
    new = -(-listing.listed // EVERY)
    found = watch.time(f"find {new:,} new among {listing.listed:,} listed", lambda: _find_new(ledger, listing))
    assert len(found) == new
    watch.time("of that, making up the listing", lambda: sum(1 for _ in listing.list()))
    watch.time(f"note and commit these {new:,}", lambda: _take_in(ledger, found))
    watch.time("write the index anew", ledger.checkpoint)
    count = watch.time("go through the newest entry of every object", lambda: sum(1 for _ in ledger.current()))
    assert count == listing.entries + new
    return watch.steps


def make_ledger(lake: Path, entries: int, runs: int) -> None:
    """A ledger of so many objects in so many runs, written by the functions with which a run writes it."""
    with ProcessPoolExecutor() as pool:
        make = partial(_make_run, str(lake.absolute()), runs, entries)
        list(pool.map(make, range(runs), chunksize=max(1, runs // 100)))


def steps_of(lake: Path, listing: Listing) -> list[Step]:
    """All steps on a ledger that has no index yet, each load in a fresh process."""
    numbers = [str(listing.entries), "--listed", str(listing.listed)]
    call = [sys.executable, "-m", "benchmarks.ledger", "--use", str(lake.absolute()), "--entries", *numbers]
    found: list[Step] = []
    for more in ([], ["--indexed"]):
        done = subprocess.run([*call, *more], check=True, stdout=subprocess.PIPE)
        found += [Step(*step) for step in json.loads(done.stdout)]
    return found


def markdown(entries: int, runs: int, steps: Sequence[Step], size_mb: float) -> str:
    """The table."""
    lines = [
        f"### The ledger with {entries:,} objects of {runs:,} runs",
        "",
        host_line(machine()),
        "",
        "| step | wall s | CPU s | peak MB of the process |",
        "|---|---|---|---|",
        *(f"| {step.name} | {step.wall_s:.2f} | {step.cpu_s:.2f} | {step.peak_mb:.0f} |" for step in steps),
        "",
        f"In a local folder, in the page cache; the listing of the raw store is generated. Index: {size_mb:.0f} MB.",
        "",
    ]
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--listed", type=int, default=LISTED, help=argparse.SUPPRESS)
    parser.add_argument("--use", help=argparse.SUPPRESS)
    parser.add_argument("--indexed", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(argv)
    listing = Listing(chosen.entries, chosen.listed)
    if chosen.use:
        json.dump(use(chosen.use, listing, is_indexed=chosen.indexed), sys.stdout)
        return 0

    BUILD.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="ledger-", dir=BUILD) as lake:
        make_ledger(Path(lake), chosen.entries, chosen.runs)
        steps = steps_of(Path(lake), listing)
        indexes = list(Path(lake).glob("_loglake/ledger-index/*/*"))
        table = markdown(chosen.entries, chosen.runs, steps, max(file.stat().st_size for file in indexes) / 1e6)
    print(table)
    if chosen.readme:
        insert(f"ledger {chosen.runs}", table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
