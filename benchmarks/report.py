"""The tables of a benchmark: Markdown for people, JSON for the next comparison, the machine stated in both."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.contenders.catalogue import CONTENDERS
from benchmarks.datasets import DataSet
from benchmarks.measure import Measurement
from benchmarks.verify import Output

_PACKAGES = ("pyspark", "pyarrow", "polars", "duckdb", "chdb", "numpy", "isal", "ua-parser-builtins")
_NOTE = (
    "Each run is a fresh process from start to exit; rounds interleave the contenders; input is in the page cache. "
    "Medians, with all wall times in brackets. All that parse user agents but `row_parser` use the exact resolver of "
    "loglake. A time counts only if rows and content are those of the others."
)
_HEADINGS = (
    "contender",
    "wall s",
    "CPU s",
    "of it JVM",
    "MB/s",
    "rows per CPU s",
    "largest Python process MB",
    "JVM MB",
    "output",
)


@dataclass(frozen=True)
class Run:
    """One run of one contender.

    fault        why its time does not count
    share        of the rows of the data set that it got
    is_compared  whether its content must be that of the others
    """

    contender: str
    round: int
    measurement: Measurement
    output: Output
    fault: str | None = None
    share: float = 1.0
    is_compared: bool = True


@dataclass(frozen=True)
class Middle:
    """The medians of a contender's good runs."""

    wall_s: float
    cpu_s: float
    jvm_cpu_s: float
    python_peak_mb: float
    jvm_peak_mb: float
    share: float
    walls: tuple[float, ...]
    output: Output


def medians(runs: Sequence[Run]) -> dict[str, Middle]:
    """Of all contenders with a good run, the fastest first."""
    good: dict[str, list[Run]] = {}
    for run in runs:
        if run.fault is None:
            good.setdefault(run.contender, []).append(run)
    middles = {name: _middle(counted) for name, counted in good.items()}
    return dict(sorted(middles.items(), key=lambda item: item[1].wall_s / item[1].share))


def _middle(runs: Sequence[Run]) -> Middle:
    def middle(attribute: str) -> float:
        return median(getattr(run.measurement, attribute) for run in runs)

    numbers = {name: middle(name) for name in ("wall_s", "cpu_s", "jvm_cpu_s", "python_peak_mb", "jvm_peak_mb")}
    walls = tuple(run.measurement.wall_s for run in runs)
    return Middle(**numbers, share=runs[-1].share, walls=walls, output=runs[-1].output)


def machine() -> dict[str, Any]:
    """Hardware and versions, and how busy the machine is with other things."""
    models = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    return {
        "cpu": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{package: found for package in _PACKAGES if (found := _version(package))},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # no script needs all of them
        return None


def host_line(host: dict[str, Any]) -> str:
    """What `machine` says, as the line below a table's heading."""
    return ", ".join(f"{name} {value}" for name, value in host.items())


def markdown(data: DataSet, runs: Sequence[Run], host: dict[str, Any]) -> str:
    """One table of medians per contender, the fastest first."""
    gigabytes = data.bytes_uncompressed / 1e9
    lines = [
        f"### {data.name}: {gigabytes:.2f} GB of text, {data.rows:,} rows in {data.files:,} gzip files",
        "",
        host_line(host),
        "",
        f"| {' | '.join(_HEADINGS)} |",
        f"|{'---|' * len(_HEADINGS)}",
    ]
    middles = medians(runs)
    lines += [_row(name, middle, data) for name, middle in middles.items()]
    lines += [
        f"| {run.contender} | does not count: {run.fault} {'|' * (len(_HEADINGS) - 1)}" for run in runs if run.fault
    ]
    return "\n".join([*lines, "", f"{_NOTE} What some do less:", "", *_less(middles), ""])


def _less(names: Iterable[str]) -> list[str]:
    """What the contenders do less: those that do equally little in one sentence."""
    by_less: dict[str, list[str]] = {}
    for name in names:
        if name in CONTENDERS and CONTENDERS[name].less:
            by_less.setdefault(CONTENDERS[name].less, []).append(f"`{name}`")
    return [f"- {', '.join(who)}: {less}." for less, who in by_less.items()]


def _row(name: str, middle: Middle, data: DataSet) -> str:
    walls = " ".join(f"{wall_s:.1f}" for wall_s in middle.walls)
    part = f", for {middle.share:.1%} of the rows" if middle.share < 1 else ""
    output = middle.output
    cells = [
        name,
        f"**{middle.wall_s:.1f}** ({walls}{part})",
        f"{middle.cpu_s:.1f}",
        f"{middle.jvm_cpu_s:.1f}",
        f"{data.bytes_uncompressed * middle.share / 1e6 / middle.wall_s:.0f}",
        f"{data.rows * middle.share / middle.cpu_s:,.0f}",
        f"{middle.python_peak_mb:.0f}",
        f"{middle.jvm_peak_mb:.0f}",
        f"{output.files} files, {output.size_mb:.0f} MB" if output.files else "",
    ]
    return f"| {' | '.join(cells)} |"


def as_json(data: DataSet, runs: Sequence[Run], host: dict[str, Any]) -> str:
    """Everything that was measured."""
    facts = {"machine": host, "data": asdict(data), "runs": [asdict(run) for run in runs]}
    return json.dumps(facts, indent=1, default=str)
