"""Answers held against each other: equal values in equal order; only quotients may differ in their last digits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from tests.query.answers.counting import Row

RELATIVE_TOLERANCE = 1e-12


def assert_equal_answers(seen: Sequence[Row], expected: Sequence[Row]) -> None:
    """Equal rows in equal order; an ellipsis stands for any value."""
    for number, (left, right) in enumerate(zip_longest(seen, expected), 1):
        assert left is not None, f"row {number} is missing: {right}"
        assert right is not None, f"row {number} is too many: {left}"
        assert len(left) == len(right), f"row {number}: {left}, expected {right}"
        assert all(map(_equal, left, right)), f"row {number}: {left}, expected {right}"


def _equal(left: Any, right: Any) -> bool:
    if right is ... or left is ...:
        return True
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) <= RELATIVE_TOLERANCE * abs(right)
    return type(left) is type(right) and bool(left == right)
