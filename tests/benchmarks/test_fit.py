"""Exponents of growth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fit import exponent, growth_table
from benchmarks.readme import tables


@given(power=st.floats(-2, 3), factor=st.floats(0.01, 100), sizes=st.sets(st.integers(1, 10_000), min_size=2))
def test_the_exponent_of_a_power_law_is_found(power: float, factor: float, sizes: set[int]) -> None:
    values = [factor * size**power for size in sizes]
    assert exponent(list(sizes), values) == pytest.approx(power, abs=0.006)


@pytest.mark.parametrize(("sizes", "values"), [([1.0], [2.0]), ([2, 2], [1, 5]), ([1, 10], [0, 3]), ([], [])])
def test_too_few_points_have_none(sizes: list[float], values: list[float]) -> None:
    assert exponent(sizes, values) is None


def test_a_table_ends_with_the_exponents() -> None:
    points = [(1.0, {"s": 5.0, "MB": 10.0}), (10.0, {"s": 5.0, "MB": 0.0}), (100.0, {"s": 50.0, "MB": 10.0})]
    (rows,) = tables(growth_table("rows", points))
    assert [row["rows"] for row in rows] == ["1", "10", "100", "exponent", "exponent of the last two"]
    assert [row["s"] for row in rows] == ["5", "5", "50", "0.50", "1.00"]
    assert [row["MB"] for row in rows[3:]] == ["0.00", ""]
