"""The events' objects as bytes, and the lines as the oracle has to see them."""

from __future__ import annotations

import gzip
import json

from tests.conftest import V1_FIELDS, V1_HEADER, v1_line
from tests.engine.history.events import Content, Damage, Form, Line, Noise, Record, Slot

DISTRIBUTION = "E1EXAMPLE00001"  # of JSON records that say whose they are
W3C_HEADER = V1_HEADER.partition("\n")[2]
_CHECKSUM_AT = -8  # of a gzip member, from its end
_CUT_BYTES = 6
_MS = 123  # version 2 has milliseconds, version 1 whole seconds


def header_of(form: Form) -> str:
    """What every member of an object of that format begins with."""
    return {Form.V1: V1_HEADER, Form.V2_W3C: W3C_HEADER, Form.V2_JSON: ""}[form]


def text_of(line: Line, form: Form) -> str:
    """A line as it stands in an object, newline and all."""
    if line is Noise.BLANK:
        return "\n"
    if form is Form.V2_JSON:
        return _json_of(line)
    if isinstance(line, Record):
        return v1_line(line.request_id, time=f"{line.hour:02}:30:00", sc_bytes=str(line.size), c_ip=line.client)
    return {Noise.BROKEN: "broken\n", Noise.COMMENT: "# a note\n", Noise.TIMELESS: v1_line("t", date="-", time="-")}[
        line
    ]


def _json_of(line: Line) -> str:
    if line is Noise.BROKEN or line is Noise.COMMENT:  # JSON has no comments
        return '{"broken\n'
    text = text_of(line, Form.V1).removesuffix("\n")
    values = dict(zip(V1_FIELDS, text.split("\t"), strict=True))
    if isinstance(line, Record):
        values["timestamp(ms)"] = str(event_ms(line, Form.V2_JSON))
        if line.knows:
            values["DistributionId"] = DISTRIBUTION
    return json.dumps(values) + "\n"


def event_ms(record: Record, form: Form) -> int:
    """When the request happened, as its format tells it; the hour is one of 2026-11-01."""
    midnight_s = 1_793_491_200
    return (midnight_s + record.hour * 3600 + 1800) * 1000 + (_MS if form is Form.V2_JSON else 0)


def bytes_of(content: Content, slot: Slot) -> bytes:
    """The object as it is delivered; plain text where it has one undamaged member."""
    texts = [header_of(slot.form) + "".join(text_of(line, slot.form) for line in lines) for lines in content.members]
    if len(texts) == 1 and content.damage is None:
        return texts[0].encode()
    members = [bytearray(gzip.compress(text.encode(), mtime=0)) for text in texts]
    if content.damage is Damage.CHECKSUM:
        members[content.damaged % len(members)][_CHECKSUM_AT] ^= 0xFF
    elif content.damage is Damage.CUT:
        del members[-1][-_CUT_BYTES:]
    return b"".join(members)
