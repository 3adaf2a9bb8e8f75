from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.raw.json_records import Opened
from shared.raw.pieces import CutLine, Damage, Limits, ParquetPiece, TextPiece
from shared.raw.records import CONTROL_MESSAGE, PROBE, RecordsPiece
from shared.raw.unwrap import unwrap
from shared.reasons import BadReason

SAMPLES = Path(__file__).parent.parent / "samples" / "containers"
EXPECTED: dict[str, dict[str, Any]] = json.loads((SAMPLES / "expected.json").read_text())
# Which messages are bad, and what a line of another format is, only the source's parser knows.
OF_PARSERS = {"a1_bad_message_in_envelope": {"records": 2, "quarantined": 0}}
LINES = {"c_native_lines.log": 2, "g_cloudfront_w3c_two_members.gz": 6}
RECORD = {"client": "192.0.2.1", "agent": 'a}{b "x" \\', "bytes": 1 << 40}
TINY = Limits(piece_bytes=64, line_bytes=100_000)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def rows(found: Iterable[Opened]) -> list[dict[str, Any]]:
    """Records; white space behind a record is nothing."""
    return [
        row | {"text": row["text"].rstrip()}
        for item in found
        if isinstance(item, RecordsPiece)
        for row in item.records.to_pylist()
    ]


def texts(found: Iterable[Opened]) -> list[bytes]:
    return [row["text"] for row in rows(found)]


def reasons(found: Iterable[Opened]) -> list[BadReason]:
    """Of all that counts as bad."""
    bad: list[BadReason] = []
    for item in found:
        if isinstance(item, RecordsPiece):
            bad += (each.reason for each in item.bad)
        elif isinstance(item, Damage) or (isinstance(item, CutLine) and not item.continues):
            bad.append(item.reason)
    return bad


def ignored(found: Iterable[Opened]) -> Counter[str]:
    return sum((Counter(item.ignored) for item in found if isinstance(item, RecordsPiece)), Counter())


def envelope(messages: Sequence[str], *, kind: str = "DATA_MESSAGE", first_id: int = 1, group: str = "g") -> str:
    events = [
        {"id": f"{first_id + at:056d}", "timestamp": 1772366400000 + at, "message": m} for at, m in enumerate(messages)
    ]
    return json.dumps({"messageType": kind, "logGroup": group, "logStream": "s", "logEvents": events})


@pytest.mark.parametrize("name", EXPECTED)
def test_samples(name: str) -> None:
    wanted = EXPECTED[name] | OF_PARSERS.get(name, {})
    found = list(unwrap(sample(name)))
    records = len(rows(found)) + sum(item.table.num_rows for item in found if isinstance(item, ParquetPiece))
    lines = sum(item.data.count(b"\n") for item in found if isinstance(item, TextPiece))
    assert lines == LINES.get(name, 0)
    assert records == (0 if lines else wanted["records"])
    assert len(reasons(found)) == wanted["quarantined"]
    assert ignored(found)[CONTROL_MESSAGE] == wanted.get("control_messages", 0)


@pytest.mark.parametrize("name", ["a1_multimember.gz", "a2_double_gzip.gz", "a2_triple_gzip.gz", "a3_zip.zip"])
def test_the_same_records_whatever_is_around_them(name: str) -> None:
    assert rows(unwrap(sample(name))) == rows(unwrap(sample("a1_multimember_no_extension")))


def test_what_an_envelope_says_of_its_records() -> None:
    groups = Counter(row["log_group"] for row in rows(unwrap(sample("a1_mixed_log_groups"))))
    assert groups == EXPECTED["a1_mixed_log_groups"]["by_log_group"]
    first = rows(unwrap(sample("a1_multimember_no_extension")))[0]
    assert (first["route"], first["log_stream"], first["logged_ms"]) == ("envelope", "demo-stream", 1772366401000)
    assert first["event_id"] == "39" + "0" * 53 + "1"


