"""The raw objects of ledger entries as they are now: few are asked for one by one, many are found in listings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from shared.engine.plan import RawObject
from shared.engine.raw_prefix import raw_object
from shared.errors import StorageError
from shared.storage import ObjectInfo, ObjectUnavailableError, Prefix, Store, open_store
from shared.storage.base import order

FEW = 1_000  # objects that are asked for one by one: on S3 a request each, of which a listing answers as many at once
PATIENCE = 10_000  # listed objects in a row that nobody wants, before the listing jumps to the next wanted one
_ASKERS = 16


def current_versions(places: Iterable[tuple[str, str]]) -> dict[str, RawObject]:
    """By URL the objects that are there, readable or not, of these (raw prefix, URL); those that are gone are missing.

    Raises StorageError for a prefix that cannot be reached: its objects must not pass for gone.
    """
    keys_of: dict[str, set[str]] = {}
    for root, url in places:
        keys_of.setdefault(root, set()).add(url.removeprefix(f"{root}/"))
    found: dict[str, RawObject] = {}
    for root in sorted(keys_of.keys() - {""}):
        store, keys = open_store(root), sorted(keys_of[root], key=order)
        items = _asked(store, keys) if len(keys) <= FEW else _looked_up(store, keys)
        found.update((raw.url, raw) for raw in (raw_object(store, item) for item in items))
    return found


def _asked(store: Store, keys: Sequence[str]) -> Iterator[ObjectInfo]:
    with ThreadPoolExecutor(_ASKERS) as pool:
        yield from (item for item in pool.map(lambda key: _head(store, key), keys) if item is not None)


def _head(store: Store, key: str) -> ObjectInfo | None:
    try:
        return store.head(key)
    except ObjectUnavailableError:
        # It must not pass for gone. The listing tells, and raises where it is more than this one object.
        first = next(store.list(key), None)
        return first if isinstance(first, ObjectInfo) and first.key == key else None


def _looked_up(store: Store, keys: Sequence[str]) -> Iterator[ObjectInfo]:
    try:
        yield from _listed(store, keys)
    except StorageError:
        # A bucket that is gone cannot be listed, but says of each object that it is not there.
        yield from _asked(store, keys)


def _listed(store: Store, keys: Sequence[str]) -> Iterator[ObjectInfo]:
    """Those of the sorted keys that exist; a listing costs a thousandth of a request for each object between them."""
    at = 0
    while at < len(keys):
        if (first := _head(store, keys[at])) is not None:
            yield first
        after, at, passed = keys[at], at + 1, 0
        for item in store.list(start_after=after):
            if isinstance(item, Prefix):
                continue
            while at < len(keys) and order(keys[at]) < order(item.key):
                at += 1
            if at == len(keys) or passed >= PATIENCE:
                break
            if keys[at] == item.key:
                yield item
                at, passed = at + 1, 0
            else:
                passed += 1
        else:
            return
