"""Records as they come out of their wrappings, and what of an object is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import pyarrow as pa

from shared.reasons import BadReason

CONTROL_MESSAGE = "control_message"
"""The kind of ignored records that are health probes of CloudWatch Logs."""

PROBE = "export_probe"
"""The kind of ignored records with which an export task tries whether it may write."""

RECORD_SCHEMA = pa.schema(
    [
        pa.field("text", pa.binary(), nullable=False),
        pa.field("number", pa.int64(), nullable=False),
        pa.field("route", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("log_group", pa.dictionary(pa.int32(), pa.string())),
        pa.field("log_stream", pa.dictionary(pa.int32(), pa.string())),
        pa.field("event_id", pa.string()),
        pa.field("logged_ms", pa.int64()),
    ]
)
"""A record as its source wrote it, and what its wrappings say of it.

text        the record: mostly a JSON object; white space may follow it
number      its line; of records without a line of their own (log events of an envelope, JSON that is joined without
            newlines), each has the next number. No two of an object have the same
route       how it came here, a `Route`
log_group, log_stream, event_id, logged_ms
            of CloudWatch Logs: where it went through, its identity there, and the time that the service holds for it
"""


class Route(StrEnum):
    """How a record came into its object."""

    DIRECT = "direct"  # as its source wrote it
    ENVELOPE = "envelope"  # in an envelope of CloudWatch Logs
    LOG_EVENT = "log_event"  # as a log event without its envelope, from a transforming function
    EXPORT = "export"  # behind a time, from an export task of CloudWatch Logs
    FIREHOSE_ERROR = "firehose_error"  # as the payload of what Firehose could not process
    HTTP_ENVELOPE = "http_envelope"  # in the body of a request to an HTTP endpoint of Firehose


class Origin(NamedTuple):
    """What the wrappings of a record say of it; see RECORD_SCHEMA."""

    route: Route = Route.DIRECT
    log_group: str | None = None
    log_stream: str | None = None
    event_id: str | None = None
    logged_ms: int | None = None


class BadRecord(NamedTuple):
    """Text that is no record: a value of the wrong kind, broken JSON, a payload that cannot be opened."""

    text: bytes | None
    number: int | None
    reason: BadReason
    detail: str | None = None


@dataclass(frozen=True)
class RecordsPiece:
    """Records of an object in their order, RECORD_SCHEMA; what was found among them and is none; what is ignored."""

    records: pa.Table
    bad: tuple[BadRecord, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Numbering:
    """The numbers of an object's records, which go on from file to file of an archive."""

    last: int = 0

    def next(self, line: int) -> int:
        """The number of the next record: its line, unless one before it on the same line has that number."""
        self.last = max(line, self.last + 1)
        return self.last


_EACH_BYTES = 256  # that the smallest record holds while it is collected, its numbers and texts included


@dataclass
class Collected:
    """Records one by one, on their way into a piece.

    size_bytes  about what they hold in memory
    """

    bad: list[BadRecord] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    size_bytes: int = 0
    _texts: list[bytes] = field(default_factory=list)
    _numbers: list[int] = field(default_factory=list)
    _origins: list[Origin] = field(default_factory=list)

    def add(self, text: bytes, number: int, origin: Origin) -> None:
        """Add a record."""
        self.size_bytes += len(text) + _EACH_BYTES
        self._texts.append(text)
        self._numbers.append(number)
        self._origins.append(origin)

    def add_bad(self, bad: BadRecord) -> None:
        """Add what is no record."""
        self.size_bytes += len(bad.text or b"") + _EACH_BYTES
        self.bad.append(bad)

    def take_over(self, piece: RecordsPiece, next_number: Callable[[], int], route: Route) -> None:
        """Add what a payload held, by the route of the payload."""
        for row in piece.records.to_pylist():
            origin = Origin(**{name: row[name] for name in Origin._fields})
            self.add(row["text"], next_number(), origin._replace(route=route))
        for bad in piece.bad:
            self.add_bad(bad._replace(number=next_number()))
        self.ignored.update(piece.ignored)

    def piece(self) -> RecordsPiece:
        """All that was collected."""
        by_name = dict(zip(Origin._fields, zip(*self._origins, strict=True), strict=True)) if self._origins else {}
        columns = {"text": self._texts, "number": self._numbers, **by_name}
        records = pa.table({name: pa.array(columns.get(name, ()), _plain(name)) for name in RECORD_SCHEMA.names})
        return RecordsPiece(records.cast(RECORD_SCHEMA), tuple(self.bad), self.ignored)


def _plain(name: str) -> pa.DataType:
    type_ = RECORD_SCHEMA.field(name).type
    return type_.value_type if pa.types.is_dictionary(type_) else type_
