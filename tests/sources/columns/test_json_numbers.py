"""Quotes around numbers change how a value is read, never what a text is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.columns.json_numbers import quote_numbers

NAMES = st.sampled_from(["a", "status_code", "x-1", "data.timestamp", "é", "", 'q"', "b\\"])
TEXTS = st.text(max_size=8) | st.sampled_from([":5,", '":5}', "a:-1,", '\\":7,', 'x":1,"y', '{"a":5,"b":6}'])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=5,
)
TORN = st.lists(
    st.sampled_from(['{"', '"', '":', ":", "5", "-", "0", "1.5e3", ",", "}", "{", "a", '"a":', " ", "\\", "01,", "\n"]),
    max_size=12,
).map("".join)


def read(text: str) -> Any:
    """The JSON values of lines, numbers as their text; None where one is no JSON."""
    try:
        return [json.loads(line, parse_int=str, parse_float=str) for line in text.split("\n")]
    except ValueError:
        return None


def quoted(text: str) -> str:
    return quote_numbers(text.encode()).to_pybytes().decode()


@settings(max_examples=150, deadline=None)
@given(
    objects=st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=3),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : ")]),
    ascii_only=st.booleans(),
)
def test_json_keeps_its_values(objects: list[dict[str, Any]], separators: tuple[str, str], ascii_only: bool) -> None:
    text = "\n".join(json.dumps(each, separators=separators, ensure_ascii=ascii_only) for each in objects)
    assert read(quoted(text)) == read(text)


@settings(max_examples=300, deadline=None)
@given(TORN | TORN.map(lambda torn: '{"b":1,' + torn) | TORN.map(lambda torn: torn + ',"b":1}'))
def test_what_is_no_json_stays_none(text: str) -> None:
    assert read(quoted(text)) == read(text)


@pytest.mark.parametrize("number", ["0", "-0", "12", "-3.0", "0.112", "1e3", "5E-05", "9" * 30])
@pytest.mark.parametrize("template", ['{{"a":{}}}', '{{"a": {},"b":"x"}}', '{{"a":"x","b":{}}}'])
def test_numbers_of_members_are_quoted(number: str, template: str) -> None:
    assert quoted(template.format(number)) == template.format(f'"{number}"')


@pytest.mark.parametrize(
    "text", ['{"a":01}', '{"a":1.}', '{"a":-}', '{"a":5,"b":.5}', '{"a":[5]}', '{"a":":5,"}', "{}"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert quoted(text).replace('"5"', "5") == text
