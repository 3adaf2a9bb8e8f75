from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.columns.addresses import bad_addresses, forwarded_addresses, is_address

GROUPS = st.lists(st.sampled_from(["0", "db8", "FFFF", "1", "12345", ""]), min_size=1, max_size=9).map(":".join)
OCTETS = st.lists(st.sampled_from(["0", "01", "192", "255", "256", "x", ""]), min_size=3, max_size=5).map(".".join)
TEXTS = st.one_of(
    GROUPS, OCTETS, st.ip_addresses().map(str), st.builds("{}::{}".format, GROUPS, GROUPS), st.text(max_size=6)
)


@settings(max_examples=50, deadline=None)
@given(st.lists(TEXTS | st.none(), max_size=12))
def test_marks_agree_with_the_address_library(texts: list[str | None]) -> None:
    def is_bad(text: str | None) -> bool:
        if text is None:
            return False
        try:
            IPv6Address(text) if ":" in text else IPv4Address(text)
        except ValueError:
            return True
        return "%" in text

    wanted = [is_bad(text) for text in texts]
    column = pa.array(texts, pa.string())
    for form in (column, column.dictionary_encode()):
        found = bad_addresses(form)
        assert (found.tolist() if found is not None else [False] * len(texts)) == wanted


@pytest.mark.parametrize(
    "text", ["192.0.2.x", "192.0.2.01", "192.0.2.1 ", "2001:db8::1%eth0", "::1::", "1:2:3:4:5:6:7:8::"]
)
def test_no_address(text: str) -> None:
    assert not is_address(text)


@pytest.mark.parametrize(
    ("header", "addresses"),
    [
        ("198.51.100.20", ["198.51.100.20"]),
        ("unknown, 10.0.0.7,203.0.113.9:80", ["10.0.0.7", "203.0.113.9"]),
        ("[2001:db8::5]:443, [2001:db8::6], 2001:db8::7", ["2001:db8::5", "2001:db8::6", "2001:db8::7"]),
        ("localhost:8080,, ", []),
        (None, None),
    ],
)
def test_forwarded(header: str | None, addresses: list[str] | None) -> None:
    assert forwarded_addresses(pa.array([header, "192.0.2.1", header])).to_pylist() == [
        addresses,
        ["192.0.2.1"],
        addresses,
    ]
    assert forwarded_addresses(pa.array([header], pa.string())).to_pylist() == [addresses]


ITEMS = st.tuples(st.sampled_from(["", " ", "\t", "\u2003"]), TEXTS, st.sampled_from(["", " ", ":80"]))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(ITEMS)))
def test_addresses_of_any_header_are_those_that_the_library_finds(headers: list[list[tuple[str, str, str]]]) -> None:
    texts = [",".join(map("".join, items)) for items in headers]

    def addresses(header: str) -> list[str]:
        items = (item.strip() for item in header.split(","))
        hosts = [
            item[1:].partition("]")[0] if item[:1] == "[" else item.partition(":")[0] if item.count(":") == 1 else item
            for item in items
        ]
        return [host for host in hosts if is_address(host)]

    assert forwarded_addresses(pa.array(texts, pa.string())).to_pylist() == list(map(addresses, texts))
