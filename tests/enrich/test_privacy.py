from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.enrich.addresses import read_address
from shared.enrich.privacy import AddressPrivacy
from shared.errors import UsageError

KEY = b"0123456789abcdef"
ADDRESS = "192.0.2.77"


def test_the_viewer_id_is_a_keyed_hash_of_the_canonical_address() -> None:
    privacy = AddressPrivacy("keep", KEY)
    expected = privacy.viewer_id(read_address(ADDRESS))
    assert re.fullmatch("[0-9a-f]{16}", expected or "")
    assert privacy.viewer_id(read_address("::ffff:192.0.2.77")) == expected
    assert privacy.viewer_id(read_address("192.0.2.78")) != expected
    assert AddressPrivacy("keep", b"another key of 16").viewer_id(read_address(ADDRESS)) != expected
    assert privacy.viewer_id(None) is None
    assert AddressPrivacy("truncate", None).viewer_id(read_address(ADDRESS)) is None


@pytest.mark.parametrize(
    ("mode", "text", "shown"),
    [
        ("keep", "192.0.2.77", "192.0.2.77"),
        ("keep", "unknown", "unknown"),
        ("truncate", "192.0.2.77", "192.0.2.0"),
        ("truncate", "2001:db8:1:2::3", "2001:db8:1::"),
        ("truncate", "::ffff:192.0.2.77", "192.0.2.0"),
        ("truncate", "unknown", "unknown"),
        ("truncate", "192.0.2.x", "192.0.2.x"),
        ("truncate", "192.0.2.77:443", "192.0.2.0:443"),  # no address, but one is in it
        ("hash", "192.0.2.77", None),
        ("hash", "unknown", None),
    ],
)
def test_what_is_shown_of_an_address(mode: str, text: str, shown: str | None) -> None:
    assert AddressPrivacy(mode, KEY).shown(text, read_address(text)) == shown


TEXTS = [
    ("at 192.0.2.77.", "at 192.0.2.0."),
    ("a\t192.0.2.77\tb", "a\t192.0.2.0\tb"),
    ("192.0.2.77,%20198.51.100.7,%2520203.0.113.9", "192.0.2.0,%20198.51.100.0,%2520203.0.113.0"),
    ('{"c-ip":"2001:db8:1:2::3"}', '{"c-ip":"2001:db8:1::"}'),
    ("[2001:db8:1:2::3]:443", "[2001:db8:1::]:443"),
    ("2001%3Adb8%3A1%3A2%3A%3A3", "2001:db8:1::"),
    ("::ffff:192.0.2.77", "192.0.2.0"),
    ("2026-11-24 12:34:56 Chrome/119.0.3458.304 1.2.3.4.5", "2026-11-24 12:34:56 Chrome/119.0.3458.304 1.2.3.4.5"),
]


@pytest.mark.parametrize(("text", "kept"), TEXTS)
def test_addresses_inside_text_are_cut(text: str, kept: str) -> None:
    assert AddressPrivacy("truncate", KEY).redact(text) == kept
    assert AddressPrivacy("keep", KEY).redact(text) == text


@settings(max_examples=60, deadline=None)
@given(
    address=st.ip_addresses().map(str), around=st.sampled_from(["{}", "\t{}\t", '"{}"', "%20{}%0A", "for={};", "{}:1"])
)
def test_no_whole_address_stays_in_text(address: str, around: str) -> None:
    if ":" in address and around == "{}:1":
        around = "[{}]:1"
    read = read_address(address)
    assert read is not None
    privacy = AddressPrivacy("hash", KEY)
    assert privacy.redact(around.format(address)) == around.format(privacy.viewer_id(read))
    assert AddressPrivacy("truncate", KEY).redact(around.format(address)) == around.format(read.truncated)


def test_a_key_is_asked_for_where_it_matters() -> None:
    with pytest.raises(UsageError, match="without a key"):
        AddressPrivacy("hash", None)
    with pytest.raises(UsageError, match="8 bytes"):
        AddressPrivacy("truncate", b"tooshort")


def test_the_key_is_in_no_message() -> None:
    assert KEY.decode() not in repr(AddressPrivacy("hash", KEY))
