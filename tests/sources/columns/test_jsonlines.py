"""Odd lines among plain ones: read by themselves, and the others as if they were not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.base import Parsed, SourceSettings
from shared.sources.columns import jsonlines
from shared.sources.mediapackage import SOURCE

ODD = (
    b'{"timestamp": "2026-03-',
    b'"text"',
    b'{"others": 1}',
    b"[1]",
    b"",
    b'{"a": {"b": [1]}}',
    b"{} {}",
    b"\xff",
    b"{\xff}",
)


def record(number: int, **beside: Any) -> bytes:
    known = {
        "event_timestamp": "2026-03-01T12:00:00.123Z",
        "request": f"https://a.egress.b.mediapackagev2.us-east-1.amazonaws.com/out/v1/g/c/e/seg_{number}.ts",
        "status_code": 200,
        "request_id": f"id{number}",
    }
    return json.dumps({**known, **beside}).encode()


def parsed(lines: list[bytes]) -> Parsed:
    parser = SOURCE.new_parser(SOURCE.read_key("logs/1"), SourceSettings())
    return parser.parse_text(b"".join(line + b"\n" for line in lines))


def by_id(rows: Parsed) -> dict[str, dict[str, Any]]:
    return {row["request_id"]: row | {"source_line": None} for row in rows.rows.to_pylist()}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 299), st.sampled_from(ODD)), max_size=20), st.sets(st.integers(0, 299)))
def test_plain_lines_give_the_rows_that_they_give_alone(odd: list[tuple[int, bytes]], with_new: set[int]) -> None:
    plain = [record(number, **({"new": [number]} if number in with_new else {})) for number in range(300)]
    lines: list[bytes] = []
    for number, line in enumerate(plain):
        lines += [text for at, text in odd if at == number]
        lines.append(line)
    found = parsed(lines)
    assert by_id(found) == by_id(parsed(plain))
    numbers = [*found.rows["source_line"].to_pylist(), *found.rejects["source_line"].to_pylist()]
    assert len(set(numbers)) + sum(found.ignored.values()) == len(lines)


def test_only_odd_lines_are_read_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []
    one_by_one = jsonlines.read_objects

    def counting(line: bytes) -> Iterator[Any]:
        read.append(line)
        return one_by_one(line)

    monkeypatch.setattr(jsonlines, "read_objects", counting)
    odd = [b'{"timestamp": "2026-03-', b'"text"', b'{"others": 1}', record(9999, new=1)]
    lines = [record(number) for number in range(3000)]
    for at, line in enumerate(odd):
        lines.insert(700 * at + 5, line)
    assert parsed(lines).records == 3004
    assert set(odd) <= set(read)
    assert len(read) <= len(odd) + 4  # some lines of the block say what members to expect
