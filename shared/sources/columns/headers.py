"""Header lines: which names they hold and what stands between them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise

from shared.sources.columns.dialect import TAB

FIELDS_MARK = b"#Fields:"

_LONGEST_DELIMITER = 5
_MOST_CANDIDATES = 8  # texts between names that are tried as delimiters, the most frequent first
_DELIMITERS = (TAB, b":|:", b"||", b"::", b" ", b",", b";", b"|", b"~", b"^")  # before any that is a part of it


def any_of(names: Iterable[str]) -> re.Pattern[str]:
    """What finds any of the names, the longest that fits, in any case."""
    return re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)), re.IGNORECASE)


def fields_of(line: bytes, sniffed: Callable[[str], str | None]) -> tuple[tuple[str, ...], str | None]:
    """The names of a `#Fields:` line, and the delimiter where the line shows it.

    Names are split at any white space: tabs occur as well as spaces. `sniffed` gives what stands between the names.
    """
    text = line[len(FIELDS_MARK) :].decode(errors="replace").strip()
    names = tuple(text.split())
    if len(names) == 1 and (delimiter := sniffed(text)):
        return tuple(text.split(delimiter)), delimiter
    return names, None


def sniff(header: str, any_name: re.Pattern[str], known: Callable[[tuple[str, ...]], int]) -> str | None:
    """What stands between the names of a header line: any text of up to five characters.

    any_name   what finds known names
    known      how many of the names that a delimiter gives are known
    """
    matches = list(any_name.finditer(header))
    gaps = Counter(header[left.end() : right.start()] for left, right in pairwise(matches))
    candidates = [gap for gap, _ in gaps.most_common(_MOST_CANDIDATES) if 1 <= len(gap) <= _LONGEST_DELIMITER]
    known_with = {gap: known(tuple(header.split(gap))) for gap in candidates}
    return max(known_with, key=lambda gap: (known_with[gap], gap), default=None)


def delimiter_of(record: bytes, names: tuple[str, ...]) -> bytes | None:
    """The delimiter with which a record has as many fields as there are names; None where none does.

    A `#Fields:` line does not show the delimiter of the records, since its names are separated by spaces anyhow.
    """
    if len(names) == 1:
        return TAB
    return next((each for each in _DELIMITERS if record.count(each) == len(names) - 1), None)
