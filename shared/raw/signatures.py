"""Telling what bytes are by looking at them; names and metadata of objects say little and are often wrong."""

from __future__ import annotations

from enum import Enum, auto

HEAD_BYTES = 4096
"""How much of the start is looked at."""


class Kind(Enum):
    """What a layer of an object is."""

    NOTHING = auto()
    TEXT = auto()
    GZIP = auto()
    ZSTD = auto()
    ZIP = auto()
    TAR = auto()
    PARQUET = auto()
    UNSUPPORTED = auto()
    BINARY = auto()


_UNSUPPORTED = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x04\x22\x4d\x18": "LZ4",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"\xff\x06\0\0sNaPpY": "Snappy (framed)",
    b"\x82SNAPPY\0": "Snappy (xerial)",
    b"\x1f\x9d": "compress",
}
_READ = {
    b"\x1f\x8b": Kind.GZIP,
    b"\x28\xb5\x2f\xfd": Kind.ZSTD,
    b"PK\x03\x04": Kind.ZIP,
    b"PK\x05\x06": Kind.ZIP,  # without a file
    b"PAR1": Kind.PARQUET,
}
_TAR, _TAR_AT = b"ustar", 257
_BZIP2_BLOCK = b"1AY&SY"  # after `BZh` and a digit; without it a line that begins so is text
_BZIP2_END = b"\x17\x72\x45\x38\x50\x90"
_CONTROL = bytes(sorted({*range(0x20), 0x7F} - set(b"\t\n\v\f\r\x1b")))


def kind_of(head: bytes) -> Kind:
    """Tell the kind from the first `HEAD_BYTES`.

    Text is what is not mostly control characters and bytes that are no UTF-8: a few NULs or a line of Latin-1 do not
    make a log binary.
    """
    if not head:
        return Kind.NOTHING
    if read := next((kind for magic, kind in _READ.items() if head.startswith(magic)), None):
        return read
    if head.startswith(_TAR, _TAR_AT):
        return Kind.TAR
    if compression_name(head) is not None:
        return Kind.UNSUPPORTED
    return Kind.BINARY if _strange_share(head[:HEAD_BYTES]) > 0.3 else Kind.TEXT


def compression_name(head: bytes) -> str | None:
    """Name of a compression or archive that is known but not read; None for anything else."""
    if head.startswith(b"BZh") and head[4:10] not in {_BZIP2_BLOCK, _BZIP2_END}:
        return None
    return next((name for magic, name in _UNSUPPORTED.items() if head.startswith(magic)), None)


def _strange_share(head: bytes) -> float:
    text = head.decode("utf-8", "replace")
    controls = len(head) - len(head.translate(None, _CONTROL))
    return (controls + text.count("\ufffd")) / len(text)
