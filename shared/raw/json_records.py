"""From a stream of JSON to the records in it, out of whatever they are wrapped in."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa
from pyarrow import json as arrow_json

from shared.raw.envelopes import BEGIN, plain_envelopes
from shared.raw.gzip_members import Part
from shared.raw.json_values import NoValue, read_values
from shared.raw.pieces import CutLine, Damage, FileEnd, Limits, ParquetPiece, TextPiece
from shared.raw.records import (
    CONTROL_MESSAGE,
    RECORD_SCHEMA,
    BadRecord,
    Collected,
    Numbering,
    Origin,
    RecordsPiece,
    Route,
)
from shared.raw.wrapped import Kind, encoded, kind_of_object, log_event, log_events, may_wrap, payloads
from shared.reasons import BadReason

CONTROL_TEXT = b"CWL CONTROL MESSAGE:"  # of a health probe whose message was extracted
Opened = RecordsPiece | TextPiece | ParquetPiece | CutLine | Damage | FileEnd
OpenPayload = Callable[[bytes], Iterable[Opened]]
_LINE_END, _JOINT = re.compile(rb"\}[ \t\r,]*\n"), re.compile(rb"\}[ \t\r,]*(?=\{)")  # where values seem to end
_MESSAGES = b'"logEvents"'
_ESCAPED = re.compile(rb'\\+"')
_TAIL_BYTES = 64 * 1024  # in which the last end is sought first
# Where reading goes on: behind damage at any new line, or value; behind a value too long to hold, where a line, or an
# envelope, begins like one.
_AFTER = {
    BadReason.CUT_LINE: re.compile(rb'\n|(?=\{"messageType")|(?<=\})(?=\{)'),
    BadReason.LINE_TOO_LONG: re.compile(rb'\n(?=\{)|(?=\{"messageType")'),
}
_OPEN, _CLOSE, _NEWLINE, _RETURN = b"{}\n\r"


class JsonRecords:
    """Takes text as it comes (a value may span any number of parts) and gives the records in it, piece by piece.

    Values may stand one on a line, several on a line, or over many lines. Holds up to a piece or a value, whichever is
    longer.

    numbering     numbers the records
    open_payload  opens what an error record of Firehose, or a request to one of its HTTP endpoints, holds
    """

    def __init__(self, limits: Limits, numbering: Numbering, open_payload: OpenPayload) -> None:
        self._limits, self._open_payload = limits, open_payload
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._enough = limits.piece_bytes
        self._numbering = numbering
        self._line = numbering.last + 1
        self._skipping: BadReason | None = None  # up to where reading can go on
        self._continues = False

    def push(self, part: Part) -> Iterator[Opened]:
        """Add text; yields what is complete."""
        self._waiting.append(part.data)
        self._waiting_bytes += len(part.data)
        if self._waiting_bytes >= self._enough:
            yield from self._take(last=False)

    def damaged(self) -> Iterator[Opened]:
        """Something is missing here: a value that has begun is cut, and what follows may be the rest of another."""
        yield from self._take(last=True, torn=True)
        self._skipping, self._continues = BadReason.CUT_LINE, False

    def finish(self) -> Iterator[Opened]:
        """Yield the rest."""
        yield from self._take(last=True)

    def _take(self, *, last: bool, torn: bool = False) -> Iterator[Opened]:
        text, at, size = b"".join(self._waiting), 0, self._limits.piece_bytes
        while at < len(text):
            if self._skipping:
                at = yield from self._skip(text, at, self._skipping)
                continue
            room = min(size, self._limits.line_bytes)
            end = _end_of_values(text, at, room, last=last)
            used = 0
            if at < end <= at + room:
                used = yield from self._read(text[at:end], is_all=last and end == len(text), torn=torn)
            if used:
                at, size = at + used, self._limits.piece_bytes
            elif len(text) <= at + room:
                break  # the value goes on with what is still to come
            elif room < self._limits.line_bytes:
                size *= 2  # the value goes on behind what looked like its end
            elif end > at:
                self._skipping, self._continues = BadReason.LINE_TOO_LONG, False
            else:  # nothing ends in all of it
                cut = text.rfind(b"\n", at, at + room) + 1 or at + room
                yield CutLine(_without_escapes(text[at:cut]), BadReason.LINE_TOO_LONG)
                self._line += text.count(b"\n", at, cut)
                if not text.endswith(b"\n", at, cut):
                    self._skipping, self._continues = BadReason.LINE_TOO_LONG, True
                at, size = cut, self._limits.piece_bytes
        self._waiting = [text[at:]]
        self._waiting_bytes = len(text) - at
        # A long value that is still coming is looked at again only after another piece: joining it costs its length.
        long = self._waiting_bytes >= self._limits.piece_bytes
        self._enough = self._limits.piece_bytes + (self._waiting_bytes if long else 0)

    def _skip(self, text: bytes, at: int, reason: BadReason) -> Generator[Opened, None, int]:
        """Pass over what cannot be read, up to the next line or envelope; returns how far that is."""
        # Behind damage an envelope may begin right here; a value that is too long begins here itself.
        is_long_itself = reason is BadReason.LINE_TOO_LONG and not self._continues
        found = _AFTER[reason].search(text, at + is_long_itself)
        end = found.end() if found else len(text)
        if text[at:end].strip():
            yield CutLine(_without_escapes(text[at:end]), reason, self._continues)
            self._continues = True
        self._line += text.count(b"\n", at, end)
        if found:
            self._skipping = None
        return end

    def _read(self, block: bytes, *, is_all: bool, torn: bool) -> Generator[Opened, None, int]:
        """Yield what a block of text holds; returns how much of it was used: all but a value that it ends inside."""
        plain = _plain_lines(block, max(self._line, self._numbering.last + 1))
        if plain is not None:
            self._line += block.count(b"\n")
            self._numbering.last = plain["number"][-1].as_py()
            yield RecordsPiece(plain)
            return len(block)
        envelopes = plain_envelopes(block, self._line, self._numbering)
        if envelopes is not None:
            self._line += block.count(b"\n")
            yield envelopes
            return len(block)
        text = block.decode("utf-8", "surrogateescape")
        found, read, used = Collected(), 0, len(block)
        for value in read_values(text):
            self._line += text.count("\n", read, value.start)
            read = value.start
            raw = text[value.start : value.end]
            if isinstance(value, NoValue):
                if not is_all and (value.is_open or value.end == len(text)):  # where it ends is still to come
                    used -= len(text[value.start :].encode("utf-8", "surrogateescape"))
                    break
                if value.is_open and torn:
                    yield CutLine(_without_escapes(encoded(raw)), BadReason.CUT_LINE)
                else:
                    self._add_no_value(encoded(raw), found)
            elif isinstance(value.value, dict):
                yield from self._open(value.value, raw, found)
            else:
                found.add_bad(BadRecord(encoded(raw), self._number(), BadReason.NOT_OBJECT))
            if found.size_bytes > self._limits.piece_bytes:  # payloads may hold more than the text that they stand in
                yield found.piece()
                found = Collected()
        else:
            self._line += text.count("\n", read)
        yield found.piece()
        return used

    def _number(self) -> int:
        return self._numbering.next(self._line)

    def _add_no_value(self, raw: bytes, found: Collected) -> None:
        if raw.startswith(CONTROL_TEXT):
            found.ignored[CONTROL_MESSAGE] += 1
        else:
            found.add_bad(BadRecord(_without_messages(raw), self._number(), BadReason.NOT_JSON))

    def _open(self, value: Mapping[str, object], raw: str, found: Collected) -> Iterator[Opened]:
        """Add the records of a JSON object: itself, or those that it wraps."""
        kind = kind_of_object(value)
        if kind is Kind.RECORD:
            found.add(encoded(raw), self._number(), Origin())
        elif kind is Kind.CONTROL:
            found.ignored[CONTROL_MESSAGE] += 1
        elif kind is Kind.UNKNOWN_MESSAGE:
            detail = f"an envelope of CloudWatch Logs of type {str(value['messageType'])[:100]!r}"
            bad = BadRecord(_without_messages(encoded(raw)), self._number(), BadReason.UNKNOWN_MESSAGE_TYPE, detail)
            found.add_bad(bad)
        elif kind in {Kind.ENVELOPE, Kind.LOG_EVENT}:
            self._add_events(kind, value, raw, found)
        else:
            yield from self._open_payloads(kind, value, found)

    def _add_events(self, kind: Kind, value: Mapping[str, object], raw: str, found: Collected) -> None:
        is_single = kind is Kind.LOG_EVENT
        events = [log_event(value, Origin(Route.LOG_EVENT))] if is_single else log_events(value)
        if events is None:
            detail = "an envelope of CloudWatch Logs without log events"
            found.add_bad(BadRecord(_without_messages(encoded(raw)), self._number(), BadReason.WRONG_SCHEMA, detail))
            return
        for event in events:
            number = self._number()
            if event.text is None:
                detail = f"a log event without a message, of log group {event.origin.log_group}"
                found.add_bad(BadRecord(event.as_it_stands, number, BadReason.WRONG_SCHEMA, detail))
            else:
                found.add(event.text, number, event.origin)

    def _open_payloads(self, kind: Kind, value: Mapping[str, object], found: Collected) -> Iterator[Opened]:
        route = Route.FIREHOSE_ERROR if kind is Kind.FIREHOSE_ERROR else Route.HTTP_ENVELOPE
        for payload, data in payloads(kind, value):
            if data is None:
                self._add_unreadable(payload, "not base64", found)
                continue
            for item in self._open_payload(data):
                if isinstance(item, RecordsPiece):
                    found.take_over(item, self._number, route)
                elif isinstance(item, Damage):
                    self._add_unreadable(payload, f"{item.reason}: {item.detail}", found)
                else:
                    yield item

    def _add_unreadable(self, payload: object, detail: str, found: Collected) -> None:
        """Without its text: in base64 nothing of it can be redacted. It stays in the raw object."""
        size = len(payload) if isinstance(payload, str) else 0
        told = f"{detail}; {size} characters of base64"
        found.add_bad(BadRecord(None, self._number(), BadReason.UNREADABLE_PAYLOAD, told))


def _without_messages(text: bytes) -> bytes:
    """What stands before the messages of an envelope: they are JSON in JSON, where nothing can be redacted."""
    return text.partition(_MESSAGES)[0] if text.startswith(BEGIN) else text


def _without_escapes(text: bytes) -> bytes:
    """What stands before JSON in JSON, in text that may begin anywhere in an envelope."""
    found = _ESCAPED.search(text)
    return text[: found.start()] if found else text


def _end_of_values(text: bytes, at: int, room: int, *, last: bool) -> int:
    """Where, within so much room, the last value seems to end, with its line if any does; `at` where none does."""
    if last and len(text) - at <= room:
        return len(text)
    limit = min(at + room, len(text))
    end = _last(_LINE_END, text, at, limit) if text.find(b"\n", at, limit) >= 0 else at
    return end if end > at else _last(_JOINT, text, at, limit)


def _last(wanted: re.Pattern[bytes], text: bytes, at: int, limit: int) -> int:
    """Where the last match ends, sought from the end; `at` where there is none."""
    span = _TAIL_BYTES
    while True:
        start = max(at, limit - span)
        ends = [found.end() for found in wanted.finditer(text, start, limit)]
        if ends or start == at:
            return ends[-1] if ends else at
        span *= 8


def _plain_lines(block: bytes, first_number: int) -> pa.Table | None:
    """Records that stand one on a line or are joined without a newline, and in nothing else; None for other text.

    Joints are told by their braces. In a string they would be told wrongly, but a string cannot go on over a newline;
    and between lines that begin and end with braces no object can. So as many objects as lines is one for each.
    """
    if may_wrap(block) or not block.startswith(b"{"):
        return None
    text = block.replace(b"}{", b"}\n{")
    text = text if text.endswith(b"\n") else text + b"\n"
    content = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(content == _NEWLINE)
    starts = np.concatenate([[0], ends[:-1] + 1])
    closes = ends - 1 - (content[ends - 1] == _RETURN)
    if (content[starts] != _OPEN).any() or (content[closes] != _CLOSE).any() or _count_objects(text) != len(ends):
        return None
    offsets = np.concatenate([starts, [len(text)]]).astype(np.int32)
    count = len(ends)
    columns = {
        "text": pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(offsets), pa.py_buffer(text)]),
        "number": pa.array(np.arange(first_number, first_number + count)),
        "route": pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), [Route.DIRECT.value]),
    }
    missing = {field.name: pa.nulls(count, field.type) for field in RECORD_SCHEMA if field.name not in columns}
    return pa.table({**columns, **missing}, RECORD_SCHEMA)


def _count_objects(text: bytes) -> int | None:
    """How many JSON objects stand one after another; None where anything else does."""
    try:
        read: int = arrow_json.read_json(
            pa.BufferReader(text),
            arrow_json.ReadOptions(use_threads=False, block_size=len(text) + 1),
            arrow_json.ParseOptions(explicit_schema=pa.schema([]), unexpected_field_behavior="ignore"),
        ).num_rows
    except pa.ArrowInvalid:
        return None
    return read
