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
_WINDOW = 8192  # characters that a value is sought in first: an error costs as much as the text that is looked at
_LONGEST_TOKEN = 8  # of those that a window may cut without being at its very end: true, false, null, \uXXXX


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
    any next brace, the log events inside the broken one would pass for records. A number or a string counts as a value
    only if it has its line to itself: elsewhere it is a piece of something torn.
    """
    at = _skip(text, 0)
    while at < len(text):
        found = _read(text, at) if text[at] in "{[" else _read_scalar(text, at)
        yield found
        at = _skip(text, found.end)


def _read(text: str, at: int) -> Value | NoValue:
    size = _WINDOW
    while True:
        window = text[at : at + size]
        try:
            value, end = _DECODER.raw_decode(window)
        except json.JSONDecodeError as error:
            is_open = error.msg.startswith("Unterminated string") or error.pos >= len(window.rstrip()) - _LONGEST_TOKEN
            if is_open and at + size < len(text):
                size *= 4
                continue
            return NoValue(at, _next_anchor(text, at + 1), is_open)
        except (ValueError, RecursionError):  # a number of too many digits, too many brackets
            return NoValue(at, _next_anchor(text, at + 1), False)
        return Value(at, at + end, value)


def _read_scalar(text: str, at: int) -> Value | NoValue:
    end = _next_anchor(text, at + 1)
    try:
        return Value(at, end, json.loads(text[at:end]))
    except (ValueError, RecursionError):
        return NoValue(at, end, False)


def _skip(text: str, at: int) -> int:
    between = _BETWEEN.match(text, at)
    return between.end() if between else at


def _next_anchor(text: str, at: int) -> int:
    anchor = _ANCHOR.search(text, at)
    return anchor.start() if anchor else len(text)


_DECODER = json.JSONDecoder()
