"""A store and a catalog of which chosen requests are not answered: as on S3 when all attempts at one have failed."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import IO, Any
from unittest.mock import patch

import pyarrow as pa

from shared.engine import raw_versions
from shared.errors import StorageError
from shared.lake import check_ledger, ledger_runs
from shared.lake.catalog_local import LocalCatalog
from shared.lake.lease import Lease
from shared.storage import ObjectInfo, Prefix
from shared.storage.local import LocalStore


class Outage:
    """Counts the requests and leaves some of them unanswered.

    at        which request, from 0, meets it; None: none does
    is_lasting  all requests after it, too
    """

    def __init__(self, at: int | None = None, *, is_lasting: bool = False) -> None:
        self._at, self._is_lasting = at, is_lasting
        self.requests: list[str] = []

    @property
    def struck(self) -> str:
        """The request that it was, or nothing."""
        return "" if self._at is None or self._at >= len(self.requests) else self.requests[self._at]

    def ask(self, deed: str, what: str) -> None:
        """Make a request."""
        number = len(self.requests)
        self.requests.append(f"{deed} {what}")
        if self._at is not None and (number == self._at or (self._is_lasting and number > self._at)):
            raise StorageError(f"cannot {deed} {what}: 503 SlowDown (tried 11 times)", remedy="run again later")

    def installed(self) -> AbstractContextManager[Any]:
        """Put every store and catalog of this process behind it; requests come one after another, in a fixed order."""
        stack = ExitStack()
        for deed in ("head", "read", "write", "create", "replace", "copy"):
            stack.enter_context(patch.object(LocalStore, deed, self._one(deed, getattr(LocalStore, deed))))
        stack.enter_context(patch.object(LocalStore, "list", self._list(LocalStore.list)))
        stack.enter_context(patch.object(LocalStore, "delete", self._delete(LocalStore.delete)))
        stack.enter_context(patch.object(LocalStore, "writer", self._writer(LocalStore.writer)))
        stack.enter_context(patch.object(LocalStore, "open_input", self._open(LocalStore.open_input)))
        for deed in ("has_table", "partitions", "ensure_table", "swap"):
            stack.enter_context(patch.object(LocalCatalog, deed, self._of_catalog(deed, getattr(LocalCatalog, deed))))
        for module, name in ((check_ledger, "_READERS"), (ledger_runs, "_READERS"), (raw_versions, "_ASKERS")):
            stack.enter_context(patch.object(module, name, 1))
        stack.enter_context(patch.dict(Lease.__init__.__kwdefaults__, renew_every_s=3600.0))
        return stack

    def _one(self, deed: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(store: LocalStore, key: str, *others: Any, **named: Any) -> Any:
            self.ask(deed, store.url(key))
            return original(store, key, *others, **named)

        return call

    def _list(self, original: Callable[..., Iterator[ObjectInfo | Prefix]]) -> Callable[..., Any]:
        def call(store: LocalStore, prefix: str = "", **named: Any) -> Iterator[ObjectInfo | Prefix]:
            self.ask("list", f"{store.uri}/{prefix}")
            yield from original(store, prefix, **named)

        return call

    def _delete(self, original: Callable[..., None]) -> Callable[..., None]:
        def call(store: LocalStore, keys: Any) -> None:
            for key in list(keys):
                self.ask("delete", store.url(key))
                original(store, [key])

        return call

    def _writer(self, original: Callable[..., AbstractContextManager[IO[bytes]]]) -> Callable[..., Any]:
        @contextmanager
        def call(store: LocalStore, key: str) -> Iterator[IO[bytes]]:
            with original(store, key) as sink:
                yield sink
                self.ask("write", store.url(key))

        return call

    def _open(self, original: Callable[..., pa.NativeFile]) -> Callable[..., pa.NativeFile]:
        def call(store: LocalStore, key: str) -> pa.NativeFile:
            self.ask("head", store.url(key))
            return pa.PythonFile(io.BufferedReader(_Asking(self, store.url(key), original(store, key))), mode="r")

        return call

    def _of_catalog(self, deed: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(catalog: LocalCatalog, *others: Any, **named: Any) -> Any:
            self.ask(deed, f"the catalog's {others[0]}")
            return original(catalog, *others, **named)

        return call


class _Asking(io.RawIOBase):
    """A file of which every read is a request, as of one on S3."""

    def __init__(self, outage: Outage, url: str, file: pa.NativeFile) -> None:
        self._outage, self._url, self._file = outage, url, file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:
        self._outage.ask("read", self._url)
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
