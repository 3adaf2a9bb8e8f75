"""Records that cannot become rows, as the quarantine keeps them: reason, detail and raw text."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from shared.reasons import BadReason
from shared.sources.base import REJECT_SCHEMA

RAW_LIMIT = 8192  # bytes of raw text that are kept


@dataclass
class Rejects:
    """Collects rejected records."""

    numbers: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    details: list[str | None] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def add(self, number: int, reason: BadReason, raw: bytes, detail: str | None = None) -> None:
        """Take in the record of a line; `raw` already without what must not be kept."""
        self.numbers.append(int(number))
        self.reasons.append(reason.value)
        self.details.append(detail)
        self.texts.append(raw[:RAW_LIMIT].decode(errors="replace"))

    def to_table(self) -> pa.Table:
        """REJECT_SCHEMA, in line order."""
        table = pa.table([self.numbers, self.reasons, self.details, self.texts], schema=REJECT_SCHEMA)
        return table.sort_by("source_line")
