"""An object whose rows are of many hours."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

from benchmarks.scale.processes import spread


def test_rows_are_spread_evenly_and_stay_whole(tmp_path: Path) -> None:
    spread(tmp_path, hours=30, rows=600)
    (file,) = tmp_path.rglob("*.gz")
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert [line.partition(":")[0] for line in lines[:2]] == ["#Version", "#Fields"]
    assert {len(row) for row in rows} == {33}
    by_hour = Counter((row[0], row[1][:2]) for row in rows)
    assert (len(by_hour), set(by_hour.values())) == (30, {20})
    assert ("2026-09-02", "05") in by_hour
    assert len({row[14] for row in rows}) == 600
