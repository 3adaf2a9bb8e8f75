"""Every step of the publish protocol is needed: without it, some scenario of the battery fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.errors import LoglakeError, UsageError

pytest.register_assert_rewrite("tests.engine.battery")

from tests.engine.battery import BATTERY, Bench  # noqa: E402 - once its assertions explain themselves
from tests.engine.mutants import MUTANTS, Mutant  # noqa: E402


@pytest.mark.parametrize("scenario", BATTERY, ids=lambda scenario: scenario.__name__)
def test_the_protocol_survives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scenario: Callable[[Bench], None]
) -> None:
    scenario(Bench(tmp_path, monkeypatch))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_protocol_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mutant: Mutant) -> None:
    assert mutant.found_by in BATTERY
    mutant.apply(monkeypatch)
    # The protocol may notice by itself that something is wrong; a mistake in the call is none of its own.
    with pytest.raises((AssertionError, LoglakeError, pytest.fail.Exception)) as found:
        mutant.found_by(Bench(tmp_path, monkeypatch))
    assert not isinstance(found.value, UsageError)


def test_each_scenario_finds_something() -> None:
    assert {mutant.found_by for mutant in MUTANTS} == set(BATTERY)
