"""Client addresses: is it one, which version, and the one spelling that stands for it.

Log lines hold addresses as the service wrote them, clients' headers as anybody wrote them. An IPv4 address that is
mapped into IPv6 (::ffff:192.0.2.1) is the IPv4 address that it holds, so that one viewer is one viewer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.enrich import ipv6

Packed = npt.NDArray[np.uint8]

_MAPPED: Final = bytes(10) + b"\xff\xff"
_IPV4_KEPT_BYTES: Final = 3  # /24
_IPV6_KEPT_BYTES: Final = 6  # /48
_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4: Final = rf"^{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}$"


@lru_cache(maxsize=1)
def _decimal() -> pa.Array:
    """All bytes as text. Made at first use: Arrow's first array makes it look for pandas."""
    return pa.array([str(octet) for octet in range(256)])


class Address(NamedTuple):
    """A valid address.

    version     4 or 6
    canonical   its one spelling
    truncated   the text of its /24 or /48 network
    packed      its 16 bytes, an IPv4 address mapped into IPv6
    """

    version: int
    canonical: str
    truncated: str
    packed: bytes


@dataclass(frozen=True)
class Addresses:
    """A column of addresses; a text that is none has version 0 and nulls.

    version     int8[n]: 4, 6 or 0
    truncated   string[n]
    packed      uint8[n, 16]
    """

    version: npt.NDArray[np.int8]
    truncated: pa.Array
    packed: Packed

    @cached_property
    def canonical(self) -> list[str | None]:
        """The one spelling of each; made only when asked for, as it goes address by address."""
        return [_canonical(version, row) for version, row in zip(self.version.tolist(), self.packed, strict=True)]


def read_address(text: str) -> Address | None:
    """The address that a text is, or None. A zone (fe80::1%eth0) is no part of it.

    >>> read_address("2001:DB8::0:1").truncated
    '2001:db8::'
    """
    try:
        if ":" not in text:
            return _version_4(_MAPPED + inet_pton(AF_INET, text))
        packed = inet_pton(AF_INET6, text.partition("%")[0])
    except (OSError, ValueError):  # ValueError: characters that no address has
        return None
    if packed.startswith(_MAPPED):
        return _version_4(packed)
    network = packed[:_IPV6_KEPT_BYTES].ljust(len(packed), b"\0")
    return Address(6, inet_ntop(AF_INET6, packed), inet_ntop(AF_INET6, network), packed)


def read_addresses(texts: pa.Array) -> Addresses:
    """Read a string array without nulls. Plain addresses, nearly all, are read as columns of bytes."""
    version, packed = np.zeros(len(texts), np.int8), np.zeros((len(texts), len(_MAPPED) + 4), np.uint8)
    is_ipv4 = pc.match_substring_regex(texts, _IPV4)
    rows = is_ipv4.to_numpy(zero_copy_only=False)
    version[rows] = 4
    packed[rows, : len(_MAPPED)] = np.frombuffer(_MAPPED, np.uint8)
    packed[rows, len(_MAPPED) :] = _octets(texts.filter(is_ipv4))
    kept = (_decimal().take(pa.array(packed[:, len(_MAPPED) + place])) for place in range(_IPV4_KEPT_BYTES))
    found = Addresses(version, pc.binary_join_element_wise(*kept, "0", "."), packed)
    if rows.all():
        return found
    found = _with_usual_ipv6(found, texts)
    return found if found.version.all() else _with_others(found, texts)


def _with_usual_ipv6(found: Addresses, texts: pa.Array) -> Addresses:
    rows = np.flatnonzero(found.version == 0)
    others = texts.take(pa.array(rows))
    is_usual = ipv6.is_usual(others)
    words = ipv6.words_of(others.filter(is_usual))
    packed = words.astype(">u2").view(np.uint8)
    is_mapped = (packed[:, : len(_MAPPED)] == np.frombuffer(_MAPPED, np.uint8)).all(axis=1)
    rows = rows[is_usual.to_numpy(zero_copy_only=False)][~is_mapped]
    found.version[rows] = 6
    found.packed[rows] = packed[~is_mapped]
    return _with_truncated(found, rows, ipv6.network_texts(words[~is_mapped]))


def _with_others(found: Addresses, texts: pa.Array) -> Addresses:
    rows = np.flatnonzero(found.version == 0)
    addresses = [read_address(text) for text in texts.take(pa.array(rows)).to_pylist()]
    found.version[rows] = [address.version if address else 0 for address in addresses]
    found.packed[rows] = np.frombuffer(
        b"".join(address.packed if address else bytes(16) for address in addresses), np.uint8
    ).reshape(-1, found.packed.shape[1])
    truncated = pa.array([address.truncated if address else None for address in addresses], pa.string())
    return _with_truncated(found, rows, truncated)


def _with_truncated(found: Addresses, rows: npt.NDArray[np.int64], truncated: pa.Array) -> Addresses:
    chosen = np.zeros(len(found.version), np.bool_)
    chosen[rows] = True
    return replace(found, truncated=pc.replace_with_mask(found.truncated, chosen, truncated))


def _canonical(version: int, packed: Packed) -> str | None:
    if version == 0:
        return None
    content = packed.tobytes()
    return inet_ntop(AF_INET, content[len(_MAPPED) :]) if version == 4 else inet_ntop(AF_INET6, content)


def _octets(texts: pa.Array) -> Packed:
    """The four numbers of each dotted address, from the bytes of all texts at once; uint8[n, 4]."""
    if not len(texts):
        return np.empty((0, 4), np.uint8)
    _, offsets_buffer, data_buffer = texts.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    data = np.frombuffer(data_buffer, np.uint8)[: offsets[-1]]
    dots = np.flatnonzero(data[offsets[0] :] == ord(".")).reshape(-1, 3) + offsets[0]
    starts = np.column_stack((offsets[:-1], dots + 1))
    ends = np.column_stack((dots, offsets[1:]))
    digits = data - np.uint8(ord("0"))
    numbers = digits[ends - 1].astype(np.uint16)
    for place, weight in ((2, 10), (3, 100)):
        has_digit = ends - starts >= place
        numbers += np.where(has_digit, digits[ends - place], 0).astype(np.uint16) * np.uint16(weight)
    octets: Packed = numbers.astype(np.uint8)
    return octets


def _version_4(packed: bytes) -> Address:
    octets = packed[len(_MAPPED) :]
    network = octets[:_IPV4_KEPT_BYTES].ljust(len(octets), b"\0")
    return Address(4, inet_ntop(AF_INET, octets), inet_ntop(AF_INET, network), packed)
