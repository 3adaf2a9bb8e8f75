"""What a JSON value of a raw object is: a record, or something that records are wrapped in.

CloudWatch Logs wraps log events into envelopes (its user guide, "Log group-level subscription filters"), Firehose wraps
what it could not process into error objects ("Handle failure in data transformation", "Handling errors for data format
conversion"), and requests to its HTTP endpoints carry records in base64.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import NamedTuple

from shared.raw.records import Origin, Route

DATA_MESSAGE, CONTROL_MESSAGE_TYPE = "DATA_MESSAGE", "CONTROL_MESSAGE"
_ESCAPED_BYTES = frozenset(map(chr, range(0xDC80, 0xDD00)))
_RAW_DATA = frozenset({"rawData", "rawdata"})
MAX_MS = 1 << 53  # of a time that every reader of JSON can hold
_LOG_EVENT = frozenset({"id", "timestamp", "message"})
_MARKS = (b'"message', b'"rawData"', b'"rawdata"', b'"records"')


class Kind(Enum):
    """What a JSON object is."""

    RECORD = auto()
    ENVELOPE = auto()
    CONTROL = auto()
    UNKNOWN_MESSAGE = auto()
    LOG_EVENT = auto()
    FIREHOSE_ERROR = auto()
    HTTP_ENVELOPE = auto()


def may_wrap(text: bytes) -> bool:
    """Whether any JSON object in a text may be more than a record; if not, nobody has to look at each."""
    return any(mark in text for mark in _MARKS)


def kind_of_object(value: Mapping[str, object]) -> Kind:
    """Tell what a JSON object is by its keys."""
    if "messageType" in value:
        return {DATA_MESSAGE: Kind.ENVELOPE, CONTROL_MESSAGE_TYPE: Kind.CONTROL}.get(
            str(value["messageType"]), Kind.UNKNOWN_MESSAGE
        )
    if not value.keys().isdisjoint(_RAW_DATA) and any(name.lower().endswith("errorcode") for name in value):
        return Kind.FIREHOSE_ERROR
    records = value.get("records")
    if isinstance(records, list) and records and all(isinstance(r, dict) and "data" in r for r in records):
        return Kind.HTTP_ENVELOPE
    if value.keys() - {"extractedFields"} == _LOG_EVENT and isinstance(value["message"], str):
        return Kind.LOG_EVENT
    return Kind.RECORD


class LogEvent(NamedTuple):
    """A log event; `text` is None where it has no message."""

    text: bytes | None
    origin: Origin
    value: object

    @property
    def as_it_stands(self) -> bytes:
        """The event itself, as JSON."""
        return encoded(json.dumps(self.value, ensure_ascii=False))


def log_events(envelope: Mapping[str, object]) -> list[LogEvent] | None:
    """The log events of an envelope; None where it has no list of them."""
    events = envelope.get("logEvents")
    if not isinstance(events, list):
        return None
    origin = Origin(Route.ENVELOPE, _text(envelope.get("logGroup")), _text(envelope.get("logStream")))
    return [log_event(event, origin) for event in events]


def log_event(event: object, origin: Origin) -> LogEvent:
    """A log event, in an envelope or by itself."""
    if not isinstance(event, dict):
        return LogEvent(None, origin, event)
    message, logged = event.get("message"), event.get("timestamp")
    own = Origin(
        origin.route,
        origin.log_group,
        origin.log_stream,
        _text(event.get("id")),
        logged if type(logged) is int and abs(logged) < MAX_MS else None,
    )
    return LogEvent(encoded(message) if isinstance(message, str) else None, own, event)


def payloads(kind: Kind, value: Mapping[str, object]) -> Iterator[tuple[object, bytes | None]]:
    """The payloads of a Firehose error or of an HTTP request, as they stand and decoded; None where that fails."""
    if kind is Kind.FIREHOSE_ERROR:
        found = [value[name] for name in _RAW_DATA & value.keys()]
    else:
        records = value["records"]
        found = [record["data"] for record in records] if isinstance(records, list) else []
    for payload in found:
        try:
            yield payload, base64.b64decode(payload, validate=True) if isinstance(payload, str) else None
        except (binascii.Error, ValueError):
            yield payload, None


def encoded(text: str) -> bytes:
    """The bytes of decoded text: what was no UTF-8 as it came in, half a character (escaped) as its code."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return b"".join(
            char.encode("utf-8", "surrogateescape" if char in _ESCAPED_BYTES else "surrogatepass") for char in text
        )


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return value if value.isascii() else value.encode("utf-8", "replace").decode()
