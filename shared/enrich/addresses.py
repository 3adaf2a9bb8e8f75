"""Client addresses: is it one, which version, and the one spelling that stands for it.

Log lines hold addresses as the service wrote them, clients' headers as anybody wrote them. An IPv4 address that is
mapped into IPv6 (::ffff:192.0.2.1) is the IPv4 address that it holds, so that one viewer is one viewer.
"""

from __future__ import annotations

from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Packed = npt.NDArray[np.uint8]

_MAPPED: Final = bytes(10) + b"\xff\xff"
_IPV4_KEPT_BYTES: Final = 3  # /24
_IPV6_KEPT_BYTES: Final = 6  # /48
_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4: Final = rf"^{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}$"


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


class Addresses(NamedTuple):
    """A column of addresses; a text that is none has version 0 and nulls.

    version     int8[n]: 4, 6 or 0
    canonical   string[n]
    truncated   string[n]
    packed      uint8[n, 16]
    """

    version: npt.NDArray[np.int8]
    canonical: pa.Array
    truncated: pa.Array
    packed: Packed


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
    """Read a string array without nulls. Plain IPv4 addresses, the bulk, are read as columns of bytes."""
    plain = pc.match_substring_regex(texts, _IPV4)
    is_plain = plain.to_numpy(zero_copy_only=False)
    packed = np.zeros((len(texts), len(_MAPPED) + 4), np.uint8)
    packed[is_plain, : len(_MAPPED)] = np.frombuffer(_MAPPED, np.uint8)
    packed[is_plain, len(_MAPPED) :] = _octets(texts.filter(plain))
    truncated = pc.replace_substring_regex(texts, "[0-9]+$", "0")
    if is_plain.all():
        return Addresses(np.full(len(texts), 4, np.int8), texts, truncated, packed)
    version = np.where(is_plain, 4, 0).astype(np.int8)
    others = [read_address(text) for text in texts.filter(pc.invert(plain)).to_pylist()]
    version[~is_plain] = [address.version if address else 0 for address in others]
    packed[~is_plain] = np.frombuffer(
        b"".join(address.packed if address else bytes(16) for address in others), np.uint8
    ).reshape(-1, packed.shape[1])
    is_other = pc.invert(plain)
    canonical_others = pa.array([address.canonical if address else None for address in others], pa.string())
    truncated_others = pa.array([address.truncated if address else None for address in others], pa.string())
    return Addresses(
        version,
        pc.replace_with_mask(texts, is_other, canonical_others),
        pc.replace_with_mask(truncated, is_other, truncated_others),
        packed,
    )


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
