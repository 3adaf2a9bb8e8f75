"""Every shipped question about MediaPackage, answered from a lake in a folder and by counting the raw records by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.enrich.settings import EnrichSettings
from shared.lake.lake import Lake, open_lake
from shared.query.duck import run_sql
from shared.query.questions import HourRange, question_named
from shared.sources.mediapackage import EGRESS, INGRESS, SOURCE
from shared.synth import MediaPackageReport
from tests.query.answers.cases import ORIGIN_BRIEF, Case
from tests.query.answers.comparing import assert_equal_answers
from tests.query.answers.origin_records import OriginTruth, origin_truth_of
from tests.query.answers.origin_sample import deliver_origin


class Answered(NamedTuple):
    """A lake, what must be in it, and what the generator says about its part."""

    lake: Lake
    truth: OriginTruth
    told: MediaPackageReport


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    folder = tmp_path_factory.mktemp("origin")
    raw, lake = folder / "raw", str(folder / "lake")
    told = deliver_origin(raw, rows=2500)
    Refinery(SOURCE, RefineSettings(str(raw), lake, enrich=EnrichSettings(client_ip="keep")), InlineExecutor()).refine()
    return Answered(open_lake(lake), origin_truth_of(raw), told)


def ask(lake: Lake, name: str, **settings: str) -> list[dict[str, Any]]:
    return run_sql(lake, question_named(name).sql(settings=settings)).to_pylist()


@pytest.mark.parametrize("case", ORIGIN_BRIEF, ids=str)
def test_the_lake_answers_as_the_raw_records_do(case: Case, answered: Answered) -> None:
    expected = case.expected_of_origin(answered.truth)
    assert expected
    rows = [tuple(row.values()) for row in run_sql(answered.lake, case.sql).to_pylist()]
    assert_equal_answers(rows, expected)
