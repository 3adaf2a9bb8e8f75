"""The lines of a piece of an object: where they begin and end, found once and only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt

from shared.text import count_lines, positions_of

Positions = npt.NDArray[np.int64]

LINE_LIMIT = 1 << 20  # bytes; the longest that CloudFront logs is a URL of 8 KiB and headers of 20 KiB, encoded
BLANK = b" \t\r\v\f"
_NEWLINE, _RETURN = ord("\n"), ord("\r")


class Lines:
    """Lines of a text from a byte on, cut at newlines only; `first_number` is the number of the first in its object."""

    def __init__(self, text: bytes, first_number: int, begin: int = 0) -> None:
        self.text = text
        self.first_number = first_number
        self.begin = begin

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row: int) -> bytes:
        return self.text[self.starts[row] : self.ends[row]]

    def head(self, most: int) -> Iterator[bytes]:
        """The first lines, without looking at the others."""
        at = self.begin
        while at < len(self.text) and most > 0:
            end = self.text.find(b"\n", at) + 1 or len(self.text)
            yield self.text[at:end].removesuffix(b"\n").removesuffix(b"\r")
            at, most = end, most - 1

    def has(self, part: bytes) -> bool:
        """Whether the lines have these bytes somewhere."""
        return self.text.find(part, self.begin) >= 0

    @cached_property
    def numbers(self) -> Positions:
        """Line numbers in the object."""
        return np.arange(self.first_number, self.first_number + len(self), dtype=np.int64)

    @cached_property
    def starts(self) -> Positions:
        """Where in the text each line begins."""
        return np.concatenate(([self.begin], self._newlines + 1))[: len(self)]

    @cached_property
    def ends(self) -> Positions:
        """Where in the text each line ends, without its newline and a carriage return before that."""
        ends = np.concatenate((self._newlines, [len(self.text)]))[: len(self)]
        before = self._bytes[np.maximum(ends - 1, 0)] if len(ends) else ends
        without_return: Positions = ends - ((before == _RETURN) & (ends > self.starts))
        return without_return

    @cached_property
    def longest_may_exceed_limit(self) -> bool:
        """False where no line is longer than the limit: each half of the limit has a newline in it."""
        half = LINE_LIMIT // 2
        halves = range(self.begin, len(self.text) - half + 1, half)
        return any(self.text.find(b"\n", start, start + half) < 0 for start in halves)

    @cached_property
    def _count(self) -> int:
        return count_lines(self.text, self.begin)

    @cached_property
    def _bytes(self) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self.text, dtype=np.uint8)

    @cached_property
    def _newlines(self) -> Positions:
        return positions_of(_NEWLINE, self._bytes[self.begin :]) + self.begin
