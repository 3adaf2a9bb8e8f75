"""Lines of an export task of CloudWatch Logs: the time that the service holds for an event, a blank, the event.

CloudWatch Logs user guide, "Export log data to Amazon S3". The time is documented as ISO 8601; epoch milliseconds have
been reported. A line without a time goes on with the event before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from shared.raw.gzip_members import Part
from shared.raw.lines import LineCutter
from shared.raw.pieces import CutLine, Limits, TextPiece
from shared.raw.records import BadRecord, Collected, Numbering, Origin, RecordsPiece, Route
from shared.reasons import BadReason

_TIME = re.compile(rb"^(?:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z)|(\d{13})) ", re.MULTILINE)
_TIME_AND_JSON = re.compile(_TIME.pattern + rb"\{", re.MULTILINE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def begins_export(text: bytes) -> bool:
    """Whether text begins as an export task writes it: with a time, and at least every other line so."""
    first = _TIME.match(text)
    # Lines of logs may begin with digits and a blank, too: then only JSON behind them tells.
    if first is None or (first[2] and _TIME_AND_JSON.match(text) is None):
        return False
    lines = text.count(b"\n") + (not text.endswith(b"\n"))
    return 2 * sum(1 for _ in _TIME.finditer(text)) >= lines


class ExportRecords:
    """Takes text as it comes and gives the events in it, whose numbers are those of their first lines.

    Holds a piece and the last event before it, which may go on.
    """

    def __init__(self, limits: Limits, numbering: Numbering) -> None:
        self._cutter, self._limits, self._numbering = LineCutter(limits), limits, numbering
        self._line = numbering.last + 1
        self._held = b""

    def push(self, part: Part) -> Iterator[RecordsPiece | CutLine]:
        """Add text; yields what is complete."""
        yield from self._events(self._cutter.push(part), last=False)

    def damaged(self) -> Iterator[RecordsPiece | CutLine]:
        """Something is missing here, also of the event before."""
        yield from self._events(self._cutter.damaged(), last=True)

    def finish(self) -> Iterator[RecordsPiece | CutLine]:
        """Yield the rest."""
        yield from self._events(self._cutter.finish(), last=True)

    def _events(self, cut: Iterator[TextPiece | CutLine], *, last: bool) -> Iterator[RecordsPiece | CutLine]:
        for item in cut:
            if isinstance(item, CutLine):
                yield from self._read(b"", last=True)
                yield item
                self._line += item.text.endswith(b"\n")
            else:
                yield from self._read(item.data, last=False)
        if last:
            yield from self._read(b"", last=True)

    def _read(self, more: bytes, *, last: bool) -> Iterator[RecordsPiece]:
        """Events of whole lines; the last one is held back unless nothing follows it."""
        text, self._held = self._held + more, b""
        if not text:
            return
        times = list(_TIME.finditer(text))
        ends = [*(time.start() for time in times), len(text)][1:]
        found, read = Collected(), 0
        for time, end in zip(times, ends, strict=True):
            if time.start() > read:
                self._add_timeless(text[read : time.start()], found)
            if end == len(text) and not last and end - time.start() <= self._limits.line_bytes:
                self._held = text[time.start() :]
            else:
                event = text[time.end() : end]
                origin = Origin(Route.EXPORT, logged_ms=_milliseconds(time))
                found.add(event, self._numbering.next(self._line), origin)
                self._line += event.count(b"\n")
            read = end
        if not times:
            self._add_timeless(text, found)
        yield found.piece()

    def _add_timeless(self, text: bytes, found: Collected) -> None:
        """Lines that go on with an event of which the first line is lost."""
        detail = "goes on with an event whose beginning is lost"
        for line in text.splitlines(keepends=True):
            if line.strip():
                found.add_bad(BadRecord(line, self._numbering.next(self._line), BadReason.CUT_LINE, detail))
            self._line += line.endswith(b"\n")


def _milliseconds(time: re.Match[bytes]) -> int | None:
    if time[2]:
        return int(time[2])
    try:
        return (datetime.fromisoformat(time[1].decode()) - _EPOCH) // _MS
    except ValueError:  # there is no such day
        return None
