"""Walking a folder in the order in which S3 lists keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from shared.storage.base import ObjectInfo, Prefix, order, rolled_up

TEMPORARY = ".loglake-"
"""How names of unfinished files begin; nothing of that name is an object."""


def listing(root: str, prefix: str, start_after: str, delimiter: str | None) -> Iterator[ObjectInfo | Prefix]:
    """Yield the files below `root` as `Store.list` says. Raises `OSError` where a folder cannot be read.

    Links are followed, a link to a folder above itself is not; what is neither file nor folder is no object, nor is a
    link that cannot be followed.
    """
    after, shown = order(start_after), b""
    for name, entry in _walk(root, prefix, after, whole_folders=delimiter == "/"):
        if entry is None:
            yield Prefix(name)
            continue
        common = rolled_up(name, prefix, delimiter) if delimiter else None
        if common is None:
            try:
                status = entry.stat()
            except FileNotFoundError:  # deleted since its folder was read
                continue
            yield ObjectInfo(
                name,
                f"{status.st_mtime_ns:x}-{status.st_size:x}",
                status.st_size,
                datetime.fromtimestamp(status.st_mtime, UTC),
            )
        elif order(common) > after and order(common) != shown:
            shown = order(common)
            yield Prefix(common)


def unfinished(root: str, before: datetime, base: str = "") -> Iterator[ObjectInfo]:
    """Yield the temporary files below `root` that nobody has touched since a moment. Raises `OSError` as `listing`."""
    for entry in _entries(f"{root}/{base}"):
        key = f"{base}{entry.name}"
        if _ending(entry) == "/":
            yield from unfinished(root, before, f"{key}/")
        elif entry.name.startswith(TEMPORARY):
            with suppress(FileNotFoundError):  # finished since its folder was read
                status = entry.stat()
                # Not the time of modification: a link on its way has that of the file to which it leads.
                touched = datetime.fromtimestamp(status.st_ctime, UTC)
                if touched < before:
                    yield ObjectInfo(key, f"{status.st_mtime_ns:x}-{status.st_size:x}", status.st_size, touched)


def _walk(
    root: str, prefix: str, after: bytes, *, whole_folders: bool
) -> Iterator[tuple[str, os.DirEntry[str] | None]]:
    """Keys with their entries, depth first; with `whole_folders` a folder below the prefix is one key without entry."""
    begin = prefix.rpartition("/")[2]
    base = prefix.removesuffix(begin) if begin else prefix
    if any(part in {"", ".", ".."} for part in base.split("/")[:-1]):
        return
    pending = [_sorted_entries(f"{root}/{base}", base, begin)]
    while pending:
        for key, entry in pending[-1]:
            if not key.endswith("/"):
                if order(key) > after:
                    yield key, entry
                continue
            name = order(key)
            if name <= after and (whole_folders or not after.startswith(name)):
                continue
            if not whole_folders:
                pending.append(_sorted_entries(entry.path, key, ""))
                break
            if _holds_objects(entry.path, key):
                yield key, None
        else:
            pending.pop()


def _holds_objects(folder: str, base: str) -> bool:
    return any(
        not key.endswith("/") or _holds_objects(entry.path, key) for key, entry in _sorted_entries(folder, base, "")
    )


def _sorted_entries(folder: str, base: str, begin: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Entries of one folder as keys in byte order; a folder's key ends with `/`, which is how S3 would sort it."""
    named = [
        entry for entry in _entries(folder) if entry.name.startswith(begin) and not entry.name.startswith(TEMPORARY)
    ]
    found = [(f"{base}{entry.name}{ending}", entry) for entry in named if (ending := _ending(entry)) is not None]
    found.sort(key=lambda item: order(item[0]))
    return iter(found)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _ending(entry: os.DirEntry[str]) -> str | None:
    """What the key of an entry ends with: `/` for a folder, nothing for a file; None for what has no key."""
    try:
        if entry.is_dir():
            return None if _leads_back(entry) else "/"
        return "" if entry.is_file() else None
    except OSError:  # a link that leads to itself, or to where nobody may look
        return None


def _leads_back(folder: os.DirEntry[str]) -> bool:
    if not folder.is_symlink():
        return False
    place = Path(folder.path)
    return place.resolve() in place.parent.resolve().parents or place.resolve() == place.parent.resolve()
