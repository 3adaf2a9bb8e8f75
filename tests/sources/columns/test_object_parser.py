"""What holds for the lines of every source."""

from __future__ import annotations

import pytest

from shared.sources.base import ObjectParser, SourceSettings
from shared.sources.columns.lines import LINE_LIMIT
from shared.sources.registry import SOURCES

EVERY_SOURCE = pytest.mark.parametrize("name", SOURCES)


def parser(name: str) -> ObjectParser:
    source = SOURCES[name]
    return source.new_parser(source.read_key("logs/1"), SourceSettings())


@EVERY_SOURCE
def test_blanks_longer_than_any_line_are_a_blank_line(name: str) -> None:
    parsed = parser(name).parse_text(b" " * (LINE_LIMIT + 1))
    assert (parsed.records, dict(parsed.ignored)) == (0, {"blank": 1})


@EVERY_SOURCE
def test_a_first_line_longer_than_any_costs_itself(name: str) -> None:
    parsed = parser(name).parse_text(b"x" * (LINE_LIMIT + 1) + b"\nwhat is this\n")
    assert parsed.rejects["reason"].to_pylist()[0] == "line_too_long"
    assert parsed.records == 2
