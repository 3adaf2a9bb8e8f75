from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.lake import parquet
from shared.lake.parquet import (
    FileStatistics,
    PartFile,
    conform,
    iterate_rows,
    open_parquet,
    read_rows,
    read_statistics,
    statistics_of,
)
from shared.storage import ObjectInfo, open_store
from shared.tables import Column, ColumnType, Table

Write = Callable[..., bytes]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Writes a file of the table and gives its bytes."""

    def write(table: Table, *parts: pa.Table) -> bytes:
        store = open_store(str(tmp_path / "lake"))
        with PartFile(store, "part.parquet", table) as part:
            for rows in parts:
                part.write(rows)
        return store.read("part.parquet")

    return write


@pytest.fixture
def some(visits: Any) -> pa.Table:
    start = visits.start_ms
    return visits.rows(
        [
            {"request_id": "1", "event_time": start + 1, "site": "a.example.com", "flags": ["bad_ip", None]},
            {"request_id": None, "event_time": start + 999, "site": None, "extra": [("k", "v"), ("n", None)]},
            {"request_id": "3", "event_time": start, "site": "b.example.com", "source_modified": start + 7_200_000},
        ]
    )


def test_other_readers_find_plain_types(written: Write, visits: Any, some: pa.Table, tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    path.write_bytes(written(visits.table, some))
    found = {field.name: field.type for field in pq.read_schema(path)}
    assert found == {column.name: column.type.arrow for column in visits.table}
    relation = duckdb.sql(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
    assert {row[0]: row[1] for row in relation} == {
        "event_time": "TIMESTAMP WITH TIME ZONE",
        "site": "VARCHAR",
        "request_id": "VARCHAR",
        "record_key": "VARCHAR",
        "status": "INTEGER",
        "path": "VARCHAR",
        "flags": "VARCHAR[]",
        "extra": "MAP(VARCHAR, VARCHAR)",
        "source_format": "VARCHAR",
        "source_object": "VARCHAR",
        "source_line": "BIGINT",
        "source_modified": "TIMESTAMP WITH TIME ZONE",
        "ingest_run": "VARCHAR",
        "record_hash": "BIGINT",
    }
    rows = duckdb.sql(f"SELECT epoch_ms(event_time), site, flags, extra['k'] FROM '{path}' ORDER BY 1").fetchall()
    assert rows == [
        (visits.start_ms, "b.example.com", None, None),
        (visits.start_ms + 1, "a.example.com", ["bad_ip", None], None),
        (visits.start_ms + 999, None, None, "v"),
    ]


def test_physical_form(written: Write, visits: Any, some: pa.Table) -> None:
    metadata = pq.read_metadata(io.BytesIO(written(visits.table, some)))
    columns = {metadata.schema.column(i).path: metadata.schema.column(i) for i in range(metadata.num_columns)}
    time = columns["event_time"]
    assert (time.physical_type, time.logical_type.type) == ("INT64", "TIMESTAMP")
    assert '"isAdjustedToUTC":true,"timeUnit":"milliseconds"' in time.logical_type.to_json().replace(" ", "")
    chunks = {
        metadata.row_group(0).column(i).path_in_schema: metadata.row_group(0).column(i) for i in range(len(columns))
    }
    assert {chunk.compression for chunk in chunks.values()} == {"ZSTD"}
    assert chunks["event_time"].statistics.has_min_max
    assert chunks["site"].statistics.has_min_max
    assert chunks["source_line"].statistics.has_min_max
    assert not chunks["path"].is_stats_set
    assert not chunks["source_object"].is_stats_set
    assert not chunks["request_id"].is_stats_set
    assert chunks["site"].has_dictionary_page
    assert chunks["extra.key_value.value"].has_dictionary_page
    assert not chunks["path"].has_dictionary_page
    assert b"ARROW:schema" not in (metadata.metadata or {})


def test_statistics_of_the_file_stand_in_its_footer(written: Write, visits: Any, some: pa.Table) -> None:
    file = pq.ParquetFile(io.BytesIO(written(visits.table, some, some.slice(0, 1))))
    start = visits.start_ms
    assert read_statistics(file) == FileStatistics(4, start, start + 999, late_rows=1, max_lag_ms=7_200_000)
    assert statistics_of(some, visits.table) == FileStatistics(3, start, start + 999, 1, 7_200_000)


def test_a_delivery_after_just_one_hour_is_not_late(visits: Any) -> None:
    rows = visits.rows([{"source_modified": visits.start_ms + 3_600_000}])
    assert statistics_of(rows, visits.table) == FileStatistics(1, visits.start_ms, visits.start_ms, 0, 3_600_000)


def test_a_file_without_rows_has_empty_statistics(written: Write, visits: Any) -> None:
    file = open_parquet(io.BytesIO(written(visits.table)), visits.table)
    assert read_statistics(file) == FileStatistics()
    assert read_rows(file, visits.table, ["site", "status"]).num_rows == 0
    assert read_rows(file, visits.table, ["site"]).schema.field("site").type == visits.table.column("site").arrow


def test_foreign_parquet_is_refused() -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), sink)
    with pytest.raises(ValueError, match="not a Parquet file of this lake"):
        read_statistics(pq.ParquetFile(sink))


statistics = st.builds(
    FileStatistics,
    st.integers(0, 9),
    st.none() | st.integers(-5, 5),
    st.none() | st.integers(-5, 5),
    st.integers(0, 9),
    st.none() | st.integers(-5, 5),
)


@settings(max_examples=50, deadline=None)
@given(a=statistics, b=statistics, c=statistics)
def test_statistics_add_up_in_any_order(a: FileStatistics, b: FileStatistics, c: FileStatistics) -> None:
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + FileStatistics() == a


def test_rows_at_positions_over_row_groups(written: Write, visits: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 4)
    # Each part has another dictionary, so the codes of one site differ from group to group.
    parts = [
        visits.rows([{"request_id": f"{p}.{i}", "site": f"{'abc'[(p + i) % 3]}.example.com"} for i in range(3)])
        for p in range(5)
    ]
    file = open_parquet(io.BytesIO(written(visits.table, *parts)), visits.table)
    everything = pa.concat_tables(parts).select(["request_id", "site"]).to_pylist()
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [6, 6, 3]
    for positions in ([], [0], [5], [6], [0, 5, 6, 11, 12, 14], [12, 13, 14], list(range(15))):
        found = read_rows(file, visits.table, ["request_id", "site"], np.array(positions, np.int64))
        assert found.to_pylist() == [everything[at] for at in positions]
        assert found.schema.field("site").type == pa.dictionary(pa.int32(), pa.string())
    assert read_rows(file, visits.table, ["request_id", "site"]).to_pylist() == everything


def test_only_row_groups_with_wanted_rows_are_read(
    written: Write, visits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 1)
    parts = [visits.rows([{"request_id": str(n)}]) for n in range(4)]
    file = open_parquet(io.BytesIO(written(visits.table, *parts)), visits.table)
    parts_read = list(iterate_rows(file, visits.table, ["request_id"], np.array([1, 3])))
    assert [part["request_id"].to_pylist() for part in parts_read] == [["1"], ["3"]]


def test_columns_that_an_older_file_lacks_are_null(written: Write, visits: Any, some: pa.Table) -> None:
    newer = Table(
        visits.table.name,
        "With more columns.",
        (
            *visits.table.columns,
            Column("country", ColumnType.STRING, "New.", few_values=True),
            Column("asn", ColumnType.BIGINT, "New."),
            Column("tags", ColumnType.STRING_MAP, "New."),
        ),
        "event_time",
        visits.table.key,
    )
    file = open_parquet(io.BytesIO(written(visits.table, some)), newer)
    found = read_rows(file, newer, ["country", "site", "asn"])
    assert found.to_pylist() == [
        {"country": None, "site": site, "asn": None} for site in ("a.example.com", None, "b.example.com")
    ]
    # None of the wanted columns is there: the rows still count.
    assert (
        read_rows(file, newer, ["asn", "country"], np.array([0, 2])).to_pylist() == [{"asn": None, "country": None}] * 2
    )
    assert read_rows(file, newer, ["asn"]).num_rows == 3
    # What is read can be written as a file of the newer table.
    again = open_parquet(io.BytesIO(written(newer, *iterate_rows(file, newer, newer.column_names))), newer)
    assert read_rows(again, newer, newer.column_names)["tags"].null_count == 3


def test_conform_orders_converts_and_fills(visits: Any) -> None:
    given_rows = pa.table({"surplus": [1], "status": pa.array([404], pa.int64()), "site": ["a.example.com"]})
    found = conform(given_rows, visits.table)
    assert found.schema == visits.table.arrow_schema
    assert found.to_pylist()[0] == dict.fromkeys(visits.table.column_names) | {"status": 404, "site": "a.example.com"}
    with pytest.raises(pa.ArrowInvalid):
        conform(pa.table({"status": ["not a number"]}), visits.table)


def test_a_retried_write_gives_the_same_bytes(written: Write, visits: Any, some: pa.Table) -> None:
    assert written(visits.table, some) == written(visits.table, some)


def test_a_file_whose_making_fails_does_not_appear(visits: Any, some: pa.Table, tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "lake"))

    def rows() -> Iterator[pa.Table]:
        yield some
        raise RuntimeError("cut off")

    with PartFile(store, "whole.parquet", visits.table) as part:
        part.write(some)
    with pytest.raises(RuntimeError, match="cut off"), PartFile(store, "part.parquet", visits.table) as part:
        consume(part, rows())
    assert [item.key for item in store.list() if isinstance(item, ObjectInfo)] == ["whole.parquet"]


def consume(part: PartFile, parts: Iterator[pa.Table]) -> None:
    for rows in parts:
        part.write(rows)
        part.flush()
