from __future__ import annotations

import re
from datetime import datetime

import pytest

from shared.errors import UsageError
from shared.query.athena import translate
from shared.query.questions import HourRange, Question, all_questions, question_named
from shared.query.questions.question import read_question
from shared.query.tables import all_tables

FILE = """-- Some title
--
-- What it answers,
-- in two lines.
--
-- :by = country | asn  what to count apart
-- :limit = 50  rows to list
-- :site = 'www'  whose
SELECT :by, '12:30 :limit' AS text -- not :limit
FROM cloudfront_requests
WHERE :hours AND host = :site AND event_time >= :from AND event_time < :to
LIMIT :limit
"""
HOUR = HourRange(datetime(2026, 11, 1, 10), datetime(2026, 11, 1, 11))


@pytest.fixture
def question() -> Question:
    return read_question("some", FILE)


def test_the_head_of_a_file_says_what_it_is(question: Question) -> None:
    assert (question.name, question.title, question.answers) == (
        "some",
        "Some title",
        "What it answers, in two lines.",
    )
    assert [(each.name, each.default, each.choices, each.meaning) for each in question.parameters] == [
        ("by", "country", ("country", "asn"), "what to count apart"),
        ("limit", "50", (), "rows to list"),
        ("site", "'www'", (), "whose"),
    ]


def test_placeholders_are_filled_in_but_not_in_texts_and_comments(question: Question) -> None:
    assert question.sql(HOUR, {"by": "asn", "site": "o'x; --", "limit": "007"}) == (
        "-- Some title\n--\n-- What it answers,\n-- in two lines.\n"
        "SELECT asn, '12:30 :limit' AS text -- not :limit\n"
        "FROM cloudfront_requests\n"
        "WHERE year = '2026' AND month = '11' AND day = '01' AND hour = '10' AND host = 'o''x; --' "
        "AND event_time >= TIMESTAMP '2026-11-01 10:00:00' AND event_time < TIMESTAMP '2026-11-01 11:00:00'\n"
        "LIMIT 7\n"
    )


def test_defaults_hold_for_what_is_not_given(question: Question) -> None:
    sql = question.sql()
    assert "SELECT country" in sql
    assert "host = 'www'" in sql
    assert sql.endswith("LIMIT 50\n")


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("limit", "5; DROP TABLE x", "whole number"),
        ("limit", "-1", "whole number"),
        ("limit", "٣", "whole number"),
        ("limit", "", "whole number"),
        ("by", "status", "country, asn"),
        ("by", "country, 1", "country, asn"),
        ("nothing", "1", "by, limit, site"),
        ("hours", "true", "by, limit, site"),
    ],
)
def test_what_is_no_value_is_refused(question: Question, name: str, value: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        question.sql(settings={name: value})
    assert remedy in caught.value.remedy


def test_an_unknown_question_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="no question 'nothing'") as caught:
        question_named("nothing")
    assert "loglake questions" in caught.value.remedy


@pytest.mark.parametrize("shipped", all_questions(), ids=lambda shipped: shipped.name)
def test_a_shipped_file_is_whole(shipped: Question) -> None:
    """It has a head, sets no more and no less than it uses, is bound to hours, and is SQL that Athena knows."""
    assert shipped.title
    assert not shipped.title.endswith(".")
    assert shipped.answers.endswith(".")
    assert shipped.text.count("\n-- :") == len(shipped.parameters)
    used = set(re.findall(r"[ (]:([a-z_]+)", re.sub("(?m)^--.*", "", shipped.text)))
    own = {parameter.name for parameter in shipped.parameters}
    assert used - own in ({"hours"}, {"from", "to"})
    assert own <= used
    assert any(f"FROM {table.name}\n" in shipped.text for table in all_tables())
    for setting in [{}, *({"by": choice} for each in shipped.parameters for choice in each.choices)]:
        assert translate(shipped.sql(HOUR, setting))
