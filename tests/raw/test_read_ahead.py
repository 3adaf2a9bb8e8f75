from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.raw.read_ahead import ReadAhead

MAX_BYTES = 100
MAX_ITEMS = 5


class Shelf:
    """Objects of given sizes; counts what is being read or waits, and fails where it is told to."""

    def __init__(self, sizes: Sequence[int], broken: frozenset[int] = frozenset()) -> None:
        self.sizes, self.broken = sizes, broken
        self.begun: list[int] = []
        self.taken: set[int] = set()
        self.most_bytes = self.most_items = self.most_at_once = self.at_once = 0
        self._lock = threading.Lock()

    def read(self, item: int) -> bytes:
        with self._lock:
            self.begun.append(item)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            ahead = [i for i in self.begun if i not in self.taken and self.sizes[i] <= MAX_BYTES]
            self.most_bytes = max(self.most_bytes, sum(self.sizes[i] for i in ahead))
            self.most_items = max(self.most_items, len(ahead))
        time.sleep(0)  # lets other threads come in between
        with self._lock:
            self.at_once -= 1
        if item in self.broken:
            raise ValueError(item)
        return bytes([item]) * self.sizes[item]

    def ahead(self, at_once: int) -> ReadAhead[int]:
        items = range(len(self.sizes))
        return ReadAhead(
            items, self.read, self.sizes.__getitem__, at_once=at_once, max_bytes=MAX_BYTES, max_items=MAX_ITEMS
        )


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("read-ahead")]


@settings(max_examples=150, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 150) | st.integers(0, 10), max_size=30),
    broken=st.frozensets(st.integers(0, 29), max_size=3),
    at_once=st.integers(1, 4),
    given_up_after=st.none() | st.integers(0, 30),
)
def test_whatever_the_sizes_and_failures_order_bounds_and_threads_are_right(
    sizes: list[int], broken: frozenset[int], at_once: int, given_up_after: int | None
) -> None:
    shelf = Shelf(sizes, broken)
    wanted = len(sizes) if given_up_after is None else min(given_up_after, len(sizes))
    with shelf.ahead(at_once) as contents:
        for item in range(wanted):
            if item in broken:
                with pytest.raises(ValueError, match=f"^{item}$"):
                    contents.take()
            else:
                assert contents.take() == bytes([item]) * sizes[item]
            shelf.taken.add(item)
    assert threads() == []
    assert len(set(shelf.begun)) == len(shelf.begun), "nothing is read twice"
    assert set(range(wanted)) <= set(shelf.begun)
    # The room of an item is free as soon as its content is handed over, which is before this test can note it.
    largest = max((size for size in sizes if size <= MAX_BYTES), default=0)
    assert shelf.most_bytes <= MAX_BYTES + largest
    assert shelf.most_items <= MAX_ITEMS + 1
    # One more than the threads: an item too large to be read ahead is read by whoever takes it.
    assert shelf.most_at_once <= (at_once + 1 if at_once > 1 else 1)


def test_without_threads_each_is_read_at_its_turn() -> None:
    shelf = Shelf([1, 1, 1])
    with shelf.ahead(1) as contents:
        assert (shelf.begun, threads()) == ([], [])
        contents.take()
        assert (shelf.begun, threads()) == ([0], [])


def test_reads_go_on_while_nobody_takes_up_to_the_bounds() -> None:
    few_large, many_small = Shelf([40, 40, 40, 40]), Shelf([1] * 20)
    for shelf, ahead in ((few_large, [0, 1]), (many_small, [0, 1, 2, 3, 4])):
        with shelf.ahead(2) as contents:
            _wait_until(lambda shelf=shelf, ahead=ahead: sorted(shelf.begun) == ahead)
            contents.take()
            _wait_until(lambda shelf=shelf, ahead=ahead: sorted(shelf.begun) == [*ahead, ahead[-1] + 1])
        assert sorted(shelf.begun) == [*ahead, ahead[-1] + 1]


def test_several_are_read_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=10)

    def read(item: int) -> bytes:
        meeting.wait()
        return bytes([item])

    with ReadAhead(range(3), read, lambda _item: 1, at_once=3) as contents:
        assert [contents.take() for _ in range(3)] == [b"\0", b"\1", b"\2"]


def test_a_huge_item_is_read_at_its_turn_and_small_ones_behind_it_before() -> None:
    shelf = Shelf([1, 10_000, 1, 1])
    with shelf.ahead(2) as contents:
        _wait_until(lambda: sorted(shelf.begun) == [0, 2, 3])
        assert [len(contents.take()) for _ in range(4)] == [1, 10_000, 1, 1]


def test_the_end_of_the_block_waits_for_reads_under_way_and_drops_the_others() -> None:
    begun, goes_on = threading.Event(), threading.Event()
    read_items: list[int] = []

    def read(item: int) -> bytes:
        read_items.append(item)
        begun.set()
        goes_on.wait(10)
        return b""

    def fail() -> None:
        with ReadAhead(range(9), read, lambda _item: 1, at_once=2):
            begun.wait(10)
            threading.Timer(0.05, goes_on.set).start()
            raise RuntimeError("the task failed")

    with pytest.raises(RuntimeError, match="the task failed"):
        fail()
    assert threads() == []
    assert len(read_items) <= 4


def test_more_than_there_is_cannot_be_taken() -> None:
    for at_once in (1, 2):
        with Shelf([1, 1]).ahead(at_once) as contents:
            contents.take(), contents.take()
            with pytest.raises(IndexError):
                contents.take()


def _wait_until(is_so: object) -> None:
    assert callable(is_so)
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.001)
