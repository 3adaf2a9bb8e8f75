"""The JSON objects of one line, their values as the text that was logged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from sys import float_info
from typing import NoReturn

from shared.reasons import BadReason
from shared.sources.columns.lines import LINE_LIMIT

_LONGEST_INTEGER = 300  # digits
_SPACE = re.compile(r"[ \t\r\v\f]*")


def read_objects(line: bytes) -> Iterator[tuple[bytes, dict[str, bytes | None] | BadReason]]:
    """The objects of a line, each with its own bytes: one, or several that were joined without a newline."""
    if len(line) > LINE_LIMIT:
        yield line, BadReason.LINE_TOO_LONG
        return
    text = line.decode("utf-8", "surrogateescape").strip(" \t\r\v\f")
    found, at = [], 0
    try:
        while at < len(text):
            value, end = _DECODER.raw_decode(text, at)
            found.append((text[at:end], value))
            space = _SPACE.match(text, end)
            at = space.end() if space else end
    except (ValueError, RecursionError):
        yield line, BadReason.NOT_JSON
        return
    if not all(isinstance(value, dict) for _, value in found):
        yield line, BadReason.NOT_OBJECT if len(found) == 1 else BadReason.NOT_JSON
        return
    for raw, value in found:
        yield raw.encode("utf-8", "surrogateescape"), _members(raw, value)


def _members(raw: str, value: dict[str, object]) -> dict[str, bytes | None]:
    """Name to text: strings and numbers as they stand, everything else as JSON."""
    nested = _NESTED.decode(raw) if any(isinstance(each, dict | list) for each in value.values()) else value
    return {_bytes(name).decode(errors="replace"): _as_logged(value[name], nested[name]) for name in value}


def _as_logged(value: object, nested: object) -> bytes | None:
    if value is None:
        return None
    return _bytes(value if isinstance(value, str) else json.dumps(nested, ensure_ascii=False))


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")  # bytes that are no UTF-8 come out as they came in
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")  # half a character, escaped: no UTF-8 either


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _number(text: str) -> int | float | str:
    """A number as it is written again as JSON; one that no machine holds as text."""
    number = int(text) if len(text) < _LONGEST_INTEGER and text.lstrip("-").isdigit() else float(text)
    return number if abs(number) <= float_info.max else text


_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse)
_NESTED = json.JSONDecoder(parse_int=_number, parse_float=_number)
