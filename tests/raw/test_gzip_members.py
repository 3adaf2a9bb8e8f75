from __future__ import annotations

import gzip
import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.raw.gzip_members import Part, read_members
from shared.raw.pieces import Damage
from shared.reasons import BadReason

CORRUPT, TRUNCATED = BadReason.CORRUPT_GZIP, BadReason.TRUNCATED_GZIP
TEXT = [b"".join(b"line %d of member %d\n" % (n, m) for n in range(300)) for m in range(3)]
MEMBERS = [gzip.compress(text, mtime=0) for text in TEXT]


def read(data: bytes, **how: int) -> tuple[list[bytes], list[tuple[BadReason, int]]]:
    """Whole members, and reasons with offsets."""
    texts: list[bytes] = []
    damages = []
    waiting = b""
    for item in read_members(data, **how):  # type: ignore[arg-type]
        if isinstance(item, Damage):
            damages.append((item.reason, item.offset))
        else:
            waiting += item.data
            if item.ends_member:
                texts.append(waiting)
                waiting = b""
    assert waiting == b""
    return texts, damages


def stored(data: bytes) -> bytes:
    """gzip without compression: what is inside stands in the open."""
    return gzip.compress(data, compresslevel=0, mtime=0)


def with_byte(data: bytes, offset: int, value: int) -> bytes:
    changed = bytearray(data)
    changed[offset] = value
    return bytes(changed)


@pytest.mark.parametrize("between", [b"", b"\0", b"\0" * 700, gzip.compress(b"")])
def test_every_member_counts(between: bytes) -> None:
    assert read(between.join(MEMBERS) + between) == (TEXT, [])


def test_header_fields_are_skipped() -> None:
    plain = MEMBERS[0]
    fields = b"\x1f\x8b\x08\x1e" + plain[4:10] + b"\x03\0abc" + b"name.log\0" + b"a comment\0"
    data = fields + zlib.crc32(fields).to_bytes(4, "little")[:2] + plain[10:]
    assert read(data + MEMBERS[1]) == (TEXT[:2], [])


def test_many_small_members() -> None:
    texts = [b"record %d\n" % n for n in range(2000)]
    assert read(b"".join(gzip.compress(text) for text in texts)) == (texts, [])


@pytest.mark.parametrize("kept", [1, 2, 3, 9, 10, 11, 200, len(MEMBERS[2]) - 8, len(MEMBERS[2]) - 1])
def test_a_cut_object_keeps_its_whole_members(kept: int) -> None:
    data = MEMBERS[0] + MEMBERS[1] + MEMBERS[2][:kept]
    assert read(data) == (TEXT[:2], [(TRUNCATED, len(MEMBERS[0] + MEMBERS[1]))])


@pytest.mark.parametrize("tail", [-1, -4, -5, -8])
def test_a_wrong_checksum_or_length_costs_the_member(tail: int) -> None:
    bad = with_byte(MEMBERS[1], tail, MEMBERS[1][tail] ^ 0x55)
    assert read(MEMBERS[0] + bad + MEMBERS[2]) == ([TEXT[0], TEXT[2]], [(CORRUPT, len(MEMBERS[0]))])


@pytest.mark.parametrize("junk", [b"junk", b"\0\0x", b"\x1f\x8b\x07 another method", b"\x1f\x8b\x08\xff"])
def test_other_bytes_between_members_are_damage(junk: bytes) -> None:
    zeros = len(junk) - len(junk.lstrip(b"\0"))
    assert read(MEMBERS[0] + junk + MEMBERS[1]) == (TEXT[:2], [(CORRUPT, len(MEMBERS[0]) + zeros)])
    texts, damages = read(MEMBERS[0] + junk)
    assert texts == TEXT[:1]
    assert [offset for _, offset in damages] == [len(MEMBERS[0]) + zeros]


def test_two_damaged_members_are_two_damages() -> None:
    bad = [with_byte(member, -6, member[-6] ^ 1) for member in MEMBERS]
    texts, damages = read(bad[0] + bad[1] + MEMBERS[2])
    assert texts == [TEXT[2]]
    assert damages == [(CORRUPT, 0), (CORRUPT, len(bad[0]))]


def test_a_member_that_swallows_its_neighbours_is_corrupt_and_they_are_read() -> None:
    # A stored block whose length says more than there is runs on to the end of the object without an error.
    block = b"\x01" + (60_000).to_bytes(2, "little") + (60_000 ^ 0xFFFF).to_bytes(2, "little")
    swallowing = MEMBERS[0][:10] + block + b"some text\n"
    assert read(swallowing + MEMBERS[1] + MEMBERS[2]) == (TEXT[1:], [(CORRUPT, 0)])


