"""A prefix of an S3 bucket (or of any service that speaks S3) as a store."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
from botocore.exceptions import ClientError

from shared.errors import StorageError
from shared.storage import aws
from shared.storage.base import ObjectInfo, Prefix, order
from shared.storage.s3_errors import ABSENT, CONFLICT, LOST, code, explained
from shared.storage.s3_fetch import fetch
from shared.storage.s3_range_file import open_range_file

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MIB = 1024 * 1024
ONE_REQUEST_BYTES = 64 * MIB  # above it a put goes in parts, whose retries cost a part and not the whole
PART_BYTES = 16 * MIB  # 10,000 parts of it: objects of up to 160 GB
IN_MEMORY_BYTES = 16 * MIB
ONE_COPY_BYTES = 5 * 1024 * MIB  # what CopyObject takes
COPY_PART_BYTES = 512 * MIB
DELETE_BATCH = 1000  # what DeleteObjects takes


class _Spool(tempfile.SpooledTemporaryFile[bytes]):
    """Output that waits for its upload, above a size on the local disk, whose failures are not S3's."""

    def __init__(self, url: str) -> None:
        super().__init__(max_size=IN_MEMORY_BYTES)
        self._url = url

    def write(self, data: Any) -> int:
        with self._on_disk():
            return super().write(data)

    def writelines(self, lines: Iterable[Any]) -> None:
        with self._on_disk():
            super().writelines(lines)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with self._on_disk():  # writes what is still buffered
            return super().seek(offset, whence)

    def close(self) -> None:
        with suppress(OSError):  # of what is still buffered when nobody wants it any more
            super().close()

    def __exit__(self, *_error: object) -> None:
        self.close()

    @contextmanager
    def _on_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"cannot write {self._url}: {error.strerror or error} in {tempfile.gettempdir()}, where output waits "
                "for its upload",
                remedy="make room there, or set TMPDIR to a folder on a larger disk; then run again",
            ) from error


