from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.engine.plan import (
    MAX_GROUP_BYTES,
    MAX_GROUP_OBJECTS,
    MIN_GROUP_BYTES,
    BatchLimits,
    RawObject,
    batches,
    plan,
)
from shared.sources.cloudfront import SOURCE

MODIFIED = datetime(2026, 11, 1, tzinfo=UTC)


def raw(key: str, size_bytes: int) -> RawObject:
    return RawObject(f"s3://logs/{key}", "s3://logs", key, "etag", size_bytes, MODIFIED)


def hour_of(key: str) -> datetime | None:
    return SOURCE.read_key(key).starts


OBJECTS = st.lists(
    st.builds(
        lambda hour, uid, size: raw(f"E1EXAMPLE00001.2026-11-01-{hour:02d}.{uid:08x}.gz" if hour else f"x{uid}", size),
        st.integers(0, 4),
        st.integers(0, 10**6),
        st.integers(0, 3 * MIN_GROUP_BYTES),
    ),
    max_size=40,
    unique_by=lambda item: item.url,
)


@settings(max_examples=100, deadline=None)
@given(objects=OBJECTS, order=st.randoms(use_true_random=False), cores=st.integers(1, 64))
def test_a_plan_is_a_function_of_the_set_and_holds_every_object_once(objects, order, cores) -> None:
    shuffled = list(objects)
    order.shuffle(shuffled)
    groups = plan(objects, hour_of, cores)
    assert plan(shuffled, hour_of, cores) == groups
    assert sorted(o.url for group in groups for o in group.objects) == sorted(o.url for o in objects)
    assert [group.number for group in groups] == list(range(len(groups)))
    for group in groups:
        assert len(group.objects) == 1 or group.size_bytes <= MAX_GROUP_BYTES
        assert len(group.objects) <= MAX_GROUP_OBJECTS


def test_tasks_follow_the_data() -> None:
    def groups(count: int, size_bytes: int) -> int:
        return len(plan([raw(f"x{i:05d}", size_bytes) for i in range(count)], hour_of, cores=8))

    assert groups(24, 100_000) == 1, "a small batch is one task"
    assert groups(1000, 1_000_000) >= 32, "a batch of 1 GB keeps eight cores busy"
    assert groups(100, 100_000_000) == 100, "large objects are read alone"
    assert groups(5000, 10) == 3, "no task opens more than its share of tiny objects"


@settings(max_examples=60, deadline=None)
@given(objects=OBJECTS, max_objects=st.integers(1, 9), max_bytes=st.integers(1, 4 * MIN_GROUP_BYTES))
def test_batches_are_bounded_and_keep_the_order(objects, max_objects, max_bytes) -> None:
    cut = list(batches(iter(objects), BatchLimits(max_bytes, max_objects)))
    assert [o for batch in cut for o in batch] == objects
    for batch in cut:
        assert len(batch) <= max_objects
        assert len(batch) == 1 or sum(o.size_bytes for o in batch) <= max_bytes
