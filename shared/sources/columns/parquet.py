"""Parquet to columns of bytes.

The services write columns of strings. Whoever rewrites the objects may have given the columns types: they are read as
the text that the service would log.
"""

from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.columns.batch import Batch, as_read, present_in
from shared.sources.columns.dialect import Dialect, Moment
from shared.sources.columns.rejects import Rejects
from shared.sources.columns.texts import null_markers

_EXPONENT = "[eE]"


def read_parquet(table: pa.Table, first_number: int, dialect: Dialect, rejects: Rejects) -> list[Batch]:
    """The rows of a table, or of a row group, as a batch; `first_number` is that of the first row, from 1."""
    names = dialect.wire_names(tuple(table.column_names))
    logged = {name: _as_logged(name, column, dialect) for name, column in zip(names, table.columns, strict=True)}
    numbers = np.arange(first_number, first_number + table.num_rows, dtype=np.int64)

    def raw(row: int) -> bytes:
        """A row as JSON: Parquet has no line, and the order of columns says nothing."""
        values = ((name, logged[name][row].as_py()) for name in sorted(logged))
        return json.dumps(
            {name: value.decode(errors="replace") for name, value in values if value is not None}
        ).encode()

    if reason := dialect.refusal(names):
        for row in range(table.num_rows):
            rejects.add(int(numbers[row]), reason, dialect.redact_json(raw(row)))
        return []
    return [
        Batch(
            {name: null_markers(as_read(each, repeats=dialect.repeats(name))) for name, each in logged.items()},
            numbers,
            raw,
            dialect.redact_json,
            dialect.parquet_format,
            present=present_in(logged, dialect.watched),
        )
    ]


def _as_logged(wire: str, column: pa.ChunkedArray, dialect: Dialect) -> pa.Array:
    """The text of a column, whatever its type; nested values as Python writes them."""
    values = column.combine_chunks()
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_timestamp(values.type) or pa.types.is_time(values.type):
        values = _moments(values, dialect.moment(wire))
    try:
        return _plain_numbers(values, values.cast(pa.string())).cast(pa.binary())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([None if value is None else _bytes(value) for value in values.to_pylist()], pa.binary())


def _moments(values: pa.Array, kind: Moment | None) -> pa.Array:
    """Points in time (UTC) and times of day as their field would be logged; those of other fields as they are."""
    if kind is Moment.TIME:
        if pa.types.is_timestamp(values.type):
            values = values.cast(pa.timestamp("us"), safe=False).cast(pa.time64("us"))
        return values.cast(pa.time32("s"), safe=False)
    if pa.types.is_time(values.type):
        return values
    if kind is Moment.DATE:
        return values.cast(pa.timestamp("us"), safe=False).cast(pa.date32(), safe=False)
    return values.cast(pa.timestamp("ms"), safe=False).cast(pa.int64()) if kind is Moment.EPOCH_MS else values


def _plain_numbers(values: pa.Array, texts: pa.Array) -> pa.Array:
    """Numbers without exponent, as the logger writes them: Arrow writes large and small ones with one."""
    if not (pa.types.is_floating(values.type) or pa.types.is_decimal(values.type)):
        return texts
    odd = pc.fill_null(pc.match_substring_regex(texts, _EXPONENT), False)
    plain = [_plain(text) for text in texts.filter(odd).to_pylist()]
    return pc.replace_with_mask(texts, odd, pa.array(plain, pa.string()))


def _plain(text: str) -> str:
    """The decimal number that a text with exponent is.

    >>> _plain("1.793527201123e+12"), _plain("1e-7")
    ('1793527201123', '0.0000001')
    """
    return f"{Decimal(text):f}"


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")
