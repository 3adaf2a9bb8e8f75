"""JSON lines: the fast way and the careful way give the same rows, and every line is accounted for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.cloudfront.fields import WIRE_NAMES

GOOD = {"date": "2026-11-01", "time": "10:00:00", "c-ip": "192.0.2.10", "sc-status": "200", "cs(Cookie)": "a=secret"}
VALUES = st.one_of(
    st.text(max_size=8),
    st.integers(),
    st.booleans(),
    st.none(),
    st.floats(allow_nan=True),
    st.lists(st.integers(), max_size=2),
    st.sampled_from(["-", "", " - ", "0x1F", "é%C3%A9", "\ud800", "a\0b"]),
)
ODD = (b"", b"  ", b"[1]", b'"text"', b"null", b"{", b'{"a":1}', b'{"date":NaN}', b"\xff", b"{}" * 3, b"[" * 9, b"#")


def line(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode() + b"\n"


def own(row: dict[str, Any]) -> dict[str, Any]:
    key = row["record_key"] and row["record_key"].split("-")[0]
    return {**row, "source_line": None, "record_key": key}


@settings(max_examples=50, deadline=None)
@given(changes=st.dictionaries(st.sampled_from([*WIRE_NAMES, "x-new"]), VALUES, max_size=3), odd=st.sampled_from(ODD))
def test_a_line_gives_the_same_row_alone_and_among_others(changes: dict[str, Any], odd: bytes, wire: Any) -> None:
    alone = wire.parse(line(**changes))
    among = wire.parse(line() + odd + b"\n" + line(**changes))
    assert [own(row) for row in among.rows.to_pylist() if row["source_line"] == 3] == [
        own(row) for row in alone.rows.to_pylist()
    ]
    records = {*among.rows["source_line"].to_pylist(), *among.rejects["source_line"].to_pylist()}
    assert len(records) + sum(among.ignored.values()) == 3
    among.rows.validate(full=True)


def test_text_of_numbers_is_kept(wire: Any) -> None:
    text = line() + b'{"date":"2026-11-01","time":"10:00:00","sc-bytes":1e3,"cs-bytes":5,"time-taken":2.50,"x":1.50}\n'
    row = wire.parse(text).rows.to_pylist()[1]
    assert (row["bytes_sent"], row["bytes_received"], row["time_taken_s"]) == (None, 5, 2.5)
    assert dict(row["extra"]) == {"x": "1.50"}
    assert row["parse_flags"] == ["bad_number"]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (b"[1,2]", "not_object"),
        (b"3", "not_object"),
        (b"null", "not_object"),
        (b"3 4", "not_json"),
        (b'{"date":"2026-11-01"', "not_json"),
        (b'{"date":"2026-11-01","time":"10:00:00","c-ip":NaN}', "not_json"),
        (b"[" * 200_000, "not_json"),
        (b'{"hello":"world"}', "wrong_schema"),
        (b'{"messageType":"DATA_MESSAGE","logEvents":[]}', "wrong_schema"),
        (b'{"eventTimestamp":"1","connectionId":"c","clientIp":"192.0.2.1"}', "wrong_family"),
        (b'{"date":"2026-11-01","time":"-","c-ip":"192.0.2.1"}', "bad_timestamp"),
        (b'{"date":"%s"}' % (b"x" * (1 << 20)), "line_too_long"),
    ],
)
def test_reasons(odd: bytes, reason: str, wire: Any) -> None:
    for text in (line() + odd + b"\n" + line(), odd + b"\n" + line(), line() + odd):
        parsed = wire.parse(text)
        assert parsed.rejects["reason"].to_pylist() == [reason]
        assert parsed.rows.num_rows == text.count(line()[:-1])


def test_objects_joined_on_one_line_are_records_of_that_line(wire: Any) -> None:
    parsed = wire.parse(line()[:-1] + line())
    assert parsed.rows["source_line"].to_pylist() == [1, 1]
    assert [key.split("-")[1] for key in parsed.rows["record_key"].to_pylist()] == ["1", "2"]


def test_bytes_that_are_no_utf8(wire: Any) -> None:
    broken = line(**{"cs-uri-stem": "/x"}).replace(b"/x", b"/\xe9t\xe9")
    (row,) = wire.parse(broken).rows.to_pylist()
    assert (row["path"], row["parse_flags"]) == ("/�t�", ["invalid_utf8"])


def test_names_that_are_no_text(wire: Any) -> None:
    for name in (b"x\xff", b"x\\ud800"):
        odd = line(**{"x-name": "1"}).replace(b"x-name", name)
        for text in (odd, line() + odd, odd + line()):
            extra = [row["extra"] for row in wire.parse(text).rows.to_pylist() if row["extra"]]
            assert [value for ((key, value),) in extra] == ["1"]
            assert [key[:2] for ((key, _),) in extra] == ["x�"]


def test_a_line_of_very_many_objects_takes_no_time(wire: Any) -> None:
    assert wire.parse(line() + b"{}" * 20_000).rejects.num_rows == 20_000


def test_other_line_breaks_do_not_cut(wire: Any) -> None:
    text = json.dumps({**GOOD, "cs-uri-stem": "/a\u2028b\x85c"}, ensure_ascii=False).encode()
    assert wire.parse(text).rows["path"].to_pylist() == ["/a\u2028b\x85c"]


def test_cookie_does_not_reach_quarantine(wire: Any) -> None:
    late, cut = line(date="-"), line(**{"sc-status": "x"})[:-3]
    rejects = wire.parse(line() + late + cut).rejects
    assert rejects.num_rows == 2
    assert not any("secret" in text for text in rejects["raw_text"].to_pylist())


def test_many_blocks_keep_their_order(wire: Any) -> None:
    statuses = [200 + at % 300 for at in range(9000)]
    text = b"".join(line(**{"sc-status": str(status)}) for status in statuses)
    parsed = wire.parse(text.replace(b'"sc-status": "210"', b'"sc-status": 210'))
    assert parsed.rows["status"].to_pylist() == statuses
    assert parsed.rows["source_line"].to_pylist() == list(range(1, 9001))
