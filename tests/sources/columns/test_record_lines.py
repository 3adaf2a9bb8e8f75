from __future__ import annotations

import json

import pyarrow as pa
import pytest

from shared.raw.records import RECORD_SCHEMA, RecordsPiece
from shared.raw.unwrap import unwrap
from shared.sources.base import KeyFacts, SourceSettings
from shared.sources.cloudfront import SOURCE

FIELDS = {"date": "2026-03-01", "time": "12:00:06", "x-edge-location": "AMS1", "sc-bytes": "7", "c-ip": "192.0.2.1"}


def line(request_id: str, **more: str) -> str:
    return json.dumps({**FIELDS, "x-edge-request-id": request_id, **more})


def records(text: str) -> pa.Table:
    pieces = [piece for piece in unwrap(text.encode()) if isinstance(piece, RecordsPiece)]
    return pa.concat_tables([piece.records for piece in pieces])


@pytest.mark.parametrize("joint", ["", "\n", "\n\n \n"])
def test_rows_and_rejects_have_the_numbers_of_their_records(joint: str) -> None:
    parser = SOURCE.new_parser(KeyFacts("object"), SourceSettings())
    seen = []
    for ids in ("ab", "cd"):
        found = records(joint.join([line(ids[0]), '{"date": "?"}', json.dumps(json.loads(line(ids[1])), indent=1)]))
        parsed = parser.parse_records(found)
        numbers = found["number"].to_pylist()
        assert parsed.rows["request_id"].to_pylist() == list(ids)
        assert parsed.rows["source_line"].to_pylist() == [numbers[0], numbers[2]]
        assert parsed.rejects["source_line"].to_pylist() == [numbers[1]]
        seen.append(numbers)
    assert seen[0] == seen[1]


def test_records_that_are_a_part_of_a_table_are_read_as_they_are() -> None:
    found = records("\n".join(line(each) for each in "abcd") + "\n").slice(1, 2)
    assert found.schema == RECORD_SCHEMA
    parsed = SOURCE.new_parser(KeyFacts("object"), SourceSettings()).parse_records(found)
    assert parsed.rows["request_id"].to_pylist() == ["b", "c"]
    assert parsed.rows["source_line"].to_pylist() == [2, 3]


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "blank"])
def test_each_text_is_a_line_whatever_it_ends_with(ending: str, last: str) -> None:
    texts = [line("a") + ending, "", line("b").replace(", ", ",\n") + ending, " ", line("c"), line("d") if last else ""]
    for part in (texts, texts[:1], texts[4:5], texts[3:], texts[1:2]):
        columns = {
            "text": [text.encode() for text in part],
            "number": range(5, 5 + len(part)),
            "route": ["direct"] * len(part),
        }
        found = pa.table({name: pa.array(columns.get(name, [None] * len(part))) for name in RECORD_SCHEMA.names})
        parsed = SOURCE.new_parser(KeyFacts("object"), SourceSettings()).parse_records(found.cast(RECORD_SCHEMA))
        numbers = [5 + at for at, text in enumerate(part) if text.strip()]
        assert parsed.rows["source_line"].to_pylist() == numbers
        assert sum(parsed.ignored.values()) == len(part) - len(numbers)
