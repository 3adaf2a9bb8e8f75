"""Time loglake against its peers: `python -m benchmarks.run --size 0.9 --rounds 3 --contenders loglake,polars`.

--size        0.9 (default), 3.6 or any number of GB of text; `small` (1,000 small files); `tiny` (24,000 rows)
--rounds      how often each contender runs (default 3); rounds interleave the contenders
--contenders  comma-separated, of loglake, polars, duckdb, arrow_limit (default: all)
--readme      put the table into README.md
--out         Markdown file; the JSON goes beside it. Default: standard output, and JSON into the folder of the data
Data sets are made on first use (about 40 s per GB) and kept in build/bench.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.datasets import DataSet, data_set
from benchmarks.measure import measure
from benchmarks.readme import insert
from benchmarks.report import Run, as_json, machine, markdown
from benchmarks.verify import examine
from shared.lake.lake import open_lake

BUILD = Path("build/bench")
_TABLE = "cloudfront_requests"


def _peer(module: str) -> Callable[[Path, Path], list[str]]:
    return lambda raw, out: [sys.executable, "-m", f"benchmarks.contenders.{module}", str(raw), str(out)]


def _loglake(raw: Path, out: Path) -> list[str]:
    command = Path(sys.executable).with_name("loglake")
    return [str(command), "run", "cloudfront", "--raw", str(raw), "--lake", str(out)]


CONTENDERS: dict[str, Callable[[Path, Path], list[str]]] = {
    "loglake": _loglake,
    "polars": _peer("polars_batches"),
    "duckdb": _peer("duckdb_sql"),
    "arrow_limit": _peer("arrow_limit"),
}


def _files_of(contender: str, out: Path) -> list[Path]:
    if contender != "loglake":
        return sorted(out.rglob("*.parquet"))
    versions = open_lake(str(out)).catalog.partitions(_TABLE).values()
    return sorted(file for version in versions for file in (out / version.location).glob("*.parquet"))


def run_once(contender: str, data: DataSet, number: int, folder: Path) -> Run:
    """One fresh process, its output examined and removed."""
    out, log = folder / f"out-{contender}", folder / f"{contender}-{number}.log"
    shutil.rmtree(out, ignore_errors=True)
    measurement = measure(CONTENDERS[contender](data.raw, out), log)
    fault = f"exit code {measurement.exit_code}, see {log}" if measurement.exit_code else None
    output = examine([] if fault else _files_of(contender, out))
    if not fault and output.rows != data.rows:
        fault = f"{output.rows:,} rows instead of {data.rows:,}"
    shutil.rmtree(out, ignore_errors=True)
    return Run(contender, number, measurement, output, fault)


def with_content_checked(runs: Sequence[Run]) -> list[Run]:
    """Runs whose content differs from what most runs wrote do not count."""
    usual = Counter(run.output.content for run in runs if run.fault is None).most_common(1)
    return [
        replace(run, fault="its content differs from the others'")
        if run.fault is None and run.output.content != usual[0][0]
        else run
        for run in runs
    ]


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="0.9")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--contenders", default=",".join(CONTENDERS))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--readme", action="store_true")
    chosen = parser.parse_args(argv)
    contenders = chosen.contenders.split(",")
    if unknown := set(contenders) - set(CONTENDERS):
        parser.error(f"unknown contenders {sorted(unknown)}; known: {', '.join(CONTENDERS)}")

    data = data_set(chosen.size, BUILD)
    host = machine()
    runs: list[Run] = []
    for number in range(1, chosen.rounds + 1):
        for contender in contenders:
            run = run_once(contender, data, number, data.raw.parent)
            runs.append(run)
            cost = run.measurement
            print(
                f"{contender} {number}: {cost.wall_s:.1f} s, {cost.cpu_s:.1f} CPU s {run.fault or ''}", file=sys.stderr
            )
    runs = with_content_checked(runs)
    table = markdown(data, runs, host)
    if chosen.out:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(table)
    else:
        print(table)
    if chosen.readme:
        insert(data.name, table)
    facts = chosen.out.with_suffix(".json") if chosen.out else data.raw.parent / "runs.json"
    facts.write_text(as_json(data, runs, host))
    return 1 if any(run.fault for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
