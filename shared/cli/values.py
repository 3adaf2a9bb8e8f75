"""Values of a result as programs and people read them."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

_DIGITS = 6


def print_json(value: Any) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(jsonable(value), ensure_ascii=False, allow_nan=False, indent=2) + "\n")


def jsonable(value: Any) -> Any:
    """The value in JSON's types: times as ISO 8601 in UTC, bytes as hex, what is no number (NaN, infinity) as null."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else _text(value)


def csv_value(value: Any) -> str:
    """The value in a CSV cell: as in JSON, but text bare and null empty; lists and maps are JSON."""
    plain = jsonable(value)
    if plain is None:
        return ""
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def readable(value: Any, *, grouped: bool = True) -> str:
    """The value in a table for people: in one line, null empty, numbers with their thousands grouped or bare."""
    plain = jsonable(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if isinstance(plain, int | float):
        text = f"{plain:,.3f}" if isinstance(plain, float) else f"{plain:,}"
        return text if grouped else str(plain)
    return _one_line(plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False))


def rounded(value: Any) -> Any:
    """A fraction for people: to six digits, or to the whole number where that has more; other values as they are.

    >>> rounded(0.07541774046055366), rounded(1234567.89), rounded(7)
    (0.0754177, 1234568.0, 7)
    """
    if not isinstance(value, float) or not math.isfinite(value) or not value:
        return value
    return round(value, max(_DIGITS - 1 - math.floor(math.log10(abs(value))), 0))


def to_the_second(moment: datetime) -> str:
    """A moment for people: ISO 8601 in UTC without fractions."""
    return _utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        utc = _utc(value)
        precision = "microseconds" if utc.microsecond % 1000 else "milliseconds"
        return utc.isoformat(timespec=precision).replace("+00:00", "Z")
    return value.hex() if isinstance(value, bytes) else str(value)


def _utc(moment: datetime) -> datetime:
    # The lake's times are UTC, with or without saying so.
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _one_line(text: str) -> str:
    return "".join(
        character if character.isprintable() else " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
