from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pyarrow as pa
import pytest

from shared.raw import CutLine, Damage, Limits, TextPiece, open_object
from shared.raw.pieces import FileEnd
from shared.reasons import BadReason

FIRST, SECOND, THIRD = b"#Fields: a b\n1\t2\n3\t4", b"#Fields: a b\n5\t6\n", b"7\t8\n" * 2000


def zipped(*files: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        archive.mkdir("logs")
        for number, file in enumerate(files):
            archive.writestr(f"logs/../{number}.log", file)
    return sink.getvalue()


def tarred(*files: bytes) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        folder = tarfile.TarInfo("logs")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for number, file in enumerate(files):
            info = tarfile.TarInfo(f"logs/{number}.log")
            info.size = len(file)
            archive.addfile(info, io.BytesIO(file))
    return sink.getvalue()


def zstd(data: bytes) -> bytes:
    return pa.compress(data, "zstd", asbytes=True)


def opened(data: bytes, limits: Limits = Limits()) -> list[bytes | BadReason]:  # noqa: B008
    found = []
    for item in open_object(data, limits=limits):
        assert not isinstance(item, CutLine)
        if not isinstance(item, FileEnd):
            found.append(item.data if isinstance(item, TextPiece) else item.reason)  # type: ignore[union-attr]
    return found


@pytest.mark.parametrize(
    "data",
    [
        zipped(FIRST, SECOND, THIRD),
        zipped(FIRST, SECOND, THIRD, method=zipfile.ZIP_STORED),
        zipped(FIRST, SECOND, THIRD, method=zipfile.ZIP_BZIP2),
        zipped(gzip.compress(FIRST), zstd(SECOND), THIRD),
        tarred(FIRST, SECOND, THIRD),
        gzip.compress(tarred(FIRST, gzip.compress(SECOND), THIRD)),
        zstd(tarred(FIRST, SECOND, THIRD)),
        zipped(tarred(FIRST, SECOND), THIRD),
    ],
)
def test_files_are_read_each_for_itself(data: bytes) -> None:
    """A file may lack its last newline: the next one does not go on with its last line."""
    assert opened(data) == [FIRST, SECOND, THIRD]


@pytest.mark.parametrize("data", [zipped(), tarred(), zstd(b""), zipped(b"", b"")])
def test_nothing_is_nothing(data: bytes) -> None:
    assert opened(data) == []


def test_zstandard_frames_are_one_text() -> None:
    assert opened(zstd(FIRST) + zstd(THIRD)) == [FIRST + THIRD]


def test_a_damaged_file_of_a_zip_costs_itself() -> None:
    data = zipped(FIRST, THIRD, SECOND)
    start = data.index(b"1.log") + len(b"1.log")
    assert opened(data[:start] + b"\xff\xff\xff\xff" + data[start + 4 :]) == [FIRST, BadReason.CORRUPT_ARCHIVE, SECOND]


@pytest.mark.parametrize(
    "data",
    [zipped(FIRST, SECOND)[:-30], zstd(THIRD)[:-1], tarred(THIRD)[:3000], tarred(FIRST)[:1000], tarred(FIRST)[:1536]],
)
def test_an_archive_that_ends_early_is_damage(data: bytes) -> None:
    assert opened(data)[-1] is BadReason.CORRUPT_ARCHIVE


def test_a_tar_ends_at_a_damaged_header() -> None:
    data = tarred(FIRST, SECOND, THIRD)
    second = data.index(b"logs/1.log")
    assert opened(data[:second] + b"\xff" * 512 + data[second + 512 :]) == [FIRST, BadReason.CORRUPT_ARCHIVE]


def test_a_sparse_file_is_not_expanded() -> None:
    info = tarfile.TarInfo("hole")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 40)}
    info.size = 512
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(b"0\n".ljust(512, b"\0")))
    assert opened(sink.getvalue()) == [BadReason.SIZE_CAP]


def test_an_encrypted_file_is_named() -> None:
    data = bytearray(zipped(FIRST))
    local, central = data.index(b"PK\x03\x04", data.index(b"logs/../") - 60), data.rindex(b"PK\x01\x02")
    data[local + 6] |= 1
    data[central + 8] |= 1
    damage, _ = open_object(bytes(data))
    assert isinstance(damage, Damage)
    assert damage.reason is BadReason.UNSUPPORTED_COMPRESSION
    assert "encrypted" in damage.detail


@pytest.mark.parametrize("data", [zipped(THIRD), zstd(THIRD), gzip.compress(tarred(THIRD))])
def test_what_expands_too_far_is_not_read(data: bytes) -> None:
    assert opened(data, Limits(layer_bytes=4000, expanded_bytes=4000)) == [BadReason.SIZE_CAP]


def test_archives_in_archives_are_bounded() -> None:
    data = FIRST
    for _ in range(6):
        data = zipped(data)
    assert opened(data) == [BadReason.DEPTH_CAP]
