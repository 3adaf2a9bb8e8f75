"""What the generators of all sources share: populations, user agents, damage, slices, reports."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from shared.synth.agents import PLAYERS, user_agents
from shared.synth.columns import dates, fixed_width, joined
from shared.synth.damage import Damages
from shared.synth.objects import unique_id
from shared.synth.population import Population, zipf
from shared.synth.report import SampleReport
from shared.synth.slices import apportioned


def test_user_agents_are_distinct_reproducible_and_hold_the_named_clients() -> None:
    agents = user_agents(3000, np.random.default_rng(1))
    assert agents == user_agents(3000, np.random.default_rng(1))
    assert len(set(agents)) == 3000
    assert set(PLAYERS) < set(agents)
    assert any("GPTBot" in agent for agent in agents)
    assert "-" in agents[:60]


def test_draws_follow_the_weights() -> None:
    population = Population.of(["a", "b", "c"], [8, 1, 1])
    counts = np.bincount(population.draw(np.random.default_rng(1), 10_000), minlength=3) / 10_000
    assert counts == pytest.approx([0.8, 0.1, 0.1], abs=0.02)
    assert zipf(3, 1, 1).tolist() == pytest.approx([1, 1 / 2, 1 / 3])


def test_without_damage_the_text_is_unchanged() -> None:
    no_damage = Damages(np.array([], dtype=np.int64), ())
    assert no_damage.apply(pa.array(["first\n", "a\tb\n", "last\n"])) == b"first\na\tb\nlast\n"


def test_rows_are_apportioned_without_loss() -> None:
    weights = np.array([[1.0, 2.0, 3.0], [0.5, 0.25, 0.25]])
    rows = apportioned(1001, weights)
    assert rows.shape == weights.shape
    assert rows.sum() == 1001
    assert rows / 1001 == pytest.approx(weights / weights.sum(), abs=0.002)
    assert apportioned(0, weights).sum() == 0


def test_columns_of_text() -> None:
    seconds = np.array([0, 86_399, 86_400, 1_793_538_000], dtype=np.int64)
    assert dates(seconds).to_pylist() == ["1970-01-01", "1970-01-01", "1970-01-02", "2026-11-01"]
    assert fixed_width(np.frombuffer(b"abcdef", dtype=np.uint8).reshape(3, 2)).to_pylist() == ["ab", "cd", "ef"]
    text = pa.array(["one", "", "two", "three"])
    assert joined(text) == b"onetwothree"
    assert joined(text.slice(1, 2)) == b"two"
    assert joined(text.slice(1, 0)) == b""


def test_ids_are_fixed_by_what_they_are_for() -> None:
    assert unique_id(1, "object", 5) == unique_id(1, "object", 5)
    assert len({unique_id(seed, purpose, index) for seed in (1, 2) for purpose in "ab" for index in (1, 2)}) == 8
    assert len(unique_id(1, "object", 5, digits=32)) == 32


def test_reports_add_up_value_by_value_and_a_repetition_is_all_duplicates() -> None:
    early, late = datetime(2026, 11, 1, 9), datetime(2026, 11, 1, 10)
    one = SampleReport(records=3, distinct=2, rows_by_hour={late: 2}, quarantined={"not_json": 1}, objects=1)
    two = SampleReport(records=2, distinct=2, rows_by_hour={late: 1, early: 1}, ignored={"blank": 4}, objects=1)
    both = one + two
    assert (both.records, both.distinct, both.objects) == (5, 4, 2)
    assert list(both.rows_by_hour.items()) == [(early, 1), (late, 3)]
    assert (both.quarantined, both.ignored) == ({"not_json": 1}, {"blank": 4})
    again = one.as_repeated()
    assert (again.records, again.distinct, again.duplicates) == (3, 0, 2)
    assert again.rows_by_hour == {}
