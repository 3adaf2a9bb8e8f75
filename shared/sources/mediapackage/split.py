"""Parsed rows as the rows of the two tables."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.mediapackage.table import DIRECTION, TABLES


def split(rows: pa.Table) -> Mapping[str, pa.Table]:
    """By table name the rows of that table, and of its columns those that are filled so far, in declared order."""
    return {
        table.name: rows.filter(pc.equal(rows[DIRECTION], direction)).select(
            [column.name for column in table if column.name in rows.column_names]
        )
        for direction, table in TABLES.items()
    }
