from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.enrich.addresses import Address, read_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.77", Address(4, "192.0.2.77", "192.0.2.0")),
        ("2001:DB8:1:2:0:0:0:3", Address(6, "2001:db8:1:2::3", "2001:db8:1::")),
        ("::ffff:192.0.2.77", Address(4, "192.0.2.77", "192.0.2.0")),
        ("fe80::1%eth0", Address(6, "fe80::1", "fe80::")),
    ],
)
def test_spellings_come_to_one(text: str, address: Address) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize("text", ["", "-", "unknown", "192.0.2.x", "192.0.2.256", "192.0.2.1:443", "1", "192.0.2"])
def test_what_is_no_address(text: str) -> None:
    assert read_address(text) is None


@settings(max_examples=80, deadline=None)
@given(address=st.ip_addresses())
def test_the_truncated_address_is_the_first_of_its_network(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    read = read_address(str(address))
    assert read is not None
    canonical = ipaddress.ip_address(read.canonical)
    network = ipaddress.ip_network((read.canonical, 24 if canonical.version == 4 else 48), strict=False)
    assert read.version == canonical.version
    assert ipaddress.ip_address(read.truncated) == network.network_address
