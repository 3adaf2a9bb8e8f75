"""The table of Athena's SQL, asked of Trino: the local answer, the stated one and Trino's are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trino.exceptions import TrinoQueryError

from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.query.athena import prepare, translate
from shared.query.athena.functions import ATHENA, answered
from shared.query.duck import run_sql
from shared.sources.cloudfront import SOURCE
from shared.synth import MIXED, SampleSpec, write_cloudfront
from tests.e2e.conftest import Engines, Place, Trino
from tests.e2e.report import note
from tests.query.athena.answers import ERROR, Answer, all_answers, rendered, type_names
from tests.query.athena.expressions import expressions

ANSWERS = all_answers()
DATABASE = "default"
AT_ONCE = 40
SPEC = SampleSpec(start=datetime(2026, 11, 1, 10), rows=3000, hours=3, formats=MIXED, duplicate_rows=0.02, special=True)
# Functions with a syntax of their own, which Trino does not list, and those of a plugin that is not there.
NOT_LISTED = {"coalesce", "format", "grouping", "nullif", "try", "row", "great_circle_distance"}
NOT_LISTED |= {
    name for name in ATHENA if name.startswith(("st_", "json_exists", "json_object", "json_query", "json_v"))
}


# Over all columns' kinds; {table} is the qualified name. Each is ordered in full.
OVER_A_LAKE = [
    "SELECT date_trunc('hour', event_time) AS hour_of_day, status / 100 AS class, count(*) AS n, sum(bytes_sent), "
    "round(100.0 * count_if(status >= 400) / count(*), 2), avg(time_taken_s) FROM {table} GROUP BY 1, 2 ORDER BY 1, 2",
    "SELECT request_id, event_time, CAST(event_time AS varchar), date_format(event_time, '%d/%b/%Y:%T'), path, "
    "split_part(path, '/', 2), element_at(extra, 'no such key'), cardinality(extra) FROM {table} "
    "WHERE year = '2026' AND month = '11' AND day = '01' AND hour = '11' ORDER BY source_object, source_line",
    "SELECT part, n, count(*) FROM {table} CROSS JOIN UNNEST(split(path, '/')) WITH ORDINALITY AS p (part, n) "
    "GROUP BY part, n ORDER BY part, n",
    "SELECT edge_location, approx_distinct(viewer_id), max_by(request_id, (event_time, request_id)), "
    "array_agg(DISTINCT status ORDER BY status), listagg(DISTINCT method, ',') WITHIN GROUP (ORDER BY method) "
    "FROM {table} GROUP BY edge_location ORDER BY edge_location",
    "SELECT hour, path, n FROM (SELECT hour, path, count(*) AS n, row_number() OVER (PARTITION BY hour "
    "ORDER BY count(*) DESC, path) AS place FROM {table} GROUP BY hour, path) WHERE place <= 3 ORDER BY hour, place",
    "SELECT distribution_id, sum(bytes_sent) * 8 / 1e6 / date_diff('second', min(event_time), max(event_time)), "
    "stddev(bytes_sent), lower(max(user_agent)), count(DISTINCT regexp_extract(path, '[.]([a-z0-9]+)$', 1)) "
    "FROM {table} GROUP BY distribution_id ORDER BY distribution_id",
    "SELECT * FROM {table} WHERE hour = '10' ORDER BY source_object, source_line LIMIT 100",
]


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


@pytest.fixture(scope="module")
def lake_place(new_place: Callable[[], Place], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A lake in S3 and Glue, of raw logs in all formats, some of them broken."""
    place, raw = new_place(), tmp_path_factory.mktemp("raw")
    write_cloudfront(raw, SPEC)
    place.upload(raw)
    Refinery(SOURCE, RefineSettings(place.raw_uri, place.lake_uri, catalog=place.catalog), InlineExecutor()).refine()
    return place


@pytest.mark.parametrize("question", OVER_A_LAKE)
def test_a_lake_gives_the_same_answer(question: str, lake_place: Place, trino: Trino, engines: Engines) -> None:
    sql = question.format(table=f'"awsdatacatalog"."{lake_place.database}"."cloudfront_requests"')
    ours = run_sql(lake_place.lake, sql)
    rows = [
        tuple(row) for row in zip(*(column.to_pylist(maps_as_pydicts="strict") for column in ours.columns), strict=True)
    ]
    assert rendered(rows) == rendered(trino.ask(sql, lake_place.database))
    assert ours.column_names == [name for name, _ in trino.columns(sql, lake_place.database)]
    assert rows
    note(engines, "queries over a lake with the same rows in Trino and locally", 1)


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
