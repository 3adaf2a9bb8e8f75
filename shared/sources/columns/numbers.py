"""Numbers of log fields by one grammar, whatever path the bytes took.

Integers are `-?[0-9]{1,18}` within the range of their column, decimals `-?digits[.digits]` and finite; spaces around
are dropped. JSON may add an exponent to a decimal. Everything else is null, and said to be bad. Arrow's own casts
accept more (0x1F, 1e3, nan, a lone dot), so their input is checked first: by one look at all bytes of the column, and
only if that fails value by value.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.columns.texts import (
    Bytes,
    Mask,
    as_string,
    data_bytes,
    is_dictionary,
    offsets,
    rows_of,
    take_values,
)

_ZERO, _DOT = ord("0"), ord(".")
_INTEGER = "^-?[0-9]{1,18}$"
_DECIMAL = r"^-?[0-9]+(\.[0-9]+)?$"
_WITH_EXPONENT = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_LONGEST_INTEGER = 18
_LONGEST_DECIMAL = 300  # so many digits cannot overflow a double
_LARGEST_DOUBLE = float(np.finfo(np.float64).max)


def to_integers(values: pa.Array, kind: pa.DataType) -> tuple[pa.Array, Mask | None]:
    """Binary (or a dictionary of it) to int32 or int64. Also the rows that held something else, None for no row."""
    return _per_distinct(values, lambda distinct: _integers(distinct, kind))


def to_decimals(values: pa.Array, *, exponents: bool = False) -> tuple[pa.Array, Mask | None]:
    """Binary (or a dictionary of it) to double. Also the rows that held something else, None for no row.

    exponents   the numbers are those of JSON, where small and large ones may have an exponent
    """
    return _per_distinct(values, lambda distinct: _decimals(distinct, _WITH_EXPONENT if exponents else _DECIMAL))


def _per_distinct(
    values: pa.Array, convert: Callable[[pa.Array], tuple[pa.Array, Mask | None]]
) -> tuple[pa.Array, Mask | None]:
    if not is_dictionary(values):
        return convert(values)
    numbers, bad = convert(values.dictionary)
    return take_values(numbers, values), None if bad is None else rows_of(bad, values)


def _integers(values: pa.Array, kind: pa.DataType) -> tuple[pa.Array, Mask | None]:
    numbers, bad = None, None
    if _all_digits(data_bytes(values)) and _longest(values) <= _LONGEST_INTEGER:
        numbers = _cast(values, pa.int64())
    if numbers is None:
        numbers, bad = _by_grammar(values, _INTEGER, pa.int64())
    if pa.types.is_int32(kind):
        numbers, bad = _within(numbers, bad, -(2**31), 2**31 - 1)
    return numbers.cast(kind), bad


def _decimals(values: pa.Array, grammar: str) -> tuple[pa.Array, Mask | None]:
    data = data_bytes(values)
    if _all_digits(data[data != _DOT]) and _longest(values) <= _LONGEST_DECIMAL and not _dot_at_an_end(values):
        numbers = _cast(values, pa.float64())
        if numbers is not None:
            return numbers, None
    numbers, bad = _by_grammar(values, grammar, pa.float64())
    return _within(numbers, bad, -_LARGEST_DOUBLE, _LARGEST_DOUBLE)


def _all_digits(data: Bytes) -> bool:
    return bool(((data - np.uint8(_ZERO)) < 10).all())


def _longest(values: pa.Array) -> int:
    return int(np.diff(offsets(values)).max(initial=0))


def _dot_at_an_end(values: pa.Array) -> bool:
    data, bounds = data_bytes(values), offsets(values)
    filled = np.diff(bounds) > 0
    first, last = bounds[:-1][filled] - bounds[0], bounds[1:][filled] - bounds[0] - 1
    return bool((data[first] == _DOT).any() or (data[last] == _DOT).any())


def _cast(values: pa.Array, kind: pa.DataType) -> pa.Array | None:
    try:
        return as_string(values).cast(kind)
    except pa.ArrowInvalid:
        return None


def _by_grammar(values: pa.Array, grammar: str, kind: pa.DataType) -> tuple[pa.Array, Mask | None]:
    trimmed = pc.ascii_trim(as_string(values), " ")
    fits = pc.match_substring_regex(trimmed.view(pa.binary()), grammar)
    bad = pc.invert(fits).fill_null(False).to_numpy(zero_copy_only=False)
    return pc.if_else(fits, trimmed, None).cast(kind), bad if bad.any() else None


def _within(numbers: pa.Array, bad: Mask | None, least: float, most: float) -> tuple[pa.Array, Mask | None]:
    fits = pc.and_(pc.greater_equal(numbers, least), pc.less_equal(numbers, most))
    if pc.all(fits).as_py() is not False:
        return numbers, bad
    outside = pc.invert(fits).fill_null(False).to_numpy(zero_copy_only=False)
    return pc.if_else(fits, numbers, None), outside if bad is None else bad | outside
