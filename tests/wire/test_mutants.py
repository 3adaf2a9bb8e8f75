"""What bears a faulty wire is needed: without it, some scenario fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.errors import LoglakeError, UsageError

pytest.register_assert_rewrite("tests.wire.battery")

from tests.wire.battery import BATTERY, Site, take_over_at_once  # noqa: E402 - once its assertions explain themselves
from tests.wire.mutants import MUTANTS, Mutant  # noqa: E402
from tests.wire.proxy import Proxy  # noqa: E402


@pytest.fixture
def site(s3_bucket: str, wire: Proxy, monkeypatch: pytest.MonkeyPatch) -> Site:
    take_over_at_once(monkeypatch)
    return Site(wire, s3_bucket, "first")


@pytest.mark.parametrize("scenario", BATTERY, ids=lambda scenario: scenario.__name__)
def test_the_jobs_survive(site: Site, scenario: Callable[[Site], None]) -> None:
    scenario(site)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_broken_ones_do_not(site: Site, monkeypatch: pytest.MonkeyPatch, mutant: Mutant) -> None:
    assert mutant.found_by in BATTERY
    mutant.apply(monkeypatch)
    # The jobs may notice by themselves that something is wrong; a mistake in the call is none of their own.
    with pytest.raises((AssertionError, LoglakeError, pytest.fail.Exception)) as found:
        mutant.found_by(site)
    assert not isinstance(found.value, UsageError)


def test_each_scenario_finds_something() -> None:
    assert {mutant.found_by for mutant in MUTANTS} == set(BATTERY)
