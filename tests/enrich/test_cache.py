from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.enrich.cache import TwoGenerationCache


@settings(max_examples=60, deadline=None)
@given(batches=st.lists(st.lists(st.integers(0, 12), max_size=20), max_size=12))
def test_answers_are_right_and_the_size_is_bounded(batches: list[list[int]]) -> None:
    cache: TwoGenerationCache[int, int] = TwoGenerationCache(6)
    for batch in batches:
        assert cache.resolve(batch, lambda missing: [key * key for key in missing]) == [key * key for key in batch]
        assert len(cache) <= 6


def test_each_missing_key_is_computed_once_and_remembered() -> None:
    cache: TwoGenerationCache[str, str] = TwoGenerationCache(8)
    asked: list[Sequence[str]] = []

    def upper(missing: Sequence[str]) -> list[str]:
        asked.append(missing)
        return [key.upper() for key in missing]

    assert cache.resolve(["a", "b", "a"], upper) == ["A", "B", "A"]
    assert cache.resolve(["b", "c"], upper) == ["B", "C"]
    assert cache.resolve(["a", "b", "c"], upper) == ["A", "B", "C"]
    assert asked == [["a", "b"], ["c"]]


def test_what_is_asked_for_stays_and_the_rest_goes() -> None:
    cache: TwoGenerationCache[int, int] = TwoGenerationCache(4)
    computed: list[int] = []

    def same(missing: Sequence[int]) -> Sequence[int]:
        computed.extend(missing)
        return missing

    for key in range(1, 20):
        cache.resolve([0, key], same)
    assert computed.count(0) == 1
    computed.clear()
    cache.resolve([1], same)
    assert computed == [1]
