"""A folder as a store: S3's promises on a file system (Linux, macOS).

Output is made under a temporary name in its own folder and renamed, so that readers see whole objects only; this holds
against a crash of the process, not against a power cut. Everything that takes or changes a name happens under a lock
on its folder, which makes the conditional writes hold between processes; `flock` on the folder itself needs no lock
file that could be listed or stay behind.
"""

from __future__ import annotations

import errno
import fcntl
import io
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pyarrow as pa

from shared.errors import StorageError, UsageError
from shared.storage.base import ObjectGoneError, ObjectInfo, ObjectUnavailableError, Prefix
from shared.storage.local_listing import TEMPORARY, listing, unfinished

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
MISSING = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


@dataclass(frozen=True)
class LocalStore:
    """The folder `uri`, an absolute path; keys are the paths of its files below it.

    An etag is modification time and size, so listing reads no contents; every write sets a time of its own. Names that
    begin like our temporary files are neither listed nor accepted, but by `unfinished` and `delete`.
    """

    uri: str

    @property
    def reads_at_once(self) -> int:
        """See `Store.reads_at_once`."""
        return 1

    def url(self, key: str) -> str:
        """See `Store.url`: the absolute path."""
        return str(self._path(key))

    def require_readable(self) -> None:
        """See `Store.require_readable`."""
        if not Path(self.uri).is_dir():
            raise StorageError(f"there is no folder {self.uri}", remedy="check the path; make the folder if it is new")
        if next(self.list(), None) is None:
            raise StorageError(
                f"the folder {self.uri} holds no files", remedy="check the path, or bring the logs there"
            )

    def list(
        self, prefix: str = "", *, start_after: str = "", delimiter: str | None = None
    ) -> Iterator[ObjectInfo | Prefix]:
        """See `Store.list`. Holds the names of one folder (and of those above it) at a time."""
        with _explained(self.uri, "list"):
            yield from listing(self.uri, prefix, start_after, delimiter)

    def unfinished(self, before: datetime) -> Iterator[ObjectInfo]:
        """See `Store.unfinished`: the temporary files of killed processes."""
        with _explained(self.uri, "list"):
            yield from unfinished(self.uri, before)

    def head(self, key: str) -> ObjectInfo | None:
        """See `Store.head`."""
        path = self._path(key)
        with _explained(str(path), "read", one_object=True):
            return _info(key, path)

    def exists(self, key: str) -> bool:
        """See `Store.exists`."""
        return self.head(key) is not None

    def read(self, key: str, *, start: int | None = None, length: int | None = None) -> bytes:
        """See `Store.read`."""
        path = self._path(key)
        with _explained(str(path), "read", one_object=True), path.open("rb") as file:
            file.seek(start or 0)
            return file.read() if length is None else file.read(length)

    def open_input(self, key: str) -> pa.NativeFile:
        """See `Store.open_input`. No memory map: a file that somebody cuts short would kill the process."""
        path = self._path(key)
        with _explained(str(path), "read", one_object=True):
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
            return pa.OSFile(str(path), "rb")

    def write(self, key: str, data: bytes) -> str:
        """See `Store.write`."""
        target = self._path(key)
        with _explained(str(target), "write"), _staged(target, data) as temporary, _locked(target.parent):
            return _put(temporary, target, _info(key, target))

    @contextmanager
    def writer(self, key: str) -> Iterator[IO[bytes]]:
        """See `Store.writer`."""
        target = self._path(key)
        with _staged(target) as temporary:
            with _explained(str(target), "write"):
                file = _Sink(temporary, target)
            with file, io.BufferedWriter(file) as sink:
                try:
                    yield sink
                except BaseException:
                    file.close()  # or what is buffered would be written, perhaps to a full disk
                    raise
            with _explained(str(target), "write"), _locked(target.parent):
                _put(temporary, target, _info(key, target))

    def create(self, key: str, data: bytes) -> str | None:
        """See `Store.create`."""
        target = self._path(key)
        with _explained(str(target), "write"), _staged(target, data) as temporary, _locked(target.parent):
            if target.exists() or target.is_symlink():
                return None
            return _put(temporary, target, None)

    def replace(self, key: str, data: bytes, etag: str) -> str | None:
        """See `Store.replace`."""
        target = self._path(key)
        with _explained(str(target), "write"):
            if self.head(key) is None:
                return None
            with _staged(target, data) as temporary, _locked(target.parent):
                current = _info(key, target)
                if current is None or current.etag != etag:
                    return None
                return _put(temporary, target, current)

    def copy(self, source_key: str, target_key: str) -> None:
        """See `Store.copy`. A hard link is safe because files are replaced, never written into; else a copy."""
        source, target = self._path(source_key), self._path(target_key)
        if source == target:
            return
        with _explained(str(source), "read", one_object=True):
            source.stat()
        with _explained(str(target), "write"), _staged(target) as temporary:
            temporary.unlink()
            try:
                temporary.hardlink_to(source.resolve())
            except OSError:  # another disk, too many links, a file system without links
                shutil.copy2(source, temporary)
            with _locked(target.parent):
                # Renaming one link of a file onto another does nothing and keeps both names; the copy is there already.
                if not (target.exists() and temporary.samefile(target)):
                    temporary.replace(target)

    def delete(self, keys: Iterable[str]) -> None:
        """See `Store.delete`. Folders that this empties go too, so that a listing stays quick."""
        for key in keys:
            path = self._path(key, may_be_unfinished=True)
            with _explained(str(path), "delete"):
                with suppress(*MISSING), _locked(path.parent):
                    path.unlink()
                self._drop_emptied(path.parent)

    def _path(self, key: str, *, may_be_unfinished: bool = False) -> Path:
        elements = key.split("/")
        is_ours = any(part.startswith(TEMPORARY) for part in (elements[:-1] if may_be_unfinished else elements))
        if is_ours or any(not part or part in {".", ".."} or "\0" in part for part in elements):
            raise UsageError(
                f"{key!r} cannot be the name of an object in a folder",
                remedy=f"use a relative path without empty elements, '.', '..' and names that begin with {TEMPORARY}",
            )
        return Path(self.uri, key)

    def _drop_emptied(self, folder: Path) -> None:
        root = Path(self.uri)
        while folder != root and root in folder.parents:
            try:
                folder.rmdir()
            except OSError:  # not empty, or gone already
                return
            folder = folder.parent


