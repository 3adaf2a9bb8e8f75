from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow.dataset as ds

from benchmarks import warm
from shared.synth import SampleSpec, write_cloudfront


def test_both_works_read_all_rows(tmp_path: Path) -> None:
    write_cloudfront(tmp_path / "raw", SampleSpec(datetime(2026, 11, 20, 10), 300, hours=2, files_per_hour=1))
    warm.read_and_write(tmp_path / "raw", tmp_path / "limit")
    warm.take_in(tmp_path / "raw", tmp_path / "lake")
    assert ds.dataset(tmp_path / "limit").count_rows() == 300
    assert ds.dataset(tmp_path / "lake" / "cloudfront_requests").count_rows() == 300


def test_medians_stand_beside_the_limits() -> None:
    table = warm.markdown("0.9", {"loglake": [9.0, 12.0, 9.6], "arrow_limit": [8.0, 7.0, 8.5]})
    assert "| `loglake` | **9.6** (9.0 12.0 9.6) | 1.20 |" in table
    assert "| `arrow_limit` | **8.0** (8.0 7.0 8.5) | 1.00 |" in table
