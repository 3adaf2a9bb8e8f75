"""Every shipped question three times: by Trino, by DuckDB, and counted from the raw logs. The answers are the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import pytest

from shared.cli import look
from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.enrich.settings import EnrichSettings
from shared.query.duck import run_sql
from shared.query.questions import Question, all_questions
from shared.sources.cloudfront import SOURCE
from shared.sources.mediapackage import SOURCE as ORIGIN_SOURCE
from shared.storage import aws
from tests.e2e.conftest import Engines, Place, Trino
from tests.e2e.report import note
from tests.e2e.stack.parts import ROOT
from tests.query.answers import OF_EGRESS, OF_INGRESS
from tests.query.answers.cases import CASES, ORIGIN_CASES, Case
from tests.query.answers.comparing import assert_equal_answers
from tests.query.answers.counting import Row
from tests.query.answers.lines import RawObject
from tests.query.answers.origin_records import OriginTruth, origin_truth_of
from tests.query.answers.origin_sample import deliver_origin
from tests.query.answers.requests import Truth, truth_of
from tests.query.answers.sample import deliver

ROWS = 20_000
ORIGIN_ROWS = 6_000  # beside what encoders deliver


@dataclass(frozen=True)
class Answered:
    """A lake on S3 after two deliveries, and the truth about them."""

    place: Place
    truth: Truth


@pytest.fixture(scope="module")
def answered(new_place: Callable[[], Place], tmp_path_factory: pytest.TempPathFactory) -> Answered:
    place, folder, deliveries = new_place(), tmp_path_factory.mktemp("raw"), []
    settings = RefineSettings(
        place.raw_uri, place.lake_uri, catalog=place.catalog, enrich=EnrichSettings(client_ip="keep")
    )

    def bring(path: Path) -> RawObject:
        key, data = path.relative_to(folder).as_posix(), path.read_bytes()
        url = place.put_raw(key, data)
        stored = aws.client("s3").head_object(Bucket=place.bucket, Key=f"raw/{key}")
        return RawObject(url, data, stored["LastModified"].astimezone(UTC).replace(tzinfo=None))

    def take_in(files: list[Path]) -> None:
        deliveries.append([bring(path) for path in files])
        Refinery(SOURCE, settings, InlineExecutor()).refine()

    deliver(folder, take_in, ROWS)
    return Answered(place, truth_of(deliveries))


@dataclass(frozen=True)
class AnsweredOfOrigin:
    """A lake on S3 of MediaPackage's logs, and the truth about it."""

    place: Place
    truth: OriginTruth


@pytest.fixture(scope="module")
def of_origin(new_place: Callable[[], Place], tmp_path_factory: pytest.TempPathFactory) -> AnsweredOfOrigin:
    place, folder = new_place(), tmp_path_factory.mktemp("origin")
    deliver_origin(folder, ORIGIN_ROWS)
    place.upload(folder)
    settings = RefineSettings(
        place.raw_uri, place.lake_uri, catalog=place.catalog, enrich=EnrichSettings(client_ip="keep")
    )
    Refinery(ORIGIN_SOURCE, settings, InlineExecutor()).refine()
    return AnsweredOfOrigin(place, origin_truth_of(folder))


def _committed() -> dict[str, str]:
    """The queries that the commands, the demo and the README ask, by where they stand."""
    found = {f"status {n}": sql for n, sql in enumerate((look._SOURCES, look._RUNS, look._REASONS))}
    for name, asked in (("demo.sh", r'ask "(SELECT[^"]*)"'), ("README.md", r'loglake query --lake lake "([^"]*)"')):
        queries = re.findall(asked, (ROOT / name).read_text())
        assert queries, name
        found |= {f"{name} {n}": sql for n, sql in enumerate(queries)}
    return found


@pytest.mark.parametrize("sql", _committed().values(), ids=_committed())
def test_every_other_query_of_the_project_has_one_answer(
    sql: str, answered: Answered, trino: Trino, engines: Engines
) -> None:
    by_trino = trino.ask(sql, answered.place.database)
    by_duckdb = [tuple(row.values()) for row in run_sql(answered.place.lake, sql).to_pylist()]
    assert by_trino
    assert_equal_answers(sorted(by_duckdb, key=str), sorted(by_trino, key=str))
    note(engines, "other queries of the project, the same by Trino and DuckDB", 1)


_TYPES = {
    "int32": "integer",
    "int64": "bigint",
    "double": "double",
    "bool": "boolean",
    "string": "varchar",
    "timestamp[us]": "timestamp(3)",
    "timestamp[ms]": "timestamp(3)",
}


@pytest.mark.parametrize("question", all_questions(), ids=lambda question: question.name)
def test_both_engines_give_columns_of_the_same_names_and_types(
    question: Question, answered: Answered, of_origin: AnsweredOfOrigin, trino: Trino, engines: Engines
) -> None:
    place = of_origin.place if question.name in {**OF_EGRESS, **OF_INGRESS} else answered.place
    by_trino = trino.columns(question.sql(), place.database)
    schema = run_sql(place.lake, question.sql()).schema
    # Trino tells the length of a literal: varchar(10).
    told = [(name, "varchar" if kind.startswith("varchar") else kind) for name, kind in by_trino]
    assert [(field.name, _TYPES[str(field.type)]) for field in schema] == told
    note(engines, "columns of answers that have one name and type in both engines", len(told))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trino_duckdb_and_the_raw_lines_agree(case: Case, answered: Answered, trino: Trino, engines: Engines) -> None:
    _assert_one_answer(case, case.expected(answered.truth), answered.place, trino, engines)
    note(engines, "requests that they are about", len(answered.truth.requests) if case is CASES[0] else 0)


@pytest.mark.parametrize("case", ORIGIN_CASES, ids=str)
def test_trino_duckdb_and_the_raw_records_agree(
    case: Case, of_origin: AnsweredOfOrigin, trino: Trino, engines: Engines
) -> None:
    _assert_one_answer(case, case.expected_of_origin(of_origin.truth), of_origin.place, trino, engines)
    requests = sum(map(len, of_origin.truth.tables.values()))
    note(engines, "requests that they are about", requests if case is ORIGIN_CASES[0] else 0)


def _assert_one_answer(case: Case, expected: list[Row], place: Place, trino: Trino, engines: Engines) -> None:
    by_trino = trino.ask(case.sql, place.database)
    assert_equal_answers(by_trino, expected)
    by_duckdb = [tuple(row.values()) for row in run_sql(place.lake, case.sql).to_pylist()]
    assert_equal_answers(by_duckdb, expected)
    assert_equal_answers(by_duckdb, by_trino)
    note(engines, "askings of shipped questions, the same by Trino, DuckDB and a count of the raw logs", 1)
    note(engines, "rows of these answers", len(expected))
