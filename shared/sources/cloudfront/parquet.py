"""Version 2's Parquet to columns: every column is a string, under a mangled name."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa

from shared.sources.base import SourceSettings
from shared.sources.cloudfront.batch import Batch, as_read
from shared.sources.cloudfront.fields import WIRE_NAMES, mangled
from shared.sources.cloudfront.layout import refusal
from shared.sources.cloudfront.rejects import Rejects, without_json_cookie
from shared.sources.cloudfront.texts import null_markers

_FORMAT = "v2_parquet"
# Engines that do not mind the case may have rewritten the names in lower case.
_WIRE_OF = {mangled(wire).lower(): wire for wire in WIRE_NAMES} | {wire.lower(): wire for wire in WIRE_NAMES}


def read_parquet(table: pa.Table, first_number: int, settings: SourceSettings, rejects: Rejects) -> list[Batch]:
    """The rows of a table, or of a row group, as a batch; `first_number` is that of the first row, from 1."""
    names = tuple(_WIRE_OF.get(name.lower(), name) for name in table.column_names)
    logged = {name: _as_binary(column) for name, column in zip(names, table.columns, strict=True)}
    numbers = np.arange(first_number, first_number + table.num_rows, dtype=np.int64)

    def raw(row: int) -> bytes:
        """A row as JSON: Parquet has no line, and the order of columns says nothing."""
        values = ((name, logged[name][row].as_py()) for name in sorted(logged))
        return json.dumps(
            {name: value.decode(errors="replace") for name, value in values if value is not None}
        ).encode()

    if reason := refusal(names, settings):
        for row in range(table.num_rows):
            rejects.add(int(numbers[row]), reason, without_json_cookie(raw(row)))
        return []
    columns = {name: as_read(null_markers(values), name) for name, values in logged.items()}
    return [Batch(columns, numbers, raw, without_json_cookie, _FORMAT)]


def _as_binary(column: pa.ChunkedArray) -> pa.Array:
    """The text of a column, whatever its type; nested values as Python writes them."""
    values = column.combine_chunks()
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    try:
        return values.cast(pa.string()).cast(pa.binary())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([None if value is None else _bytes(value) for value in values.to_pylist()], pa.binary())


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")
