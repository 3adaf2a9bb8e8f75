"""One grammar of numbers, whatever the neighbours of a value."""

from __future__ import annotations

import math
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.columns.numbers import to_decimals, to_integers

INTEGERS = {
    b"0": 0,
    b"007": 7,
    b"-5": -5,
    b" 5": 5,
    b"5 ": 5,
    b"999999999999999999": 999999999999999999,
    b"1000000000000000000": None,
    b"0x1F": None,
    b"+5": None,
    b"1e3": None,
    b"1.5": None,
    b"nan": None,
    b"12x4": None,
    b"1 2": None,
    b"--1": None,
    b"5\n": None,
    b"\xff": None,
    b"5\0": None,
}
DECIMALS = {
    b"0.000": 0.0,
    b"2": 2.0,
    b"-0.5": -0.5,
    b" 912.004": 912.004,
    b"1.": None,
    b".5": None,
    b"1.2.3": None,
    b"1e3": None,
    b"nan": None,
    b"inf": None,
    b"1,5": None,
    b"0x1p3": None,
    b"9" * 400: None,
    b"-": None,
}


def check(found: pa.Array, bad: np.ndarray | None, wanted: list[float | None], faulty: list[bool]) -> None:
    assert found.to_pylist() == wanted
    assert (faulty if any(faulty) else None) == (None if bad is None else bad.tolist())


@pytest.mark.parametrize(("text", "value"), INTEGERS.items())
def test_integer_alone_and_among_others(text: bytes, value: int | None) -> None:
    for values, others in (([text], []), ([b"1", text, None], [1, None]), ([b"bad", text], [None])):
        array = pa.array(values, pa.binary())
        for form in (array, array.dictionary_encode()):
            found, bad = to_integers(form, pa.int64())
            assert found[values.index(text)].as_py() == value
            assert (bad is not None and bool(bad[values.index(text)])) == (value is None)
            assert found.null_count == others.count(None) + (value is None)


@pytest.mark.parametrize(("text", "value"), DECIMALS.items())
def test_decimal_alone_and_among_others(text: bytes, value: float | None) -> None:
    for values in ([text], [b"1.5", text, None], [b"bad", text]):
        found, bad = to_decimals(pa.array(values, pa.binary()))
        assert found[values.index(text)].as_py() == value
        assert (bad is not None and bool(bad[values.index(text)])) == (value is None)


def test_integers_stay_in_the_range_of_their_column() -> None:
    values = pa.array([b"2147483647", b"2147483648", b"-2147483648", b"-2147483649", None], pa.binary())
    check(
        *to_integers(values, pa.int32()), [2147483647, None, -2147483648, None, None], [False, True, False, True, False]
    )
    found, bad = to_integers(values, pa.int64())
    assert found[1].as_py() == 2147483648
    assert bad is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.none() | st.from_regex(rb"[ 0-9.eExX+-]{1,20}", fullmatch=True) | st.binary(min_size=1), max_size=12)
)
def test_grammar(values: list[bytes | None]) -> None:
    array = pa.array(values, pa.binary())
    for convert, grammar, read in (
        (lambda each: to_integers(each, pa.int64()), rb"-?[0-9]{1,18}", int),
        (to_decimals, rb"-?[0-9]+(\.[0-9]+)?", float),
    ):
        fits = [value is not None and re.fullmatch(grammar, value.strip(b" ")) is not None for value in values]
        wanted = [read(value) if fit else None for value, fit in zip(values, fits, strict=True)]
        wanted = [None if number is not None and not math.isfinite(number) else number for number in wanted]
        faulty = [value is not None and number is None for value, number in zip(values, wanted, strict=True)]
        check(*convert(array), wanted, faulty)
        check(*convert(array.dictionary_encode()), wanted, faulty)


@pytest.mark.parametrize(
    ("text", "value"), [(b"5e-05", 5e-05), (b"1.5E+3", 1500.0), (b"0.25", 0.25), (b"1e999", None), (b"e3", None)]
)
def test_numbers_of_json_may_have_an_exponent(text: bytes, value: float | None) -> None:
    numbers, bad = to_decimals(pa.array([text, b"1"]), exponents=True)
    check(numbers, bad, [value, 1.0], [value is None, False])
