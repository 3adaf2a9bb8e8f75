"""Rows that lack, are too many, or are not true are found and counted by what was done to their lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.malformed.compare import UNDAMAGED, Outcome, compare
from benchmarks.malformed.truth import row_of
from tests.benchmarks.malformed.test_truth import LINE, V1

KINDS = (None, None, "short", "bad_utf8", "nul", "hash")


def true_rows() -> list[dict[str, Any]]:
    lines = [LINE.replace(b"id-1", f"id-{number}".encode()) for number in range(len(KINDS))]
    damaged = [V1[kind].damage(line) if kind else line for line, kind in zip(lines, KINDS, strict=True)]
    return [row_of(line, kind) for line, kind in zip(damaged, KINDS, strict=True)]


def outcome(tmp_path: Path, rows: list[dict[str, Any]]) -> Outcome:
    pq.write_table(pa.Table.from_pylist(true_rows()), tmp_path / "truth.parquet")
    schema = pq.read_schema(tmp_path / "truth.parquet")
    pq.write_table(pa.Table.from_pylist(rows, schema).drop_columns("kind"), tmp_path / "rows.parquet")
    return compare([tmp_path / "rows.parquet"], tmp_path / "truth.parquet")


def changed(place: int, **values: object) -> list[dict[str, Any]]:
    rows = true_rows()
    rows[place] |= values
    return rows


def test_true_rows_are_true(tmp_path: Path) -> None:
    assert outcome(tmp_path, true_rows()) == Outcome(len(KINDS))


def test_a_column_that_peers_leave_encoded_does_not_matter_where_it_is_undamaged(tmp_path: Path) -> None:
    assert outcome(tmp_path, changed(0, path="/any", query="any")) == Outcome(len(KINDS))


def test_lost_rows_are_counted_by_kind(tmp_path: Path) -> None:
    assert outcome(tmp_path, true_rows()[1:2]).lost == {UNDAMAGED: 1, "short": 1, "bad_utf8": 1, "nul": 1, "hash": 1}


@pytest.mark.parametrize(
    ("place", "values", "kind"),
    [
        (0, {"status": 299}, UNDAMAGED),
        (1, {"event_time": None}, UNDAMAGED),
        (2, {"bytes_sent": None}, "short"),
        (3, {"user_agent": "curl/8 (x)"}, "bad_utf8"),
        (4, {"query": "a"}, "nul"),
        (5, {"path": None}, "hash"),
    ],
)
def test_other_values_are_found(tmp_path: Path, place: int, values: dict[str, object], kind: str) -> None:
    assert outcome(tmp_path, changed(place, **values)) == Outcome(len(KINDS), other={kind: 1})


def test_how_many_marks_stand_for_bad_bytes_is_convention(tmp_path: Path) -> None:
    assert outcome(tmp_path, changed(3, user_agent="curl/8 (x)\ufffd")) == Outcome(len(KINDS))


def test_rows_of_no_record_and_second_rows_are_too_many(tmp_path: Path) -> None:
    rows = true_rows()
    nobody = {"request_id": None, "event_time": rows[0]["event_time"]}
    nowhere = {"request_id": "other", "event_time": None}
    assert outcome(tmp_path, [*rows, rows[0], nobody, nowhere]) == Outcome(len(KINDS) + 3, bad=3, no_hour=1)


def test_no_files_are_no_rows(tmp_path: Path) -> None:
    outcome(tmp_path, [])
    none = compare([], tmp_path / "truth.parquet")
    assert (none.rows, sum(none.lost.values())) == (0, len(KINDS))
