"""Counting lines at memory speed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from shared.text.scan import count_of, positions_of

_NEWLINE: Final = ord("\n")


def count_lines(text: bytes, begin: int = 0) -> int:
    """Lines of a text from a byte on, the last one with its newline or without.

    >>> count_lines(b"a\\n\\nb"), count_lines(b"a\\n\\nb", 2), count_lines(b"a\\n", 2)
    (3, 2, 0)
    """
    content = np.frombuffer(text, np.uint8)[begin:]
    return count_of(_NEWLINE, content) + bool(len(content) and content[-1] != _NEWLINE)


def runs_of_lines(text: bytes, most: int) -> Iterator[tuple[bytes, int]]:
    """A text in runs of so many lines at most, each with the number of its lines.

    >>> list(runs_of_lines(b"a\\nb\\nc", 2))
    [(b'a\\nb\\n', 2), (b'c', 1)]
    """
    lines = count_lines(text)
    if lines <= most:
        if lines:
            yield text, lines
        return
    ends = positions_of(_NEWLINE, np.frombuffer(text, np.uint8)) + 1
    cuts = [0, *ends[most - 1 : lines - 1 : most].tolist(), len(text)]
    for number, (begin, end) in enumerate(pairwise(cuts)):
        yield text[begin:end], min(most, lines - number * most)
