"""Set as their documentation advises, the peers read on where lines are malformed."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from benchmarks.contenders import duckdb_sql, polars_batches, row_parser
from benchmarks.contenders.entry import TOLD
from benchmarks.datasets import DataSet
from benchmarks.malformed.compare import UNDAMAGED, compare
from benchmarks.malformed.truth import truth_of
from tests.benchmarks.malformed.test_truth import data

__all__ = ["data"]  # a fixture


@pytest.mark.parametrize(
    ("work", "lost"),
    [
        (partial(polars_batches.work, **polars_batches.TOLERANT), set()),
        (duckdb_sql.work_on_dirty, {"bad_utf8"}),
        (row_parser.work_on_dirty, {"short", "long", "bad_number"}),
    ],
    ids=["polars", "duckdb", "row_parser"],
)
def test_no_undamaged_record_is_lost_or_changed(
    work: Callable[[list[Path], Path], None], lost: set[str], data: DataSet, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    work(sorted(data.raw.rglob("*.gz")), out)
    found = compare(sorted(out.rglob("*.parquet")), truth_of(data).rows)
    assert set(found.lost) == lost
    assert UNDAMAGED not in found.other
    if (out / TOLD).exists():
        told = sum(json.loads((out / TOLD).read_text()).values())
        assert told >= sum(found.lost.values()) > 0
