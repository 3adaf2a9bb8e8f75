"""Which fields a line has, told from the object itself: header lines, or counts that values then have to confirm.

A layout holds from its header line on, until another header line: concatenated objects repeat theirs in the middle,
and a user may have changed the selection of fields between two of them.
"""

from __future__ import annotations

import re

from shared.reasons import BadReason
from shared.sources.base import SourceSettings
from shared.sources.cloudfront.fields import (
    BY_WIRE,
    CONNECTION_NAMES,
    ENOUGH_NAMES,
    FEWEST_V1_FIELDS,
    RTMP_MARK,
    SPELLINGS,
    V1_COUNTS,
    V1_NAMES,
    V1_TENANT_NAMES,
    V2_DEFAULT_NAMES,
    V2_ONLY_NAMES,
    known,
    wire_names,
)
from shared.sources.columns.dialect import TAB, Layout, Reading
from shared.sources.columns.headers import any_of, fields_of, sniff

_ANY_NAME = any_of({*BY_WIRE, *CONNECTION_NAMES})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9()_-]*")
_HEADER_STARTS = tuple(sorted(name.lower().encode() for name in {*SPELLINGS, *CONNECTION_NAMES}))
_LONGEST_START = max(map(len, _HEADER_STARTS))
_COUNTRY = re.compile(rb"[A-Z]{2}")
_NULLS = (b"-", b"")


def of_fields_line(line: bytes, *, has_version: bool, key_layout: str | None, settings: SourceSettings) -> Layout:
    """The layout that a `#Fields:` line gives."""
    names, shown = fields_of(line, _sniffed)
    delimiter = (shown or settings.delimiter or "").encode()
    names = wire_names(names)
    is_v2 = not has_version or bool(V2_ONLY_NAMES & set(names)) or (key_layout or "").startswith("v2")
    return Layout(names, delimiter, "v2_w3c" if is_v2 else "v1", refusal(names, settings))


def may_be_header(start: bytes, layout: Layout) -> bool:
    """Whether a line that starts so in the middle of an object may be a bare header: worth a close look."""
    if start[:_LONGEST_START].lower().startswith(_HEADER_STARTS):
        return True
    return bool(layout.names and start.startswith(layout.names[0].encode()))


def of_bare_line(line: bytes, settings: SourceSettings) -> Layout | None:
    """The layout of a header line without `#Fields:` (version 2 plain), None where the line is no header."""
    text = line.decode(errors="replace")
    delimiter = settings.delimiter if settings.delimiter and settings.delimiter in text else _sniffed(text)
    if not delimiter:
        return None
    names = tuple(text.split(delimiter))
    if not all(map(_NAME.fullmatch, names)):
        return None
    names = wire_names(names)
    if known(names) < ENOUGH_NAMES and len(CONNECTION_NAMES & set(names)) < ENOUGH_NAMES:
        return None
    return Layout(names, delimiter.encode(), "v2_plain", refusal(names, settings))


def without_header(key_layout: str | None, settings: SourceSettings) -> Layout:
    """The layout of an object whose first line is data: the configured fields, else by the count of each line."""
    delimiter = (settings.delimiter or "").encode()
    if settings.fields:
        names = wire_names(settings.fields)
        return Layout(names, delimiter, "v2_raw", refusal(names, settings), own_header=False)
    is_v2 = (key_layout or "").startswith("v2")
    return Layout((), delimiter or TAB, "v2_raw" if is_v2 else "v1", own_header=False)


def refusal(names: tuple[str, ...], settings: SourceSettings) -> BadReason | None:
    """Why lines with these fields are no requests: another family of logs, or fields of nobody we know."""
    if RTMP_MARK in names:
        return BadReason.UNSUPPORTED_DATASET
    if len(CONNECTION_NAMES & set(names)) >= ENOUGH_NAMES:
        return BadReason.WRONG_FAMILY
    enough = min(ENOUGH_NAMES, len(settings.fields)) if settings.fields else ENOUGH_NAMES
    return BadReason.WRONG_SCHEMA if known(names) < enough else None


def reading_of(layout: Layout, line: bytes, count: int) -> Reading:
    """How to read a line of so many fields under a layout."""
    if layout.refused:
        return Reading(refused=layout.refused)
    if count < _fewest(layout):
        return Reading(refused=BadReason.TOO_FEW_FIELDS)
    if not layout.names:
        return _by_count(layout, line, count)
    exact = count == len(layout.names) or (count == len(layout.names) + 1 and line.endswith(TAB))
    if not exact and (layout.delimiter != TAB or not layout.own_header):
        return Reading(refused=BadReason.FIELD_COUNT_MISMATCH)
    return Reading(layout.names, layout.source_format)


def _fewest(layout: Layout) -> int:
    """With fewer fields a line is no record: version 1 never had less than twelve."""
    return min(FEWEST_V1_FIELDS, len(layout.names)) if layout.source_format == "v1" else 1


def told_by_values(layout: Layout, count: int) -> bool:
    """Whether lines of one count may differ in their fields, so that each line has to be looked at."""
    return not layout.names and count == len(V2_DEFAULT_NAMES)


def _by_count(layout: Layout, line: bytes, count: int) -> Reading:
    if count < FEWEST_V1_FIELDS:
        return Reading(refused=BadReason.TOO_FEW_FIELDS)
    names = names_by_count(layout, count)
    if names:
        return Reading(names, layout.source_format, by_count=True)
    if told_by_values(layout, count) and (by_shape := _by_last_two(line, layout.delimiter)):
        return Reading(by_shape, "v2_raw", by_count=True)
    if line.endswith(layout.delimiter) and (names := names_by_count(layout, count - 1)):
        return Reading(names, layout.source_format, by_count=True)
    return Reading(refused=BadReason.UNKNOWN_LAYOUT)


def names_by_count(layout: Layout, count: int) -> tuple[str, ...]:
    """Names of a headerless line that has as many fields as a vintage of version 1; none for another count.

    Only the vintage that is still written is believed where an ambiguous delimiter may add to the count, and in
    version 2, which never wrote the older ones.
    """
    any_vintage = layout.delimiter == TAB and layout.source_format == "v1"
    return V1_NAMES[:count] if count in (V1_COUNTS if any_vintage else V1_COUNTS[-1:]) else ()


def _by_last_two(line: bytes, delimiter: bytes) -> tuple[str, ...] | None:
    """Two lists have 35 names: version 2's default, and the documented one with tenant and connection."""
    _, first, second = line.rsplit(delimiter, 2)
    if _COUNTRY.fullmatch(first) or (first in _NULLS and (b"*" in second or second.startswith(b"/"))):
        return V2_DEFAULT_NAMES
    if first.startswith(b"dt_") or (first in _NULLS and second not in _NULLS):
        return V1_TENANT_NAMES
    return V2_DEFAULT_NAMES if first in _NULLS and second in _NULLS else None  # nothing in either: both lists agree


def _sniffed(header: str) -> str | None:
    """What stands between the names of a header line."""
    return sniff(header, _ANY_NAME, lambda names: _known_of_any_family(wire_names(names)))


def _known_of_any_family(names: tuple[str, ...]) -> int:
    return known(names) + len(CONNECTION_NAMES & set(names))