def test_members_inside_a_damaged_outer_one_are_of_another_layer() -> None:
    outer = stored(MEMBERS[0] + MEMBERS[1])
    whole = gzip.compress(MEMBERS[2])
    assert read(outer[:-9] + whole) == ([MEMBERS[2]], [(CORRUPT, 0)])
    assert read(outer[:-9]) == ([], [(TRUNCATED, 0)])


def test_big_members_are_verified_before_anything_is_yielded() -> None:
    text = random.Random(1).randbytes(30_000) * 4
    good = gzip.compress(text)
    bad = with_byte(good, -6, good[-6] ^ 1)
    assert read(MEMBERS[0] + good + MEMBERS[1], member_bytes=10_000) == ([TEXT[0], text, TEXT[1]], [])
    assert read(MEMBERS[0] + bad + MEMBERS[1], member_bytes=10_000) == (TEXT[:2], [(CORRUPT, len(MEMBERS[0]))])


def test_expansion_is_bounded() -> None:
    bomb = gzip.compress(bytes(1_000_000))
    data = MEMBERS[0] + bomb + MEMBERS[1]
    room = len(TEXT[0]) + 1_000_000
    texts, damages = read(data, expanded_bytes=room - 1, member_bytes=10_000)
    assert (texts, damages) == (TEXT[:1], [(BadReason.SIZE_CAP, len(MEMBERS[0]))])
    assert len(read(data, expanded_bytes=room + len(TEXT[1]))[0]) == 3


@pytest.mark.parametrize("kept", [200, 600, len(MEMBERS[1]) - 8])
def test_salvage_gives_the_readable_beginning(kept: int) -> None:
    found = list(read_members(MEMBERS[0] + MEMBERS[1][:kept], salvage=True))
    assert found[0] == Part(TEXT[0], True)
    assert isinstance(found[-1], Damage)
    readable = b"".join(item.data for item in found[1:-1] if isinstance(item, Part) and not item.ends_member)
    assert readable == zlib.decompressobj(31).decompress(MEMBERS[1][:kept])
    assert readable


def test_salvage_goes_up_to_the_bad_byte() -> None:
    text = b"".join(b"%d\n" % (n * n) for n in range(30_000))
    whole = gzip.compress(text)
    # An invalid block behind two thirds of the data.
    deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
    sound = deflater.compress(text[:100_000]) + deflater.flush(zlib.Z_FULL_FLUSH)
    bad = whole[:10] + sound + b"\x07" + b"\xff" * 40
    found = list(read_members(bad + MEMBERS[0], salvage=True))
    salvaged = b"".join(item.data for item in found[:-2] if isinstance(item, Part))
    assert salvaged == text[:100_000]
    assert isinstance(found[-2], Damage)
    assert found[-1] == Part(TEXT[0], True)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.binary(max_size=400), max_size=5),
    st.data(),
)
def test_cutting_anywhere_keeps_exactly_the_members_before_the_cut(texts: list[bytes], data: st.DataObject) -> None:
    members = [gzip.compress(text, mtime=0) for text in texts]
    whole = b"".join(members)
    cut = data.draw(st.integers(0, len(whole)))
    found, damages = read(whole[:cut])
    ends = [sum(map(len, members[: n + 1])) for n in range(len(members))]
    complete = [text for text, end in zip(texts, ends, strict=True) if end <= cut]
    assert found == [text for text in complete if text]
    assert [reason for reason, _ in damages] == ([] if cut in {0, *ends} else [TRUNCATED])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, sum(map(len, MEMBERS)) - 1), st.integers(1, 255))
def test_one_flipped_byte_costs_at_most_its_member(offset: int, flip: int) -> None:
    whole = b"".join(MEMBERS)
    hit, start = 0, 0
    while offset >= start + len(MEMBERS[hit]):
        start += len(MEMBERS[hit])
        hit += 1
    found, damages = read(with_byte(whole, offset, whole[offset] ^ flip))
    # A byte of the header that says nothing about the text (time, system) may change without harm.
    assert found in (TEXT, TEXT[:hit] + TEXT[hit + 1 :])
    assert bool(damages) == (len(found) < 3)
    assert all(start <= at < start + len(MEMBERS[hit]) for _, at in damages)
