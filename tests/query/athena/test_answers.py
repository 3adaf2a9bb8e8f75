"""Athena's SQL gets Athena's answers: the stated ones, which tests/e2e/test_sql_dialect.py asks Trino for as well."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb
import pytest
import sqlglot

from shared.errors import UsageError
from shared.query.athena import prepare, translate
from shared.query.athena.functions import answered
from tests.query.athena.answers import ERROR, Answer, all_answers, rendered, type_names

ANSWERS = all_answers()


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        prepare(made)
        yield made


def test_the_table_is_long_and_repeats_nothing() -> None:
    assert len(ANSWERS) > 800
    assert len({answer.question for answer in ANSWERS}) == len(ANSWERS)


@pytest.mark.parametrize("stated", ANSWERS, ids=lambda stated: stated.question)
def test_the_answer_is_the_stated_one(connection: duckdb.DuckDBPyConnection, stated: Answer) -> None:
    if stated.answer == ERROR:
        with pytest.raises((UsageError, duckdb.Error)):
            connection.sql(translate(stated.sql)).fetchall()
        return
    result = connection.sql(translate(stated.sql))
    types = type_names(map(str, result.types))
    assert rendered(result.fetchall()) == stated.answer
    if "unknown" not in stated.types:
        assert types == stated.types


def test_the_table_tells_a_plain_translation_from_a_right_one(connection: duckdb.DuckDBPyConnection) -> None:
    """What a translation word by word gets wrong, silently or not, is what the table is for."""

    def plain(stated: Answer) -> str:
        try:
            sql = sqlglot.transpile(stated.sql, read="athena", write="duckdb")[0]
            return rendered(connection.sql(sql).fetchall())
        except (duckdb.Error, sqlglot.ParseError):
            return ERROR

    answers = [(stated.answer, plain(stated)) for stated in ANSWERS]
    assert sum(ERROR not in (right, other) and right != other for right, other in answers) > 100
    assert sum(right == ERROR != other for right, other in answers) > 30


def test_every_function_that_is_answered_is_in_the_table() -> None:
    asked = {name.lower() for answer in ANSWERS for name in re.findall(r"(\w+)\(", answer.question)}
    assert answered() - asked == {"rand", "random"}
