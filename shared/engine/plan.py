"""The plan: which raw objects are read together. A pure function of the batch, so a retry makes the same names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

MIN_GROUP_BYTES = 8 * 1024 * 1024
MAX_GROUP_BYTES = 128 * 1024 * 1024
MAX_GROUP_OBJECTS = 2_000
_GROUPS_PER_CORE = 4  # enough that the last tasks to end do not leave cores idle for long


@dataclass(frozen=True)
class RawObject:
    """One version of one raw object. `url` is its identity; `root` and `key` are how it is read."""

    url: str
    root: str
    key: str
    etag: str
    size_bytes: int
    modified: datetime
    salvage: bool = False


@dataclass(frozen=True)
class Group:
    """The objects of one task, and its number in the plan, which names its files."""

    number: int
    objects: tuple[RawObject, ...]

    @property
    def size_bytes(self) -> int:
        """Stored size of the objects."""
        return sum(item.size_bytes for item in self.objects)


@dataclass(frozen=True)
class BatchLimits:
    """What one committed batch may take in at the most; a backlog is a sequence of batches."""

    max_bytes: int = 4 * 1024**3
    max_objects: int = 20_000


def batches(objects: Iterable[RawObject], limits: BatchLimits) -> Iterator[list[RawObject]]:
    """Cut a stream of objects into batches; an object above the limit is a batch of its own."""
    batch: list[RawObject] = []
    size = 0
    for item in objects:
        if batch and (size + item.size_bytes > limits.max_bytes or len(batch) >= limits.max_objects):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item.size_bytes
    if batch:
        yield batch


def plan(batch: Sequence[RawObject], hour_of: Callable[[str], datetime | None], cores: int) -> list[Group]:
    """Group a batch by the hour in the key (objects without one together), in key order, capped by size and number.

    The cap follows the data: small batches make small groups so that all cores have work, large ones make files of a
    good size for readers.
    """
    total = sum(item.size_bytes for item in batch)
    cap = min(max(total // (cores * _GROUPS_PER_CORE), MIN_GROUP_BYTES), MAX_GROUP_BYTES)
    by_hour: dict[str, list[RawObject]] = {}
    for item in sorted(batch, key=lambda o: o.url):
        starts = hour_of(item.key)
        by_hour.setdefault(starts.isoformat() if starts else "", []).append(item)
    # Hours too small for a task of their own share one: a task costs more than a file more.
    groups: list[list[RawObject]] = [[]]
    size = 0
    for hour in sorted(by_hour):
        hour_bytes = sum(item.size_bytes for item in by_hour[hour])
        if groups[-1] and size + hour_bytes > cap:
            groups.append([])
            size = 0
        for item in by_hour[hour]:
            if groups[-1] and (size + item.size_bytes > cap or len(groups[-1]) >= MAX_GROUP_OBJECTS):
                groups.append([])
                size = 0
            groups[-1].append(item)
            size += item.size_bytes
    # Long tasks first: short ones fill the gaps at the end.
    groups.sort(key=lambda group: -sum(item.size_bytes for item in group))
    return [Group(number, tuple(group)) for number, group in enumerate(groups) if group]
