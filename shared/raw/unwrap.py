"""Opening a raw object down to its records, for formats whose records travel in wrappings.

Which wrappings an object has is told from its bytes, for one and the same source uses several: a log group that is
subscribed, exported or delivered looks different each time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from shared.raw.export_records import ExportRecords, begins_export
from shared.raw.gzip_members import Part
from shared.raw.json_records import CONTROL_TEXT, JsonRecords, Opened, OpenPayload
from shared.raw.lines import BYTE_ORDER_MARK, LineCutter
from shared.raw.open_object import DEFAULT_LIMITS, Cutter, open_with
from shared.raw.pieces import MIB, Damage, Limits, TextPiece
from shared.raw.records import PROBE, Collected, Numbering
from shared.reasons import BadReason

_DEPTH = 4  # an error record in an error record in ...: what was replayed and failed again
_ENOUGH_BYTES = 64 * 1024
_PAYLOAD = Limits(layer_bytes=64 * MIB, expanded_bytes=64 * MIB)  # Firehose takes records of 1 MiB
_JSON = re.compile(rb'\{|\[\s*[\[{\]"]')
_JSON_LINE = b'\n{"'
_MOST_TABS = 8  # in the first line of an object of JSON, which may be torn; lines of logs have more
_BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|" + re.escape(CONTROL_TEXT) + rb"[^\n]*\n)*")
_PROBE = b"Permission Check Successful"  # what an export task leaves where it looked whether it may write


def unwrap(data: bytes, *, salvage: bool = False, limits: Limits = DEFAULT_LIMITS) -> Iterator[Opened]:
    """Yield what the bytes of an object hold, in order, like `open_object`, but records in the place of JSON text.

    JSON comes as records, whatever they are wrapped in: envelopes of CloudWatch Logs (in a gzip member each, joined, or
    one on a line), log events, error records of Firehose, requests to its HTTP endpoints, or nothing. So do the events
    of export tasks of CloudWatch Logs. Other text comes as lines.
    """
    return _unwrap(data, salvage, limits, 0)


def _unwrap(data: bytes, salvage: bool, limits: Limits, depth: int) -> Iterator[Opened]:
    def open_payload(payload: bytes) -> Iterator[Opened]:
        if depth == _DEPTH:
            yield Damage(BadReason.DEPTH_CAP, 0, f"more than {depth} payloads in one another")
            return
        for item in _unwrap(payload, salvage, _PAYLOAD, depth + 1):
            is_binary = isinstance(item, TextPiece) and b"\0" in item.data
            yield Damage(BadReason.UNKNOWN_CONTAINER, 0, "bytes of no known kind") if is_binary else item

    numbering = Numbering()
    return open_with(lambda limits: _Unwrapper(limits, numbering, open_payload), data, salvage=salvage, limits=limits)


class _Unwrapper:
    """Waits for enough text to tell what it is, then leaves it to the one who knows."""

    def __init__(self, limits: Limits, numbering: Numbering, open_payload: OpenPayload) -> None:
        self._limits, self._numbering, self._open_payload = limits, numbering, open_payload
        self._head = b""
        self._is_behind_damage = False
        self._chosen: Cutter[Opened] | None = None

    def push(self, part: Part) -> Iterator[Opened]:
        """Add text; yields what is complete."""
        if self._chosen is None:
            self._head += part.data
            if len(self._head) >= _ENOUGH_BYTES:
                yield from self._choose()
        else:
            yield from self._chosen.push(part)

    def damaged(self) -> Iterator[Opened]:
        """Something is missing here."""
        if self._head.strip():
            yield from self._choose()
        self._head, self._is_behind_damage = b"", True
        if self._chosen:
            yield from self._chosen.damaged()

    def finish(self) -> Iterator[Opened]:
        """Yield the rest."""
        yield from self._choose()
        if self._chosen:
            yield from self._chosen.finish()

    def _choose(self) -> Iterator[Opened]:
        if self._chosen is not None or not self._head:
            return
        content = _from_content(self._head)
        if content.startswith(_PROBE) and not content[len(_PROBE) :].strip():
            self._head = b""
            yield Collected(ignored=Counter({PROBE: 1})).piece()
            return
        if _is_json(content) or (not content and CONTROL_TEXT in self._head):
            self._chosen = JsonRecords(self._limits, self._numbering, self._open_payload)
            self._head = self._head.removeprefix(BYTE_ORDER_MARK)
        elif begins_export(content):
            self._chosen = ExportRecords(self._limits, self._numbering)
        else:
            self._chosen = LineCutter(self._limits)
        if self._is_behind_damage:
            yield from self._chosen.damaged()
        yield from self._chosen.push(Part(self._head, True))
        self._head = b""


def _is_json(content: bytes) -> bool:
    """Whether an object is of JSON; its first line may be damaged."""
    first_line = content.partition(b"\n")[0]
    may_be_torn = not first_line.startswith(b"#") and first_line.count(b"\t") < _MOST_TABS
    return _JSON.match(content) is not None or (may_be_torn and _JSON_LINE in content)


def _from_content(head: bytes) -> bytes:
    before = _BEFORE.match(head)
    return head[before.end() :] if before else head
