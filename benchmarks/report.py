"""The tables of a benchmark: Markdown for people, JSON for the next comparison, the machine stated in both."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.datasets import DataSet
from benchmarks.measure import Measurement
from benchmarks.verify import Output

_PACKAGES = ("pyspark", "pyarrow", "polars", "duckdb", "numpy", "isal", "ua-parser-builtins")
_NOTE = (
    "Each run is a fresh process from start to exit; rounds interleave the contenders; input is in the page cache. "
    "Medians, with all wall times in brackets. polars, duckdb and arrow_limit do less: no duplicate check, quarantine, "
    "lineage, privacy, country, catalog, or percent-decoding of paths and queries. All parse user agents with the "
    "exact resolver of loglake."
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
    """One run of one contender. `fault` says why its time does not count."""

    contender: str
    round: int
    measurement: Measurement
    output: Output
    fault: str | None = None


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
        **{package: version(package) for package in _PACKAGES},
    }


def markdown(data: DataSet, runs: Sequence[Run], host: dict[str, Any]) -> str:
    """One table of medians per contender, the fastest first."""
    gigabytes = data.bytes_uncompressed / 1e9
    lines = [
        f"### {data.name}: {gigabytes:.2f} GB of text, {data.rows:,} rows in {data.files:,} gzip files",
        "",
        ", ".join(f"{name} {value}" for name, value in host.items()),
        "",
        f"| {' | '.join(_HEADINGS)} |",
        f"|{'---|' * len(_HEADINGS)}",
    ]
    good: dict[str, list[Run]] = {}
    for run in runs:
        if run.fault is None:
            good.setdefault(run.contender, []).append(run)
    for name, counted in sorted(good.items(), key=lambda item: median(run.measurement.wall_s for run in item[1])):
        lines.append(_row(name, counted, data))
    lines += [
        f"| {run.contender} | does not count: {run.fault} {'|' * (len(_HEADINGS) - 1)}" for run in runs if run.fault
    ]
    return "\n".join([*lines, "", _NOTE, ""])


def _row(name: str, runs: Sequence[Run], data: DataSet) -> str:
    def middle(attribute: str) -> float:
        values: list[float] = [getattr(run.measurement, attribute) for run in runs]
        return median(values)

    walls = " ".join(f"{run.measurement.wall_s:.1f}" for run in runs)
    output = runs[-1].output
    cells = [
        name,
        f"**{middle('wall_s'):.1f}** ({walls})",
        f"{middle('cpu_s'):.1f}",
        f"{middle('jvm_cpu_s'):.1f}",
        f"{data.bytes_uncompressed / 1e6 / middle('wall_s'):.0f}",
        f"{data.rows / middle('cpu_s'):,.0f}",
        f"{middle('python_peak_mb'):.0f}",
        f"{middle('jvm_peak_mb'):.0f}",
        f"{output.files} files, {output.size_mb:.0f} MB",
    ]
    return f"| {' | '.join(cells)} |"


def as_json(data: DataSet, runs: Sequence[Run], host: dict[str, Any]) -> str:
    """Everything that was measured."""
    facts = {"machine": host, "data": asdict(data), "runs": [asdict(run) for run in runs]}
    return json.dumps(facts, indent=1, default=str)
