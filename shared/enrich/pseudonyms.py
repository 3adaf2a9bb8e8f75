"""Pseudonyms of addresses: SipHash-2-4, a keyed function made for short inputs, over whole columns at once.

Without a key the four billion IPv4 addresses are tried out in minutes; with a 128-bit key a pseudonym says nothing
about its address. SipHash: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.enrich.addresses import Packed

PSEUDONYM_HEX_DIGITS: Final = 16

Words = npt.NDArray[np.uint64]

_INITIAL: Final = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_BLOCK_ROWS: Final = 8192  # the state of a block stays in the processor's cache
_HEX: Final = np.array([f"{byte:02x}" for byte in range(256)], "S2")


def pseudonyms(packed: Packed, key: bytes) -> pa.Array:
    """16 hexadecimal digits for each 16-byte address; uint8[n, 16] to string[n]. Any key length will do."""
    short_key = hashlib.blake2b(key, digest_size=16, person=b"loglake viewers").digest()
    digests = [siphash(packed[start : start + _BLOCK_ROWS], short_key) for start in range(0, len(packed), _BLOCK_ROWS)]
    hashes = np.concatenate(digests) if digests else np.empty(0, np.uint64)
    digits = _HEX[hashes.astype(">u8").view(np.uint8)].view(f"S{PSEUDONYM_HEX_DIGITS}")
    offsets = np.arange(len(hashes) + 1, dtype=np.int32) * PSEUDONYM_HEX_DIGITS
    return pa.StringArray.from_buffers(len(hashes), pa.py_buffer(offsets), pa.py_buffer(digits))


def siphash(messages: Packed, key: bytes) -> Words:
    """SipHash-2-4 of 16-byte messages; uint8[n, 16] and 16 bytes to uint64[n]."""
    halves = np.frombuffer(key, "<u8")
    state = [np.full(len(messages), halves[i % 2] ^ np.uint64(_INITIAL[i])) for i in range(4)]
    words = np.ascontiguousarray(messages).view("<u8")
    length = np.full(len(messages), np.uint64(messages.shape[1] << 56))
    for word in (words[:, 0], words[:, 1], length):
        state[3] ^= word
        _rounds(state, 2)
        state[0] ^= word
    state[2] ^= np.uint64(0xFF)
    _rounds(state, 4)
    hashes: Words = state[0] ^ state[1] ^ state[2] ^ state[3]
    return hashes


def _rounds(state: list[Words], count: int) -> None:
    a, b, c, d = state
    for _ in range(count):
        a += b
        c += d
        b = _rotated(b, 13) ^ a
        d = _rotated(d, 16) ^ c
        a = _rotated(a, 32)
        c += b
        a += d
        b = _rotated(b, 17) ^ c
        d = _rotated(d, 21) ^ a
        c = _rotated(c, 32)
    state[:] = a, b, c, d


def _rotated(words: Words, bits: int) -> Words:
    rotated: Words = (words << np.uint64(bits)) | (words >> np.uint64(64 - bits))
    return rotated
