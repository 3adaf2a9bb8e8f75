"""Every shipped question, answered from a lake in a folder and by counting the raw lines by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.enrich.settings import EnrichSettings
from shared.lake.lake import Lake, open_lake
from shared.query.duck import run_sql
from shared.query.questions import all_questions
from shared.sources.cloudfront import SOURCE
from tests.query.answers import OF_INGESTION, OF_REQUESTS
from tests.query.answers.cases import BRIEF, Case
from tests.query.answers.comparing import assert_equal_answers
from tests.query.answers.requests import Truth, truth_of
from tests.query.answers.sample import as_raw_object, deliver


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Truth]:
    """A lake after two deliveries, and the truth about them."""
    folder = tmp_path_factory.mktemp("questions")
    raw, lake, deliveries = folder / "raw", str(folder / "lake"), []
    settings = RefineSettings(str(raw), lake, enrich=EnrichSettings(client_ip="keep"))

    def take_in(files: list[Path]) -> None:
        deliveries.append([as_raw_object(path) for path in files])
        Refinery(SOURCE, settings, InlineExecutor()).refine()

    deliver(raw, take_in)
    return open_lake(lake), truth_of(deliveries)


def test_every_question_has_an_independent_answer() -> None:
    assert sorted({**OF_REQUESTS, **OF_INGESTION}) == [question.name for question in all_questions()]


@pytest.mark.parametrize("case", BRIEF, ids=str)
def test_the_lake_answers_as_the_raw_lines_do(case: Case, answered: tuple[Lake, Truth]) -> None:
    lake, truth = answered
    expected = case.expected(truth)
    assert expected or case.question.name == "quarantined"
    assert_equal_answers([tuple(row.values()) for row in run_sql(lake, case.sql).to_pylist()], expected)
