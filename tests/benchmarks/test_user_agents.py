"""Engines for user agents."""

from __future__ import annotations

import pytest

from benchmarks import user_agents as benchmark
from benchmarks.readme import measured, number, tables
from benchmarks.user_agents import OURS, PACKAGE, main, markdown, strings, timings


def test_every_engine_has_a_row_and_ours_differs_nowhere() -> None:
    texts = strings(100)[::2]
    assert len(strings(100)) == len(set(strings(100))) > 2_500
    found = timings(texts, rounds=1, has_starts=False)
    (rows,) = tables(markdown(len(texts), found))
    assert [row["engine"] for row in rows] == [name.replace("**", "") for name in benchmark.ENGINES]
    assert found[OURS].differing == found[PACKAGE].differing == 0
    assert found["ua-parser with re2"].differing > 0
    assert number(rows[0]["times `user_agents.parse`"]) == 1.0


def test_a_start_is_that_of_a_fresh_process() -> None:
    assert 0 < benchmark._start_in_a_fresh_process(OURS) < 60


def test_one_differing_value_fails_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "strings", lambda _count: ["curl/8.5.0"])
    monkeypatch.setattr(benchmark, "_start_in_a_fresh_process", lambda _name: 0.1)
    monkeypatch.setattr(benchmark, "insert", lambda *_: pytest.fail("must not be published"))
    monkeypatch.setitem(benchmark.ENGINES, OURS, lambda: lambda _text: (None,) * 16)
    assert main(["--rounds", "1", "--readme"]) == 1


def test_the_page_has_a_place_for_the_table() -> None:
    assert measured("user agents")
