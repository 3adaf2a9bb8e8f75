"""Whole runs of the command on ever more cores, text or partitions."""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.datasets import data_set
from benchmarks.measure import Measurement, measure
from shared.synth import SampleSpec, write_cloudfront

BUILD = Path("build/bench")
ROWS_SPREAD = 20_000
"""Rows of the object that is spread over hours."""

_FIRST_HOUR = datetime(2026, 9, 1)


def whole_run(raw: Path, folder: Path, *, rows: int, cores: int = 2) -> Measurement:
    """`loglake run` bound to so many cores into a new lake, which is removed; AssertionError where rows are missing."""
    lake, log = folder / "lake", folder / "run.json"
    shutil.rmtree(lake, ignore_errors=True)
    bound = ["taskset", "--cpu-list", f"0-{cores - 1}", str(Path(sys.executable).with_name("loglake"))]
    run = ["run", "cloudfront", "--raw", str(raw), "--lake", str(lake), "--cores", str(cores), "--json"]
    measurement = measure([*bound, *run], log)
    told = log.read_text()
    assert measurement.exit_code == 0, told
    assert json.loads(told[told.index("{") :])["rows"] == rows, told
    shutil.rmtree(lake)
    return measurement


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
        "JVM": cost.jvm_peak_mb,
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
