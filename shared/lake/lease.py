"""One writer at a time: a lease object, held by conditional puts and renewed while the run lives.

No clock is compared with another machine's. Who wants a held lease watches it: if it is renewed meanwhile, its holder
lives and the run stops with a clear message; if it stays unchanged for the whole term, its holder is dead and the lease
is taken over. The holder renews just before it publishes, and publishes nothing once a renewal failed.

A renewal of which no answer came may have been done or not: the holder looks who holds the lease now. If it is itself,
it goes on from the version that it finds.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from shared.errors import LeaseHeldError, StorageError
from shared.lake.layout import LEASES, lease_key
from shared.storage import ObjectGoneError, ObjectInfo, Store

SHARED_TABLES = "shared-tables"  # quarantine, runs, quality: all sources write to them, each for moments
TERM_S = 45.0
RENEW_EVERY_S = 5.0
_WATCH_EVERY_S = 0.5
_SHARED_WAIT_S = 300.0
_CONFIRMATIONS = 3


class Lease:
    """A lease on a source (or on the lake's shared tables) as a context manager.

    wait_s     how long to wait for a living holder before giving up; 0 for the tables of a source, whose runs are long
    dead       a holder that is known to be dead: its lease is taken over without watching
    on_wait    told once, in a sentence, when there is a holder to be watched
    took_over  the dead holder whose lease was taken over, if any
    """

    took_over: str | None = None

    def __init__(
        self,
        store: Store,
        name: str,
        holder: str,
        *,
        wait_s: float = 0.0,
        dead: str | None = None,
        on_wait: Callable[[str], None] | None = None,
        term_s: float = TERM_S,
        renew_every_s: float = RENEW_EVERY_S,
    ) -> None:
        self._store, self._name, self.holder = store, name, holder
        self._dead, self._on_wait = dead, on_wait
        self._wait_s, self._term_s, self._renew_every_s = wait_s, term_s, renew_every_s
        self._key = lease_key(name)
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._renewer: threading.Thread | None = None
        self._etag: str | None = None
        self._renewals = 0
        self._renewed_at = 0.0
        self._is_overdue = False

    def __enter__(self) -> Self:
        self._etag = self._acquire()
        self._renewer = threading.Thread(target=self._keep_renewing, name=f"lease-{self._name}", daemon=True)
        self._renewer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._renewer is not None:
            self._renewer.join(self._term_s)
            if self._renewer.is_alive():
                return  # the storage answers nothing: the lease lapses after its term
        with self._guard, suppress(StorageError):  # a lease that cannot be given back lapses, too
            if self._etag is not None:
                etag, self._etag = self._etag, None
                self._store.replace(self._key, self._content(released=True), etag)

    def confirm(self) -> None:
        """Renew now, so that most of a term lies ahead. Call before each swap.

        Raises LeaseHeldError when the lease is lost, and StorageError when the storage is so slow that nobody can tell.
        """
        for _ in range(_CONFIRMATIONS):
            asked_at = time.monotonic()
            if not self._renew():
                raise LeaseHeldError(
                    f"This run lost its lease on {self._name!r} ({self._how_lost()}) and publishes nothing more.",
                    remedy="run again once the run that took over has ended; what this run did not commit is taken in "
                    "then",
                )
            if time.monotonic() - asked_at <= self._term_s / 2:
                return
        raise self._too_slow()

    def shared_tables(self) -> Lease:
        """A lease on the lake's shared tables for the holder of this one; living holders of it are waited for."""
        return Lease(self._store, SHARED_TABLES, self.holder, wait_s=_SHARED_WAIT_S, dead=self.took_over)

    def _acquire(self) -> str:
        deadline = time.monotonic() + self._wait_s
        while True:
            etag = self._put(None) or self._take_over()
            if etag is not None:
                return etag
            if time.monotonic() >= deadline:
                raise LeaseHeldError(
                    f"Another run is writing to {self._name!r} ({self._describe()}).",
                    remedy="wait until it has ended and run again; nothing was changed. A run that died is taken over "
                    f"after {self._term_s:.0f} s",
                )

    def _take_over(self) -> str | None:
        """Watch the lease for up to a term; its new etag when it was free or its holder is dead, None when it lives."""
        seen = self._store.head(self._key)
        if seen is None:
            return None
        facts = _facts(self._store, self._key)
        if facts.get("released"):
            return self._put(seen.etag)
        holder = str(facts.get("holder"))
        if holder != self._dead:
            self._tell_once(
                f"{self._describe()} holds {self._name!r}: watching for up to {self._term_s:.0f} s if it lives"
            )
            if not self._stays(seen.etag):
                return None
        taken = self._put(seen.etag)
        self.took_over = holder if taken else None
        return taken

    def _stays(self, etag: str) -> bool:
        """Whether the lease stays as it is for a whole term."""
        unchanged_until = time.monotonic() + self._term_s
        while time.monotonic() < unchanged_until:
            time.sleep(min(_WATCH_EVERY_S, self._term_s / 10))
            current = self._store.head(self._key)
            if current is None or current.etag != etag:
                return False
        return True

    def _tell_once(self, what: str) -> None:
        tell, self._on_wait = self._on_wait, None
        if tell is not None:
            tell(what)

    def _put(self, etag: str | None) -> str | None:
        """Write the lease over that version of it, or where there is none; None when another holder was faster."""
        asked_at = time.monotonic()
        content = self._content()
        written = (
            self._store.create(self._key, content) if etag is None else self._store.replace(self._key, content, etag)
        )
        if written is not None:
            # The term counts from before the request: others may see its effect long before its answer is here.
            self._renewed_at = asked_at
        return written

    def _renew(self) -> bool:
        if not self._guard.acquire(timeout=self._term_s):  # a renewal under way of which no answer comes
            raise self._too_slow()
        try:
            if self._etag is None:
                return False
            self._is_overdue = time.monotonic() - self._renewed_at > self._term_s
            self._renewals += 1
            self._etag = None if self._is_overdue else self._put(self._etag) or self._put_over_own()
            return self._etag is not None
        finally:
            self._guard.release()

    def _put_over_own(self) -> str | None:
        """Renew what an earlier renewal wrote whose answer never came; None when the lease is not ours any more.

        The version is asked for first: nobody but this run writes its own name, so if it is found there afterwards, it
        was there in that version, too.
        """
        seen = self._store.head(self._key)
        if seen is None:
            return None
        facts = _facts(self._store, self._key)
        is_own = facts.get("holder") == self.holder and not facts.get("released")
        return self._put(seen.etag) if is_own else None

    def _how_lost(self) -> str:
        if self._is_overdue:
            return f"it stood still for over {self._term_s:.0f} s"
        if not self._store.exists(self._key):
            return f"{self._store.url(self._key)} was deleted"
        return f"{self._describe()} took it over"

    def _too_slow(self) -> StorageError:
        return StorageError(
            f"The lease {self._store.url(self._key)} cannot be renewed: the storage takes over {self._term_s / 2:.0f} "
            "s to answer.",
            remedy="check the network and the storage, then run again; this run publishes nothing more",
        )

    def _keep_renewing(self) -> None:
        while not self._stop.wait(self._renew_every_s):
            try:
                if not self._renew():
                    return
            except Exception:  # noqa: S112 - a passing storage fault; `confirm` decides before a swap
                continue

    def _content(self, *, released: bool = False) -> bytes:
        facts = {"holder": self.holder, "host": socket.gethostname(), "renewals": self._renewals, "released": released}
        return json.dumps(facts).encode()

    def _describe(self) -> str:
        facts = _facts(self._store, self._key)
        return f"run {facts.get('holder', 'unknown')} on host {facts.get('host', 'unknown')}"


def holders(store: Store) -> list[str]:
    """The holders of all leases of a lake that were not given back: at work, or dead and not taken over yet."""
    keys = [item.key for item in store.list(LEASES) if isinstance(item, ObjectInfo)]
    held = [facts for facts in (_facts(store, key) for key in keys) if not facts.get("released")]
    return [str(facts.get("holder", "")) for facts in held]


def _facts(store: Store, key: str) -> dict[str, object]:
    """What a lease says; nothing where it is gone by now, or no lease. One that cannot be read may well be held."""
    try:
        found = json.loads(store.read(key))
    except (ObjectGoneError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
