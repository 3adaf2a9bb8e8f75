from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.lake import duplicates
from shared.lake.duplicates import deciding_columns, find_copies, members, repeated_hashes
from shared.tables import Column, ColumnType, Table

TABLE = Table(
    name="copies",
    description="Rows with a key of two columns.",
    columns=(
        Column("event_time", ColumnType.TIMESTAMP, "When."),
        Column("site", ColumnType.STRING, "Key.", few_values=True),
        Column("request_id", ColumnType.STRING, "Key."),
        Column("source_format", ColumnType.STRING, "Format.", few_values=True),
        Column("source_object", ColumnType.STRING, "Object.", few_values=True),
        Column("source_line", ColumnType.BIGINT, "Line."),
    ),
    partition_time="event_time",
    key=("site", "request_id"),
    prefer_column="source_format",
    prefer=("v2_json", "v2", "v1"),
)

SCOPED = replace(TABLE, key_scope="site")

Row = dict[str, Any]

row_lists = st.lists(
    st.fixed_dictionaries(
        {
            "site": st.sampled_from([None, "", "a", "b"]),
            "request_id": st.sampled_from([None, "", "1", "2"]),
            "source_format": st.sampled_from(["v1", "v2", "v2_json", "unheard", None]),
            "source_object": st.sampled_from(["b", "a", "é", "Z"]),
            "source_line": st.integers(1, 9),
        }
    ),
    max_size=25,
    # A line of an object is one record.
    unique_by=lambda row: (row["source_object"], row["source_line"]),
)


def candidates(rows: list[Row], cut: int = 0) -> pa.Table:
    schema = pa.schema([pa.field(name, TABLE.column(name).arrow) for name in deciding_columns(TABLE)])
    parts = [
        pa.table({f.name: pa.array([row[f.name] for row in part], f.type) for f in schema}, schema=schema)
        for part in (rows[:cut], rows[cut:])
    ]
    return pa.concat_tables(parts)


def rank(row: Row) -> tuple[int, bytes, int]:
    formats = list(TABLE.prefer)
    place = formats.index(row["source_format"]) if row["source_format"] in formats else len(formats)
    return place, row["source_object"].encode(), row["source_line"]


def key_of(row: Row) -> tuple[str | None, str | None]:
    return row["site"], row["request_id"]


def best(rows: list[Row], table: Table = TABLE) -> list[Row]:
    """The oracle: the least row of each key; of rows without scope the least, and only where none has a scope."""
    if table.key_scope:
        scoped = {row["request_id"] for row in rows if row["site"] is not None}
        rows = [row for row in rows if row["site"] is not None or row["request_id"] not in scoped]
    winners: dict[object, Row] = {}
    for row in rows:
        winner = winners.get(key_of(row))
        if winner is None or rank(row) < rank(winner):
            winners[key_of(row)] = row
    return [row for row in rows if winners[key_of(row)] is row]


def kept(rows: list[Row], cut: int = 0, table: Table = TABLE) -> list[Row]:
    losers = set(find_copies(candidates(rows, cut), table).losers.tolist())
    return [row for index, row in enumerate(rows) if index not in losers]


@pytest.mark.parametrize("table", [TABLE, SCOPED], ids=["key", "scoped key"])
@settings(max_examples=80, deadline=None)
@given(rows=row_lists, cut=st.integers(0, 25))
def test_the_least_row_of_each_key_stays(table: Table, rows: list[Row], cut: int) -> None:
    cut = min(cut, len(rows))
    copies = find_copies(candidates(rows, cut), table)
    expected = best(rows, table)
    assert kept(rows, cut, table) == expected
    for loser, winner in zip(copies.losers.tolist(), copies.winners.tolist(), strict=True):
        assert rows[winner] in expected
        same_key = key_of(rows[loser]) == key_of(rows[winner])
        lacks_scope = rows[loser]["site"] is None and rows[loser]["request_id"] == rows[winner]["request_id"]
        assert same_key or (table is SCOPED and lacks_scope)


@pytest.mark.parametrize("table", [TABLE, SCOPED], ids=["key", "scoped key"])
@settings(max_examples=40, deadline=None)
@given(rows=row_lists, data=st.data())
def test_order_and_batching_do_not_matter(table: Table, rows: list[Row], data: st.DataObject) -> None:
    def winners(given_rows: list[Row]) -> list[Row]:
        return sorted(kept(given_rows, table=table), key=repr)

    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    expected = winners(rows)
    assert winners(shuffled) == expected
    assert winners(winners(rows[:cut]) + rows[cut:]) == expected
    assert winners(winners(rows[:cut]) + winners(rows[cut:])) == expected


def test_a_table_without_preference_goes_by_object_and_line() -> None:
    table = Table("plain", "", TABLE.columns, "event_time", key=("request_id",))
    rows = [("9", "b", 1), ("9", "a", 10), ("9", "a", 9)]
    found = find_copies(
        pa.table(
            {
                "request_id": pa.array([r[0] for r in rows]),
                "source_object": pa.array([r[1] for r in rows]),
                "source_line": pa.array([r[2] for r in rows], pa.int64()),
            }
        ),
        table,
    )
    assert sorted(zip(found.losers.tolist(), found.winners.tolist(), strict=True)) == [(0, 2), (1, 2)]


def test_key_columns_are_not_joined() -> None:
    rows = [
        {"site": site, "request_id": request, "source_format": "v1", "source_object": "a", "source_line": line}
        for line, (site, request) in enumerate([("a", "bc"), ("ab", "c"), (None, ""), ("", None)], 1)
    ]
    assert kept(rows) == rows


def test_no_candidates() -> None:
    assert len(find_copies(candidates([]), TABLE).losers) == 0


def test_a_table_without_key_is_refused() -> None:
    keyless = Table("all", "", TABLE.columns, "event_time")
    row = {"site": "a", "request_id": "1", "source_format": "v1", "source_object": "a", "source_line": 1}
    with pytest.raises(ValueError, match="no key"):
        find_copies(candidates([row]), keyless)


@settings(max_examples=60, deadline=None)
@given(
    files=st.lists(st.lists(st.integers(0, 12) | st.integers(2**64 - 4, 2**64 - 1), max_size=12), max_size=4),
    bucket=st.sampled_from([1, 3, 10, 16_000_000]),
)
def test_repeated_hashes_in_any_number_of_passes(files: list[list[int]], bucket: int) -> None:
    arrays = [np.array(values, np.uint64) for values in files]
    everything = [value for values in files for value in values]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_BUCKET_ROWS", bucket)
        repeated = repeated_hashes(arrays)
    assert repeated.tolist() == sorted({value for value in everything if everything.count(value) > 1})
    for values, array in zip(files, arrays, strict=True):
        expected = [at for at, value in enumerate(values) if everything.count(value) > 1]
        assert members(array, repeated).tolist() == expected
