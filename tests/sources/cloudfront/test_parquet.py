from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from shared.sources.base import KeyFacts, Parsed, SourceSettings
from shared.sources.cloudfront import PARSED_SCHEMA, SOURCE

COLUMNS = {
    "date": ["2026-11-01", "2026-13-01"],
    "time": ["10:00:00", "10:00:00"],
    "cs_User_Agent": ["A%20B", "-"],
    "sc_status": ["000", None],
    "cs_Cookie": ["c=hidden", "c=hidden"],
    "x_new": ["new", "-"],
}


def parse(*groups: dict[str, list[Any]]) -> list[Parsed]:
    parser = SOURCE.new_parser(KeyFacts("object"), SourceSettings())
    return [parser.parse_parquet(pa.table(group)) for group in groups]


def test_mangled_names_and_unknown_columns() -> None:
    (parsed,) = parse(COLUMNS)
    assert parsed.rows.schema == PARSED_SCHEMA
    (row,) = parsed.rows.to_pylist()
    assert (row["user_agent"], row["status"], row["is_aborted"]) == ("A B", 0, True)
    assert dict(row["extra"]) == {"x_new": "new"}
    (reject,) = parsed.rejects.to_pylist()
    assert (reject["source_line"], reject["reason"]) == (2, "bad_timestamp")
    assert '"date": "2026-13-01"' in reject["raw_text"]
    assert "hidden" not in reject["raw_text"]


def test_row_groups_go_on_counting() -> None:
    first, second = parse(COLUMNS, COLUMNS)
    assert second.rows["source_line"].to_pylist() == [3]
    assert [part.rows["record_key"][0].as_py().split("-")[1] for part in (first, second)] == ["1", "2"]


def test_identity_does_not_depend_on_the_order_of_columns() -> None:
    (one,), (other,) = parse(COLUMNS), parse(dict(reversed(COLUMNS.items())))
    assert one.rows["record_key"].to_pylist() == other.rows["record_key"].to_pylist()


def test_typed_columns_are_read_as_their_text() -> None:
    (parsed,) = parse({"date": ["2026-11-01"], "time": ["10:00:00"], "sc_status": [404], "x_list": [[1, 2]]})
    (row,) = parsed.rows.to_pylist()
    assert row["status"] == 404
    assert dict(row["extra"]) == {"x_list": "[1, 2]"}


MOMENT = datetime(2026, 11, 1, 10, 0, 1, 123000)
DAY, SECOND = ["2026-11-01"], ["10:00:01"]


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ({"timestamp_ms": ["1793527201123"]}, {"timestamp_ms": [1793527201123.0]}),
        ({"timestamp_ms": ["1793527201123"]}, {"timestamp_ms": [1793527201123]}),
        ({"timestamp_ms": ["1793527201123"]}, {"timestamp_ms": pa.array([MOMENT], pa.timestamp("ns"))}),
        ({"timestamp_ms": ["1793527201123"]}, {"timestamp_ms": pa.array([MOMENT], pa.timestamp("us", "Asia/Tokyo"))}),
        ({"timestamp": ["1793527201.5"]}, {"timestamp": [1793527201.5]}),
        ({"date": DAY, "time": SECOND}, {"date": [MOMENT.date()], "time": SECOND}),
        ({"date": DAY, "time": SECOND}, {"date": DAY, "time": pa.array([36_001_000], pa.time32("ms"))}),
        ({"date": DAY, "time": SECOND}, {"date": DAY, "time": pa.array([36_001_999_999], pa.time64("us"))}),
        ({"date": DAY, "time": SECOND}, {"date": [MOMENT], "time": [MOMENT]}),
        ({"sc_status": ["000"]}, {"sc_status": [0]}),
        ({"sc_status": ["000"]}, {"sc_status": [0.0]}),
        ({"sc_status": ["404"]}, {"sc_status": [404.0]}),
        ({"time_taken": ["0.0000001"]}, {"time_taken": [1e-7]}),
        ({"time_taken": ["0.0000001"]}, {"time_taken": [Decimal("0.0000001")]}),
        ({"time_taken": ["12345678.9"]}, {"time_taken": [12345678.9]}),
        ({"sc_bytes": ["1234567890123456"]}, {"sc_bytes": [1234567890123456.0]}),
        ({"cs_uri_stem": ["/a"]}, {"cs_uri_stem": pa.array(["/a"], pa.large_string())}),
    ],
)
def test_typed_columns_give_the_rows_of_strings(text: dict[str, Any], typed: dict[str, Any]) -> None:
    others = {"date": DAY, "time": SECOND, "x_edge_request_id": ["EXAMPLE"], "c_ip": ["-"], "cs_method": ["GET"]}
    (of_text,), (of_types,) = parse({**others, **text}), parse({**others, **typed})
    assert of_types.rows.num_rows == 1
    assert of_types.rows.to_pylist() == of_text.rows.to_pylist()
    assert of_types.rows["parse_flags"].to_pylist() == [None]


def test_other_tables_and_empty_ones() -> None:
    strange, empty = parse(
        {"a": ["1", "2"], "date": ["2026-11-01", "-"]}, {name: pa.array([], pa.string()) for name in COLUMNS}
    )
    assert strange.rejects["reason"].to_pylist() == ["wrong_schema", "wrong_schema"]
    assert (empty.records, empty.rows.schema) == (0, PARSED_SCHEMA)
