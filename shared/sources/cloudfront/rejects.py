"""Records that cannot become rows, as the quarantine keeps them: reason, detail and raw text, without cookies."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa

from shared.reasons import BadReason
from shared.sources.base import REJECT_SCHEMA

RAW_LIMIT = 8192  # bytes of raw text that are kept

_COOKIE = "cs(Cookie)"
_JSON_COOKIE = re.compile(rb'(?i)("cs[(_-]cookie\)?"\s*:\s*)"(?:[^"\\]|\\.)*"?')


@dataclass
class Rejects:
    """Collects rejected records."""

    numbers: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    details: list[str | None] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def add(self, number: int, reason: BadReason, raw: bytes, detail: str | None = None) -> None:
        """Take in the record of a line; `raw` already without cookies."""
        self.numbers.append(int(number))
        self.reasons.append(reason.value)
        self.details.append(detail)
        self.texts.append(raw[:RAW_LIMIT].decode(errors="replace"))

    def extend(self, others: Rejects) -> None:
        """Take in what another collection has."""
        self.numbers += others.numbers
        self.reasons += others.reasons
        self.details += others.details
        self.texts += others.texts

    def to_table(self) -> pa.Table:
        """REJECT_SCHEMA, in line order."""
        table = pa.table([self.numbers, self.reasons, self.details, self.texts], schema=REJECT_SCHEMA)
        return table.sort_by("source_line")


def without_cookie(names: tuple[str, ...], delimiter: bytes) -> Callable[[bytes], bytes]:
    """A function that puts a hyphen for the cookie of a delimited line; it looks at the part that is kept only."""
    if _COOKIE not in names:
        return lambda raw: raw[:RAW_LIMIT]
    at = names.index(_COOKIE)

    def redact(raw: bytes) -> bytes:
        fields = raw[:RAW_LIMIT].split(delimiter)
        if len(fields) > at:
            fields[at] = b"-"
        return delimiter.join(fields)

    return redact


def without_json_cookie(raw: bytes) -> bytes:
    """A JSON line with a hyphen for the cookie, whether the line is whole or cut."""
    return _JSON_COOKIE.sub(rb'\1"-"', raw[:RAW_LIMIT])
