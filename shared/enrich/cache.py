"""A bounded cache for what a batch needs in bulk.

The values of a log come with heavy repetition, but a hostile client can send a new one with every request, so a cache
without bound is a leak. Two generations give the bound without the bookkeeping of an LRU list: new entries go to the
young one; when it is full it becomes the old one, and what was in the old one and not asked for since is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class TwoGenerationCache(Generic[Key, Value]):
    """Holds at most `capacity` entries (a positive, even number), among them the capacity/2 last used ones."""

    def __init__(self, capacity: int) -> None:
        self._half = capacity // 2
        self._young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def resolve(self, keys: Sequence[Key], compute: Callable[[Sequence[Key]], Iterable[Value]]) -> list[Value]:
        """Values for the keys, in order; `compute` is called at most once, with the distinct keys that are not cached.

        The answer is complete even where the call has more keys than the cache has room for.
        """
        known = [self._young[key] for key in keys if key in self._young]
        if len(known) == len(keys):
            return known
        found: dict[Key, Value] = {}
        missing: dict[Key, None] = {}
        for key in keys:
            if key in self._young:
                found[key] = self._young[key]
            elif key in self._old:
                found[key] = self._old[key]
                self._put(key, found[key])
            else:
                missing[key] = None
        if missing:
            for key, value in zip(missing, compute(list(missing)), strict=True):
                found[key] = value
                self._put(key, value)
        return [found[key] for key in keys]

    def _put(self, key: Key, value: Value) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = value
