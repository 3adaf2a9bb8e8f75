"""Columns by their distinct values: find them, treat them once, spread the results over the rows by code."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

TEXT_CODES = pa.dictionary(pa.int32(), pa.string())


def as_dictionary(values: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """One dictionary<int32, string> array of a text column, whatever its chunks and their dictionaries."""
    if values.type != TEXT_CODES:
        values = values.cast(pa.string()).dictionary_encode()
    if isinstance(values, pa.Array):
        return values
    if values.num_chunks == 0:
        return pa.array([], TEXT_CODES)
    return values.unify_dictionaries().combine_chunks()


def spread(per_value: pa.Array, codes: pa.Array, *, as_codes: bool) -> pa.Array:
    """The results of distinct values as a column of rows: row i gets `per_value[codes[i]]`, null for a null code.

    With `as_codes` the column is dictionary<int32, string>, with each text once in the dictionary.
    """
    if not as_codes:
        return per_value.take(codes)
    encoded = per_value.dictionary_encode()
    return pa.DictionaryArray.from_arrays(encoded.indices.take(codes), encoded.dictionary, safe=False)


def per_distinct(
    values: pa.Array | pa.ChunkedArray, change: Callable[[pa.Array], pa.Array]
) -> pa.Array | pa.ChunkedArray:
    """Change the values of a text column, or the distinct ones of a dictionary column.

    `change` gives back the very array that it got where it changes nothing, and so does this.
    """
    if values.null_count == len(values):
        return values
    if pa.types.is_dictionary(values.type):
        encoded = as_dictionary(values)
        changed = change(encoded.dictionary)
        return encoded if changed is encoded.dictionary else spread(changed, encoded.indices, as_codes=True)
    if isinstance(values, pa.Array):
        return change(values)
    whole = values.combine_chunks()
    changed = change(whole)
    return values if changed is whole else changed


def first_known(preferred: pa.DictionaryArray, other: pa.DictionaryArray) -> pa.DictionaryArray:
    """The preferred value of each row, and the other one where that is null."""
    preferred, other = pa.chunked_array([preferred, other]).unify_dictionaries().chunks
    return pa.DictionaryArray.from_arrays(pc.coalesce(preferred.indices, other.indices), preferred.dictionary)
