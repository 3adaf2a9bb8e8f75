"""`loglake questions` and `loglake ask`, as typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from shared.query.questions import all_questions

Loglake = Callable[..., Result]


def test_questions_are_listed_with_titles_and_what_can_be_set(loglake: Loglake) -> None:
    told = loglake("questions").stdout
    for question in all_questions():
        assert f"{question.name} " in told
        assert question.title in told
    assert "min_bytes=100000" in told
    listed = {each["name"]: each for each in json.loads(loglake("questions", "--json").stdout)}
    assert listed.keys() == {question.name for question in all_questions()}
    assert "country" in listed["latency"]["parameters"][0]["choices"]


def test_a_question_is_answered_under_its_title(loglake: Loglake, home: Path) -> None:
    told = loglake("ask", "traffic_by_edge", "--lake", home / "lake", "--set", "limit=3").stdout.splitlines()
    assert told[0] == "Traffic by distribution and edge location"
    assert told[1].split() == ["distribution_id", "edge_location", "requests", "sent_bytes"]
    assert len(told) == 5


def test_hours_and_settings_choose(loglake: Loglake, home: Path) -> None:
    def requests(*options: str) -> int:
        asked = loglake("ask", "cache_hit_ratios", "--lake", home / "lake", "--json", *options)
        return sum(row["requests"] for row in json.loads(asked.stdout))

    whole = requests()
    early, late = requests("--to", "2026-11-01T11"), requests("--from", "2026-11-01T11")
    assert whole == early + late
    assert min(early, late) > 0
    assert requests("--from", "2026-11-01", "--to", "2026-11-02", "--set", "by=edge_location") < whole
    assert requests("--from", "2026-11-01", "--set", "by=edge_location", "--set", "limit=1000") == whole


def test_the_sql_is_shown_without_a_lake_and_is_what_query_takes(loglake: Loglake, home: Path) -> None:
    options = ("--from", "2026-11-01T10", "--set", "limit=7")
    sql = loglake("ask", "top_urls", "--show-sql", *options).stdout
    assert sql.startswith("-- Top URLs\n--\n-- The most requested paths")
    assert sql.endswith("LIMIT 7\n")
    assert ":" not in sql.partition("WITH")[2]
    asked = loglake("ask", "top_urls", "--lake", home / "lake", "--format", "csv", *options).stdout
    assert loglake("query", "--lake", home / "lake", "--format", "csv", "--", sql).stdout == asked
    assert len(asked.splitlines()) == 8


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nothing", "--show-sql"), "no question 'nothing'"),
        (("bots", "--show-sql", "--set", "limit"), "names no value"),
        (("bots", "--show-sql", "--set", "limit=x"), "limit cannot be 'x'"),
        (("bots", "--show-sql", "--set", "by=x"), "has no by"),
        (("bots", "--show-sql", "--from", "yesterday"), "which is no hour"),
        (("bots", "--show-sql", "--from", "2026-11-02", "--to", "2026-11-01"), "no hour from 2026-11-02T00"),
        (("bots",), "give --lake, or --show-sql"),
        (("bots", "--lake", "no-such-lake"), "There is no lake"),
    ],
)
def test_mistakes_are_explained(loglake: Loglake, words: tuple[str, ...], told: str) -> None:
    result = loglake("ask", *words)
    assert result.exit_code == 2
    assert told in result.stderr