def test_events_of_export_tasks_keep_their_time_and_their_further_lines() -> None:
    folder = "e_export/demo-task-id/"
    one, two, three = rows(unwrap(sample(folder + "conf01.example.com/000000.gz")))
    assert two["text"].endswith(b'Conference="demo@example.com"\n    continuation line one\n    continuation line two')
    assert [row["number"] for row in (one, two, three)] == [1, 2, 5]
    assert [row["logged_ms"] % 60_000 for row in (one, two, three)] == [1000, 2000, 3000]
    assert {row["logged_ms"] for row in rows(unwrap(sample(folder + "demo-stream/000001.gz")))} == {
        1772366404000,
        1772366405000,
    }
    assert ignored(unwrap(sample("e_export/aws-logs-write-test"))) == {PROBE: 1}


def test_of_an_export_lines_behind_damage_may_all_be_of_a_lost_event() -> None:
    begun = gzip.compress(b"2026-03-01T12:00:00.000Z one\n")
    broken = bytearray(gzip.compress(b"2026-03-01T12:00:01.000Z two\n" * 50))
    broken[-8] ^= 1  # its checksum
    found = list(unwrap(begun + bytes(broken) + gzip.compress(b"of two\nof two\n")))
    assert texts(found) == [b"one"]
    assert Counter(reasons(found)) == {BadReason.CORRUPT_GZIP: 1, BadReason.CUT_LINE: 2}


def test_what_failed_in_firehose_is_read_again() -> None:
    found = list(unwrap(sample("j_errors/processing-failed/two_records")))
    assert {row["route"] for row in rows(found)} == {"firehose_error"}
    assert [row["event_id"][-1] for row in rows(found)] == ["1", "2", "3"]
    (piece,) = unwrap(sample("j_errors/decompression-failed/not_gzip"))
    assert isinstance(piece, RecordsPiece)
    assert piece.bad[0].reason is BadReason.UNREADABLE_PAYLOAD
    assert piece.bad[0].text is None, "in base64 nothing could be redacted"


def test_payloads_in_payloads_are_bounded() -> None:
    data = json.dumps(RECORD).encode()
    for _ in range(9):
        data = json.dumps({"errorCode": "x", "rawData": base64.b64encode(data).decode()}).encode()
    assert reasons(unwrap(data)) == [BadReason.UNREADABLE_PAYLOAD]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (envelope([], kind="OTHER"), BadReason.UNKNOWN_MESSAGE_TYPE),
        ('{"messageType": "DATA_MESSAGE", "logEvents": null}', BadReason.WRONG_SCHEMA),
        ('{"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1"}]}', BadReason.WRONG_SCHEMA),
        ('{"messageType": "DATA_MESSAGE", "logEvents": [7]}', BadReason.WRONG_SCHEMA),
        ('{"rawData": "?", "errorCode": "x"}', BadReason.UNREADABLE_PAYLOAD),
        ('{"rawData": null, "ErrorCode": "x"}', BadReason.UNREADABLE_PAYLOAD),
        ('{"records": [{"data": 7}]}', BadReason.UNREADABLE_PAYLOAD),
        ('[{"a": 1}]', BadReason.NOT_OBJECT),
        ('{"a": 1', BadReason.NOT_JSON),
        ('{"a": 1} x {"b": 2}', BadReason.NOT_JSON),
        ("{" + '"a":[' * 100_000, BadReason.NOT_JSON),
    ],
)
def test_what_is_no_record_is_bad_alone(text: str, reason: BadReason) -> None:
    around = json.dumps(RECORD)
    found = list(unwrap(f"{around}\n{text}\n{around}\n".encode()))
    assert [each for each in texts(found) if each != b'{"a": 1}'] == [around.encode()] * 2
    assert reasons(found) == [reason]
    assert reasons(unwrap(text.encode())) == [reason]


