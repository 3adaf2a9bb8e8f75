from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.engine import job
from shared.engine.executor import InlineExecutor
from shared.engine.job import run_job
from shared.lake.lake import open_lake
from shared.lake.layout import lease_key
from shared.lake.lease import Lease, holders
from shared.sources.base import Parsed
from shared.sources.cloudfront import SOURCE
from tests.conftest import Workshop, v1_line, v1_object


@pytest.fixture(autouse=True)
def _without_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def session(_name: str) -> Iterator[None]:
        yield None

    monkeypatch.setattr(job, "job_session", session)
    monkeypatch.setattr(job, "SparkExecutor", lambda _session: InlineExecutor())


def places(workshop: Workshop) -> list[str]:
    return ["--raw_uri", str(workshop.raw), "--lake_uri", str(workshop.folder / "lake")]


def test_a_job_takes_in_what_is_new_and_logs_each_batch(workshop: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(3):
        workshop.put(f"E1EXAMPLE00001.2026-11-01-10.{number}.gz", v1_object(v1_line(f"id{number}==")))
    words = [*places(workshop), "--batch_objects", "2", "--JOB_NAME", "refine"]
    assert run_job("refine_cloudfront", SOURCE, words) == 0
    said = [record.message for record in caplog.records if record.name == "refine_cloudfront"]
    assert [message.split()[0] for message in said] == ["committed", "committed", "done"]
    total = json.loads(said[-1].removeprefix("done "))
    assert (total["batches"], total["objects"], total["rows"]) == (2, 3, 3)
    assert len(workshop.rows()) == 3


def test_libraries_stay_quiet_in_the_jobs_log(workshop: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    workshop.put("E1EXAMPLE00001.2026-11-01-10.a.gz", v1_object(v1_line()))
    run_job("refine_cloudfront", SOURCE, places(workshop))
    assert not logging.getLogger("py4j").isEnabledFor(logging.INFO)
    assert {record.name for record in caplog.records} == {"refine_cloudfront"}


@pytest.mark.parametrize("words", [[], ["--raw_uri", "raw"], ["--raw_uri", "raw", "--lake_uri", "lake", "--sinc", "x"]])
def test_a_wrong_call_is_2(words: list[str], caplog: pytest.LogCaptureFixture) -> None:
    assert run_job("refine_cloudfront", SOURCE, words) == 2
    assert "What to do" in caplog.text


def test_a_failed_run_is_1(workshop: Workshop, tmp_path: Path) -> None:
    words = ["--raw_uri", str(tmp_path / "nowhere"), "--lake_uri", str(tmp_path / "lake")]
    assert run_job("refine_cloudfront", SOURCE, words) == 1


def test_a_table_that_another_run_holds_is_3(workshop: Workshop) -> None:
    workshop.put("E1EXAMPLE00001.2026-11-01-10.a.gz", v1_object(v1_line()))
    store = open_lake(str(workshop.folder / "lake")).store
    with Lease(store, "cloudfront", "somebody-else", renew_every_s=0.1):
        assert run_job("refine_cloudfront", SOURCE, places(workshop)) == 3


def test_a_parser_that_fails_on_an_object_fails_the_job_after_all_others_are_in(
    workshop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    bad = workshop.put("E1EXAMPLE00001.2026-11-01-10.bad.gz", v1_object(v1_line("bad==")))
    workshop.put("E1EXAMPLE00001.2026-11-01-10.good.gz", v1_object(v1_line("good==")))

    class Faulty:
        def __init__(self, *facts: Any) -> None:
            self._parser = SOURCE.new_parser(*facts)

        def parse_text(self, text: bytes) -> Parsed:
            if b"bad==" in text:
                raise ZeroDivisionError
            return self._parser.parse_text(text)

    faulty: Any = Faulty
    assert run_job("refine_cloudfront", replace(SOURCE, new_parser=faulty), places(workshop)) == 1
    assert bad in caplog.text
    assert [row["request_id"] for row in workshop.rows()] == ["good=="]


def test_ctrl_c_is_130_in_one_line_and_the_lease_is_given_back(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupted(*_words: object) -> None:
        raise KeyboardInterrupt

    workshop.put("E1EXAMPLE00001.2026-11-01-10.a.gz", v1_object(v1_line()))
    monkeypatch.setattr(InlineExecutor, "map", interrupted)
    assert run_job("refine_cloudfront", SOURCE, places(workshop)) == 130
    (line,) = [record.message for record in caplog.records]
    assert line.startswith("interrupted; ")
    assert holders(workshop.lake.store) == []


def test_a_job_says_that_it_waits_for_a_holder_that_may_be_dead(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Lease.__init__, "__kwdefaults__", {**Lease.__init__.__kwdefaults__, "term_s": 0.3})
    workshop.put("E1EXAMPLE00001.2026-11-01-10.a.gz", v1_object(v1_line()))
    workshop.lake.store.write(lease_key("cloudfront"), b'{"holder": "dead-run", "host": "gone.example.com"}')
    assert run_job("refine_cloudfront", SOURCE, places(workshop)) == 0
    assert sum("run dead-run on host gone.example.com" in record.message for record in caplog.records) == 1
