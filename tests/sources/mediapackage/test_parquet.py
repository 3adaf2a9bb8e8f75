"""Parquet: columns of strings, of types, and of lower-case names."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.sources.base import KeyFacts, Parsed, SourceSettings
from shared.sources.mediapackage import MediapackageParser

SAMPLES = Path(__file__).parents[2] / "samples" / "mediapackage"
MOMENT = datetime(2026, 3, 1, 12, 0, 0, 123000)


def parse(table: pa.Table) -> Parsed:
    return MediapackageParser(KeyFacts("object"), SourceSettings()).parse_parquet(table)


def strings(record: dict[str, Any]) -> dict[str, list[str]]:
    return {name: [str(value)] for name, value in record.items()}


def test_typed_columns_give_the_rows_of_strings() -> None:
    typed, text = (
        parse(pq.read_table(SAMPLES / f"v2_egress_{kind}.parquet")).rows.to_pylist() for kind in ("typed", "strings")
    )
    assert typed == text
    assert len(typed) == 4


@pytest.mark.parametrize(
    "typed",
    [
        {"event_timestamp": pa.array([MOMENT], pa.timestamp("ms"))},
        {"event_timestamp": pa.array([MOMENT], pa.timestamp("us"))},
        {"event_timestamp": pa.array([MOMENT], pa.timestamp("ns", "UTC"))},
        {"event_timestamp": [1772366400123]},
        {"event_timestamp": [1772366400123.0]},
        {"event_timestamp": ["2026-03-01T12:00:00.123Z"]},
        {"status_code": [200]},
        {"status_code": [200.0]},
        {"time_to_first_byte": [0.112]},
        {"sent_bytes": pa.array([1489], pa.int32())},
        {"client_ip": pa.array(["192.0.2.50"], pa.large_string())},
        {"CHANNEL_ID": ["demo"]},
    ],
)
def test_types(typed: dict[str, Any], wire: Any) -> None:
    columns = {name: column for name, column in strings(wire.v2).items() if name not in {key.lower() for key in typed}}
    (row,), (wanted,) = (parse(pa.table(each)).rows.to_pylist() for each in ({**columns, **typed}, strings(wire.v2)))
    assert row == wanted
    assert (row["event_time"], row["parse_flags"]) == (MOMENT.replace(tzinfo=UTC), None)
    assert row["source_format"] == "v2_parquet"


def test_lower_case_columns_of_version_1(wire: Any) -> None:
    columns = {name.lower(): column for name, column in strings(wire.v1).items()}
    (row,) = parse(pa.table({**columns, "requesttype": ["manifest"]})).rows.to_pylist()
    own = {"source_format": None}
    assert {**row, **own} == {**wire.row(wire.v1), **own}
    assert row["source_format"] == "v1_parquet"


def test_a_column_of_nulls_tells_nothing_of_the_direction(wire: Any) -> None:
    put = {"timestamp": ["2026-03-01T12:00:00Z"] * 2, "request": ["https://h/in/v2/a/a/x_1.ts"] * 2}
    rows = parse(pa.table({**put, "endpointid": pa.array([None, "end"])})).rows
    assert rows["direction"].to_pylist() == ["ingress", "egress"]


def test_other_tables() -> None:
    strange = parse(pa.table({"a": ["1", "2"]}))
    assert strange.rejects["reason"].to_pylist() == ["wrong_schema"] * 2
