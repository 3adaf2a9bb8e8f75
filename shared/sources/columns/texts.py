"""From the bytes of a field to text: null markers, UTF-8 with replacement, dictionaries without doubles.

A field arrives as an Arrow array of binary, or as dictionary<int32, binary> where values repeat. All work on a
dictionary is done on its distinct values. Nothing here raises for a value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

_SPACE = ord(" ")
_FIRST_NON_ASCII = 128


def data_bytes(values: pa.Array) -> Bytes:
    """The bytes of all values of a binary or string array, one after the other, without a copy.

    >>> bytes(data_bytes(pa.array([b"ab", None, b"c"])))
    b'abc'
    """
    bounds = offsets(values)
    buffer = values.buffers()[2]
    if buffer is None or len(bounds) < 2:
        return np.empty(0, dtype=np.uint8)
    return np.frombuffer(buffer, dtype=np.uint8)[bounds[0] : bounds[-1]]


def offsets(values: pa.Array) -> npt.NDArray[np.int32]:
    """Where each value begins in the data buffer, and where the last one ends: length + 1 numbers."""
    buffer = values.buffers()[1]
    if buffer is None:
        return np.zeros(1, dtype=np.int32)
    return np.frombuffer(buffer, dtype=np.int32, count=values.offset + len(values) + 1)[values.offset :]


def is_dictionary(values: pa.Array) -> bool:
    """Whether the array has codes and distinct values."""
    return bool(pa.types.is_dictionary(values.type))


def per_value(values: pa.Array, change: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Apply a change to an array, or to the distinct values of a dictionary array.

    What became null or equal in a dictionary is null or one value afterwards, so equal texts have equal codes.
    """
    if not is_dictionary(values):
        return change(values)
    changed = change(values.dictionary)
    if changed is values.dictionary:
        return values
    again = changed.dictionary_encode()
    if len(again.dictionary) == len(changed):
        return pa.DictionaryArray.from_arrays(values.indices, changed)
    return pa.DictionaryArray.from_arrays(again.indices.take(values.indices), again.dictionary)


def take_values(per_code: pa.Array, values: pa.Array) -> pa.Array:
    """What was worked out for each distinct value, for each row."""
    return per_code.take(values.indices)


def rows_of(distinct: Mask, values: pa.Array) -> Mask:
    """Rows whose value is one of the marked distinct values; a null is none."""
    rows: Mask = take_values(pa.array(distinct), values).fill_null(False).to_numpy(zero_copy_only=False)
    return rows


def null_markers(values: pa.Array) -> pa.Array:
    """Null for the values that mean none: a hyphen or nothing, with spaces around it or without."""
    return per_value(values, _null_markers)


def padded_markers(values: pa.Array) -> pa.Array:
    """The same where the plain markers are null already and only those among spaces are left: nearly always none."""
    return per_value(values, _padded_markers)


def _null_markers(values: pa.Array) -> pa.Array:
    bounds = offsets(values)
    if not len(values) or (np.diff(bounds) > 1).all():
        return _padded_markers(values)
    text = as_string(values)
    return _padded_markers(pc.if_else(pc.or_(pc.equal(text, "-"), pc.equal(text, "")), None, values))


def _padded_markers(values: pa.Array) -> pa.Array:
    if not (data_bytes(values) == _SPACE).any():
        return values
    trimmed = pc.ascii_trim(as_string(values), " ")
    marks = pc.or_(pc.equal(trimmed, "-"), pc.equal(trimmed, ""))
    return pc.if_else(marks, None, values) if pc.any(marks).as_py() else values


def as_string(values: pa.Array) -> pa.Array:
    """Binary seen as string, unchecked and without a copy: for functions that look at bytes only."""
    return values.view(pa.string()) if pa.types.is_binary(values.type) else values


def to_text(values: pa.Array) -> tuple[pa.Array, Mask | None]:
    """Binary to string; bytes that are no UTF-8 become U+FFFD. Also the rows that had such bytes, None for no row."""
    if not is_dictionary(values):
        return _to_text(values)
    text, broken = _to_text(values.dictionary)
    if broken is None:
        return pa.DictionaryArray.from_arrays(values.indices, text), None
    return per_value(values, lambda distinct: _to_text(distinct)[0]), rows_of(broken, values)


def _to_text(values: pa.Array) -> tuple[pa.Array, Mask | None]:
    data = data_bytes(values)
    if not len(data) or data.max() < _FIRST_NON_ASCII:
        return as_string(values), None
    try:
        return values.cast(pa.string()), None
    except pa.ArrowInvalid:
        pass
    texts, broken = values.to_pylist(), np.zeros(len(values), dtype=np.bool_)
    at = np.flatnonzero(data >= _FIRST_NON_ASCII) + offsets(values)[0]
    suspects = np.unique(np.searchsorted(offsets(values), at, side="right") - 1)
    for row in suspects.tolist():
        try:
            texts[row].decode()
        except UnicodeDecodeError:
            broken[row] = True
            texts[row] = texts[row].decode(errors="replace").encode()
    return pa.array(texts, pa.binary()).cast(pa.string()), broken


def constant(value: str, rows: int) -> pa.Array:
    """A dictionary column that has one value in every row."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, dtype=np.int32)), pa.array([value]))


def merged(columns: Sequence[pa.Array]) -> pa.Array | None:
    """The first value that is not null of columns of one type and length, all dictionaries or none; None for no column.

    >>> merged([pa.array(["a", None]).dictionary_encode(), pa.array(["b", "c"]).dictionary_encode()]).to_pylist()
    ['a', 'c']
    """
    best: pa.Array | None = None
    for column in columns:
        if best is None or best.null_count == len(best):
            best = column
        elif best.null_count and column.null_count < len(column):
            best = _coalesced(best, column)
    return best


def _coalesced(first: pa.Array, second: pa.Array) -> pa.Array:
    if not is_dictionary(first):
        return pc.coalesce(first, second)
    return pc.coalesce(plain(first), plain(second)).dictionary_encode()


def plain(values: pa.Array) -> pa.Array:
    """The values themselves, also of a dictionary."""
    return values.dictionary.take(values.indices) if is_dictionary(values) else values


def only_where(rows: Mask, values: pa.Array) -> pa.Array:
    """The values of the marked rows, null in the others."""
    if not is_dictionary(values):
        return pc.if_else(pa.array(rows), values, None)
    return pa.DictionaryArray.from_arrays(pc.if_else(pa.array(rows), values.indices, None), values.dictionary)


def has_value(values: pa.Array) -> Mask:
    """Rows that are not null."""
    valid: Mask = values.is_valid().to_numpy(zero_copy_only=False)
    return valid
