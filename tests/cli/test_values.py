from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.cli.values import csv_value, jsonable, readable, to_the_second

BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (datetime(2026, 11, 1, 10), "2026-11-01T10:00:00.000Z"),
        (datetime(2026, 11, 1, 10, 0, 0, 1500, tzinfo=UTC), "2026-11-01T10:00:00.001500Z"),
        (datetime(2026, 11, 1, 10, tzinfo=BERLIN), "2026-11-01T09:00:00.000Z"),
        (date(2026, 11, 1), "2026-11-01"),
        (b"\x00\xff", "00ff"),
        (Decimal("12"), 12),
        (Decimal("1.5"), 1.5),
        (float("nan"), None),
        (float("-inf"), None),
        (2**70, 2**70),
        (True, True),
        ({"a": [float("nan"), {"b": None}]}, {"a": [None, {"b": None}]}),
    ],
)
def test_values_in_json(value: Any, plain: Any) -> None:
    assert jsonable(value) == plain


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.datetimes() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=50, deadline=None)
@given(value=VALUES)
def test_any_value_is_valid_json_and_one_line_of_text(value: Any) -> None:
    json.loads(json.dumps(jsonable(value), allow_nan=False))
    assert len(readable(value).splitlines()) <= 1
    assert isinstance(csv_value(value), str)


def test_numbers_for_people_and_for_copying() -> None:
    assert readable(1234567) == "1,234,567"
    assert readable(1234.5678) == "1,234.568"
    assert readable(1234567, grouped=False) == "1234567"
    assert readable(1234.5678, grouped=False) == "1234.5678"
    assert readable(True) == "yes"


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert readable("a\tb\nc\x1b[31m") == "a b c\N{REPLACEMENT CHARACTER}[31m"


def test_a_moment_to_the_second() -> None:
    assert to_the_second(datetime(2026, 11, 1, 10, 0, 59, 999_000)) == "2026-11-01T10:00:59Z"
