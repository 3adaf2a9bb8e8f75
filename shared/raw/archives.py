"""Files in archives: what people make of logs that they keep. No service delivers them.

Names of entries are not used: they are anybody's.
"""

from __future__ import annotations

import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

import pyarrow as pa

from shared.raw.gzip_members import STREAM_BYTES, Part
from shared.raw.pieces import Damage, Limits
from shared.reasons import BadReason

_FAULTS = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    ValueError,
)
_LOCKED = 0x1  # of an entry's flags


def read_zip(data: bytes, limits: Limits) -> Iterator[bytes | Damage]:
    """The contents of a ZIP's files; a damaged one is one `Damage`, and the others still count."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _FAULTS as fault:
        yield Damage(BadReason.CORRUPT_ARCHIVE, 0, f"damaged ZIP: {fault}")
        return
    left = limits.expanded_bytes
    for number, entry in enumerate(archive.infolist(), start=1):
        if entry.is_dir():
            continue
        at, what = entry.header_offset, f"file {number} of the ZIP"
        if entry.flag_bits & _LOCKED:
            yield Damage(BadReason.UNSUPPORTED_COMPRESSION, at, f"{what} is encrypted")
        elif entry.file_size > min(limits.layer_bytes, left):
            yield Damage(BadReason.SIZE_CAP, at, f"{what} expands to {entry.file_size} bytes")
        else:
            left -= entry.file_size
            try:
                content = archive.read(entry)
            except NotImplementedError as fault:
                yield Damage(BadReason.UNSUPPORTED_COMPRESSION, at, f"{what}: {fault}")
            except _FAULTS as fault:
                yield Damage(BadReason.CORRUPT_ARCHIVE, at, f"damaged {what}: {fault}")
            else:
                yield content


def read_tar(data: bytes, limits: Limits) -> Iterator[bytes | Damage]:
    """The contents of a tar's files. Nothing can be found behind a damaged header, so that is where it ends."""
    at = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:", ignore_zeros=False) as archive:
            for entry in archive:
                at = entry.offset
                if entry.issparse() or entry.size > limits.layer_bytes:
                    yield Damage(BadReason.SIZE_CAP, at, f"a file of the tar expands to {entry.size} bytes")
                elif entry.isreg() and (opened := archive.extractfile(entry)):
                    yield opened.read()
            at = archive.offset
    except _FAULTS as fault:
        yield Damage(BadReason.CORRUPT_ARCHIVE, at, f"damaged tar: {fault}")
        return
    if data[at:].strip(b"\0"):
        yield Damage(BadReason.CORRUPT_ARCHIVE, at, f"{len(data) - at} bytes behind the last file that can be found")
    elif at >= len(data):
        yield Damage(BadReason.CORRUPT_ARCHIVE, at, "the tar ends without its end mark")


def read_zstd(data: bytes, limits: Limits) -> Iterator[Part | Damage]:
    """The text of Zstandard frames: all of it, once all is verified, or none."""
    size = 0
    try:
        for part in _decompressed(data):
            size += len(part)
            if size > limits.expanded_bytes:
                yield Damage(BadReason.SIZE_CAP, 0, f"expands beyond {limits.expanded_bytes} bytes")
                return
    except (OSError, pa.ArrowException) as fault:
        yield Damage(BadReason.CORRUPT_ARCHIVE, 0, f"damaged Zstandard: {fault}")
        return
    for part in _decompressed(data):
        size -= len(part)
        yield Part(part, size == 0)


def _decompressed(data: bytes) -> Iterator[bytes]:
    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        while part := stream.read(STREAM_BYTES):
            yield part
