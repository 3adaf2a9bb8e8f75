"""Reading JSON values that stand one after another, with or without anything between them.

Firehose puts what it was given end to end: `{...}{...}`, without a newline, and both braces and newlines occur inside
strings. So nothing is split: each value is decoded where it begins, and the next one begins where it ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

_BETWEEN = re.compile(r"[ \t\r\n\v\f,\0]*")
_ANCHOR = re.compile(r"\n|\{\s*\"messageType\"")
_FIRST = frozenset('{["-0123456789tfn')


class Value(NamedTuple):
    """A JSON value and where its text lies."""

    start: int
    end: int
    value: object


class NoValue(NamedTuple):
    """Text that is no JSON value, up to where reading can go on. `is_open`: the text ends inside a value."""

    start: int
    end: int
    is_open: bool


def read_values(text: str) -> Iterator[Value | NoValue]:
    """The values of a text in their order, and what stands between them and is none.

    Behind broken JSON reading goes on at the next newline or, if it comes first, at what begins like an envelope of
    CloudWatch Logs: without the second, a broken envelope would take the rest of a text without newlines with it; at
    any next brace, the log events inside the broken one would pass for records.
    """
    at = _skip(text, 0)
    while at < len(text):
        try:
            value, end = _DECODER.raw_decode(text, at)
        except RecursionError:
            yield NoValue(at, end := _next_anchor(text, at + 1), False)
        except json.JSONDecodeError as error:
            is_open = text[at] in _FIRST and _is_open(error, text)
            yield NoValue(at, end := _next_anchor(text, at + 1), is_open)
        else:
            yield Value(at, end, value)
        at = _skip(text, end)


def _skip(text: str, at: int) -> int:
    between = _BETWEEN.match(text, at)
    return between.end() if between else at


def _next_anchor(text: str, at: int) -> int:
    anchor = _ANCHOR.search(text, at)
    return anchor.start() if anchor else len(text)


def _is_open(error: json.JSONDecodeError, text: str) -> bool:
    """Whether more text could have made it a value."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip())


_DECODER = json.JSONDecoder()
