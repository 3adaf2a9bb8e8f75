"""The same records in every wrapping that a delivery route gives them: the same rows, and all of it accounted for."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from collections.abc import Sequence

import pytest

from tests.conftest import Workshop

RECORDS = [
    json.dumps(
        {
            "DistributionId": "E1EXAMPLE00001",
            "date": "2026-11-01",
            "time": f"10:00:{second:02d}",
            "x-edge-location": "FRA60-P3",
            "sc-bytes": "1500",
            "c-ip": "192.0.2.10",
            "cs-method": "GET",
            "cs(User-Agent)": "a}{b%20%22",
            "cs(Cookie)": "session=s3cret",
            "x-edge-request-id": f"id{second}",
        },
        separators=(",", ":"),
    )
    for second in range(6)
]
BROKEN = RECORDS[0][:-20]


def envelope(messages: Sequence[str], kind: str = "DATA_MESSAGE") -> bytes:
    events = [{"id": f"{at:056d}", "timestamp": 1793527200000, "message": text} for at, text in enumerate(messages)]
    return json.dumps({"messageType": kind, "logGroup": "g", "logStream": "s", "logEvents": events}).encode()


def error_record(payload: bytes) -> bytes:
    facts = {"attemptsMade": 4, "errorCode": "Lambda.FunctionError", "rawData": base64.b64encode(payload).decode()}
    return json.dumps(facts).encode()


def zipped(*files: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, file in enumerate(files):
            archive.writestr(str(number), file)
    return sink.getvalue()


CONTROL = gzip.compress(envelope(["CWL CONTROL MESSAGE: Checking health of destination Firehose."], "CONTROL_MESSAGE"))
HALVES = [gzip.compress(envelope(half)) for half in (RECORDS[:3], RECORDS[3:])]
LINES = "".join(record + "\n" for record in RECORDS).encode()
WRAPPED: dict[str, tuple[bytes, int]] = {
    # object, control messages in it
    "lines": (LINES, 0),
    "joined": ("".join(RECORDS).encode(), 0),
    "envelopes in members": (HALVES[0] + CONTROL + HALVES[1], 1),
    "envelopes in members, compressed again": (gzip.compress(HALVES[0] + HALVES[1]), 0),
    "envelopes joined": (b"".join(map(gzip.decompress, [*HALVES, CONTROL])), 1),
    "an export task": (b"".join(b"2026-11-01T10:00:01.000Z %s\n" % record.encode() for record in RECORDS), 0),
    "what Firehose could not process": (b"\n".join(error_record(each) for each in [*HALVES, CONTROL]), 1),
    "a ZIP": (zipped(gzip.compress(LINES[: LINES.index(b"\n") + 1]), LINES[LINES.index(b"\n") + 1 :]), 0),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_rows_are_the_same_whatever_is_around_the_records(workshop: Workshop, name: str) -> None:
    content, control_messages = WRAPPED[name]
    workshop.put("vended/first", LINES)
    workshop.run()
    expected = [(row["request_id"], row["event_time"], row["user_agent"]) for row in workshop.rows()]
    assert len(expected) == len(RECORDS)
    workshop.put("vended/again", content)
    (batch,) = workshop.run().batches
    assert (batch.records, batch.duplicates) == (len(RECORDS) + control_messages, len(RECORDS))
    assert dict(batch.reasons) == {}
    assert batch.ignored == control_messages
    assert [(row["request_id"], row["event_time"], row["user_agent"]) for row in workshop.rows()] == expected


def test_a_bad_message_is_quarantined_alone_and_without_its_cookie(workshop: Workshop) -> None:
    object_ = workshop.put("logs/1", gzip.compress(envelope([RECORDS[0], BROKEN, RECORDS[1]])) + b"\x1f\x8b\x08\0cut")
    (batch,) = workshop.run().batches
    assert dict(batch.reasons) == {"not_json": 1, "truncated_gzip": 1}
    assert batch.rows == 2
    assert batch.records == batch.rows + batch.duplicates + batch.quarantined + batch.ignored
    bad = {row["reason"]: row for row in workshop.rows("quarantine")}
    assert bad["not_json"]["source_line"] == 2
    assert {row["source_object"] for row in bad.values()} == {object_}


@pytest.mark.parametrize("text", [BROKEN + '"', '{"messageType":"DATA_MESSAGE","x":' + RECORDS[0]])
def test_text_that_no_parser_sees_is_kept_without_its_secrets(workshop: Workshop, text: str) -> None:
    workshop.put("logs/1", f"{RECORDS[1]}\n{text}\n{RECORDS[2]}\n")
    (batch,) = workshop.run().batches
    assert batch.rows == 2
    (entry,) = workshop.rows("quarantine")
    assert (entry["reason"], entry["source_line"]) == ("not_json", 2)
    assert "s3cret" not in entry["raw_text"]
