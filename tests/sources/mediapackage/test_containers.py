"""Records out of every wrapping: each is accounted for, and wrappings that say the same give the same rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from shared.raw.pieces import ParquetPiece, TextPiece
from shared.raw.records import RecordsPiece
from shared.raw.unwrap import unwrap
from shared.sources.base import KeyFacts, Parsed, SourceSettings
from shared.sources.mediapackage import MediapackageParser
from shared.text import count_lines

SAMPLES = Path(__file__).parents[2] / "samples" / "containers"
OBJECTS = sorted(path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*") if path.is_file())


def parse(name: str) -> list[tuple[int, Parsed]]:
    """Of each piece of an object, the records or lines that it holds and what comes of them."""
    parser = MediapackageParser(KeyFacts(name), SourceSettings())
    found = []
    for piece in unwrap((SAMPLES / name).read_bytes()):
        if isinstance(piece, RecordsPiece) and piece.records.num_rows:
            found.append((piece.records.num_rows, parser.parse_records(piece.records)))
        elif isinstance(piece, TextPiece):
            found.append((count_lines(piece.data), parser.parse_text(piece.data)))
        elif isinstance(piece, ParquetPiece):
            found.append((piece.table.num_rows, parser.parse_parquet(piece.table)))
    return found


@pytest.mark.parametrize("name", OBJECTS)
def test_nothing_is_lost(name: str) -> None:
    for records, parsed in parse(name):
        assert parsed.records + sum(parsed.ignored.values()) == records


def rows(name: str, *columns: str) -> list[dict[str, Any]]:
    return list(pa.concat_tables([parsed.rows for _, parsed in parse(name)]).select(columns).to_pylist())


@pytest.mark.parametrize("name", ["a1_multimember.gz", "a2_double_gzip.gz", "b_envelopes_no_newline.json"])
def test_envelopes_give_group_and_event(name: str) -> None:
    found = rows(name, "log_group", "log_event_id", "direction", "time_source")
    assert found == rows("a1_multimember_no_extension", *found[0])
    assert found
    assert all(len(row["log_event_id"]) == 56 and row["log_group"].startswith("/aws/MediaPackage/") for row in found)
