"""Envelopes of CloudWatch Logs that stand one after another, read as columns: at a tenth of the cost of each event.

Only what is beyond doubt is read here; everything else is read value by value (`shared.raw.json_records`), with equal
results.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from shared.raw.records import CONTROL_MESSAGE, RECORD_SCHEMA, Numbering, RecordsPiece, Route
from shared.raw.wrapped import CONTROL_MESSAGE_TYPE, DATA_MESSAGE, MAX_MS
from shared.text import is_utf8

BEGIN = b'{"messageType"'
"""How an envelope begins. Inside a string its quotes would be escaped."""

_BEGINS, _NEWLINE = re.compile(re.escape(BEGIN)), ord("\n")
_EVENT = pa.struct([("id", pa.string()), ("timestamp", pa.int64()), ("message", pa.string())])
_SCHEMA = pa.schema(
    [
        ("messageType", pa.string()),
        ("owner", pa.string()),
        ("logGroup", pa.string()),
        ("logStream", pa.string()),
        ("subscriptionFilters", pa.list_(pa.string())),
        ("logEvents", pa.list_(_EVENT)),
    ]
)

Counts = npt.NDArray[np.int64]


def plain_envelopes(block: bytes, first_line: int, numbering: Numbering) -> RecordsPiece | None:
    """The records of a block of whole envelopes, numbered; None where anything in it is out of the ordinary.

    first_line  the line that the block begins on
    """
    lines = _lines_of_envelopes(block, first_line)
    envelopes = None if lines is None else _read(block)
    if lines is None or envelopes is None or envelopes.num_rows != len(lines):
        return None
    is_data = _equal(envelopes["messageType"], DATA_MESSAGE)
    controls = int(_equal(envelopes["messageType"], CONTROL_MESSAGE_TYPE).sum())
    if is_data.sum() + controls != len(lines):
        return None
    data = envelopes.filter(pa.array(is_data)).combine_chunks()
    lists = _only_chunk(data["logEvents"], _SCHEMA.field("logEvents").type)
    events = lists.flatten()
    if lists.null_count or events.null_count or events.field("message").null_count:
        return None
    counts = np.asarray(pc.list_value_length(lists).to_numpy(zero_copy_only=False), np.int64)
    records = _records(data, events, counts, _numbers(lines[is_data], counts, numbering))
    return RecordsPiece(records, ignored={CONTROL_MESSAGE: controls} if controls else {})


def _lines_of_envelopes(block: bytes, first_line: int) -> Counts | None:
    """The line of each envelope; None where the block is something else, or newlines stand in envelopes."""
    if not block.startswith(BEGIN) or b"\r" in block or not is_utf8(block):
        return None
    newlines = np.flatnonzero(np.frombuffer(block, np.uint8) == _NEWLINE) if b"\n" in block else np.empty(0, np.int64)
    if len(newlines) != block.count(b"\n" + BEGIN) + block.endswith(b"\n"):
        return None
    starts = np.array([found.start() for found in _BEGINS.finditer(block)], np.int64)
    return first_line + np.searchsorted(newlines, starts)


def _read(block: bytes) -> pa.Table | None:
    """Strict: other members, doubled ones, other types and half characters are errors."""
    try:
        return arrow_json.read_json(
            pa.BufferReader(block),
            arrow_json.ReadOptions(use_threads=False, block_size=len(block) + 1),
            arrow_json.ParseOptions(explicit_schema=_SCHEMA, unexpected_field_behavior="error"),
        )
    except pa.ArrowInvalid:
        return None


def _numbers(lines: Counts, counts: Counts, numbering: Numbering) -> Counts:
    """As `Numbering.next` would give them."""
    firsts = np.empty(len(lines), np.int64)
    for at, (line, count) in enumerate(zip(lines.tolist(), counts.tolist(), strict=True)):
        firsts[at] = max(line, numbering.last + 1)
        if count:
            numbering.last = int(firsts[at]) + count - 1
    before = np.cumsum(counts) - counts
    return np.repeat(firsts - before, counts) + np.arange(counts.sum())


def _records(envelopes: pa.Table, events: pa.StructArray, counts: Counts, numbers: Counts) -> pa.Table:
    count, of_event = len(events), np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    logged = events.field("timestamp")
    columns = {
        "text": events.field("message").view(pa.binary()),
        "number": pa.array(numbers),
        "route": pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), [Route.ENVELOPE.value]),
        "log_group": _repeated(envelopes["logGroup"], of_event),
        "log_stream": _repeated(envelopes["logStream"], of_event),
        "event_id": events.field("id"),
        "logged_ms": pc.if_else(pc.less(pc.abs(logged), MAX_MS), logged, None),
    }
    return pa.table(columns, RECORD_SCHEMA)


def _repeated(names: pa.ChunkedArray, of_event: npt.NDArray[np.int32]) -> pa.DictionaryArray:
    """A name of each envelope for each of its events."""
    encoded = _only_chunk(names, pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(encoded.indices.take(pa.array(of_event)), encoded.dictionary)


def _only_chunk(column: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    return column.chunk(0) if column.num_chunks else pa.array([], kind)


def _equal(column: pa.ChunkedArray, value: str) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.equal(column, value).fill_null(False).to_numpy(), np.bool_)
