from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.raw.gzip_members import Part
from shared.raw.lines import LineCutter
from shared.raw.pieces import CutLine, Limits, TextPiece
from shared.reasons import BadReason

SMALL = Limits(piece_bytes=16, line_bytes=24)


def cut(parts: Iterable[bytes | None], limits: Limits = SMALL) -> list[TextPiece | CutLine]:
    """Feed parts to a cutter; None stands for a damaged place."""
    cutter = LineCutter(limits)
    found: list[TextPiece | CutLine] = []
    for part in parts:
        found.extend(cutter.damaged() if part is None else cutter.push(Part(part, True)))
    return [*found, *cutter.finish()]


def torn(text: bytes) -> CutLine:
    return CutLine(text, BadReason.CUT_LINE)


def too_long(text: bytes, *, continues: bool = False) -> CutLine:
    return CutLine(text, BadReason.LINE_TOO_LONG, continues)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], []),
        ([b""], []),
        ([b"one\n", b"two"], [TextPiece(b"one\ntwo")]),
        ([b"a line over", b" two parts\n"], [TextPiece(b"a line over two parts\n")]),
        ([b"1234567\n1234567\n1234\n"], [TextPiece(b"1234567\n1234567\n"), TextPiece(b"1234\n")]),
        ([b"one\n18 bytes is longer\nx"], [TextPiece(b"one\n"), TextPiece(b"18 bytes is longer\n"), TextPiece(b"x")]),
        ([b"\xef\xbb\xbfone\r\n\xef\xbb\xbftwo"], [TextPiece(b"one\r\n\xef\xbb\xbftwo")]),
        ([b"\xef", b"\xbb", b"\xbf"], []),
        ([b"\n\n"], [TextPiece(b"\n\n")]),
        ([b"23 bytes and a newline!\n"], [TextPiece(b"23 bytes and a newline!\n")]),
        ([b"24" * 12 + b"\nx"], [too_long(b"24" * 12), too_long(b"\n", continues=True), TextPiece(b"x")]),
        ([b"x" * 60], [too_long(b"x" * 24), too_long(b"x" * 24, continues=True), too_long(b"x" * 12, continues=True)]),
    ],
)
def test_pieces(parts: list[bytes], expected: list[TextPiece | CutLine]) -> None:
    assert cut(parts) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([b"one\ntw", None, b"ree\nfour\n"], [TextPiece(b"one\n"), torn(b"tw"), torn(b"ree\n"), TextPiece(b"four\n")]),
        ([b"one\n", None, b"two\n"], [TextPiece(b"one\n"), torn(b"two\n")]),
        ([None, b"two\nthree"], [torn(b"two\n"), TextPiece(b"three")]),
        ([b"one", None], [torn(b"one")]),
        ([None, b"one", None, None, b"two"], [torn(b"one"), torn(b"two")]),
        ([b"one\n", None, b"#Fields: date\nx\n"], [TextPiece(b"one\n"), TextPiece(b"#Fields: date\nx\n")]),
        ([b"a", None, b"#Ver", b"sion: 1.0\n"], [torn(b"a"), TextPiece(b"#Version: 1.0\n")]),
        ([b"a", None, b"#no directive\nb"], [torn(b"a"), torn(b"#no directive\n"), TextPiece(b"b")]),
        ([b"x" * 30, None, b"y\n"], [too_long(b"x" * 24), too_long(b"x" * 6, continues=True), torn(b"y\n")]),
    ],
)
def test_lines_beside_damage_are_cut(parts: list[bytes | None], expected: list[TextPiece | CutLine]) -> None:
    assert cut(parts) == expected


def test_a_long_line_in_small_parts_is_not_joined_again_and_again() -> None:
    joined = 0

    class Counting(LineCutter):
        def _take(self, *, last: bool, torn: bool = False):  # type: ignore[no-untyped-def]
            nonlocal joined
            joined += 1
            return super()._take(last=last, torn=torn)

    cutter = Counting(Limits(piece_bytes=1000, line_bytes=1_000_000))
    for _ in range(10_000):
        assert list(cutter.push(Part(b"x" * 10, True))) == []
    assert joined <= 101
    assert list(cutter.finish()) == [TextPiece(b"x" * 100_000)]


texts = st.text("ab\n#", max_size=60).map(str.encode)


@settings(max_examples=150, deadline=None)
@given(texts, st.lists(st.integers(0, 60)), st.integers(1, 20), st.integers(0, 20))
def test_how_text_came_in_does_not_show(text: bytes, places: list[int], piece_bytes: int, more: int) -> None:
    limits = Limits(piece_bytes=piece_bytes, line_bytes=piece_bytes + more)
    edges = [0, *sorted(places), len(text)]
    parts = [text[begin:end] for begin, end in pairwise(edges)]
    found = cut(parts, limits)
    assert found == cut([text], limits)
    assert b"".join(item.data if isinstance(item, TextPiece) else item.text for item in found) == text
    assert all(item.data.endswith(b"\n") for item in found[:-1] if isinstance(item, TextPiece))
    assert all(isinstance(item, TextPiece) and len(item.data) <= limits.line_bytes for item in found) == all(
        len(line) <= limits.line_bytes for line in text.splitlines(keepends=True)
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(st.none() | texts, max_size=6), st.integers(1, 20), st.integers(0, 20))
def test_every_byte_comes_out_once_and_no_piece_touches_damage(
    parts: list[bytes | None], piece_bytes: int, more: int
) -> None:
    limits = Limits(piece_bytes=piece_bytes, line_bytes=piece_bytes + more)
    found = cut(parts, limits)
    all_text = b"".join(part for part in parts if part)
    assert b"".join(item.data if isinstance(item, TextPiece) else item.text for item in found) == all_text
    pieces = [item.data for item in found if isinstance(item, TextPiece)]
    assert all(pieces)
    if None in parts:
        last_stretch = b"".join(part for part in parts[len(parts) - parts[::-1].index(None) :] if part)
        ending = last_stretch.rpartition(b"\n")[2]
        assert all(piece.endswith(b"\n") or piece.endswith(ending) for piece in pieces)
        assert all(piece.endswith(b"\n") for piece in pieces[:-1])
