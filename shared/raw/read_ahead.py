"""Reading whole objects ahead of their turn: several at once, handed over in order, in bounded memory.

A request to S3 takes tens of milliseconds before the first byte comes. One after another, ten thousand small objects
would be minutes of waiting; read ahead, the waiting happens while other objects are parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

MAX_BYTES = 64 * 1024 * 1024
MAX_ITEMS = 32

T = TypeVar("T")


class ReadAhead(Generic[T]):
    """The contents of items, one `take` for each, in their order; a context manager, at whose end no thread is left.

    read        gives an item's content, in any thread; what it raises, the item's `take` raises
    size_bytes  of an item, as far as it is known beforehand
    at_once     items that are read at the same time; with 1, each is read when it is taken, without a thread
    max_bytes   of items that are being read or wait to be taken. A larger item is read when it is taken, so besides
                these bytes there is never more than the item that the caller works on
    max_items   the same bound on their number
    """

    def __init__(
        self,
        items: Sequence[T],
        read: Callable[[T], bytes],
        size_bytes: Callable[[T], int],
        *,
        at_once: int,
        max_bytes: int = MAX_BYTES,
        max_items: int = MAX_ITEMS,
    ) -> None:
        self._items, self._read, self._size = items, read, size_bytes
        self._max_bytes, self._max_items = max_bytes, max_items
        self._ahead: dict[int, Future[bytes]] = {}
        self._ahead_bytes = 0
        self._next_taken = self._next_read = 0
        self._threads = ThreadPoolExecutor(at_once, "read-ahead") if min(at_once, len(items)) > 1 else None

    def __enter__(self) -> Self:
        self._go_on()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        self._ahead.clear()

    def take(self) -> bytes:
        """The content of the next item; IndexError when all are taken."""
        position, item = self._next_taken, self._items[self._next_taken]
        self._next_taken += 1
        reading = self._ahead.pop(position, None)
        if reading is None:
            return self._read(item)
        try:
            return reading.result()
        finally:
            self._ahead_bytes -= self._size(item)
            self._go_on()

    def _go_on(self) -> None:
        """Begin to read what there is room for. Room comes with each item taken, so nothing else has to ask again."""
        while self._threads and self._next_read < len(self._items) and len(self._ahead) < self._max_items:
            item = self._items[self._next_read]
            size = self._size(item)
            if size <= self._max_bytes:
                if self._ahead_bytes + size > self._max_bytes:
                    return
                self._ahead[self._next_read] = self._threads.submit(self._read, item)
                self._ahead_bytes += size
            self._next_read += 1
