"""MediaPackage's lines, as the shared readers of lines ask for them.

Version 2 as w3c or plain is described nowhere: what of it is inferred stands in the README of this folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from shared.reasons import BadReason
from shared.sources.base import SourceSettings
from shared.sources.columns.dialect import TAB, Layout, Moment, Reading
from shared.sources.columns.headers import any_of, fields_of, sniff
from shared.sources.columns.rejects import RAW_LIMIT
from shared.sources.columns.texts import Mask
from shared.sources.mediapackage.fields import BY_WIRE, SPELLINGS, WATCHED, known, wire_names

JSON, PARQUET = "json", "parquet"  # of version 1 or 2: each row tells

_W3C, _PLAIN = "v2_w3c", "v2_plain"
_ENOUGH_NAMES = 3  # make a header; a word or two may be chance
_ANY_NAME = any_of(BY_WIRE)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_STARTS = tuple(sorted(name.encode() for name in SPELLINGS))
_LONGEST_START = max(map(len, _STARTS))
_MOMENTS = dict.fromkeys(("timestamp", "event_timestamp", "data.timestamp"), Moment.EPOCH_MS)


@dataclass(frozen=True)
class MediapackageDialect:
    """The dialect of one object."""

    settings: SourceSettings
    spellings: Mapping[str, str] = field(default_factory=lambda: SPELLINGS)
    json_format: str = JSON
    parquet_format: str = PARQUET
    watched: frozenset[str] = WATCHED

    def wire_names(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Logged names in MediaPackage's own spelling."""
        return wire_names(names)

    def refusal(self, names: tuple[str, ...]) -> BadReason | None:
        """Fields of nobody we know; one known field is enough, for users leave out what they like."""
        return None if known(names) else BadReason.WRONG_SCHEMA

    def repeats(self, wire: str) -> bool:
        """As declared; unknown fields do not."""
        return wire in BY_WIRE and BY_WIRE[wire].repeats

    def moment(self, wire: str) -> Moment | None:
        """Times are epochs in milliseconds."""
        return _MOMENTS.get(wire)

    def of_fields_line(self, line: bytes, *, has_version: bool) -> Layout:  # noqa: ARG002 - both are version 2
        """The layout that a `#Fields:` line gives."""
        names, shown = fields_of(line, _sniffed)
        names = wire_names(names)
        return Layout(names, self._delimiter(shown), _W3C, self.refusal(names))

    def of_bare_line(self, line: bytes) -> Layout | None:
        """The layout of a header line of names alone."""
        text = line.decode(errors="replace")
        own = self.settings.delimiter
        delimiter = own if own and own in text else _sniffed(text)
        if not delimiter:
            return None
        names = tuple(text.split(delimiter))
        if not all(map(_NAME.fullmatch, names)):
            return None
        names = wire_names(names)
        return Layout(names, delimiter.encode(), _PLAIN) if known(names) >= _ENOUGH_NAMES else None

    def without_header(self) -> Layout:
        """The configured fields: without them nothing tells which fields a line has."""
        names = wire_names(self.settings.fields)
        refused = self.refusal(names) if names else BadReason.UNKNOWN_LAYOUT
        return Layout(names, self._delimiter(None) or (b"" if names else TAB), _PLAIN, refused, own_header=False)

    def may_be_header(self, start: bytes, layout: Layout) -> bool:  # noqa: ARG002 - its names are known ones
        """Whether a line that starts so may be a bare header."""
        return start[:_LONGEST_START].lower().startswith(_STARTS)

    def reading_of(self, layout: Layout, line: bytes, count: int) -> Reading:  # noqa: ARG002 - the count tells
        """A line has its names or is none: reading on behind a lost or an added delimiter would shift columns."""
        if layout.refused:
            return Reading(refused=layout.refused)
        if count != len(layout.names):
            return Reading(refused=BadReason.FIELD_COUNT_MISMATCH)
        return Reading(layout.names, layout.source_format)

    def told_by_values(self, layout: Layout, count: int) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def names_by_count(self, layout: Layout, count: int) -> tuple[str, ...]:  # noqa: ARG002
        """None: no count tells which fields they are."""
        return ()

    def misplaced(self, columns: Mapping[str, pa.Array], *, strict: bool) -> Mask | None:  # noqa: ARG002
        """None: only lines with as many fields as names are read."""
        return None

    def redact_line(self, names: tuple[str, ...], delimiter: bytes) -> Callable[[bytes], bytes]:  # noqa: ARG002
        """Cut: what is secret in a record without cookies is told from its text, by the enricher."""
        return _cut

    def redact_json(self, raw: bytes) -> bytes:
        """Cut, likewise."""
        return _cut(raw)

    def _delimiter(self, shown: str | None) -> bytes:
        return (shown or self.settings.delimiter or "").encode()


def _cut(raw: bytes) -> bytes:
    return raw[:RAW_LIMIT]


def _sniffed(header: str) -> str | None:
    return sniff(header, _ANY_NAME, lambda names: known(wire_names(names)))
