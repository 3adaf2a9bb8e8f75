"""Records that real logs hold and parsers trip over, each with what a right reader makes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.reasons import BadReason, RowFlag
from shared.synth.damage import Kind
from shared.synth.mediapackage.channels import Version

_RECEIVED = re.compile(rb'"(receivedBytes|received_bytes|sent_bytes)":\d+')
_TIMES = re.compile(rb'"(?:event_timestamp|request_id)":(?:"[^"]*"|\d+),')

_ANY = (
    Kind("cut", lambda record: record[: len(record) // 2], reason=BadReason.NOT_JSON),
    Kind("list", lambda record: b"[" + record + b"]", reason=BadReason.NOT_OBJECT),
    Kind("bad_number", lambda record: _RECEIVED.sub(rb'"\1":"12x4"', record, count=1), flag=RowFlag.BAD_NUMBER),
    Kind("drift", lambda record: record[:-1] + b',"edgeTier":"gold","trace":{"sampled":true}}'),
)
KINDS: Mapping[Version, tuple[Kind, ...]] = {
    # In an envelope no record is without a time: the envelope has one.
    Version.V1: (
        *_ANY,
        Kind("foreign", lambda _: b'{"level":"info","text":"no access log"}', reason=BadReason.WRONG_SCHEMA),
    ),
    Version.V2: (*_ANY, Kind("no_time", lambda record: _TIMES.sub(b"", record), reason=BadReason.BAD_TIMESTAMP)),
}
