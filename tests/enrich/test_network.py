from __future__ import annotations

import ipaddress
import struct
from pathlib import Path

import pyarrow as pa
import pytest

from shared.enrich.addresses import Addresses, read_addresses
from shared.enrich.network import NetworkLookup
from shared.errors import UsageError

Record = dict[str, object]


def encoded(value: object) -> bytes:
    """A value in the MaxMind DB format (only the types that address databases use)."""
    if isinstance(value, dict):
        return bytes([0xE0 | len(value)]) + b"".join(encoded(key) + encoded(item) for key, item in value.items())
    if isinstance(value, bytes):  # already encoded
        return value
    if isinstance(value, str):
        text = value.encode()
        return (bytes([0x40 | len(text)]) if len(text) < 29 else bytes([0x5D, len(text) - 29])) + text
    assert isinstance(value, int)
    return b"\xc4" + struct.pack(">I", value)


def uint16(value: int) -> bytes:
    return b"\xa2" + struct.pack(">H", value)


def write_database(path: Path, networks: dict[str, Record], ip_version: int = 6) -> str:
    """A search tree of 24-bit records over the networks; IPv4 ones lie under ::/96 in a tree for IPv6."""
    nodes: list[list[int | str | None]] = [[None, None]]
    for network in networks:
        parsed = ipaddress.ip_network(network)
        shift = 96 if ip_version == 6 and parsed.version == 4 else 0
        bits = f"{int(parsed.network_address):0{parsed.max_prefixlen}b}"[: parsed.prefixlen]
        path_bits = [int(bit) for bit in "0" * shift + bits]
        node = 0
        for bit in path_bits[:-1]:
            if not isinstance(nodes[node][bit], int):
                nodes.append([None, None])
                nodes[node][bit] = len(nodes) - 1
            node = nodes[node][bit]  # type: ignore[assignment]
        nodes[node][path_bits[-1]] = network
    data, positions = b"", {}
    for network, record in networks.items():
        positions[network] = len(data)
        data += encoded(record)

    def pointer(target: int | str | None) -> bytes:
        if isinstance(target, str):
            target = len(nodes) + 16 + positions[target]
        return struct.pack(">I", len(nodes) if target is None else target)[1:]

    tree = b"".join(pointer(side) for node in nodes for side in node)
    metadata = {
        "node_count": len(nodes),
        "record_size": uint16(24),
        "ip_version": uint16(ip_version),
        "database_type": "Test",
        "languages": b"\x00\x04",  # an empty list
        "binary_format_major_version": uint16(2),
        "binary_format_minor_version": uint16(0),
        "build_epoch": b"\x08\x02" + struct.pack(">Q", 1),
        "description": {"en": "made by a test"},
    }
    path.write_bytes(tree + b"\0" * 16 + data + b"\xab\xcd\xefMaxMind.com" + encoded(metadata))
    return str(path)


def addresses(*texts: str) -> Addresses:
    return read_addresses(pa.array(texts))


def looked_up(lookup: NetworkLookup, *texts: str) -> list[tuple[str | None, str | None, int | None]]:
    return list(zip(*(column.to_pylist() for column in lookup(addresses(*texts))), strict=True))


UNKNOWN = (None, None, None)


def test_the_registries_know_the_country_of_allocation() -> None:
    found = looked_up(NetworkLookup(), "192.0.2.1", "2001:db8::1", "193.0.6.139", "no address")
    assert found == [UNKNOWN, UNKNOWN, ("NL", "registry", None), UNKNOWN]


def test_the_users_databases_come_first(tmp_path: Path) -> None:
    countries = write_database(
        tmp_path / "country.mmdb",
        {
            "192.0.2.0/24": {"country": {"iso_code": "BR"}},
            "193.0.6.0/24": {"country": {"iso_code": "FR"}},
            "2001:db8::/32": {"country_code": "jp"},
            "198.51.100.0/24": {"country": "DE"},
            "203.0.113.0/24": {"continent": "EU"},
        },
    )
    systems = write_database(
        tmp_path / "asn.mmdb",
        {"192.0.2.0/24": {"autonomous_system_number": 64500}, "2001:db8::/32": {"asn": "AS64501"}},
    )
    lookup = NetworkLookup(countries, systems)
    texts = ("192.0.2.9", "193.0.6.139", "2001:db8::1", "198.51.100.7", "203.0.113.5", "193.0.22.1")
    assert looked_up(lookup, *texts) == [
        ("BR", "database", 64500),
        ("FR", "database", None),
        ("JP", "database", 64501),
        ("DE", "database", None),
        UNKNOWN,
        ("NL", "registry", None),
    ]


def test_a_database_of_ipv4_says_nothing_about_ipv6(tmp_path: Path) -> None:
    path = write_database(tmp_path / "v4.mmdb", {"192.0.2.0/24": {"country": {"iso_code": "BR"}}}, ip_version=4)
    assert looked_up(NetworkLookup(path), "2001:db8::1", "192.0.2.1") == [UNKNOWN, ("BR", "database", None)]


@pytest.mark.parametrize("content", [None, b"no database"])
def test_an_unreadable_database_is_the_users_to_mend(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.mmdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="cannot be read"):
        NetworkLookup(str(path))
