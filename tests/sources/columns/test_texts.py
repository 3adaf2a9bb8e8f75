"""Columns of text by their distinct values."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sources.columns.texts import merged, only_where

COLUMNS = st.integers(1, 5).flatmap(
    lambda rows: st.lists(
        st.lists(st.none() | st.sampled_from("abc"), min_size=rows, max_size=rows), min_size=1, max_size=3
    )
)


@given(columns=COLUMNS, encoded=st.booleans())
def test_merged_takes_the_first_value(columns: list[list[str | None]], encoded: bool) -> None:
    arrays = [pa.array(column, pa.string()) for column in columns]
    found = merged([array.dictionary_encode() for array in arrays] if encoded else arrays)
    assert found is not None
    rows = zip(*columns, strict=True)
    assert found.to_pylist() == [next((each for each in row if each is not None), None) for row in rows]


def test_merged_of_nothing_is_nothing() -> None:
    assert merged([]) is None


@pytest.mark.parametrize("encoded", [False, True])
def test_only_where(encoded: bool) -> None:
    values = pa.array(["a", "b", None])
    kept = only_where(np.array([True, False, True]), values.dictionary_encode() if encoded else values)
    assert kept.to_pylist() == ["a", None, None]
