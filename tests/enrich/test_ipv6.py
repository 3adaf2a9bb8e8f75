from __future__ import annotations

from ipaddress import IPv6Address
from socket import AF_INET6, inet_ntop, inet_pton

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.enrich.addresses import read_address, read_addresses
from shared.enrich.ipv6 import is_usual, network_texts, words_of

# Words that are often zero, so that `::` stands at either end, inside, for one group or for all.
WORDS = st.lists(st.one_of(st.just(0), st.sampled_from([1, 0xA0, 0xFFFF]), st.integers(0, 0xFFFF)), min_size=8)
SPELLINGS = WORDS.map(lambda words: b"".join(word.to_bytes(2, "big") for word in words[:8])).flatmap(
    lambda packed: st.sampled_from(
        [
            str(IPv6Address(packed)),
            str(IPv6Address(packed)).upper(),
            IPv6Address(packed).exploded,
            packed.hex(":", 2),
        ]
    )
)


@settings(max_examples=80, deadline=None)
@given(texts=st.lists(SPELLINGS, max_size=12), cut=st.integers(0, 3))
def test_words_and_networks_are_those_of_the_c_library(texts: list[str], cut: int) -> None:
    column = pa.array(texts, pa.string()).slice(cut)
    column = column.filter(is_usual(column))  # all but such where `::` stands for a single group
    words = words_of(column)
    packed = [inet_pton(AF_INET6, text) for text in column.to_pylist()]
    assert [row.astype(">u2").tobytes() for row in words] == packed
    assert network_texts(words).to_pylist() == [inet_ntop(AF_INET6, each[:6] + bytes(10)) for each in packed]


@pytest.mark.parametrize(
    "text", ["::", "::1", "1::", "2001:db8::1", "1:2:3:4:5:6:7:8", "0:0::", "A::b:C", "::ffff:0:1"]
)
def test_usual_spellings(text: str) -> None:
    assert is_usual(pa.array([text])).to_pylist() == [True]


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", ":::", "1:", ":1", "1::2::3", "12345::", "g::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::%eth0"),
        *(
            "1:2:3:4:5:6:7:8::",
            "::1:2:3:4:5:6:7:8",
            "1:2:3:4::5:6:7:8",
            "::ffff:192.0.2.1",
            "2001:db8::1 ",
            "192.0.2.1",
        ),
    ],
)
def test_what_is_left_to_the_c_library(text: str) -> None:
    assert is_usual(pa.array([text])).to_pylist() == [False]


def test_an_ipv4_address_in_hexadecimal_is_one_all_the_same() -> None:
    texts = ["::ffff:c000:24d", "2001:db8::c000:24d", "1:2:3:4:5:6:7::"]
    found = read_addresses(pa.array(texts))
    assert found.version.tolist() == [4, 6, 6]
    assert found.canonical == ["192.0.2.77", "2001:db8::c000:24d", "1:2:3:4:5:6:7:0"]
    alone = [read_address(text) for text in texts]
    assert found.truncated.to_pylist() == [each and each.truncated for each in alone]
