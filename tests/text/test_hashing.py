from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.text.hashing import key_hashes

texts = st.lists(st.none() | st.text(max_size=20) | st.text("ab", min_size=250, max_size=300), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(values=texts, cut=st.integers(0, 30), before=st.integers(0, 3))
def test_equal_values_have_equal_hashes_in_every_form(values: list[str | None], cut: int, before: int) -> None:
    plain = pa.array(values, pa.string())
    expected = key_hashes([plain])
    cut = min(cut, len(values))
    longer = pa.array(["?" * n for n in range(before)] + values + ["!"], pa.string())
    forms = [
        pa.chunked_array([plain[:cut], pa.array([], pa.string()), plain[cut:]]),
        longer.slice(before, len(values)),
        plain.dictionary_encode(),
        longer.dictionary_encode().slice(before, len(values)),
        pa.chunked_array([plain[:cut].dictionary_encode(), plain[cut:].dictionary_encode()]),
        plain.cast(pa.large_string()),
        plain.cast(pa.binary()),
    ]
    for form in forms:
        assert key_hashes([form]).tolist() == expected.tolist()
    alone = [int(key_hashes([pa.array([value], pa.string())])[0]) for value in values]
    assert alone == expected.tolist()


@settings(max_examples=60, deadline=None)
@given(values=texts)
def test_different_values_have_different_hashes(values: list[str | None]) -> None:
    distinct = sorted(set(values), key=repr)
    assert len(set(key_hashes([pa.array(distinct, pa.string())]).tolist())) == len(distinct)


def test_null_is_not_the_empty_text_and_columns_are_not_joined() -> None:
    first = pa.array(["", None, "ab", "a", "x", "y"])
    second = pa.array([None, "", "c", "bc", "y", "x"])
    assert len(set(key_hashes([first, second]).tolist())) == 6


def test_trailing_zero_bytes_count() -> None:
    values = pa.array(["a", "a\0", "a\0\0", "\0", ""])
    assert len(set(key_hashes([values]).tolist())) == 5


def test_long_values_differ_by_their_last_byte() -> None:
    values = pa.array(["x" * 256, "x" * 257, "x" * 5000, "x" * 4999 + "y"])
    assert len(set(key_hashes([values]).tolist())) == 4


@pytest.mark.parametrize("kind", [pa.int32(), pa.int64(), pa.timestamp("ms", tz="UTC")])
def test_numbers_and_times_hash_by_value(kind: pa.DataType) -> None:
    values = [0, 1, -1, None, 2**31 - 1]
    expected = key_hashes([pa.array(values, pa.int64())])
    assert key_hashes([pa.array(values, kind)]).tolist() == expected.tolist()
    assert len(set(expected.tolist())) == len(values)


def test_an_all_null_dictionary_hashes_like_plain_nulls() -> None:
    nulls = pa.DictionaryArray.from_arrays(pa.array([None, None], pa.int32()), pa.array([], pa.string()))
    assert key_hashes([nulls]).tolist() == key_hashes([pa.array([None, None], pa.string())]).tolist()


def test_no_rows_and_no_columns() -> None:
    assert len(key_hashes([pa.chunked_array([], pa.string())])) == 0
    assert len(key_hashes([pa.array([], pa.string())])) == 0
    with pytest.raises(ValueError, match="no key columns"):
        key_hashes([])


def test_hashes_spread_over_all_bits() -> None:
    # Neighbouring ids, as services number them: each bit is set in about half of the hashes, none collides.
    hashes = key_hashes([pa.array([f"request-{n:08d}" for n in range(50_000)])])
    assert len(np.unique(hashes)) == len(hashes)
    shares = [float(((hashes >> np.uint64(bit)) & np.uint64(1)).mean()) for bit in range(64)]
    assert min(shares) > 0.48
    assert max(shares) < 0.52


def test_the_hash_is_fixed_for_ever() -> None:
    # It stands in the data of every lake: another value here needs another column there.
    columns = [pa.array(["E2EXAMPLE", None, "x" * 300]), pa.array([7, 8, None], pa.int64())]
    expected = ["6f5e4274843ac162", "425d5782b263847e", "df857c2d27201a4c"]
    assert [f"{value:016x}" for value in key_hashes(columns).tolist()] == expected
