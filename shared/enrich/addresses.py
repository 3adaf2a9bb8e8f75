"""Client addresses: is it one, which version, and the one spelling that stands for it.

Log lines hold addresses as the service wrote them, clients' headers as anybody wrote them. An IPv4 address that is
mapped into IPv6 (::ffff:192.0.2.1) is the IPv4 address that it holds, so that one viewer is one viewer.
"""

from __future__ import annotations

import ipaddress
from typing import Final, NamedTuple

_IPV4_KEPT_BITS: Final = 24
_IPV6_KEPT_BITS: Final = 48


class Address(NamedTuple):
    """A valid address: its version (4 or 6), canonical text, and the text of its /24 or /48 network."""

    version: int
    canonical: str
    truncated: str


def read_address(text: str) -> Address | None:
    """The address that a text is, or None. A zone (fe80::1%eth0) is no part of it.

    >>> read_address("2001:DB8::0:1")
    Address(version=6, canonical='2001:db8::1', truncated='2001:db8::')
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if (mapped := address.ipv4_mapped) is None:
            return Address(6, str(ipaddress.IPv6Address(int(address))), _network(address, 128 - _IPV6_KEPT_BITS))
        address = mapped
    return Address(4, str(address), _network(address, 32 - _IPV4_KEPT_BITS))


def _network(address: ipaddress.IPv4Address | ipaddress.IPv6Address, host_bits: int) -> str:
    network = int(address) >> host_bits << host_bits
    return str(ipaddress.IPv4Address(network) if address.version == 4 else ipaddress.IPv6Address(network))
