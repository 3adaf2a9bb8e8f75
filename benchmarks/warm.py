"""CPU seconds of the work alone, without any start: `python -m benchmarks.warm --size 0.9 --rounds 3`.

One process of one core, made ready as workers are and warmed up on a small set, takes the set in as loglake, or reads
and writes it as `arrow_limit` does; both know the user agents of the small set by then. Rounds interleave the two.

--size    GB of text (default 0.9)
--rounds  how often each runs (default 3)
--readme  put the table into docs/benchmarks.md
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.datasets import data_set
from benchmarks.readme import insert
from benchmarks.report import host_line, machine
from shared.engine.worker_ready import make_ready

BUILD = Path("build/bench")
CORES = 2  # that the plan is made for


def take_in(raw: Path, out: Path) -> None:
    """All of a run but its start: plan, tasks, publishing."""
    from shared.engine.executor import InlineExecutor  # noqa: PLC0415 - after the allocator's settings
    from shared.engine.refine import Refinery  # noqa: PLC0415
    from shared.engine.settings import RefineSettings  # noqa: PLC0415
    from shared.sources.cloudfront import SOURCE  # noqa: PLC0415

    executor = InlineExecutor()
    executor.cores = CORES
    Refinery(SOURCE, RefineSettings(str(raw), str(out)), executor).refine()


def read_and_write(raw: Path, out: Path) -> None:
    """The limit, one process doing all groups."""
    from benchmarks.contenders import arrow_limit  # noqa: PLC0415

    for numbered in enumerate(arrow_limit.groups_of(sorted(raw.rglob("*.gz")))):
        arrow_limit.write_group(out, numbered)


WORKS: Mapping[str, Callable[[Path, Path], None]] = {"loglake": take_in, "arrow_limit": read_and_write}


def cpu_s_of(name: str, size: str, folder: Path) -> float:
    """CPU seconds of the work in this process, once it is warm."""
    make_ready()
    work = WORKS[name]
    work(data_set("tiny", BUILD).raw, folder / "warm-up")
    before = os.times()
    work(data_set(size, BUILD).raw, folder / "out")
    after = os.times()
    return after.user + after.system - before.user - before.system


def markdown(size: str, found: Mapping[str, Sequence[float]]) -> str:
    """A row for each: the median, all rounds, and how it compares with the limit."""
    limit_s = median(found["arrow_limit"])
    lines = [
        f"### {size} GB in one warm process",
        "",
        host_line(machine()),
        "",
        "| | CPU s | of the limit |",
        "|---|---:|---:|",
    ]
    for name, rounds_s in found.items():
        every = " ".join(f"{each:.1f}" for each in rounds_s)
        lines.append(f"| `{name}` | **{median(rounds_s):.1f}** ({every}) | {median(rounds_s) / limit_s:.2f} |")
    return "\n".join([*lines, "", "One process on one core, after a warm-up: no start is in it.", ""])


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="0.9")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--one", choices=WORKS, help=argparse.SUPPRESS)
    chosen = parser.parse_args(argv)
    if chosen.one:
        with TemporaryDirectory(prefix="warm-", dir=BUILD) as folder:
            print(json.dumps(cpu_s_of(chosen.one, chosen.size, Path(folder))))
        return 0
    data_set(chosen.size, BUILD)
    found: dict[str, list[float]] = {name: [] for name in WORKS}
    for _ in range(chosen.rounds):
        for name, rounds_s in found.items():
            command = [sys.executable, "-m", "benchmarks.warm", "--size", chosen.size, "--one", name]
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            rounds_s.append(float(answer.splitlines()[-1]))
            print(f"{name}: {rounds_s[-1]:.1f} CPU s", file=sys.stderr)
    table = markdown(chosen.size, found)
    print(table)
    if chosen.readme:
        insert("warm", table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
