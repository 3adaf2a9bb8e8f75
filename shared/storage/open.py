"""From a URI to its store."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from shared.errors import UsageError
from shared.storage.base import Store
from shared.storage.local import LocalStore

if TYPE_CHECKING:
    from shared.storage.s3 import S3Store

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def open_store(uri: str) -> Store:
    """Open the store of `s3://bucket/prefix`, `file:///folder` or a plain path.

    Nothing is read or made yet: a lake may not exist before its first run. Raises `UsageError` for a URI of another
    kind, with the form to use.

    >>> open_store("s3://example-logs/cdn/").uri
    's3://example-logs/cdn'
    """
    if not uri.strip():
        raise UsageError("the location is empty", remedy="give a folder, or s3://bucket/prefix")
    if uri.startswith("s3://"):
        return _s3(uri)
    if uri.startswith("file:"):
        return _folder(uri, _path_of(uri))
    if SCHEME.match(uri):
        raise UsageError(
            f"cannot open {uri}: no such kind of location",
            remedy="give a folder, file:///folder or s3://bucket/prefix (not s3a:// or https://)",
        )
    return _folder(uri, uri)


def _s3(uri: str) -> S3Store:
    # Imported here: boto3 takes half a second, which folders need not wait for.
    from shared.storage.s3 import S3Store  # noqa: PLC0415

    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    if not BUCKET.fullmatch(bucket):
        raise UsageError(
            f"cannot open {uri}: {bucket!r} is no bucket name", remedy="give s3://bucket/prefix with the bucket's name"
        )
    return S3Store("/".join(filter(None, [f"s3://{bucket}", prefix.rstrip("/")])))


def _folder(uri: str, path: str) -> LocalStore:
    if "\0" in path:
        raise UsageError(f"cannot open {uri!r}: a path holds no NUL", remedy="give the folder's path")
    # One folder has one name, however it is spelled: the names of its objects tell what is in already.
    return LocalStore(os.path.realpath(Path(path).expanduser()))


def _path_of(uri: str) -> str:
    parts = urlsplit(uri)
    if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/") or parts.query or parts.fragment:
        raise UsageError(
            f"cannot open {uri}: not a folder of this machine",
            remedy="give file:///folder with three slashes and %23, %3F for # and ?, or the plain path",
        )
    return unquote(parts.path, errors="surrogateescape")
