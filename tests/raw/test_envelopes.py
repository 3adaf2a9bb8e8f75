"""Envelopes read as columns give what they give value by value."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.raw import json_records
from shared.raw.envelopes import plain_envelopes
from shared.raw.gzip_members import Part
from shared.raw.json_records import JsonRecords, Opened
from shared.raw.pieces import Limits
from shared.raw.records import Numbering, RecordsPiece

TEXTS = st.text(st.characters(exclude_categories=[]), max_size=8) | st.sampled_from(
    [
        '{"messageType"',
        '}{"messageType":1}',
        "}\n{",
        "\ud83d\ude00",
        "\x00",
        "é\\u00e9",
        '{"a": "}{"}',
        "CWL CONTROL MESSAGE: x",
    ]
)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "id": TEXTS | st.none() | st.just(7),
        "timestamp": st.integers(-(1 << 60), 1 << 60) | st.none() | st.sampled_from([1.5, "1", True]),
        "message": TEXTS | st.none(),
        "extractedFields": st.just({"a": "b"}),
    },
)
USUAL_EVENTS = st.fixed_dictionaries({"id": TEXTS, "timestamp": st.integers(0, 1 << 42), "message": TEXTS})
KINDS = st.sampled_from(["DATA_MESSAGE", "DATA_MESSAGE", "DATA_MESSAGE", "CONTROL_MESSAGE", "OTHER", None])
ENVELOPES = st.fixed_dictionaries(
    {"messageType": KINDS},
    optional={
        "owner": st.just("111122223333"),
        "logGroup": TEXTS | st.none(),
        "logStream": TEXTS,
        "subscriptionFilters": st.lists(TEXTS, max_size=2),
        "policyLevel": st.just("ACCOUNT_LEVEL_POLICY"),
        "logEvents": st.lists(USUAL_EVENTS | EVENTS, max_size=4) | st.none(),
    },
)
USUAL = st.fixed_dictionaries(
    {
        "messageType": st.sampled_from(["DATA_MESSAGE", "DATA_MESSAGE", "CONTROL_MESSAGE"]),
        "owner": st.just("111122223333"),
        "logGroup": TEXTS,
        "logStream": TEXTS,
        "subscriptionFilters": st.just(["all"]),
        "logEvents": st.lists(USUAL_EVENTS, max_size=4),
    }
)
FORMS = st.sampled_from([None, None, 1])
JOINTS = st.sampled_from(["", "", "", "\n", "\n\n", " ", "\r\n", ",\n"])
WRITTEN = st.tuples(
    USUAL | ENVELOPES,
    JOINTS,
    st.booleans(),
    st.sampled_from([(",", ":"), (", ", ": ")]),
    st.sampled_from([None, None, 1]),
)


def text_of(written: Iterable[tuple[dict[str, Any], str, bool, tuple[str, str], int | None]]) -> bytes:
    return b"".join(
        (json.dumps(value, ensure_ascii=ascii_, separators=separators, indent=indent) + joint).encode(
            "utf-8", "surrogatepass"
        )
        for value, joint, ascii_, separators, indent in written
    )


def read(text: bytes) -> tuple[list[dict[str, Any]], list[object], dict[str, int], list[object]]:
    reader = JsonRecords(Limits(), Numbering(), lambda _: iter(()))
    found: list[Opened] = [*reader.push(Part(text, ends_member=True)), *reader.finish()]
    rows, bad, ignored, others = [], [], dict[str, int](), []
    for item in found:
        if isinstance(item, RecordsPiece):
            rows += item.records.to_pylist()
            bad += item.bad
            for kind, count in item.ignored.items():
                ignored[kind] = ignored.get(kind, 0) + count
        else:
            others.append(item)
    return rows, bad, ignored, others


@given(st.lists(WRITTEN, min_size=1, max_size=5))
@example([({"messageType": "DATA_MESSAGE", "logEvents": [{"message": "a"}]}, "\n", True, (",", ":"), None)] * 2)
def test_both_ways_give_the_same(written: list[tuple[dict[str, Any], str, bool, tuple[str, str], int | None]]) -> None:
    text = text_of(written)
    quick = read(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_records, "plain_envelopes", lambda *_: None)
        assert quick == read(text)


def usual(*messages: str, kind: str = "DATA_MESSAGE") -> bytes:
    events = [{"id": f"{at:056d}", "timestamp": 1772366400000 + at, "message": m} for at, m in enumerate(messages)]
    envelope = {
        "messageType": kind,
        "owner": "111122223333",
        "logGroup": "g",
        "logStream": "s",
        "subscriptionFilters": ["all"],
        "logEvents": events,
    }
    return json.dumps(envelope, separators=(",", ":")).encode()


@pytest.mark.parametrize("joint", [b"", b"\n"])
def test_the_usual_is_read_as_columns(joint: bytes) -> None:
    numbering = Numbering(last=6)
    block = joint.join([usual("a", "b"), usual("probe", kind="CONTROL_MESSAGE"), usual('{"x": "}{"}')])
    piece = plain_envelopes(block, 7, numbering)
    assert piece is not None
    assert piece.records["text"].to_pylist() == [b"a", b"b", b'{"x": "}{"}']
    assert piece.records["number"].to_pylist() == [7, 8, 9]
    assert piece.ignored == {"control_message": 1}
    assert numbering.last == 9


@pytest.mark.parametrize(
    "odd",
    [
        usual("a", kind="OTHER"),
        usual("a").replace(b'"message":"a"', b'"message":null'),
        usual("a").replace(b'"message":"a"', b'"message":"a","extractedFields":{}'),
        usual("a").replace(b'"a"', b'"\xff"'),
        usual("a").replace(b'"a"', b'"\\ud800"'),
        usual("a").replace(b',"logGroup"', b',\n"logGroup"'),
        usual("a")[:-1],
        b'{"a":1}',
    ],
)
def test_whatever_is_out_of_the_ordinary_is_left_to_the_careful_way(odd: bytes) -> None:
    numbering = Numbering(last=3)
    assert plain_envelopes(usual("b") + odd, 1, numbering) is None
    assert numbering.last == 3
