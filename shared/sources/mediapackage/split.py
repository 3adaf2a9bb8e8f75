"""Parsed rows as the rows of the two tables."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.mediapackage.table import DIRECTION, TABLES


def split(rows: pa.Table) -> Mapping[str, pa.Table]:
    """By table name the rows of that table, and of its columns those that are filled so far, in declared order."""
    filled = set(rows.column_names)
    return {
        table.name: _only(rows, direction).select([column.name for column in table if column.name in filled])
        for direction, table in TABLES.items()
    }


def _only(rows: pa.Table, direction: str) -> pa.Table:
    of_direction = pc.equal(rows[DIRECTION], direction)
    found = pc.sum(of_direction).as_py() or 0
    if found == rows.num_rows:  # mostly: an object has one direction
        return rows
    return rows.filter(of_direction) if found else rows.slice(0, 0)
