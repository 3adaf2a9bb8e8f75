"""Reading gzip member by member, so that damage costs the damaged member and no other.

A member counts only when its checksum and length are right: the readable part of a damaged one is not to be trusted,
and an object that ends early may be written again. The format is RFC 1952.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Generator, Iterator
from typing import NamedTuple, cast

from isal import igzip_lib

from shared.raw.pieces import MIB, Damage
from shared.reasons import BadReason

MAGIC = b"\x1f\x8b\x08"
PART_BYTES = 64 * MIB  # most members are one part; the join of several costs a fifth of the time
STREAM_BYTES = 4 * MIB
PROBE_BYTES = 16 * 1024
SMALL_WINDOW_BYTES = 16 * 1024
SALVAGE_STEP_BYTES = 16 * 1024
RESERVED_FLAGS = 0xE0
_NOT_ZERO = re.compile(rb"[^\0]")


class Part(NamedTuple):
    """Text of a member: all of it, or, of a big one, a part. `ends_member` marks the last part."""

    data: bytes
    ends_member: bool


class _TruncatedError(Exception):
    pass


class _TooBigError(Exception):
    pass


_InflateError = cast("type[Exception]", igzip_lib.IsalError)  # its stub calls the class an instance
_FAULTS = (_InflateError, _TruncatedError)


def read_members(
    data: bytes, *, salvage: bool = False, member_bytes: int = 256 * MIB, expanded_bytes: int = 8 * 1024 * MIB
) -> Iterator[Part | Damage]:
    """Yield the text of every intact member, in order, and a `Damage` for every place between that is none.

    Empty members and zero bytes behind a member are nothing; other bytes behind one are damage. After a damaged place
    reading goes on at the next header that opens a member. With `salvage`, what can be read of a damaged member comes
    before its `Damage`, unverified.

    A member is held until it is verified, or, beyond `member_bytes` of text, decompressed twice: to verify, then to
    yield. Where the text of all members would exceed `expanded_bytes`, the member that crosses it and all behind it
    are one `Damage` with `SIZE_CAP`. Damaged members behind one another are one `Damage` if they are very small.
    """
    view = memoryview(data)
    position, window, left = 0, len(data), expanded_bytes
    while (position := _skip_zeros(data, position)) < len(data):
        if not _opens(data, position):
            end = _next_member(data, position + 1, like=b"")
            detail = f"{_stop(data, end) - position} bytes that are no gzip member"
            yield Damage(BadReason.CORRUPT_GZIP, position, detail)
            position = _stop(data, end)
            continue
        try:
            size, end, held = _verify(view, position, window, member_bytes, left)
        except _TooBigError:
            detail = f"expands beyond {expanded_bytes} bytes"
            yield Damage(BadReason.SIZE_CAP, position, detail)
            return
        except _FAULTS as fault:
            following = _next_member(data, position + 1, like=_probe(data, position) or b"")
            if salvage:
                yield from _readable(view[: _stop(data, following)], position, left)
            yield _damage(fault, position, following)
            position = _stop(data, following)
            continue
        yield from _flagged(held) if size <= member_bytes else _stream(view, position, size)
        left -= size
        # What lies behind a member is copied once by the decompressor: with many members, feed it little more than one.
        window = max(SMALL_WINDOW_BYTES, 2 * (end - position))
        position = end


def _verify(view: memoryview, position: int, window: int, member_bytes: int, left: int) -> tuple[int, int, list[bytes]]:
    """Decompress one member: size of its text, end of the member, and the text if it is small enough to hold."""
    parts: list[bytes] = []
    size = 0
    inflating = _inflate(view, position, window, min(PART_BYTES, member_bytes + 1))
    while True:
        try:
            part = next(inflating)
        except StopIteration as stop:
            return size, stop.value, parts
        size += len(part)
        if size > left:
            raise _TooBigError
        if size > member_bytes:
            parts.clear()
        else:
            parts.append(part)


def _inflate(view: memoryview, position: int, window: int, part_bytes: int) -> Generator[bytes, None, int]:
    """Yield the text of the member at `position` in parts; returns where the member ends.

    The checksum is verified at the end, so what was yielded counts only once the generator has returned.
    """
    machine = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    fed = position
    while not machine.eof:
        chunk = view[fed : fed + window] if machine.needs_input else b""
        if machine.needs_input and not chunk:
            raise _TruncatedError
        fed += len(chunk)
        part = machine.decompress(chunk, part_bytes)
        if part:
            yield part
    return fed - len(machine.unused_data)


def _flagged(parts: list[bytes]) -> Iterator[Part]:
    for number, part in enumerate(parts, start=1):
        yield Part(part, number == len(parts))


def _stream(view: memoryview, position: int, size: int) -> Iterator[Part]:
    for part in _inflate(view, position, STREAM_BYTES, STREAM_BYTES):
        size -= len(part)
        yield Part(part, size == 0)


def _damage(fault: Exception, position: int, following: int | None) -> Damage:
    # A damaged member can seem to run to the end of the object; it is truncated only if nothing comes behind it.
    if isinstance(fault, _TruncatedError) and following is None:
        return Damage(BadReason.TRUNCATED_GZIP, position, "the object ends inside this gzip member")
    detail = "it does not end" if isinstance(fault, _TruncatedError) else str(fault)
    return Damage(BadReason.CORRUPT_GZIP, position, f"damaged gzip member: {detail}")


def _opens(data: bytes, position: int) -> bool:
    return data.startswith(MAGIC, position) or (len(data) - position < len(MAGIC) and MAGIC.startswith(data[position:]))


def _next_member(data: bytes, start: int, *, like: bytes) -> int | None:
    """Where the next member opens; None if none does.

    gzip stores what is compressed already as it stands, so the members inside a damaged outer one lie open to the
    search; they are of another layer. `like`, the first text of the damaged member, tells which layer this is.
    """
    position = data.find(MAGIC, start)
    while position >= 0:
        text = _probe(data, position)
        if text is not None and (len(like) < 2 or len(text) < 2 or _is_gzip(text) == _is_gzip(like)):
            return position
        position = data.find(MAGIC, position + 1)
    return None


def _probe(data: bytes, position: int) -> bytes | None:
    """First bytes of the text of the member at `position`; None where no text can be had from there."""
    if position + 3 < len(data) and data[position + 3] & RESERVED_FLAGS:
        return None
    machine = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    try:
        text: bytes = machine.decompress(data[position : position + PROBE_BYTES], 512)
    except _InflateError:
        return None
    return text if text or machine.eof else None


def _is_gzip(text: bytes) -> bool:
    return text.startswith(MAGIC[:2])


def _readable(view: memoryview, position: int, left: int) -> Iterator[Part]:
    """Yield what a damaged member gives before its damage. zlib's state can be copied, so it gets to the very byte."""
    for text in _stepwise(view, position):
        if len(text) > left:
            return
        left -= len(text)
        if text:
            yield Part(text, False)


def _stepwise(view: memoryview, position: int) -> Iterator[bytes]:
    machine = zlib.decompressobj(wbits=31)
    for start in range(position, len(view), SALVAGE_STEP_BYTES):
        step = view[start : start + SALVAGE_STEP_BYTES]
        before = machine.copy()
        try:
            yield machine.decompress(step)
        except zlib.error:
            yield from _bytewise(before, step)
            return
        if machine.eof:
            return


def _bytewise(machine: zlib._Decompress, step: memoryview) -> Iterator[bytes]:
    for index in range(len(step)):
        try:
            yield machine.decompress(step[index : index + 1])
        except zlib.error:
            return


def _skip_zeros(data: bytes, position: int) -> int:
    found = _NOT_ZERO.search(data, position)
    return found.start() if found else len(data)


def _stop(data: bytes, position: int | None) -> int:
    return len(data) if position is None else position
