from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.mediapackage import distinct
from shared.sources.mediapackage.distinct import Combinations, Distinct, only_where

TEXTS = st.lists(st.tuples(*[st.sampled_from(["a", "b", "", None])] * 3), max_size=12)


@pytest.mark.parametrize("most_marks", [1 << 20, 0], ids=["marked", "sorted"])
@settings(max_examples=40, deadline=None)
@given(rows=TEXTS)
def test_combinations_give_back_the_rows(rows: list[tuple[str | None, ...]], most_marks: int) -> None:
    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(3)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distinct, "_MOST_MARKS", most_marks)
        first, second, third = (Distinct.of(column, len(rows)) for column in columns)
        found = Combinations.of(first=first, second=second, third=third)
    again = [found.column(values).rows().to_pylist() for values in found.columns.values()]
    assert list(zip(*again, strict=True)) == rows
    combinations = list(zip(*(values.to_pylist() for values in found.columns.values()), strict=True))
    assert sorted(combinations, key=str) == sorted(set(rows), key=str)


def test_values_that_no_row_has_are_left_out() -> None:
    column = Distinct.of(pa.DictionaryArray.from_arrays(pa.array([1, 1], pa.int32()), pa.array(["a", "b"])), 2)
    assert Combinations.of(only=column).columns["only"].to_pylist() == ["b"]


def test_texts_come_as_codes_with_each_text_once() -> None:
    column = Distinct.of(pa.array(["x", "y", None, "x"]), 4).with_values(pa.array(["same", "same", None]))
    rows = column.text_rows()
    assert (rows.type, rows.to_pylist()) == (pa.dictionary(pa.int32(), pa.string()), ["same", "same", None, "same"])
    assert rows.dictionary.to_pylist() == ["same"]
    assert column.once().values.to_pylist() == ["same", None]


def test_a_missing_column_is_null() -> None:
    assert Distinct.of(None, 3).rows().to_pylist() == [None] * 3


def test_only_where() -> None:
    rows = np.array([True, False, True])
    assert only_where(rows, pa.array([1, 2, None])).to_pylist() == [1, None, None]
    codes = only_where(rows, pa.array(["a", "b", "a"]).dictionary_encode())
    assert (codes.type, codes.to_pylist()) == (pa.dictionary(pa.int32(), pa.string()), ["a", None, "a"])
