"""Rows by the hour in which they happened."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from shared.tables import Table
from shared.tables.partitions import MS_PER_HOUR


def by_hour(rows: pa.Table, table: Table) -> Iterator[tuple[int, pa.Table]]:
    """The rows of each hour (since 1970, UTC; negative before) of the table's partition time, oldest hour first."""
    if not rows.num_rows:
        return
    # Floor division in integers: Arrow's own truncates towards 1970.
    hours = rows[table.partition_time].cast(pa.int64()).to_numpy() // MS_PER_HOUR
    found = np.unique(hours).tolist()
    for hour in found:
        yield hour, rows if len(found) == 1 else rows.filter(pa.array(hours == hour))
