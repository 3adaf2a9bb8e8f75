"""Dying at a chosen place: before a step of a batch, or around one operation of the storage or the catalog.

Two ways to die: an error unwinds the stack, so leases are given back and temporary files removed; or the process is
killed, and nothing that it still tries takes effect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, Any
from unittest.mock import patch

from shared.lake.catalog import Former, PartitionVersion
from shared.lake.catalog_local import LocalCatalog
from shared.lake.lease import Lease
from shared.storage import ObjectUnavailableError
from shared.storage.local import LocalStore
from shared.tables.partitions import Partition

# Operations that change a lake, and about how many of each a run has before the numbers get rare.
OPERATIONS = {
    "create": 3,
    "replace": 6,
    "write": 5,
    "writer": 12,
    "copy": 5,
    "delete": 12,
    "ensure_table": 3,
    "swap": 5,
    "drop": 1,
}


class Died(BaseException):
    """Not an Exception, as a kill is none."""


@dataclass(frozen=True)
class AtStep:
    """Death before the nth announcement of a step."""

    step: str
    nth: int = 0
    is_kill: bool = False

    @property
    def place(self) -> str:
        """Where, in a word."""
        return f"step {self.step}"


@dataclass(frozen=True)
class AtOperation:
    """Death before the nth operation of a kind takes effect, or right after it did."""

    kind: str
    nth: int = 0
    after: bool = False
    is_kill: bool = False

    @property
    def place(self) -> str:
        """Where, in words."""
        return f"{'after' if self.after else 'before'} {self.kind}"


Crash = AtStep | AtOperation


class Faults:
    """The faults of one process: at most one crash, and objects that cannot be read."""

    def __init__(self, crash: Crash | None = None, unreadable: str | None = None) -> None:
        self._crash, self._unreadable = crash, unreadable
        self._seen: Counter[str] = Counter()
        self.has_struck = False

    @property
    def _is_dead(self) -> bool:
        return self.has_struck and self._crash is not None and self._crash.is_kill

    @property
    def place(self) -> str:
        """Where the crash was to be."""
        return self._crash.place if self._crash else "nowhere"

    def before_step(self, name: str) -> None:
        """Die if this is the step."""
        if isinstance(self._crash, AtStep) and name == self._crash.step and self._is_nth(f"step {name}"):
            self._strike()

    @contextmanager
    def around(self, kind: str) -> Iterator[None]:
        """An operation; a dead process has none."""
        if self._is_dead:
            raise Died
        crash = self._crash if isinstance(self._crash, AtOperation) and self._crash.kind == kind else None
        is_here = crash is not None and self._is_nth(kind)
        if crash and is_here and not crash.after:
            self._strike()
        yield
        if is_here:
            self._strike()

    def reading(self, key: str) -> None:
        """Refuse to read an unreadable object."""
        if key == self._unreadable:
            raise ObjectUnavailableError(f"no permission to read {key}", remedy="allow it")

    def _is_nth(self, what: str) -> bool:
        self._seen[what] += 1
        return self._crash is not None and self._seen[what] == self._crash.nth + 1

    def _strike(self) -> None:
        self.has_struck = True
        raise Died

    def installed(self) -> AbstractContextManager[Any]:
        """Put every store and catalog of this process at the mercy of these faults.

        Batches of the Glue catalog are seen one by one; so partitions are swapped and dropped one by one here, too. A
        lease that nobody renews is taken over at once instead of after its term, and none is renewed in between: what
        a thread does would not be counted the same twice.
        """
        stack = ExitStack()
        for kind in ("create", "replace", "write", "copy"):
            stack.enter_context(patch.object(LocalStore, kind, self._one(kind, getattr(LocalStore, kind))))
        stack.enter_context(patch.object(LocalStore, "writer", self._writer(LocalStore.writer)))
        stack.enter_context(patch.object(LocalStore, "read", self._read(LocalStore.read)))
        stack.enter_context(patch.object(LocalStore, "delete", self._each("delete", LocalStore.delete)))
        stack.enter_context(
            patch.object(LocalCatalog, "ensure_table", self._one("ensure_table", LocalCatalog.ensure_table))
        )
        stack.enter_context(patch.object(LocalCatalog, "swap", self._swap(LocalCatalog.swap)))
        stack.enter_context(patch.object(Lease, "_stays", lambda *_: True))
        stack.enter_context(patch.dict(Lease.__init__.__kwdefaults__, renew_every_s=3600.0))
        return stack

    def _one(self, kind: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            with self.around(kind):
                return original(*args)

        return call

    def _each(self, kind: str, original: Callable[..., None]) -> Callable[..., None]:
        def call(store: LocalStore, keys: Iterable[str]) -> None:
            for key in keys:
                with self.around(kind):
                    original(store, [key])

        return call

    def _swap(self, original: Callable[..., None]) -> Callable[..., None]:
        def call(
            catalog: LocalCatalog,
            table: str,
            versions: Iterable[PartitionVersion],
            dropped: Iterable[Partition] = (),
            former: Former | None = None,
        ) -> None:
            for version in versions:
                with self.around("swap"):
                    original(catalog, table, [version], former=former)
            for partition in dropped:
                with self.around("drop"):
                    original(catalog, table, [], [partition], former)

        return call

    def _read(self, original: Callable[..., bytes]) -> Callable[..., bytes]:
        def call(store: LocalStore, key: str, **kwargs: Any) -> bytes:
            self.reading(key)
            return original(store, key, **kwargs)

        return call

    def _writer(
        self, original: Callable[..., AbstractContextManager[IO[bytes]]]
    ) -> Callable[..., AbstractContextManager[IO[bytes]]]:
        @contextmanager
        def call(store: LocalStore, key: str) -> Iterator[IO[bytes]]:
            with self.around("writer"), original(store, key) as sink:
                yield sink

        return call
