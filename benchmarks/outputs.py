"""Where the rows are that a contender has written."""

from __future__ import annotations

from pathlib import Path

from benchmarks.contenders.catalogue import Contender
from shared.lake.lake import open_lake

_TABLE = "cloudfront_requests"


def files_of(contender: Contender, out: Path) -> list[Path]:
    """All Parquet files of a peer; of loglake those that its catalog names."""
    if contender.less:  # a peer: no lake
        return sorted(out.rglob("*.parquet"))
    versions = open_lake(str(out)).catalog.partitions(_TABLE).values()
    return sorted(file for version in versions for file in (out / version.location).glob("*.parquet"))
