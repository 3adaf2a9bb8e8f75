"""Time loglake against its peers: `python -m benchmarks.run --size 0.9 --rounds 3 --contenders loglake,polars`.

--size        0.9 (default), 3.6 or any number of GB of text; `small` (1,000 small files); `tiny` (24,000 rows);
              `malformed` (240,000 lines, 5 % damaged: each contender is held against the truth, loglake must be exact)
--rounds      how often each contender runs (default 3); rounds interleave the contenders
--contenders  comma-separated, of `benchmarks.contenders.catalogue` (default: all)
--readme      put the table into its page
--out         Markdown file; the JSON goes beside it. Default: standard output, and JSON into the folder of the data
Data sets are made on first use (about 40 s per GB) and kept in build/bench. Needs the packages of `make bench`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from benchmarks.contenders.catalogue import CONTENDERS, Contender
from benchmarks.contenders.gunzip import COUNT
from benchmarks.datasets import DataSet, data_set
from benchmarks.malformed import against_truth
from benchmarks.measure import measure
from benchmarks.outputs import files_of
from benchmarks.readme import insert
from benchmarks.report import Run, as_json, machine, markdown
from benchmarks.verify import CHECKED, Output, examine

BUILD = Path("build/bench")


@cache
def share_of(data: DataSet, least_rows: int) -> tuple[DataSet, str]:
    """A folder with as many of the first objects as hold so many rows; and the content that is right for them.

    What is right is what `arrow_limit` makes of them; of whole data sets its output is compared with all others'. The
    content is that of the columns that a row parser has.
    """
    files = sorted(data.raw.rglob("*.gz"))
    chosen = files[: -(-least_rows * len(files) // data.rows)]
    raw = data.raw.parent / f"first-{len(chosen)}"
    shutil.rmtree(raw, ignore_errors=True)
    raw.mkdir()
    for file in chosen:
        os.link(file, raw / file.name)
    out = data.raw.parent / "out-reference"
    shutil.rmtree(out, ignore_errors=True)
    log = data.raw.parent / "reference.log"
    if measure(CONTENDERS["arrow_limit"].command(raw, out), log).exit_code:
        raise RuntimeError(f"the reference of {len(chosen)} objects failed, see {log}")
    right = examine(sorted(out.rglob("*.parquet")), _COMMON)
    shutil.rmtree(out)
    packed = sum(file.stat().st_size for file in chosen)
    text = round(data.bytes_uncompressed * right.rows / data.rows)
    return DataSet(data.name, raw, len(chosen), right.rows, text, packed), right.content


_COMMON = [name for name in CHECKED if not name.startswith("client_")]


def run_once(contender: Contender, data: DataSet, number: int, folder: Path) -> Run:
    """One fresh process, its output examined and removed."""
    part, content = share_of(data, contender.least_rows) if contender.least_rows else (data, None)
    out, log = folder / f"out-{contender.name}", folder / f"{contender.name}-{number}.log"
    shutil.rmtree(out, ignore_errors=True)
    measurement = measure(contender.command(part.raw, out), log)
    fault = f"exit code {measurement.exit_code}, see {log}" if measurement.exit_code else None
    output = Output(0, "", 0, 0.0)
    if not fault and contender.has_rows:
        output = examine(files_of(contender, out), CHECKED if content is None else _COMMON)
        fault = _fault_of(output, part, content)
    elif not fault and int((out / COUNT).read_text()) < part.bytes_uncompressed:
        fault = "it has not opened all"
    shutil.rmtree(out, ignore_errors=True)
    compared = contender.has_rows and content is None
    return Run(contender.name, number, measurement, output, fault, part.rows / data.rows, is_compared=compared)


def _fault_of(output: Output, data: DataSet, content: str | None) -> str | None:
    if output.rows != data.rows:
        return f"{output.rows:,} rows instead of {data.rows:,}"
    return None if content in (None, output.content) else "its content differs from the reference's"


def with_content_checked(runs: Sequence[Run]) -> list[Run]:
    """Runs whose content differs from what most runs wrote do not count."""
    compared = [run for run in runs if run.fault is None and run.is_compared]
    usual = Counter(run.output.content for run in compared).most_common(1)
    return [
        replace(run, fault="its content differs from the others'")
        if run.fault is None and run.is_compared and run.output.content != usual[0][0]
        else run
        for run in runs
    ]


def _put(name: str, table: str, out: Path | None, into_page: bool) -> None:
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(table)
    else:
        print(table)
    if into_page:
        insert(name, table)


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
    if chosen.size == "malformed":
        asked = [CONTENDERS[name] for name in contenders if name != "loglake_on_spark"]  # whose tasks are the same
        table, faults = against_truth(asked, data, chosen.rounds, host)
        _put(data.name, table, chosen.out, chosen.readme)
        for fault in faults:
            print(f"loglake is not exact: {fault}", file=sys.stderr)
        return 1 if faults else 0
    runs: list[Run] = []
    for number in range(1, chosen.rounds + 1):
        for contender in contenders:
            run = run_once(CONTENDERS[contender], data, number, data.raw.parent)
            runs.append(run)
            cost = run.measurement
            print(
                f"{contender} {number}: {cost.wall_s:.1f} s, {cost.cpu_s:.1f} CPU s {run.fault or ''}", file=sys.stderr
            )
    runs = with_content_checked(runs)
    table = markdown(data, runs, host)
    _put(data.name, table, chosen.out, chosen.readme)
    facts = chosen.out.with_suffix(".json") if chosen.out else data.raw.parent / "runs.json"
    facts.write_text(as_json(data, runs, host))
    return 1 if any(run.fault for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
