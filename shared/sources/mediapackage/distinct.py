"""Columns as distinct values and, for each row, the place of its value: the work is done once per distinct value.

What depends on several columns is worked out once per combination of their values that occurs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_MOST_MARKS = 1 << 20  # so many possible combinations are marked in a table, which is fast; of more the rows are sorted


@dataclass(frozen=True)
class Distinct:
    """A column: row i has `values[places[i]]`. A null row has the place of a null value, so `places` are never null.

    The values are of any type and need not differ.
    """

    values: pa.Array
    places: Places

    @classmethod
    def of(cls, column: pa.Array | None, rows: int) -> Distinct:
        """Of a string or dictionary column; None stands for `rows` nulls."""
        if column is None:
            return cls(pa.nulls(1, pa.string()), np.zeros(rows, np.int64))
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        values, codes = encoded.dictionary, encoded.indices
        if codes.null_count:
            codes = codes.fill_null(len(values))
            values = pa.concat_arrays([values, pa.nulls(1, values.type)])
        return cls(values, codes.to_numpy().astype(np.int64, copy=False))

    def with_values(self, values: pa.Array) -> Distinct:
        """The column that has for each value what was worked out for it."""
        return Distinct(values, self.places)

    def once(self) -> Distinct:
        """The same column with each value once."""
        encoded = self.values.dictionary_encode(null_encoding="encode")
        codes = encoded.indices.to_numpy().astype(np.int64, copy=False)
        return Distinct(encoded.dictionary, codes[self.places])

    def rows(self) -> pa.Array:
        """The column as an array of the values' type."""
        return self.values.take(pa.array(self.places))

    def text_rows(self) -> pa.DictionaryArray:
        """The column as dictionary<int32, string> with each text once in the dictionary."""
        encoded = self.values.dictionary_encode()
        codes = encoded.indices.take(pa.array(self.places))
        return pa.DictionaryArray.from_arrays(codes, encoded.dictionary, safe=False)


@dataclass(frozen=True)
class Combinations:
    """Equally long columns: row i has the values `columns[name][places[i]]`, and no combination occurs twice."""

    columns: dict[str, pa.Array]
    places: Places

    @classmethod
    def of(cls, **columns: Distinct) -> Combinations:
        """The combinations that occur in the rows; their number is at most that of the rows."""
        found: dict[str, pa.Array] = {}
        places = np.zeros(max(len(column.places) for column in columns.values()), np.int64)
        count = 1
        for name, column in columns.items():
            size = len(column.values)
            if size == 1:
                found[name] = pa.repeat(column.values[0], count)
                continue
            places, used = _used(places * size + column.places, count * size)
            found = {each: values.take(pa.array(used // size)) for each, values in found.items()}
            found[name] = column.values.take(pa.array(used % size))
            count = len(used)
        return cls(found, places)

    def column(self, per_combination: pa.Array) -> Distinct:
        """What was worked out for each combination, as a column."""
        return Distinct(per_combination, self.places)


def _used(places: Places, size: int) -> tuple[Places, Places]:
    """The places numbered anew without those (of `size`) that no row has, and the old place of each new one."""
    if size > _MOST_MARKS + len(places):
        used, numbered = np.unique(places, return_inverse=True)
        return numbered, used
    seen = np.zeros(size, np.bool_)
    seen[places] = True
    used = np.flatnonzero(seen)
    if len(used) == size:
        return places, used
    return (np.cumsum(seen) - 1)[places], used


def only_where(rows: Mask, column: pa.Array) -> pa.Array:
    """The column with null in all other rows."""
    if rows.all():
        return column
    if pa.types.is_dictionary(column.type):
        codes = pc.if_else(pa.array(rows), column.indices, None)
        return pa.DictionaryArray.from_arrays(codes, column.dictionary, safe=False)
    return pc.if_else(pa.array(rows), column, None)
