"""Envelopes of CloudWatch Logs as a subscription sends them, and the lines of its export tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.synth.columns import fixed_width, joined
from shared.synth.mediapackage.channels import ACCOUNT
from shared.synth.mediapackage.requests import Direction, iso_times
from shared.synth.objects import hex_id

EVENTS_PER_ENVELOPE = 200
LOG_GROUPS = {
    Direction.EGRESS: "/aws/MediaPackage/EgressAccessLogs",
    Direction.INGRESS: "/aws/MediaPackage/IngressAccessLogs",
}
_LOG_STREAMS = 3
_ID_DIGITS = 56

CONTROL = (
    '{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],'
    '"logEvents":[{"id":"","timestamp":%d,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}'
)
"""A health probe at a time in milliseconds since 1970."""


@dataclass(frozen=True)
class Events:
    """Log events: ids, microseconds since 1970, and messages ready for a JSON string."""

    ids: pa.StringArray
    at_us: npt.NDArray[np.int64]
    messages: pa.StringArray

    def __len__(self) -> int:
        return len(self.messages)


def event_ids(rng: np.random.Generator, count: int) -> pa.StringArray:
    """Ids of log events: 56 digits, of which the first is 3."""
    digits = rng.integers(ord("0"), ord("9") + 1, (count, _ID_DIGITS), dtype=np.uint8)
    digits[:, 0] = ord("3")
    return fixed_width(digits)


def envelopes(direction: Direction, events: Events) -> Iterator[bytes]:
    """The events in envelopes of up to EVENTS_PER_ENVELOPE."""
    milliseconds = pc.cast(pa.array(events.at_us // 1000), pa.string())
    texts = pc.binary_join_element_wise(
        '{"id":"', events.ids, '","timestamp":', milliseconds, ',"message":"', events.messages, '"},', ""
    )
    for number, start in enumerate(range(0, len(events), EVENTS_PER_ENVELOPE)):
        head = (
            f'{{"messageType":"DATA_MESSAGE","owner":"{ACCOUNT}","logGroup":"{LOG_GROUPS[direction]}",'
            f'"logStream":"{log_stream(direction, number)}","subscriptionFilters":["to-firehose"],"logEvents":['
        )
        body = joined(texts.slice(start, EVENTS_PER_ENVELOPE))
        yield head.encode() + body[:-1] + b"]}"


def log_stream(direction: Direction, envelope: int) -> str:
    """The log stream of the envelope of that number in its piece; names mean nothing."""
    return hex_id(f"log stream {direction} {envelope % _LOG_STREAMS}", 32)


def in_first_stream(count: int) -> npt.NDArray[np.int64]:
    """Which of `count` events are of the first log stream."""
    return np.flatnonzero(np.arange(count) // EVENTS_PER_ENVELOPE % _LOG_STREAMS == 0)


def export_lines(at_us: npt.NDArray[np.int64], records: pa.StringArray) -> bytes:
    """Lines of an export task: the time that CloudWatch Logs holds, a blank, the record."""
    return joined(pc.binary_join_element_wise(iso_times(at_us, digits=3), " ", records, "\n", ""))