def test_the_events_of_a_broken_envelope_are_no_records() -> None:
    whole, broken = envelope(["a"]), envelope(["b", "c"])[:-1].replace('"g"', '"g')
    for joint in ("", "\n"):
        found = list(unwrap(joint.join([whole, broken, whole]).encode()))
        assert texts(found) == [b"a", b"a"]
        assert reasons(found) == [BadReason.NOT_JSON]


CRLF = "".join(json.dumps({"n": n}) + "\r\n" for n in range(2000)).encode()


@pytest.mark.parametrize("joint", [b"\r\n", b" \n", b",\n", b"},{", b"} {"])
def test_wherever_values_end_more_than_is_held_is_read(joint: bytes) -> None:
    text = CRLF.replace(b"}\r\n", b"}" + joint) if joint[:1] != b"}" else CRLF.replace(b"}\r\n{", joint)
    found = list(unwrap(text, limits=Limits(piece_bytes=500, line_bytes=1000)))
    assert texts(found) == [line.strip() for line in CRLF.splitlines()]
    assert reasons(found) == []


def test_one_bad_line_is_one_bad_record() -> None:
    good = json.dumps(RECORD).encode()
    for bad in (
        b'026-01-01","cs(Cookie)":"S","a":1}',
        b'"cs(Cookie)":"S", 7',
        b"1 1 1 1 1",
        b"tru",
        b'{"a":' + b"9" * 5000 + b"}",
    ):
        found = list(unwrap(b"\n".join([good, bad, good, good])))
        assert texts(found) == [good] * 3
        assert [row["number"] for row in rows(found)] == [1, 3, 4]
        (piece,) = [item for item in found if isinstance(item, RecordsPiece)]
        assert [(each.text, each.reason, each.number) for each in piece.bad] == [(bad, BadReason.NOT_JSON, 2)]


def test_an_object_of_json_is_told_though_its_first_line_is_torn() -> None:
    whole = envelope(["a", "b"])
    for text in (f"{whole[40:]}\n{whole}\n", f'{whole[40:]}\n{{"a": 1}}\n{whole}\n'):
        found = list(unwrap(text.encode()))
        assert texts(found)[-2:] == [b"a", b"b"]
        assert reasons(found) == [BadReason.NOT_JSON]
    damaged = gzip.compress(b"lost")[:-4] + bytes(4)
    found = list(unwrap(gzip.compress(b"\n") + damaged + gzip.compress(whole.encode())))
    assert texts(found) == [b"a", b"b"]


@pytest.mark.parametrize(
    "text",
    [
        "1772366400123 2026-11-01 192.0.2.1\n1772366400124 2026-11-01 192.0.2.2\n",
        "2026-01-01T00:00:00Z copied\n1\t2\n3\t4\n5\t6\n",
        "[info] copied\n1\t2\n",
    ],
)
def test_lines_that_look_like_something_else_are_lines(text: str) -> None:
    assert list(unwrap(text.encode())) == [TextPiece(text.encode())]


