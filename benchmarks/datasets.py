"""The data sets of the benchmarks, made by `shared.synth` and kept between runs."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from shared.synth import SampleSpec, write_cloudfront

_START = datetime(2026, 11, 20, 10)
_EVEN = SampleSpec(start=_START, rows=1, hours=6, distributions=2, diurnal=False, processes=2)
_SETS = {
    "small": replace(_EVEN, rows=1_000_000, hours=2, files_per_hour=250),
    "tiny": replace(_EVEN, rows=24_000, files_per_hour=2),
    "malformed": replace(_EVEN, rows=240_000, files_per_hour=1, malformed_share=0.05),
}


@dataclass(frozen=True)
class DataSet:
    """Raw v1 objects on disk, without duplicates.

    Without damage, too, so that every contender must give `rows` rows; in the set `malformed` a right reader does.
    """

    name: str
    raw: Path
    files: int
    rows: int
    bytes_uncompressed: int
    bytes_compressed: int


def spec_of(size: str) -> SampleSpec:
    """`small` (1,000 files of 1,000 lines), `tiny` (24 of 1,000), `malformed` (12 of 20,000, a twentieth damaged).

    Or gigabytes of text over 6 hours.
    """
    if size in _SETS:
        return _SETS[size]
    gigabytes = float(size)
    return replace(
        _EVEN, rows=None, size_bytes=round(gigabytes * 1e9), files_per_hour=max(1, round(gigabytes * 8 / 3.6))
    )


def data_set(size: str, folder: Path) -> DataSet:
    """The data set of that size below `folder`; made on first use."""
    spec = spec_of(size)
    home = folder / f"v1-{size}"
    facts, raw = home / "facts.json", home / "raw"
    if not facts.exists():
        shutil.rmtree(home, ignore_errors=True)
        report = write_cloudfront(raw, spec)
        made = DataSet(size, raw, report.objects, report.distinct, report.bytes_uncompressed, report.bytes_written)
        # Last, so that an interrupted generation is made again.
        facts.write_text(json.dumps(asdict(made), default=str))
    return DataSet(**{**json.loads(facts.read_text()), "raw": raw})
