"""Every shipped question, answered from a lake in a folder and by counting the raw lines by hand."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.enrich.settings import EnrichSettings
from shared.errors import LoglakeError
from shared.lake.lake import Lake, open_lake
from shared.query.duck import run_sql
from shared.query.live_files import live_files
from shared.query.questions import HourRange, all_questions, question_named
from shared.sources.cloudfront import SOURCE, TABLE
from tests.conftest import SAMPLES, Workshop
from tests.query.answers import OF_EGRESS, OF_INGESTION, OF_INGRESS, OF_REQUESTS
from tests.query.answers.cases import BRIEF, Case
from tests.query.answers.comparing import assert_equal_answers
from tests.query.answers.counting import Row
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

    deliver(raw, take_in, rows=1500)
    return open_lake(lake), truth_of(deliveries)


def answer(lake: Lake, case: Case) -> list[Row]:
    return [tuple(row.values()) for row in run_sql(lake, case.sql).to_pylist()]


def test_every_question_has_an_independent_answer() -> None:
    answered = {**OF_REQUESTS, **OF_INGESTION, **OF_EGRESS, **OF_INGRESS}
    assert sorted(answered) == [question.name for question in all_questions()]


@pytest.mark.parametrize("case", BRIEF, ids=str)
def test_the_lake_answers_as_the_raw_lines_do(case: Case, answered: tuple[Lake, Truth]) -> None:
    lake, truth = answered
    expected = case.expected(truth)
    assert expected
    assert_equal_answers(answer(lake, case), expected)


def test_only_files_of_the_hours_asked_for_are_opened(answered: tuple[Lake, Truth], tmp_path: Path) -> None:
    lake, truth = answered
    spoilt = open_lake(shutil.copytree(lake.uri, tmp_path / "spoilt").as_posix())
    hour = HourRange(datetime(2026, 10, 31, 23), datetime(2026, 11, 1))
    for partition, items in live_files(spoilt, TABLE).items():
        for item in items if str(partition) != "2026-10-31T23" else ():
            spoilt.store.write(item.key, b"PAR1 no such file PAR1".ljust(item.size_bytes))
    for name in OF_REQUESTS:
        case = Case(question_named(name), hour)
        assert_equal_answers(answer(spoilt, case), case.expected(truth))
    with pytest.raises(LoglakeError):
        answer(spoilt, Case(question_named("top_urls")))


def test_ratios_are_those_of_the_sample_that_was_counted_by_hand(workshop: Workshop) -> None:
    name = "v1/metrics_oracle.log"
    counted = json.loads((SAMPLES / "cloudfront" / "expected.json").read_text())["metrics"][name]
    workshop.put("E1EXAMPLE00001.2026-11-01-10.a1.gz", (SAMPLES / "cloudfront" / name).read_bytes())
    workshop.run()

    def ask(question: str) -> dict[str, Any]:
        (row,) = run_sql(workshop.lake, question_named(question).sql()).to_pylist()
        return row

    caching, errors = ask("cache_hit_ratios"), ask("error_rates")
    assert caching == {
        "distribution_id": "E1EXAMPLE00001",
        "requests": counted["requests"],
        "console_hit_ratio": float(Fraction(counted["console_hit_ratio"])),
        "cloudwatch_hit_ratio": float(Fraction(counted["cloudwatch_like_hit_rate"])),
        "extensions_hit_ratio": float(Fraction(counted["aws_extensions_hit_rate"])),
        "byte_hit_ratio": float(Fraction(counted["byte_hit_ratio_R_like_Hit"])),
        "origin_requests": counted["origin_requests"],
        "refresh_hits": counted["refresh_hits_reported_separately"],
        "missed_bytes": counted["bytes_from_misses"],
    }
    assert errors["rate_4xx"] == float(Fraction(counted["rate_4xx"]))
    assert errors["rate_5xx"] == float(Fraction(counted["rate_5xx"]))
    assert errors["aborted"] == counted["aborts_before_response"]
    assert ask("viewers_by_day")["viewers"] == counted["unique_c_ip"]
    assert ask("traffic_by_hour")["sent_bytes"] == counted["bytes_total"]
    assert ask("bots")["requests"] == counted["bot_requests"]
