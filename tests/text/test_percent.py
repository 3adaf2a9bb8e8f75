from __future__ import annotations

from urllib.parse import unquote

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.text import decode_user_agents, percent_decode

PIECES = st.sampled_from(
    [
        "%",
        "%2",
        "%20",
        "%25",
        "2",
        "0",
        "A",
        "f",
        "%c3",
        "%C3%A9",
        "%A9",
        "%E2%82%AC",
        "%F0%9F",
        "%00",
        "é",
        "€",
        "𝄞",
        "+",
    ]
)
VALUES = st.lists(st.none() | st.lists(PIECES, max_size=8).map("".join), max_size=12)


def expected(values: list[str | None]) -> list[str | None]:
    return [None if value is None else unquote(value, errors="replace") for value in values]


@settings(max_examples=120, deadline=None)
@given(values=VALUES, skipped=st.integers(0, 3))
def test_every_value_decodes_as_unquote_does(values: list[str | None], skipped: int) -> None:
    column = pa.array(values, pa.string())[skipped:]
    decoded = percent_decode(column)
    decoded.validate(full=True)
    assert decoded.to_pylist() == expected(values[skipped:])


@settings(max_examples=40, deadline=None)
@given(chunks=st.lists(VALUES, max_size=3))
def test_chunks_and_dictionaries_decode_alike(chunks: list[list[str | None]]) -> None:
    column = pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks], type=pa.string())
    encoded = column.dictionary_encode()
    decoded = percent_decode(encoded)
    assert decoded.type == encoded.type
    assert decoded.to_pylist() == percent_decode(column).to_pylist() == expected(column.to_pylist())


def test_two_spellings_become_one_entry() -> None:
    decoded = percent_decode(pa.array(["a%20b", "a b", None, "a%20b"]).dictionary_encode())
    assert decoded.dictionary.to_pylist() == ["a b"]
    assert decoded.to_pylist() == ["a b", "a b", None, "a b"]


def test_what_the_client_encoded_stays_encoded() -> None:
    assert percent_decode(pa.array(["/a%252Cb", "100%", "1.0+build", "%zz%2"])).to_pylist() == [
        "/a%2Cb",
        "100%",
        "1.0+build",
        "%zz%2",
    ]


def test_an_escape_does_not_reach_into_the_next_value() -> None:
    assert percent_decode(pa.array(["x%4", "1y", "%C3", "%A9"])).to_pylist() == ["x%4", "1y", "\ufffd", "\ufffd"]


def test_a_column_without_escapes_is_handed_back() -> None:
    column = pa.array(["/video/segment_00012.m4s", None, "50%"])
    assert percent_decode(column) is column


@pytest.mark.parametrize(
    ("logged", "sent"),
    [
        ("Player/1.0%20(TV;%20x86)", "Player/1.0 (TV; x86)"),
        ("Player/1.0%2520(TV;%2520x86)", "Player/1.0 (TV; x86)"),
        ("%2522quoted%2522", '"quoted"'),
        ("Name%2520App/12%20CFNetwork/1%20Darwin/2", "Name%20App/12 CFNetwork/1 Darwin/2"),
        ("client/1.0+build", "client/1.0+build"),
        ("a%2541", "a%41"),  # no escape that double encoding leaves
        ("Player%5C1", "Player\\1"),
    ],
)
def test_user_agents_of_both_eras_come_out_plain(logged: str, sent: str) -> None:
    assert decode_user_agents(pa.array([logged, None])).to_pylist() == [sent, None]
    assert decode_user_agents(pa.array([logged, None]).dictionary_encode()).to_pylist() == [sent, None]
