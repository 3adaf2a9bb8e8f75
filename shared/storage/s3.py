"""A prefix of an S3 bucket (or of any service that speaks S3) as a store."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import IO, Any

import pyarrow as pa
from botocore.exceptions import ClientError

from shared.errors import StorageError
from shared.storage import aws
from shared.storage.aws_retries import pause
from shared.storage.base import ObjectInfo, Prefix, order
from shared.storage.s3_errors import ABSENT, CONFLICT, FORBIDDEN, LOST, PASSING, attempts, code, explained
from shared.storage.s3_fetch import fetch
from shared.storage.s3_range_file import open_range_file

MIB = 1024 * 1024
ONE_REQUEST_BYTES = 64 * MIB  # above it a put goes in parts, whose retries cost a part and not the whole
PART_BYTES = 16 * MIB  # 10,000 parts of it: objects of up to 160 GB
IN_MEMORY_BYTES = 16 * MIB
ONE_COPY_BYTES = 5 * 1024 * MIB  # what CopyObject takes
COPY_PART_BYTES = 512 * MIB
DELETE_BATCH = 1000  # what DeleteObjects takes
SMALL_BYTES = 64 * 1024  # a conditional put of so little is answered in milliseconds
ATTEMPTS = 8  # at what botocore does not repeat by itself

_UPLOAD = "?uploadId="  # an unfinished upload as a key, written as in the request that ends it
READS_AT_ONCE = 4  # hides a request's latency behind the parsing of other objects; more would compete with it


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

    @property
    def reads_at_once(self) -> int:
        """See `Store.reads_at_once`."""
        return READS_AT_ONCE

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

    def unfinished(self, before: datetime) -> Iterator[ObjectInfo]:
        """See `Store.unfinished`: uploads in parts that were begun and never completed.

        None where they must not be listed (`s3:ListBucketMultipartUploads`): a lifecycle rule of the bucket may see to
        them as well.
        """
        request: dict[str, Any] = {"Bucket": self._bucket, "Prefix": self._root}
        while True:
            with explained(self.uri, "list unfinished uploads of"):
                try:
                    page = aws.client("s3").list_multipart_uploads(**request)
                except ClientError as error:
                    if code(error) in FORBIDDEN:
                        return
                    raise
            for found in page.get("Uploads", ()):
                if found["Initiated"] < before:
                    key = f"{found['Key'].removeprefix(self._root)}{_UPLOAD}{found['UploadId']}"
                    yield ObjectInfo(key, "", 0, found["Initiated"].astimezone(UTC))
            if not page.get("IsTruncated"):
                return
            request |= {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}

    def head(self, key: str) -> ObjectInfo | None:
        """See `Store.head`."""
        with explained(self.url(key), "read", one_object=True):
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
                return fetch(**self._object(key), **asked).data
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
        with explained(f"{self.url(source_key)} to {self.url(target_key)}", "copy", one_object=True):
            _in_parts(
                lambda: aws.client("s3").copy(
                    {"Bucket": self._bucket, "Key": self._root + source_key},
                    self._bucket,
                    self._root + target_key,
                    Config=aws.transfer(multipart_above_bytes=ONE_COPY_BYTES, part_bytes=COPY_PART_BYTES),
                )
            )

    def delete(self, keys: Iterable[str]) -> None:
        """See `Store.delete`. 1,000 keys to a request; those that the answer says have failed are sent again."""
        remaining = iter(keys)
        while batch := list(islice(remaining, DELETE_BATCH)):
            self._delete([self._root + key for key in batch if _UPLOAD not in key])
            for key, _, upload in (key.partition(_UPLOAD) for key in batch if _UPLOAD in key):
                self._abort(key, upload)

    def _delete(self, names: Sequence[str]) -> None:
        attempt = 1
        while names:
            with explained(self.uri, "delete objects of"):
                answer = aws.client("s3").delete_objects(
                    Bucket=self._bucket, Delete={"Objects": [{"Key": name} for name in names], "Quiet": True}
                )
            failed = [item for item in answer.get("Errors", ()) if item.get("Code") not in ABSENT]
            lasting = [item for item in failed if item.get("Code") not in PASSING]
            if lasting or (failed and attempt == ATTEMPTS):
                first = (lasting or failed)[0]
                raise StorageError(
                    f"cannot delete {len(failed)} objects of {self.uri}, first s3://{self._bucket}/{first.get('Key')}: "
                    f"{first.get('Code')} {first.get('Message', '')} (tried {attempt} times)",
                    remedy="allow s3:DeleteObject on the prefix; then run again" if lasting else "run again later",
                )
            names = [item["Key"] for item in failed]
            if names:
                pause(attempt)
            attempt += 1

    def _abort(self, key: str, upload: str) -> None:
        with explained(self.url(key), "end the unfinished upload of"):
            try:
                aws.client("s3").abort_multipart_upload(**self._object(key), UploadId=upload)
            except ClientError as error:
                if code(error) not in ABSENT | {"NoSuchUpload"}:
                    raise

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
        size_bytes = source.seek(0, io.SEEK_END)

        def send() -> None:
            source.seek(0)
            if size_bytes <= ONE_REQUEST_BYTES:
                aws.client("s3").put_object(**self._object(key), Body=source)
            else:
                config = aws.transfer(multipart_above_bytes=ONE_REQUEST_BYTES, part_bytes=PART_BYTES)
                aws.client("s3").upload_fileobj(source, self._bucket, self._root + key, Config=config)

        _in_parts(send)

    def _put_if(self, key: str, data: bytes, condition: dict[str, Any]) -> str | None:
        client = aws.client("s3", is_quick=len(data) <= SMALL_BYTES)
        may_be_done = False
        with explained(self.url(key), "write"):
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return client.put_object(**self._object(key), Body=data, **condition)["ETag"].strip('"')
                except ClientError as error:
                    may_be_done = may_be_done or attempts(error) > 1
                    if code(error) in CONFLICT and attempt < ATTEMPTS:
                        # Another conditional write is under way; whether it or ours counts is open until it is done.
                        pause(attempt)
                        continue
                    if code(error) in LOST | ABSENT:
                        return self._etag_if_holding(key, data) if may_be_done else None
                    raise
        raise AssertionError("the loop returns or raises")

    def _etag_if_holding(self, key: str, data: bytes) -> str | None:
        """Tell a lost race from a won one whose answer got lost: a later attempt then meets our own object."""
        try:
            found = fetch(**self._object(key))
        except ClientError as error:
            if code(error) in ABSENT:
                return None
            raise
        return found.etag if found.data == data else None


def _in_parts(transfer: Callable[[], None]) -> None:
    """Make a transfer that may go in parts, and begin it anew where the service does not know its upload any more.

    So it is when the upload was completed and the answer lost: a second completion finds no upload.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return transfer()
        except ClientError as error:
            if code(error) != "NoSuchUpload" or attempt == ATTEMPTS:
                raise
            pause(attempt)
    raise AssertionError("the loop returns or raises")