@dataclass(frozen=True)
class S3Store:
    """The objects below `uri`, `s3://bucket/prefix` without a slash at the end; keys are relative to it."""

    uri: str

    def url(self, key: str) -> str:
        """See `Store.url`."""
        return f"{self.uri}/{key}"

    def require_readable(self) -> None:
        """See `Store.require_readable`."""
        if next(self.list(), None) is None:
            raise StorageError(f"nothing is stored below {self.uri}/", remedy="check the bucket and the prefix")

    def list(
        self, prefix: str = "", *, start_after: str = "", delimiter: str | None = None
    ) -> Iterator[ObjectInfo | Prefix]:
        """See `Store.list`. Holds one page of 1,000 entries at a time."""
        request: dict[str, Any] = {"Bucket": self._bucket, "Prefix": self._root + prefix}
        if start_after:
            request["StartAfter"] = self._root + start_after
        if delimiter:
            request["Delimiter"] = delimiter
        after = order(start_after)
        while True:
            with explained(self.url(prefix), "list"):
                page = aws.client("s3").list_objects_v2(**request)
            entries: list[tuple[bytes, ObjectInfo | Prefix]] = []
            for found in page.get("Contents", ()):
                info = self._info(found["Key"].removeprefix(self._root), found, found["Size"])
                entries.append((order(info.key), info))
            for common in page.get("CommonPrefixes", ()):
                rolled = common["Prefix"].removeprefix(self._root)
                entries.append((order(rolled), Prefix(rolled)))
            entries.sort(key=lambda entry: entry[0])
            # Services differ in whether a common prefix at or before StartAfter is still shown.
            yield from (entry for name, entry in entries if name > after)
            if not page.get("IsTruncated"):
                return
            request["ContinuationToken"] = page["NextContinuationToken"]

    def unfinished(self, before: datetime) -> Iterator[ObjectInfo]:  # noqa: ARG002 - the interface's
        """See `Store.unfinished`."""
        return iter(())

    def head(self, key: str) -> ObjectInfo | None:
        """See `Store.head`."""
        with explained(self.url(key), "read"):
            try:
                found = aws.client("s3").head_object(**self._object(key))
            except ClientError as error:
                if code(error) in ABSENT:
                    return None
                raise
        return self._info(key, found, found["ContentLength"])

    def exists(self, key: str) -> bool:
        """See `Store.exists`."""
        return self.head(key) is not None

    def read(self, key: str, *, start: int | None = None, length: int | None = None) -> bytes:
        """See `Store.read`."""
        first = start or 0
        if length == 0:
            return b""
        asked: dict[str, Any] = {}
        if first or length is not None:
            asked["Range"] = f"bytes={first}-" + ("" if length is None else str(first + length - 1))
        with explained(self.url(key), "read", one_object=True):
            try:
                return fetch(**self._object(key), **asked)
            except ClientError as error:
                if code(error) in {"416", "InvalidRange"}:
                    return b""
                raise

    def open_input(self, key: str) -> pa.NativeFile:
        """See `Store.open_input`. Pins the version: the file fails rather than mix two."""
        with explained(self.url(key), "read", one_object=True):
            found = aws.client("s3").head_object(**self._object(key))
        return open_range_file(self._bucket, self._root + key, found["ETag"].strip('"'), found["ContentLength"])

    def write(self, key: str, data: bytes) -> str:
        """See `Store.write`."""
        with explained(self.url(key), "write"):
            if len(data) <= ONE_REQUEST_BYTES:
                return aws.client("s3").put_object(**self._object(key), Body=data)["ETag"].strip('"')
            self._upload(key, io.BytesIO(data))
            return aws.client("s3").head_object(**self._object(key))["ETag"].strip('"')

    @contextmanager
    def writer(self, key: str) -> Iterator[IO[bytes]]:
        """See `Store.writer`. Output above 16 MiB waits on the local disk, so that nothing half-made is ever on S3."""
        with _Spool(self.url(key)) as spool:
            yield spool
            if spool.closed:
                raise StorageError(
                    f"cannot write {self.url(key)}: its sink was closed early", remedy="leave closing to the store"
                )
            spool.seek(0)
            with explained(self.url(key), "write"):
                self._upload(key, spool)

    def create(self, key: str, data: bytes) -> str | None:
        """See `Store.create`."""
        return self._put_if(key, data, {"IfNoneMatch": "*"})

    def replace(self, key: str, data: bytes, etag: str) -> str | None:
        """See `Store.replace`."""
        return self._put_if(key, data, {"IfMatch": f'"{etag}"'})

    def copy(self, source_key: str, target_key: str) -> None:
        """See `Store.copy`. Server-side; in parts above 5 GiB."""
        if source_key == target_key:
            return
        with explained(self.url(source_key), "copy", one_object=True):
            aws.client("s3").copy(
                {"Bucket": self._bucket, "Key": self._root + source_key},
                self._bucket,
                self._root + target_key,
                Config=aws.transfer(multipart_above_bytes=ONE_COPY_BYTES, part_bytes=COPY_PART_BYTES),
            )

    def delete(self, keys: Iterable[str]) -> None:
        """See `Store.delete`. 1,000 keys to a request."""
        remaining = iter(keys)
        while batch := list(islice(remaining, DELETE_BATCH)):
            with explained(self.uri, "delete objects of"):
                answer = aws.client("s3").delete_objects(
                    Bucket=self._bucket,
                    Delete={"Objects": [{"Key": self._root + key} for key in batch], "Quiet": True},
                )
            failed = [item for item in answer.get("Errors", []) if item.get("Code") not in ABSENT]
            if failed:
                raise StorageError(
                    f"cannot delete {len(failed)} objects of {self.uri}, first {failed[0].get('Key')}: "
                    f"{failed[0].get('Code')} {failed[0].get('Message', '')}",
                    remedy="allow s3:DeleteObject on the prefix; then run again",
                )

    @property
    def _bucket(self) -> str:
        return self.uri.removeprefix("s3://").partition("/")[0]

    @property
    def _root(self) -> str:
        prefix = self.uri.removeprefix("s3://").partition("/")[2]
        return f"{prefix}/" if prefix else ""

    def _object(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._bucket, "Key": self._root + key}

    def _info(self, key: str, found: Any, size_bytes: int) -> ObjectInfo:
        modified: datetime = found["LastModified"]
        return ObjectInfo(key, found["ETag"].strip('"'), size_bytes, modified.astimezone(UTC))

    def _upload(self, key: str, source: IO[bytes]) -> None:
        aws.client("s3").upload_fileobj(
            source,
            self._bucket,
            self._root + key,
            Config=aws.transfer(multipart_above_bytes=ONE_REQUEST_BYTES, part_bytes=PART_BYTES),
        )

    def _put_if(self, key: str, data: bytes, condition: dict[str, Any]) -> str | None:
        client = aws.client("s3")
        with explained(self.url(key), "write"):
            for attempt in range(8):
                try:
                    return client.put_object(**self._object(key), Body=data, **condition)["ETag"].strip('"')
                except ClientError as error:
                    if code(error) in CONFLICT and attempt < 7:
                        # Another conditional write is under way; whether it or ours counts is open until it is done.
                        time.sleep(0.05 * 2**attempt)
                        continue
                    if code(error) in LOST | ABSENT:
                        return self._ours_after_all(client, key, data, error)
                    raise
        raise AssertionError("the loop returns or raises")

    def _ours_after_all(self, client: S3Client, key: str, data: bytes, error: ClientError) -> str | None:
        """Tell a lost race from a won one whose answer got lost: the retry then meets our own object."""
        if not error.response.get("ResponseMetadata", {}).get("RetryAttempts"):
            return None
        try:
            found = client.get_object(**self._object(key))
        except ClientError as gone:
            if code(gone) in ABSENT:
                return None
            raise
        return found["ETag"].strip('"') if found["Body"].read() == data else None
