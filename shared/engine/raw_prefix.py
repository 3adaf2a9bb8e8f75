"""The raw logs as the engine sees them: what a prefix lists, under the URL that identifies an object for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from shared.engine.plan import RawObject
from shared.engine.settings import RefineSettings
from shared.errors import UsageError
from shared.lake.ledger import Ledger, LedgerEntry
from shared.raw.discover import discover
from shared.sources.base import Source
from shared.storage import ObjectInfo, ObjectUnavailableError, Store, open_store


def raw_prefix(settings: RefineSettings) -> Store:
    """The store of the raw logs, once it is known to be readable and apart from the lake."""
    raw = open_store(settings.raw_uri)
    _keep_apart(raw.uri, open_store(settings.lake_uri).uri)
    raw.require_readable()
    return raw


def not_in_yet(raw: Store, source: Source, ledger: Ledger, since: datetime | None) -> Iterator[RawObject]:
    """The log objects of a raw prefix, of the hour `since` or later by their keys, whose version is not in yet."""

    def known(found: Sequence[ObjectInfo]) -> list[bool]:
        return ledger.knows([_renamed(item, raw) for item in found])

    found = discover(
        raw,
        is_log=lambda key: source.read_key(key).is_log,
        hour_of=lambda key: source.read_key(key).starts,
        is_known=known,
        since=since,
    )
    return (raw_object(raw, item) for item in found)


def _keep_apart(raw_uri: str, lake_uri: str) -> None:
    inner, outer = sorted((f"{raw_uri}/", f"{lake_uri}/"), key=len, reverse=True)
    if inner.startswith(outer):
        raise UsageError(
            f"The lake {lake_uri} and the raw logs {raw_uri} lie inside one another: the lake would read itself.",
            remedy="give the lake a folder or prefix of its own beside the raw logs",
        )


def raw_object(store: Store, item: ObjectInfo) -> RawObject:
    """A listed object with the URL that identifies it."""
    return RawObject(url_of(store, item.key), store.uri, item.key, item.etag, item.size_bytes, item.modified)


def url_of(store: Store, key: str) -> str:
    """The URL of a key as text."""
    return spelled_out(store.url(key))


def spelled_out(name: str) -> str:
    """A name with its bytes that are no UTF-8 spelled out (`\\xff`)."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def find_raw(entries: Sequence[LedgerEntry]) -> RawObject | None:
    """The current version of the raw object of these ledger entries; None when it is gone (expired) or unreadable."""
    roots = [(entry.root, entry.key) for entry in entries if entry.root]
    if not roots:
        return None
    root, url = roots[-1]
    try:
        store = open_store(root)
        item = store.head(url.removeprefix(f"{root}/"))
    except ObjectUnavailableError:  # what else may be wrong with the storage does not mean that the object is gone
        return None
    return raw_object(store, item) if item else None


def _renamed(item: ObjectInfo, store: Store) -> ObjectInfo:
    return ObjectInfo(url_of(store, item.key), item.etag, item.size_bytes, item.modified)