def test_messages_are_not_kept_of_an_envelope_that_cannot_be_read() -> None:
    whole = envelope([json.dumps({"cs(Cookie)": "s3cret"})])
    for bad in (whole[:-30], whole.replace("DATA_", "OTHER_"), whole[:-1].replace('"g"', '"g')):
        found = list(unwrap(bad.encode()))
        assert len(reasons(found)) == 1
        assert not any(b"s3cret" in text for text in _bad_texts(found))
    cut = gzip.compress(whole.encode())
    found = list(unwrap(cut[: len(cut) // 2] + gzip.compress(b"}" + whole.encode()[60:]), salvage=True))
    assert not any(b"s3cret" in item.text for item in found if isinstance(item, CutLine))
    for at in range(1, whole.index("s3cret") - 1):  # from there on its name is lost
        found = list(
            unwrap(gzip.compress(b"{}") + gzip.compress(b"lost")[:-4] + bytes(4) + gzip.compress(whole[at:].encode()))
        )
        assert not any(b"s3cret" in item.text for item in found if isinstance(item, CutLine)), whole[at:]


def test_what_payloads_expand_to_is_bounded() -> None:
    bomb = base64.b64encode(gzip.compress(bytes(65 << 20))).decode()
    found = list(unwrap(json.dumps({"errorCode": "x", "rawData": bomb}).encode()))
    assert reasons(found) == [BadReason.UNREADABLE_PAYLOAD]
    many = base64.b64encode(gzip.compress(b'{"a":1}\n' * 1000)).decode()
    data = "\n".join([json.dumps({"errorCode": "x", "rawData": many})] * 5).encode()
    pieces = [
        item.records.num_rows
        for item in unwrap(data, limits=Limits(piece_bytes=10_000))
        if isinstance(item, RecordsPiece)
    ]
    assert sum(pieces) == 5000
    assert max(pieces) <= 2000


def test_half_characters_and_bytes_that_are_no_text_pass_through() -> None:
    (found,) = rows(unwrap(b'{"messageType":"DATA_MESSAGE","logEvents":[{"message":"\\ud800 \xff"}]}'))
    assert found["text"] == b"\xed\xa0\x80 \xff"


def test_damage_between_envelopes_costs_a_member_and_between_lines_the_lines_beside_it() -> None:
    records = [json.dumps({"n": n, "filler": "x" * 50}).encode() + b"\n" for n in range(30)]
    text = b"".join(records)
    members = [gzip.compress(text[at : at + 500]) for at in range(0, len(text), 500)]
    members[1] = members[1][:-8] + bytes(8)
    found = list(unwrap(b"".join(members)))
    lost = range(500 // len(records[0]), 1000 // len(records[0]) + 1)
    assert texts(found) == [record.strip() for n, record in enumerate(records) if n not in lost]
    assert [item.reason for item in found if isinstance(item, Damage)] == [BadReason.CORRUPT_GZIP]
    assert reasons(found) == [BadReason.CUT_LINE, BadReason.CORRUPT_GZIP, BadReason.CUT_LINE]


def test_a_value_too_long_to_hold_counts_once_and_the_others_stay() -> None:
    limits = Limits(piece_bytes=100, line_bytes=1000)
    short = json.dumps({"a": 1})
    for long in (json.dumps({"a": "x" * 5000}), json.dumps({"a": [{"b": "}{"}] * 1000})):
        found = list(unwrap(f"{short}\n{long}\n{short}\n".encode(), limits=limits))
        assert texts(found) == [short.encode()] * 2
        assert reasons(found) == [BadReason.LINE_TOO_LONG]


def test_pieces_are_bounded() -> None:
    data = b"".join(gzip.compress(envelope([json.dumps(RECORD)] * 20).encode()) for _ in range(50))
    pieces = [
        item.records for item in unwrap(data, limits=Limits(piece_bytes=10_000)) if isinstance(item, RecordsPiece)
    ]
    assert sum(piece.num_rows for piece in pieces) == 1000
    assert max(piece.num_rows for piece in pieces) <= 100


def test_pieces_of_the_smallest_bad_values_are_bounded_too() -> None:
    """They hold far more memory than the text they stand in."""
    found = list(unwrap(b'{"messageType"\n' + b"{\n" * 1000, limits=Limits(piece_bytes=4096)))
    bad = [len(item.bad) for item in found if isinstance(item, RecordsPiece)]
    assert sum(bad) == 1001
    assert max(bad) <= 20


_json = st.dictionaries(
    st.text(max_size=5).filter(lambda name: name not in {"messageType", "records"}),
    st.one_of(
        st.text(max_size=20), st.integers(), st.none(), st.sampled_from(['}{"messageType"', "}\n{", "\u2028", "é"])
    ),
    max_size=4,
)
_joints = st.sampled_from(["", "\n", "\r\n", ", ", "\n\n", " "])


@st.composite
def wrapped(draw: st.DrawFn) -> tuple[list[bytes], bytes]:
    """Records, and an object that holds them."""
    values = draw(st.lists(_json, min_size=1, max_size=8))
    records = [json.dumps(value, ensure_ascii=draw(st.booleans()), separators=(",", ":")) for value in values]
    wanted = [record.encode() for record in records]
    how = draw(st.sampled_from(["direct", "envelopes", "members", "export", "errors", "http"]))
    joint = draw(_joints)
    cut = draw(st.integers(0, len(records)))
    envelopes = [envelope(part, first_id=at) for at, part in enumerate((records[:cut], records[cut:]))]
    if how == "direct":
        data = joint.join(records).encode()
    elif how == "envelopes":
        data = joint.join(envelopes).encode()
    elif how == "members":
        data = b"".join(gzip.compress(each.encode()) for each in (*envelopes, envelope(["?"], kind="CONTROL_MESSAGE")))
    elif how == "export":
        data = "".join(f"2026-03-01T12:00:00.{at:03d}Z {record}\n" for at, record in enumerate(records)).encode()
    else:
        payloads = [base64.b64encode(gzip.compress(each.encode())).decode() for each in envelopes]
        if how == "errors":
            data = joint.join(json.dumps({"errorCode": "x", "rawData": each}) for each in payloads).encode()
        else:
            data = json.dumps({"requestId": "1", "records": [{"data": each} for each in payloads]}).encode()
    for _ in range(draw(st.integers(0, 2))):
        data = gzip.compress(data)
    return wanted, data


@settings(max_examples=300, deadline=None)
@given(wrapped(), st.integers(20, 300))
def test_records_come_back_whatever_they_are_wrapped_in(case: tuple[list[bytes], bytes], piece_bytes: int) -> None:
    wanted, data = case
    found = list(unwrap(data, limits=Limits(piece_bytes=piece_bytes, line_bytes=100_000)))
    assert texts(found) == wanted
    assert reasons(found) == []
    numbers = [row["number"] for row in rows(found)]
    assert numbers == sorted(set(numbers))
    assert rows(found) == rows(unwrap(data))


@given(st.integers(2, len(sample("a1_multimember_no_extension"))))
@example(0)
def test_an_object_that_ends_early_gives_the_records_of_its_whole_members(kept: int) -> None:
    data = sample("a1_multimember_no_extension")
    ends = [at for at in range(1, len(data) + 1) if at == len(data) or data[at : at + 3] == b"\x1f\x8b\x08"]
    whole = max((end for end in ends if end <= kept), default=0)
    found = list(unwrap(data[:kept]))
    assert texts(found) == texts(unwrap(data[:whole]))
    assert reasons(found) == ([] if whole == kept else [BadReason.TRUNCATED_GZIP])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(['{"a":1}', '{"a":"}', "{", "}", "}{", "\n", '"', "x", envelope(["m"]), " ", "["]), max_size=12
    )
)
def test_no_text_is_lost_or_read_twice(parts: list[str]) -> None:
    """Whatever stands in an object, what comes out of it is as much as what went in, in pieces of any size."""
    data = ('{"first":1}' + "".join(parts)).encode()
    seen = [
        (texts(found := list(unwrap(data, limits=Limits(piece_bytes=size, line_bytes=100_000)))), _bad_texts(found))
        for size in (1, 7, 30, 10_000)
    ]
    assert all(each == seen[-1] for each in seen)
    kept = b"".join([*(text for text in seen[-1][0] if text != b"m"), *seen[-1][1]])
    assert Counter(kept.replace(b"\n", b"").replace(b" ", b"")) + Counter(
        envelope(["m"]).encode().replace(b" ", b"") * seen[-1][0].count(b"m")
    ) == Counter(data.replace(b"\n", b"").replace(b" ", b""))


def _bad_texts(found: Iterable[Opened]) -> list[bytes]:
    return [each.text or b"" for item in found if isinstance(item, RecordsPiece) for each in item.bad]
