"""What the soak says, and its exit code."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks import readme
from tests.engine.history import hunt, soak
from tests.engine.history.events import Event, Sweep
from tests.engine.history.hunt import Hunt

TALLY = Counter({"schedules": 1234, "crashes": 7, "crash step swap": 3, "crash after copy": 4, "rows compared": 99})


def give(monkeypatch: pytest.MonkeyPatch, *found: Hunt) -> None:
    monkeypatch.setattr(soak, "hunts", lambda *_: iter(found))


def test_counts_are_told_and_go_into_the_readme(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "README.md"
    page.write_text("<!-- benchmark reliability -->\nold\n<!-- end -->\nrest\n")
    give(monkeypatch, Hunt(TALLY), Hunt(TALLY))
    monkeypatch.setattr(soak, "insert", lambda name, table: readme.insert(name, table, [page]))
    assert soak.main(["--readme"]) == 0
    assert "2,468  schedules" in capsys.readouterr().out
    text = page.read_text()
    assert "| 2,468 |" in text
    assert "crashes between the steps of the protocol | 6 |" in text
    assert "single storage or catalog operation | 8 |" in text
    assert text.endswith("<!-- end -->\nrest\n")
    assert "old" not in text


def test_a_wrong_lake_ends_the_soak_with_its_history(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give(monkeypatch, Hunt(TALLY, "the shortest history"), Hunt(TALLY))
    assert soak.main([]) == 1
    assert capsys.readouterr().out == "the shortest history\n"


def test_a_hunt_brings_the_shortest_history_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def play(schedule: list[Event], *_: object) -> Counter[str]:
        assert not any(isinstance(event, Sweep) for event in schedule), "a wrong lake"
        return Counter(schedules=1)

    monkeypatch.setattr(hunt, "play", play)
    found = hunt.hunt(0, 30)
    assert found.failure is not None
    assert "a wrong lake" in found.failure
    told = found.failure.partition("schedule=")[2]
    assert (told.count("Deliver("), told.count("Sweep(")) == (1, 1)
