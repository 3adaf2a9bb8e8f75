"""Whole runs of the command on ever more cores, text or partitions."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.command import loglake
from benchmarks.datasets import data_set
from benchmarks.measure import Measurement
from shared.synth import SampleSpec, write_cloudfront

BUILD = Path("build/bench")
ROWS_SPREAD = 20_000
"""Rows of the object that is spread over hours."""

_FIRST_HOUR = datetime(2026, 9, 1)


def whole_run(raw: Path, folder: Path, *, rows: int, cores: int = 2) -> Measurement:
    """`loglake run` bound to so many cores into a new lake, which is removed; AssertionError where rows are missing."""
    lake = folder / "lake"
    shutil.rmtree(lake, ignore_errors=True)
    words = ("run", "cloudfront", "--raw", raw, "--lake", lake, "--cores", cores)
    call = loglake(*words, log=folder / "run.log", before=["taskset", "--cpu-list", f"0-{cores - 1}"])
    assert call.told["rows"] == rows, call.told
    shutil.rmtree(lake)
    return call.cost


def on_cores(cores: float, folder: Path, *, size: str) -> Mapping[str, float]:
    """The same data on so many cores."""
    data = data_set(size, BUILD)
    cost = whole_run(data.raw, folder, rows=data.rows, cores=round(cores))
    return {"rows per s": data.rows / cost.wall_s, "wall s": cost.wall_s, "CPU s": cost.cpu_s}


def of_text(gigabytes: float, folder: Path) -> Mapping[str, float]:
    """So much text: seconds, and the peak memory of each kind of process."""
    data = data_set(f"{gigabytes:g}", BUILD)
    cost = whole_run(data.raw, folder, rows=data.rows)
    return {
        "wall s": cost.wall_s,
        "CPU s": cost.cpu_s,
        "peak MB: parent": cost.parent_peak_mb,
        "largest worker": cost.worker_peak_mb,
        "all": cost.tree_peak_mb,
    }


def into_partitions(hours: float, folder: Path) -> Mapping[str, float]:
    """The same rows of one object, spread over so many hours."""
    raw = folder / "raw"
    shutil.rmtree(raw, ignore_errors=True)
    spread(raw, round(hours))
    cost = whole_run(raw, folder, rows=ROWS_SPREAD)
    return {"wall s": cost.wall_s, "CPU s": cost.cpu_s, "ms of wall per partition": cost.wall_s * 1000 / hours}


def spread(raw: Path, hours: int, rows: int = ROWS_SPREAD) -> None:
    """Write an object whose rows are of so many hours, turn by turn."""
    spec = SampleSpec(_FIRST_HOUR, rows, hours=1, distributions=1, files_per_hour=1, late_share=0.0)
    write_cloudfront(raw, spec)
    (file,) = raw.rglob("*.gz")
    lines = gzip.decompress(file.read_bytes()).split(b"\n")
    header = [line for line in lines if line.startswith(b"#")]
    logged = [line.split(b"\t", 2)[2] for line in lines if line and not line.startswith(b"#")]
    for number, rest in enumerate(logged):
        time = _FIRST_HOUR + timedelta(hours=number % hours, seconds=number // hours % 3600)
        logged[number] = time.strftime("%Y-%m-%d\t%H:%M:%S\t").encode() + rest
    file.write_bytes(gzip.compress(b"\n".join([*header, *logged, b""]), 6))
