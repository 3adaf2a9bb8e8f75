from __future__ import annotations

import ipaddress

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.enrich.addresses import read_address, read_addresses


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.77", (4, "192.0.2.77", "192.0.2.0")),
        ("2001:DB8:1:2:0:0:0:3", (6, "2001:db8:1:2::3", "2001:db8:1::")),
        ("::ffff:192.0.2.77", (4, "192.0.2.77", "192.0.2.0")),
        ("fe80::1%eth0", (6, "fe80::1", "fe80::")),
    ],
)
def test_spellings_come_to_one(text: str, address: tuple[int, str, str]) -> None:
    read = read_address(text)
    assert read is not None
    assert read[:3] == address
    assert ipaddress.ip_address(read.packed) in (ipaddress.ip_address(text.partition("%")[0]), _mapped(read.canonical))


def _mapped(text: str) -> ipaddress.IPv6Address:
    return ipaddress.IPv6Address(f"::ffff:{text}" if "." in text else text)


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


_TEXTS = st.one_of(
    st.ip_addresses().map(str),
    st.sampled_from(
        ["-", "192.0.2.x", "192.0.2.256", "01.2.3.4", "1.2.3", "::ffff:192.0.2.1", "FE80::1%eth0", "é", "9.9.9.9"]
    ),
    st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", fullmatch=True),
)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(_TEXTS, max_size=30), cut=st.integers(0, 3))
def test_a_column_is_read_as_its_values_are(texts: list[str], cut: int) -> None:
    column = read_addresses(pa.array(texts, pa.string()).slice(cut))
    for row, text in enumerate(texts[cut:]):
        one = read_address(text)
        found = (column.version[row], column.canonical[row], column.packed[row].tobytes())
        assert found == ((one.version, one.canonical, one.packed) if one else (0, None, bytes(16)))
        assert column.truncated[row].as_py() == (one.truncated if one else None)
