from __future__ import annotations

from typing import Any

import pytest

from shared.sources.mediapackage import EGRESS, INGRESS, PARSED_SCHEMA, split

PUT = {"timestamp": "2026-03-01T12:00:00Z", "request": "/in/v2/a/a/x_1.ts"}


def test_rows_go_to_the_table_of_their_direction(wire: Any) -> None:
    rows = wire.parse(wire.line(wire.v1) + wire.line(PUT) + wire.line(wire.v2)).rows
    tables = split(rows)
    assert {name: table["source_line"].to_pylist() for name, table in tables.items()} == {
        EGRESS.name: [1, 3],
        INGRESS.name: [2],
    }


@pytest.mark.parametrize("table", [EGRESS, INGRESS], ids=lambda table: table.name)
def test_columns_are_those_of_the_table_in_its_order(table: Any, wire: Any) -> None:
    found = split(wire.parse(wire.line(wire.v1)).rows)[table.name]
    assert found.column_names == [name for name in table.column_names if name in PARSED_SCHEMA.names]
    assert all(found.schema.field(name).type == table.column(name).arrow for name in found.column_names)


def test_columns_that_were_added_meanwhile_are_kept(wire: Any) -> None:
    rows = wire.parse(wire.line(wire.v1)).rows
    rows = rows.append_column("ingest_run", rows["source_format"])
    assert split(rows)[EGRESS.name].column_names[-1] == "ingest_run"
