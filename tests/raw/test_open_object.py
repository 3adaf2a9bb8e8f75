from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.raw import CutLine, Damage, Limits, ParquetPiece, TextPiece, open_object
from shared.reasons import BadReason

SAMPLES = Path(__file__).parent.parent / "samples" / "containers"
LINES = b"#Version: 1.0\n#Fields: date time\n2026-11-01\t10:00:00\n2026-11-01\t10:00:01\n"


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def text_of(data: bytes, **how: bool) -> bytes:
    """All text of an object that is nothing but text."""
    found = list(open_object(data, **how))  # type: ignore[arg-type]
    assert all(isinstance(item, TextPiece) for item in found), found
    return b"".join(item.data for item in found if isinstance(item, TextPiece))


def all_bytes(found: Iterable[object]) -> bytes:
    return b"".join(
        item.data if isinstance(item, TextPiece) else item.text
        for item in found
        if isinstance(item, TextPiece | CutLine)
    )


def only_damage(data: bytes, limits: Limits = Limits()) -> Damage:  # noqa: B008
    (damage,) = open_object(data, limits=limits)
    assert isinstance(damage, Damage)
    return damage


def parquet(rows: int = 10, **how: int) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"n": range(rows)}), sink, **how)  # type: ignore[arg-type]
    return sink.getvalue()


DOCUMENTS = gzip.decompress(sample("a1_multimember_no_extension"))


@pytest.mark.parametrize(
    "name",
    ["a1_member_with_fname_header", "a1_empty_member_and_zero_padding", "a2_double_gzip.gz", "a2_triple_gzip.gz"],
)
def test_members_and_layers_are_peeled(name: str) -> None:
    assert text_of(sample(name)) == DOCUMENTS


@pytest.mark.parametrize("data", [b"", gzip.compress(b""), gzip.compress(gzip.compress(b"")), b"\xef\xbb\xbf"])
def test_nothing_is_nothing(data: bytes) -> None:
    assert list(open_object(data)) == []


def test_sample_of_nothing() -> None:
    assert list(open_object(sample("gzip_of_nothing.gz"))) == list(open_object(sample("zero_bytes"))) == []


def test_header_lines_again_in_the_middle() -> None:
    assert text_of(sample("g_cloudfront_w3c_two_members.gz")).count(b"#Fields:") == 2


@pytest.mark.parametrize("name", ["a1_corrupt_middle_member", "a1_crc_error_middle_member"])
def test_damage_cuts_the_lines_beside_it(name: str) -> None:
    before, damage, behind = open_object(sample(name))
    assert isinstance(damage, Damage)
    assert before == CutLine(DOCUMENTS[:236], BadReason.CUT_LINE)
    assert behind == CutLine(DOCUMENTS[-1142:], BadReason.CUT_LINE)


def test_salvage_adds_the_lines_before_the_damage() -> None:
    lines = [b"%d\t%d\n" % (n, n * n) for n in range(5000)]
    whole = gzip.compress(b"".join(lines), mtime=0)
    cut = whole[: len(whole) // 2]
    assert only_damage(cut).reason is BadReason.TRUNCATED_GZIP
    *texts, partial, damage = open_object(cut, salvage=True)
    text = b"".join(item.data for item in texts if isinstance(item, TextPiece))
    assert text == b"".join(lines[: text.count(b"\n")])
    assert text.count(b"\n") > 1000
    assert isinstance(partial, CutLine)
    assert lines[text.count(b"\n")].startswith(partial.text)
    assert isinstance(damage, Damage)


def test_damage_in_an_outer_layer_leaves_the_inner_members_around_it() -> None:
    documents = [b"%d " % n * 400 + b"\n" for n in range(6)]
    inner = [gzip.compress(document) for document in documents]
    halves = [b"".join(inner[:2]) + inner[2][:-20], inner[2][-20:] + inner[3], b"".join(inner[4:])]
    outer = [gzip.compress(half) for half in halves]
    outer[0] = outer[0][:-3] + b"\xff\xff\xff"
    found = list(open_object(b"".join(outer)))
    assert all_bytes(found) == b"".join(documents[3:])
    assert [item.text for item in found if isinstance(item, CutLine)] == [documents[3]]
    assert [(item.layer, item.reason) for item in found if isinstance(item, Damage)] == [
        (0, BadReason.CORRUPT_GZIP),
        (1, BadReason.CORRUPT_GZIP),
    ]


@pytest.mark.parametrize("name", ["c_message_extracted_bom_crlf.ndjson", "c_message_extracted_no_final_newline.ndjson"])
def test_plain_text_is_kept_but_for_its_mark(name: str) -> None:
    assert text_of(sample(name)) == sample(name).removeprefix(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    "data",
    [
        sample("c_invalid_utf8.ndjson"),
        b"a\tb\0c\td\n",
        b"GET /caf\xe9 200\n",
        "日本語の行\n".encode(),
        b"BZh9 is how this line begins\n",
        b"PAR 1\n",
        b"\x1b[31mred\x1b[0m\n",
        b" \n\n",
        "é".encode() * 3000,
    ],
)
def test_odd_text_is_text(data: bytes) -> None:
    assert text_of(data) == data
    assert text_of(gzip.compress(data)) == data


@pytest.mark.parametrize(
    "data",
    [
        sample("unknown_binary"),
        "sixteen bits\n".encode("utf-16"),
        bytes(100),
        zlib.compress(LINES * 20),
        b"\xff\xfe\xfd",
    ],
)
def test_binary_bytes_are_an_unknown_container(data: bytes) -> None:
    assert only_damage(data).reason is BadReason.UNKNOWN_CONTAINER
    assert only_damage(gzip.compress(data)).layer == 1


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (bz2.compress(LINES), "bzip2"),
        (bz2.compress(b""), "bzip2"),
        (lzma.compress(LINES), "xz"),
        (pa.compress(LINES, "lz4", asbytes=True), "LZ4"),
    ],
)
def test_other_compressions_are_named(data: bytes, name: str) -> None:
    for wrapped in (data, gzip.compress(data)):
        damage = only_damage(wrapped)
        assert damage.reason is BadReason.UNSUPPORTED_COMPRESSION
        assert damage.detail.startswith(name)


