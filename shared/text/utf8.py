"""Whether bytes are text at all."""

from __future__ import annotations


def is_utf8(block: bytes) -> bool:
    """Whether bytes are UTF-8; mostly they are ASCII, which is told without decoding.

    >>> is_utf8("é".encode()), is_utf8(b"\\xff")
    (True, False)
    """
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True
