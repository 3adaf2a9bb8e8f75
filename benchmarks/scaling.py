"""Measure how loglake grows: `python -m benchmarks.scaling --parts memory,partitions --limit memory=1`.

--parts    comma-separated, of those below (default: all)
--limit    PART=N: no size above N in that part; may be given again
--sizes    PART=N,N,...: other sizes than those below; may be given again
--rounds   how often each size is measured (default 1); what is shown is the median
--readme   put the tables into docs/benchmarks.md

cores       one and two cores (taskset and --cores) on 0.9 GB of text
memory      0.1, 0.9, 3.6 and 7 GB of text: seconds, and the peak memory of parent and workers
partitions  one object with 20,000 rows of 1, 10, 100, 1000 and 2000 hours
duplicates  the duplicate check of a partition with 1 to 50 million rows, of the narrow columns alone
ledger      a thousand to a million objects in the ledger, all of them listed
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.fit import Point, growth_table
from benchmarks.readme import insert
from benchmarks.report import host_line, machine
from benchmarks.scale.duplicates import in_partition
from benchmarks.scale.objects import in_ledger
from benchmarks.scale.processes import into_partitions, of_text, on_cores

BUILD = Path("build/bench")


@dataclass(frozen=True)
class Part:
    """A curve. `measure` takes a size and an empty folder, and gives values by heading."""

    title: str
    heading: str
    sizes: tuple[float, ...]
    measure: Callable[[float, Path], Mapping[str, float]]
    note: str


PARTS: Mapping[str, Part] = {
    "cores": Part(
        "One core and two",
        "cores",
        (1, 2),
        partial(on_cores, size="0.9"),
        "Whole processes on 0.9 GB of text. An exponent of 1 (rows per s) would be twice as fast on two cores.",
    ),
    "memory": Part(
        "Time and memory against input",
        "GB of text",
        (0.1, 0.9, 3.6, 7),
        of_text,
        "Whole processes on two cores. Memory that does not grow with the input has an exponent of 0.",
    ),
    "partitions": Part(
        "Time against partitions",
        "partitions",
        (1, 10, 100, 1000, 2000),
        into_partitions,
        "Whole processes; one object with 20,000 rows, spread over so many hours.",
    ),
    "duplicates": Part(
        "The duplicate check against the rows of a partition",
        "rows",
        (1e6, 5e6, 10e6, 20e6, 50e6),
        in_partition,
        "One process on one core, in a local folder: new versions of a partition of the columns that the check reads. "
        "Half of the late rows are there already.",
    ),
    "ledger": Part(
        "The ledger against its objects",
        "objects",
        (1e3, 1e4, 1e5, 1e6),
        in_ledger,
        "In a local folder, a thousand objects to a run; all are listed, and a hundredth is new. The listing itself is "
        "made up, and its time is not in it.",
    ),
}


def measured(part: Part, sizes: Sequence[float], rounds: int) -> list[Point]:
    """The points of a curve: medians over the rounds."""
    points: list[Point] = []
    for size in sizes:
        found = []
        for _ in range(rounds):
            with TemporaryDirectory(prefix="scale-", dir=BUILD) as folder:
                found.append(part.measure(size, Path(folder).absolute()))
        points.append((size, {name: median(each[name] for each in found) for name in found[0]}))
        told = ", ".join(f"{name} {value:.3g}" for name, value in points[-1][1].items())
        print(f"{part.heading} {size:g}: {told}", file=sys.stderr)
    return points


def chosen_sizes(part: str, limits: Mapping[str, str], sizes: Mapping[str, str]) -> list[float]:
    """The sizes of a part after the options."""
    wanted = [float(size) for size in sizes[part].split(",")] if part in sizes else PARTS[part].sizes
    return [size for size in wanted if size <= float(limits.get(part, "inf"))]


def markdown(part: Part, points: Sequence[Point]) -> str:
    """The table of a part."""
    table = growth_table(part.heading, points)
    return "\n".join([f"### {part.title}", "", host_line(machine()), "", table, "", part.note, ""])


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--limit", action="append", default=[])
    parser.add_argument("--sizes", action="append", default=[])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--readme", action="store_true")
    chosen = parser.parse_args(argv)
    limits, sizes = (dict(each.split("=", 1) for each in given) for given in (chosen.limit, chosen.sizes))
    names = chosen.parts.split(",")
    if unknown := {*names, *limits, *sizes} - PARTS.keys():
        parser.error(f"unknown parts {sorted(unknown)}; known: {', '.join(PARTS)}")
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in names:
        table = markdown(PARTS[name], measured(PARTS[name], chosen_sizes(name, limits, sizes), chosen.rounds))
        print(table)
        if chosen.readme:
            insert(f"scaling {name}", table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
