"""Columns of lists and maps, made from what is nearly always empty, without a loop over rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from shared.sources.columns.texts import Mask


def lists(marks: Mapping[str, Mask], rows: int) -> pa.Array:
    """A list<string> per row of the names that mark it, in the order of `marks`; null where none does.

    >>> lists({"a": np.array([True, False]), "b": np.array([True, False])}, 2).to_pylist()
    [['a', 'b'], None]
    """
    if not any(mask.any() for mask in marks.values()):
        return pa.nulls(rows, pa.list_(pa.string()))
    present = np.stack(list(marks.values()), axis=1)
    names = pa.array(list(marks)).take(pa.array(np.nonzero(present)[1]))
    return pa.ListArray.from_arrays(_offsets(present), names)


def maps(columns: Mapping[str, pa.Array], rows: int) -> pa.Array:
    """A map<string, string> per row of column name to value, nulls left out; null where nothing is left.

    >>> maps({"a": pa.array(["1", None]), "b": pa.array(["2", None])}, 2).to_pylist()
    [[('a', '1'), ('b', '2')], None]
    """
    if all(column.null_count == rows for column in columns.values()):
        return pa.nulls(rows, pa.map_(pa.string(), pa.string()))
    present = np.stack([column.is_valid().to_numpy(zero_copy_only=False) for column in columns.values()], axis=1)
    at_row, at_column = np.nonzero(present)
    values = pa.concat_arrays(columns.values()).take(pa.array(at_column * rows + at_row))
    return pa.MapArray.from_arrays(_offsets(present), pa.array(list(columns)).take(pa.array(at_column)), values)


def _offsets(present: Mask) -> pa.Array:
    counts = present.sum(axis=1)
    ends = np.concatenate(([0], np.cumsum(counts)))
    return pa.array(ends, pa.int32(), mask=np.append(counts == 0, False))
