"""Finding the raw objects that are not in yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from shared.raw.hour_in_key import find_date
from shared.storage import ObjectInfo, Prefix, Store

CHUNK = 1000  # objects of one question to the ledger; a page of a listing
PATIENCE = 1000  # old keys in a row that are read over before the listing jumps: as many as come with one request
_PROBES = frozenset({"aws-logs-write-test"})


def discover(
    store: Store,
    *,
    is_log: Callable[[str], bool],
    hour_of: Callable[[str], datetime | None],
    is_known: Callable[[Sequence[ObjectInfo]], Sequence[bool]],
    since: datetime | None = None,
) -> Iterator[ObjectInfo]:
    """Yield the new log objects of a store in key order, reading the listing as the caller goes on.

    Markers (`_SUCCESS`, `.hidden`, write probes) and keys that `is_log` refuses are passed over. `is_known` says of up
    to 1,000 objects at a time which ones the ledger has, in this version.

    since     only objects whose key says this hour (UTC, naive or aware) or a later one; those whose key says no time
              always count. Logs may come a day behind the hour in their key: look back far enough. Old keys are hardly
              listed: where keys of one root sort by time (`YYYY/MM/DD/HH/`, `year=/month=/day=/hour=`,
              `<distribution>.YYYY-MM-DD-HH.`), the listing jumps to the hour after the first thousand old ones. This
              takes one root to have one such layout.
    hour_of   start of the hour in a key, naive UTC; None where it says none
    """
    oldest = None if since is None else _hour(since)
    fresh = (info for info in _listed(store, hour_of, oldest) if not _is_marker(info.key) and is_log(info.key))
    while chunk := list(islice(fresh, CHUNK)):
        known = is_known(chunk)
        yield from (info for info, is_in in zip(chunk, known, strict=True) if not is_in)


def _listed(store: Store, hour_of: Callable[[str], datetime | None], oldest: datetime | None) -> Iterator[ObjectInfo]:
    start_after: str | None = ""
    while start_after is not None:
        objects = _objects(store, start_after)
        start_after = None
        passed = 0
        for info in objects:
            if oldest is None or not _is_old(info.key, hour_of, oldest):
                passed = 0
                yield info
                continue
            passed += 1
            if passed >= PATIENCE:
                start_after = _jump(info.key, hour_of, oldest)
                if start_after is not None:
                    break


def _objects(store: Store, start_after: str) -> Iterator[ObjectInfo]:
    return (entry for entry in store.list(start_after=start_after) if not isinstance(entry, Prefix))


def _is_old(key: str, hour_of: Callable[[str], datetime | None], oldest: datetime) -> bool:
    hour = hour_of(key)
    if hour is not None:
        return hour < oldest
    dated = find_date(key)
    return dated is not None and dated.ends <= oldest


def _jump(key: str, hour_of: Callable[[str], datetime | None], oldest: datetime) -> str | None:
    """Where the listing can go on behind an old key; None where the key's text does not show how its hour sorts."""
    dated, hour = find_date(key), hour_of(key)
    if dated is None or (hour is not None and not dated.starts <= hour < dated.ends):
        return None
    target = dated.at(oldest)
    return target if target > key else None


def _hour(time: datetime) -> datetime:
    naive = time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
    return naive.replace(minute=0, second=0, microsecond=0)


def _is_marker(key: str) -> bool:
    name = key.rpartition("/")[2]
    return not name or name[0] in "_." or name in _PROBES
