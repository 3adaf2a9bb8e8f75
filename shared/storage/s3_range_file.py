"""Reading an S3 object at random places, as Parquet readers do."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from shared.storage.s3_errors import explained
from shared.storage.s3_fetch import fetch

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

READ_AHEAD_BYTES = 512 * 1024
"""Least amount asked for at once: a footer and small columns come in one request, big columns in one request each."""


def open_range_file(bucket: str, key: str, etag: str, size_bytes: int) -> pa.NativeFile:
    """Open one version of an object; a read after the object was replaced raises `ObjectUnavailableError`."""
    raw = _RangeFile(bucket, key, etag, size_bytes)
    return pa.PythonFile(io.BufferedReader(raw, READ_AHEAD_BYTES), mode="r")


@dataclass(eq=False)
class _RangeFile(io.RawIOBase):
    bucket: str
    key: str
    etag: str
    size_bytes: int
    _position: int = field(default=0, init=False)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size_bytes}[whence]
        if base + offset < 0:
            raise ValueError("a place before the start of the object")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self.size_bytes - self._position)
        if wanted <= 0:
            return 0
        with explained(f"s3://{self.bucket}/{self.key}", "read", one_object=True):
            data = fetch(
                Bucket=self.bucket,
                Key=self.key,
                Range=f"bytes={self._position}-{self._position + wanted - 1}",
                IfMatch=f'"{self.etag}"',
            ).data
        view[: len(data)] = data
        self._position += len(data)
        return len(data)
