"""The table of Athena's SQL, asked of Trino: the local answer, the stated one and Trino's are the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trino.exceptions import TrinoQueryError

from shared.query.athena import prepare, translate
from shared.query.athena.functions import ATHENA, answered
from tests.e2e.conftest import Engines, Trino
from tests.e2e.report import note
from tests.query.athena.answers import ERROR, Answer, all_answers, rendered, type_names
from tests.query.athena.expressions import expressions

ANSWERS = all_answers()
DATABASE = "default"
AT_ONCE = 40
# Functions with a syntax of their own, which Trino does not list, and those of a plugin that is not there.
NOT_LISTED = {"coalesce", "format", "grouping", "nullif", "try", "row", "great_circle_distance"}
NOT_LISTED |= {
    name for name in ATHENA if name.startswith(("st_", "json_exists", "json_object", "json_query", "json_v"))
}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        prepare(made)
        yield made


def batches(answers: Sequence[Answer]) -> Iterator[Sequence[Answer]]:
    for first in range(0, len(answers), AT_ONCE):
        yield answers[first : first + AT_ONCE]


def test_trino_gives_the_stated_values_of_expressions(trino: Trino, engines: Engines) -> None:
    asked = [answer for answer in ANSWERS if not answer.is_query and answer.answer != ERROR]
    for batch in batches(asked):
        sql = f"SELECT {', '.join(answer.question for answer in batch)}"
        (row,) = trino.ask(sql, DATABASE)
        types = [kind for _, kind in trino.columns(sql, DATABASE)]
        for answer, value, kind in zip(batch, row, types, strict=True):
            assert (rendered([(value,)]), type_names([kind])) == (answer.answer, answer.types), answer.question
    note(engines, "expressions with the same value and type in Trino and locally", len(asked))


def test_trino_gives_the_stated_rows_of_queries(trino: Trino, engines: Engines) -> None:
    asked = [answer for answer in ANSWERS if answer.is_query and answer.answer != ERROR]
    for answer in asked:
        rows = trino.ask(answer.sql, DATABASE)
        types = type_names(kind for _, kind in trino.columns(answer.sql, DATABASE))
        assert (rendered(rows), types) == (answer.answer, answer.types), answer.question
    note(engines, "queries with the same rows and types in Trino and locally", len(asked))


def test_trino_refuses_what_is_stated_as_an_error(trino: Trino, engines: Engines) -> None:
    asked = [answer for answer in ANSWERS if answer.answer == ERROR]
    for answer in asked:
        try:
            rows = trino.ask(answer.sql, DATABASE)
        except TrinoQueryError:
            continue
        pytest.fail(f"Trino answers {answer.question} with {rows}")
    note(engines, "questions that fail in Trino and locally", len(asked))


def test_every_function_that_is_known_is_trinos(trino: Trino) -> None:
    listed = {row[0] for row in trino.ask("SHOW FUNCTIONS", DATABASE)}
    assert listed >= ATHENA - NOT_LISTED
    assert answered() <= listed | NOT_LISTED


def test_random_expressions_have_the_same_value(
    trino: Trino, engines: Engines, connection: duckdb.DuckDBPyConnection
) -> None:
    compared = []

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.lists(expressions(), min_size=AT_ONCE, max_size=AT_ONCE))
    def compare(made: list[str]) -> None:
        sql = f"SELECT {', '.join(f'try({expression})' for expression in made)}"
        (theirs,) = trino.ask(sql, DATABASE)
        (ours,) = connection.sql(translate(sql)).fetchall()
        for expression, their, our in zip(made, theirs, ours, strict=True):
            assert rendered([(our,)]) == rendered([(their,)]), expression
        compared.append(len(set(made)))

    compare()
    note(engines, "random expressions with the same value in Trino and locally", sum(compared))
