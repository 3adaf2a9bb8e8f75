from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.raw import discover
from shared.storage import ObjectInfo, Prefix

PAGE = 1000
NOW = datetime(2026, 11, 24, 5)
_FLAT = re.compile(r"(\d{4})-(\d\d)-(\d\d)-(\d\d)\.")
_FOLDERS = re.compile(r"(?:year=)?(20\d\d)/(?:month=)?(\d\d)/(?:day=)?(\d\d)/(?:hour=)?(\d\d)/")


class PagedStore:
    """A store in memory that counts requests: one for each page of 1,000 keys that is begun."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = sorted(keys, key=str.encode)
        self.lists = 0

    def list(
        self, prefix: str = "", *, start_after: str = "", delimiter: str | None = None
    ) -> Iterator[ObjectInfo | Prefix]:
        assert prefix == ""
        assert delimiter is None
        first = bisect_right(self.keys, start_after.encode(), key=str.encode) if start_after else 0
        self.lists += 1
        for number, key in enumerate(self.keys[first:]):
            if number and number % PAGE == 0:
                self.lists += 1
            yield ObjectInfo(key, "etag", 1, datetime(2026, 1, 1, tzinfo=UTC))


def hour_of(key: str) -> datetime | None:
    found = _FOLDERS.search(key) or _FLAT.search(key)
    return datetime(*map(int, found.groups())) if found else None  # type: ignore[arg-type]


def find(store: PagedStore, **how: Any) -> list[str]:
    arguments: dict[str, Any] = {
        "is_log": lambda key: True,
        "hour_of": hour_of,
        "is_known": lambda objects: [False] * len(objects),
        **how,
    }
    return [info.key for info in discover(store, **arguments)]  # type: ignore[arg-type]


def hours(first: datetime, count: int) -> list[datetime]:
    return [first + timedelta(hours=n) for n in range(count)]


def test_new_logs_come_in_key_order_and_known_ones_do_not() -> None:
    asked: list[int] = []

    def is_known(objects: Sequence[ObjectInfo]) -> list[bool]:
        asked.append(len(objects))
        return [info.key.endswith("7") for info in objects]

    keys = [f"raw/{n:05d}" for n in range(2500)]
    store = PagedStore(keys)
    assert find(store, is_known=is_known) == [key for key in keys if not key.endswith("7")]
    assert asked == [1000, 1000, 500]
    assert store.lists == 3


def test_the_listing_is_read_as_the_caller_goes_on() -> None:
    store = PagedStore([f"raw/{n:05d}" for n in range(5000)])
    found = discover(
        store,  # type: ignore[arg-type]
        is_log=lambda key: True,
        hour_of=hour_of,
        is_known=lambda objects: [False] * len(objects),
    )
    assert store.lists == 0
    for _ in range(1000):
        next(found)
    assert store.lists == 1


def test_markers_and_other_files_are_passed_over() -> None:
    keys = ["_SUCCESS", "a/_temporary", "a/.hidden", "a/", "exportedlogs/aws-logs-write-test", "a/readme.txt", "a/x.gz"]
    assert find(PagedStore(keys), is_log=lambda key: not key.endswith(".txt")) == ["a/x.gz"]
    assert find(PagedStore(["_old/a.gz", ".snapshots/a.gz"])) == [".snapshots/a.gz", "_old/a.gz"]


@pytest.mark.parametrize(
    "layout",
    [
        "logs/{name}.{time:%Y-%m-%d-%H}.0a1b2c3d.gz",
        "AWSLogs/123456789012/CloudFront/{name}/{time:%Y/%m/%d/%H}/x.gz",
        "AWSLogs/aws-account-id=123456789012/CloudFront/DistributionId={name}/"
        "year={time:%Y}/month={time:%m}/day={time:%d}/hour={time:%H}/x.gz",
    ],
)
def test_old_keys_are_jumped_over(layout: str) -> None:
    times = hours(datetime(2025, 1, 1), 12_000)
    keys = [layout.format(name=f"E{n}EXAMPLE", time=time) for n in range(3) for time in times]
    since = times[-30]
    store = PagedStore(keys)
    found = find(store, since=since)
    assert found == [key for n in range(3) for key in keys[12_000 * (n + 1) - 30 : 12_000 * (n + 1)]]
    # For each distribution one page before the jump, and one behind it that reaches into the next distribution.
    assert store.lists <= 7
    assert find(store, since=since.replace(tzinfo=UTC) + timedelta(minutes=59)) == found


def test_few_old_keys_are_not_worth_a_jump() -> None:
    keys = [f"E{n:04d}.{time:%Y-%m-%d-%H}.a.gz" for n in range(300) for time in hours(NOW - timedelta(hours=9), 10)]
    store = PagedStore(keys)
    assert len(find(store, since=NOW)) == 300
    assert store.lists == 3


def test_day_and_month_folders_are_pruned_by_their_end() -> None:
    days = [f"cdn/{day:%Y/%m/%d}/{n}.gz" for day in (NOW - timedelta(days=d) for d in range(3)) for n in range(2)]
    months = ["cdn2/2026/09/a.gz", "cdn2/2026/10/a.gz", "cdn2/2026/11/a.gz"]
    found = find(PagedStore(days + months), hour_of=lambda key: None, since=NOW - timedelta(days=1))
    assert found == [*(key for key in sorted(days) if "/22/" not in key), "cdn2/2026/11/a.gz"]


def test_keys_without_a_time_always_count() -> None:
    keys = ["E1.log", "2024/readme", "cdn/2026/13/01/00/x", "cdn/2026/02/30/00/x.gz", "year=2024/a.gz"]
    assert find(PagedStore(keys), hour_of=lambda key: None, since=NOW) == sorted(keys)


def test_no_jump_where_the_date_in_the_key_is_not_the_hour_that_counts() -> None:
    # The prefix of the bucket holds a date of its own, which says nothing of the logs.
    old = [f"from/2025/01/E1.2026-10-{d:02d}-{h:02d}.{n}.gz" for d in range(1, 20) for h in range(24) for n in range(5)]
    new = ["from/2025/01/E1.2026-11-24-06.a.gz", "from/2025/12/E1.2026-11-24-07.a.gz"]
    assert find(PagedStore(old + new), since=NOW) == new


_HOURS = st.integers(0, 400).map(lambda n: datetime(2026, 11, 8) + timedelta(hours=n))
_LAYOUTS = st.sampled_from(
    [
        "{root}/{time:%Y/%m/%d/%H}/{name}.gz",
        "{root}2/{root}.{time:%Y-%m-%d-%H}.{name}.gz",
        "{root}3/year={time:%Y}/month={time:%m}/day={time:%d}/hour={time:%H}/{name}",
        "{root}4/{name}.gz",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_LAYOUTS, st.sampled_from("ab"), _HOURS, st.sampled_from("xy")), max_size=40), _HOURS)
def test_jumping_finds_what_reading_all_finds(parts: list[tuple[str, str, datetime, str]], since: datetime) -> None:
    keys = {layout.format(root=root, time=time, name=name) for layout, root, time, name in parts}
    expected = sorted(key for key in keys if (hour_of(key) or since) >= since)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["shared.raw.discover"], "PATIENCE", 1)
        assert find(PagedStore(sorted(keys)), since=since) == expected
