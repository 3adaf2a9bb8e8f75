"""Backfill files: what they may say, what is refused, and how they remember that they were done."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.engine.backfill import (
    BackfillStatus,
    as_lines,
    note_outcome,
    outcome,
    parse_backfill,
    read_backfill,
    with_outcome,
)
from shared.engine.operation import Operation, Purpose
from shared.engine.selection import Selection
from shared.errors import UsageError
from shared.sources.cloudfront import SOURCE

GOOD = """\
# Status was read as text.
[backfill]
source = "cloudfront"
from   = "2026-10-01"     # the first day
to     = "2026-11-01T12"
reason = "status was read as text before parser 2"
owner  = "lake-team@example.com"
status = "approved"       # planned, approved, done, cancelled

# That is all.
"""
OPERATION = Operation("cloudfront", "d", "2026-11-25T02:00:00+00:00", 3, counts={"batches": 2, "rows": 41})
FINISHED = datetime(2026, 11, 25, 3, 4, 5, tzinfo=UTC)


def with_lines(*lines: str) -> str:
    return GOOD + "\n".join(lines) + "\n"


def test_a_file_says_which_objects_why_and_who() -> None:
    found = parse_backfill(GOOD, "file.toml")
    assert (found.source, found.status, found.raw) == ("cloudfront", BackfillStatus.APPROVED, None)
    assert found.purpose == Purpose("status was read as text before parser 2", "lake-team@example.com")
    assert found.selection(SOURCE) == Selection(
        from_hour=datetime(2026, 10, 1), to_hour=datetime(2026, 11, 1, 12), salvage=False
    )


def test_a_file_may_say_all_that_the_command_may() -> None:
    text = with_lines(
        'objects = ["*a.gz", "*b.gz"]', 'quarantine_reason = "cut_line"', 'parser_before = "current"', "salvage = true"
    )
    assert parse_backfill(text, "file.toml").selection(SOURCE) == Selection(
        ("*a.gz", "*b.gz"), datetime(2026, 10, 1), datetime(2026, 11, 1, 12), "cut_line", True, SOURCE.parser_version
    )
    assert parse_backfill(with_lines("parser_before = 1"), "f").selection(SOURCE).parser_before == 1
    assert parse_backfill(with_lines('raw = "s3://example-logs/cdn"'), "f").raw == "s3://example-logs/cdn"


@pytest.mark.parametrize(
    ("text", "named", "remedy"),
    [
        ("", "no section [backfill]", "[backfill]"),
        ("[backfill", "no TOML", "mend"),
        ("backfill = 1", "no section [backfill]", "[backfill]"),
        (GOOD + "[other]", "unknown 'other'", "take it out"),
        (with_lines('form = "2026-10-01"'), "unknown key 'form'", "from"),
        (GOOD.replace("reason =", "# reason ="), "reason is missing", "why"),
        (GOOD.replace("owner  =", "# owner  ="), "owner is missing", "who"),
        (GOOD.replace("source =", "# source ="), "source is missing", "cloudfront"),
        (GOOD.replace("status =", "# status ="), "status is missing", "approved"),
        (GOOD.replace('"lake-team@example.com"', '" "'), "owner cannot be ' '", "not empty"),
        (GOOD.replace('"approved"', '"ready"'), "status cannot be 'ready'", "approved"),
        (GOOD.replace('"2026-10-01"', "2026-10-01"), "from cannot be", '"text"'),
        (GOOD.replace('"2026-10-01"', '"October"'), "from is 'October'", "2026-11-01T10"),
        (GOOD.replace('"2026-11-01T12"', '"2026-11-01T25"'), "to is '2026-11-01T25'", "2026-11-01T10"),
        (with_lines('objects = "*.gz"'), "objects cannot be", '["text", ...]'),
        (with_lines("objects = []"), "objects cannot be", "not empty"),
        (with_lines("objects = [1]"), "objects cannot be", '["text", ...]'),
        (with_lines('parser_before = "2"'), "parser_before cannot be", "a number"),
        (with_lines("parser_before = true"), "parser_before cannot be", "a number"),
        (with_lines('salvage = "yes"'), "salvage cannot be", "true or false"),
        (with_lines("raw = 1"), "raw cannot be", '"text"'),
        (GOOD.replace("from ", "# from ").replace("to  ", "# to  "), "chooses no objects", "quarantine_reason"),
    ],
)
def test_what_is_wrong_with_a_file_is_named_with_a_remedy(text: str, named: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_backfill(text, "backfills/file.toml")
    assert named in caught.value.what
    assert "backfills/file.toml" in caught.value.what
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (['quarantine_reason = "bad luck"'], "no reason 'bad luck'"),
        (["parser_before = 9"], "Parsers before version 9"),
        (["parser_before = 1", 'raw = "raw"'], "neither a reason"),
    ],
)
def test_a_choice_that_makes_no_sense_names_the_file(lines: list[str], named: str) -> None:
    with pytest.raises(UsageError, match=r"file\.toml: ") as caught:
        parse_backfill(with_lines(*lines), "file.toml").selection(SOURCE)
    assert named in caught.value.what


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml cannot be read"):
        read_backfill(str(tmp_path / "none.toml"))
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"binary\.toml is no text"):
        read_backfill(str(tmp_path / "binary.toml"))


def test_the_outcome_changes_what_it_must_and_keeps_the_rest() -> None:
    done = with_outcome(GOOD, outcome(OPERATION, FINISHED))
    former, now = GOOD.splitlines(), done.splitlines()
    assert [line for line in former if line not in now] == [former[7]]
    assert now[7] == 'status = "done"       # planned, approved, done, cancelled'
    assert tomllib.loads(done)["backfill"] == tomllib.loads(GOOD)["backfill"] | {
        "status": "done",
        "finished": "2026-11-25T03:04:05Z",
        "counts": {"objects": 3, "batches": 2, "rows": 41},
    }
    assert parse_backfill(done, "f").finished == "2026-11-25T03:04:05Z"


def test_a_file_that_is_approved_once_more_has_one_outcome() -> None:
    once = with_outcome(GOOD, outcome(OPERATION, FINISHED))
    twice = with_outcome(once.replace('"done"', '"approved"'), outcome(OPERATION, FINISHED))
    assert twice == once


def test_the_outcome_is_noted_in_the_file_as_it_is_by_then(tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_text(GOOD + "# edited meanwhile\n")
    assert note_outcome(str(path), outcome(OPERATION, FINISHED))
    assert "# edited meanwhile" in path.read_text()
    assert read_backfill(str(path)).status is BackfillStatus.DONE


@pytest.mark.parametrize("content", ["[backfill", "", "[other]\n"])
def test_a_file_that_is_no_longer_a_backfill_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "file.toml"
    path.write_text(content)
    assert not note_outcome(str(path), outcome(OPERATION, FINISHED))
    assert path.read_text() == content


def test_what_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    keys = outcome(OPERATION, FINISHED)
    assert not note_outcome(str(tmp_path), keys)
    assert not note_outcome("s3://example-logs/file.toml", keys)
    assert tomllib.loads(as_lines(keys))["backfill"] == keys