def test_layers_of_gzip_are_bounded() -> None:
    data = LINES
    for _ in range(5):
        data = gzip.compress(data)
    assert text_of(data) == LINES
    damage = only_damage(gzip.compress(data))
    assert (damage.reason, damage.layer) == (BadReason.DEPTH_CAP, 5)


def test_expansion_is_bounded() -> None:
    spaces = sample("expansion_16MiB_of_spaces.gz")
    assert text_of(spaces) == b" " * 16 * 1024 * 1024
    assert only_damage(spaces, Limits(expanded_bytes=16 * 1024 * 1024 - 1)).reason is BadReason.SIZE_CAP
    double = gzip.compress(gzip.compress(LINES) * 100)
    assert only_damage(double, Limits(layer_bytes=500)).reason is BadReason.SIZE_CAP
    assert only_damage(parquet(1000), Limits(expanded_bytes=500)).reason is BadReason.SIZE_CAP


@pytest.mark.parametrize("wrap", [lambda data: data, gzip.compress])
def test_parquet_comes_as_tables(wrap: object) -> None:
    data = wrap(parquet(10, row_group_size=4))  # type: ignore[operator]
    pieces = list(open_object(data, limits=Limits(parquet_rows=3)))
    tables = [item.table for item in pieces if isinstance(item, ParquetPiece)]
    assert [table.num_rows for table in tables] == [3, 1, 3, 1, 2]
    assert pa.concat_tables(tables)["n"].to_pylist() == list(range(10))


def test_parquet_of_no_rows_is_nothing() -> None:
    assert list(open_object(parquet(0))) == []
    (piece,) = open_object(sample("parquet_without_extension"))
    assert isinstance(piece, ParquetPiece)
    assert piece.table.num_rows == 4


@pytest.mark.parametrize("data", [sample("parquet_truncated.parquet"), b"PAR1", b"PAR1" + b"\0" * 20 + b"PAR1"])
def test_damaged_parquet_is_one_damage(data: bytes) -> None:
    assert only_damage(data).reason is BadReason.TRUNCATED_PARQUET


def test_a_damaged_row_group_costs_its_rows_only() -> None:
    data = parquet(30, row_group_size=10, write_page_checksum=True, compression="none", use_dictionary=False)
    place = data.index((14).to_bytes(8, "little"))
    found = list(open_object(data[:place] + b"\xff" + data[place + 1 :]))
    assert [item.reason for item in found if isinstance(item, Damage)] == [BadReason.TRUNCATED_PARQUET]
    rows = [item.table["n"].to_pylist() for item in found if isinstance(item, ParquetPiece)]
    assert rows == [list(range(10)), list(range(20, 30))]


lines = st.lists(st.text("abc\t0", max_size=12), max_size=30).map(lambda some: "".join(f"{line}\n" for line in some))


@settings(max_examples=80, deadline=None)
@given(
    lines.map(str.encode),
    st.lists(st.integers(0, 400), max_size=5),
    st.integers(0, 3),
    st.integers(1, 64),
    st.integers(0, 64),
)
def test_any_wrapping_gives_the_same_text(
    text: bytes, places: list[int], layers: int, piece_bytes: int, more: int
) -> None:
    edges = [0, *sorted(places), max(400, len(text))]
    data = b"".join(gzip.compress(text[begin:end]) for begin, end in pairwise(edges))
    for _ in range(layers):
        data = gzip.compress(data)
    found = list(open_object(data, limits=Limits(piece_bytes=piece_bytes, line_bytes=piece_bytes + more)))
    assert all_bytes(found) == text


@settings(max_examples=80, deadline=None)
@given(st.lists(lines.map(str.encode), min_size=1, max_size=5), st.data(), st.integers(1, 64))
def test_damage_loses_the_damaged_members_and_nothing_else(
    texts: list[bytes], data: st.DataObject, piece_bytes: int
) -> None:
    bad = data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts)))
    members = []
    for text, is_bad in zip(texts, bad, strict=True):
        member = gzip.compress(text, mtime=0)
        members.append(member[:-5] + bytes([member[-5] ^ 0xFF]) + member[-4:] if is_bad else member)
    limits = Limits(piece_bytes=piece_bytes, line_bytes=max(64, piece_bytes))
    found = list(open_object(b"".join(members), limits=limits))
    kept = b"".join(text for text, is_bad in zip(texts, bad, strict=True) if not is_bad)
    # Damaged members of a few bytes behind one another may be one damaged place.
    damages = sum(isinstance(item, Damage) for item in found)
    assert any(bad) <= damages <= sum(bad)
    assert all_bytes(found) == kept
    # Members end with their lines here, so each damaged place cuts only the one line that follows it.
    lines_out = Counter(line for item in found if isinstance(item, TextPiece) for line in item.data.splitlines())
    cut_lines = sum(isinstance(item, CutLine) for item in found)
    assert cut_lines <= damages
    assert lines_out.total() + cut_lines == len(kept.splitlines())