def _info(key: str, path: Path) -> ObjectInfo | None:
    if path.is_dir():
        return None
    try:
        status = path.stat()
    except MISSING:
        return None
    return ObjectInfo(
        key, f"{status.st_mtime_ns:x}-{status.st_size:x}", status.st_size, datetime.fromtimestamp(status.st_mtime, UTC)
    )


class _Sink(io.FileIO):
    """The file behind a `writer`: its failures name the object, and no other failure within the block is taken for one.

    They may come as late as the closing, with quotas on network disks.
    """

    def __init__(self, file: Path, target: Path) -> None:
        super().__init__(file, "wb")
        self._target = str(target)

    def write(self, data: ReadableBuffer, /) -> int:
        with _explained(self._target, "write"):
            return super().write(data)

    def close(self) -> None:
        with _explained(self._target, "write"):
            super().close()


@contextmanager
def _staged(target: Path, data: bytes = b"") -> Iterator[Path]:
    """Hold `data` in a temporary file beside `target`; it is gone afterwards, unless it was renamed."""
    temporary = target.parent / f"{TEMPORARY}{uuid.uuid4().hex}"
    try:
        with _explained(str(target), "write"):
            _make(temporary, data)
        yield temporary
    finally:
        with suppress(*MISSING):
            temporary.unlink()


def _make(file: Path, data: bytes) -> None:
    for _ in range(100):
        file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # another process has just removed the folder as empty
            file.write_bytes(data)
            return
    raise OSError(errno.EBUSY, "its folder is removed again and again", str(file.parent))


def _put(temporary: Path, target: Path, former: ObjectInfo | None) -> str:
    """Rename into place with a modification time that no former version of the file had; its etag."""
    now = time.time_ns()
    if former is not None:
        now = max(now, int(former.etag.partition("-")[0], 16) + 1)
    os.utime(temporary, ns=(now, now))
    status = temporary.stat()
    temporary.replace(target)
    return f"{status.st_mtime_ns:x}-{status.st_size:x}"


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


@contextmanager
def _explained(path: str, deed: str, *, one_object: bool = False) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        gone = isinstance(error, MISSING)
        forbidden = isinstance(error, PermissionError)
        remedy = "check the path" if gone else "check the permissions" if forbidden else "check the disk and the path"
        if error.errno in _FULL:
            remedy = "make room on the disk, or raise the quota, and run again: what was committed stays"
        of_this_object = ObjectGoneError if gone else ObjectUnavailableError if forbidden else StorageError
        kind = of_this_object if one_object else StorageError
        raise kind(f"cannot {deed} {path}: {error.strerror or error}", remedy=remedy) from error
