"""Backfill files: an operation over history that somebody planned, somebody approved, and the file remembers.

One TOML file under version control for each:

    [backfill]
    source = "cloudfront"
    from = "2026-10-01"             # hours (UTC) of the rows; the end is not in
    to = "2026-11-01"
    reason = "status was read as text before parser 2"
    owner = "lake-team@example.com"
    status = "planned"              # planned, approved, done, cancelled

What it may say beyond that: `objects` (patterns), `quarantine_reason`, `parser_before` (a version, or "current"),
`salvage`, and `raw`, a raw prefix of which objects that are not in yet are taken in, too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from shared.engine.config import parse_hour
from shared.engine.operation import Operation, Purpose
from shared.engine.selection import Selection
from shared.errors import StorageError, UsageError
from shared.sources.base import Source
from shared.storage import open_store

CURRENT = "current"
_SECTION = "backfill"


class BackfillStatus(StrEnum):
    """How far a backfill is."""

    PLANNED = "planned"  # to be looked at: nothing is done
    APPROVED = "approved"  # to be done
    DONE = "done"
    CANCELLED = "cancelled"  # not to be done


# What each key may hold, and whether it has to be there.
_TEXT, _TEXTS, _FLAG, _VERSION, _TABLE = '"text"', '["text", ...]', "true or false", 'a number or "current"', "a table"
_FORMS: Mapping[str, str] = {
    "source": _TEXT,
    "reason": _TEXT,
    "owner": _TEXT,
    "status": _TEXT,
    "from": _TEXT,
    "to": _TEXT,
    "objects": _TEXTS,
    "quarantine_reason": _TEXT,
    "parser_before": _VERSION,
    "salvage": _FLAG,
    "raw": _TEXT,
    "finished": _TEXT,
    "counts": _TABLE,
}
_REQUIRED: Mapping[str, str] = {
    "source": "whose logs, e.g. cloudfront",
    "reason": "why it is done",
    "owner": "who answers for it",
    "status": f"one of {', '.join(BackfillStatus)}",
}
_CHOOSING = ("from", "to", "objects", "quarantine_reason", "parser_before")


@dataclass(frozen=True)
class Backfill:
    """What a backfill file says. `where` is the file, for messages; `finished` when it was done."""

    where: str
    source: str
    purpose: Purpose
    status: BackfillStatus
    from_hour: datetime | None = None
    to_hour: datetime | None = None
    patterns: tuple[str, ...] = ()
    quarantine_reason: str | None = None
    parser_before: int | str | None = None
    salvage: bool = False
    raw: str | None = None
    finished: str | None = None

    def selection(self, source: Source) -> Selection:
        """The objects that it is about. Raises UsageError that names the file."""
        before = source.parser_version if self.parser_before == CURRENT else self.parser_before
        try:
            selection = Selection(
                self.patterns,
                self.from_hour,
                self.to_hour,
                self.quarantine_reason,
                self.salvage,
                int(before) if before is not None else None,
            )
            selection.require_possible(source, has_raw=self.raw is not None)
        except UsageError as error:
            raise UsageError(f"{self.where}: {error.what}", remedy=error.remedy) from error
        return selection


def read_backfill(uri: str) -> Backfill:
    """The backfill of a file, checked. Raises UsageError that names file and key."""
    root, slash, name = uri.rpartition("/")
    try:
        text = open_store(root or slash or ".").read(name).decode()
    except StorageError as error:
        raise UsageError(f"The backfill file {uri} cannot be read: {error.what}", remedy="check its path") from error
    except ValueError as error:
        raise UsageError(f"The backfill file {uri} is no text: {error}.", remedy="write it in UTF-8") from error
    return parse_backfill(text, uri)


def parse_backfill(text: str, where: str) -> Backfill:
    """The same for the file's text."""
    given = _checked(text, where)
    return Backfill(
        where,
        given["source"],
        Purpose(given["reason"], given["owner"]),
        BackfillStatus(given["status"]),
        _hour(given, "from", where),
        _hour(given, "to", where),
        tuple(given.get("objects", ())),
        given.get("quarantine_reason"),
        given.get("parser_before"),
        given.get("salvage", False),
        given.get("raw"),
        given.get("finished"),
    )


def _checked(text: str, where: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where} is no TOML: {error}.", remedy="mend the file") from error
    if unknown := sorted(content.keys() - {_SECTION}):
        raise UsageError(
            f"{where}: unknown {unknown[0]!r} outside of [{_SECTION}].", remedy="take it out or move it in"
        )
    given = content.get(_SECTION)
    if not isinstance(given, dict):
        raise UsageError(f"{where} has no section [{_SECTION}].", remedy=f"begin the file with [{_SECTION}]")
    if unknown := sorted(given.keys() - _FORMS.keys()):
        raise UsageError(f"{where}: unknown key {unknown[0]!r}.", remedy=f"keys are {', '.join(_FORMS)}")
    for name, meaning in _REQUIRED.items():
        if name not in given:
            raise UsageError(f"{where}: {name} is missing.", remedy=f'add {name} = "...": {meaning}')
    for name, value in given.items():
        if not _fits(value, _FORMS[name]):
            raise UsageError(f"{where}: {name} cannot be {value!r}.", remedy=f"give {_FORMS[name]}, not empty")
    if given["status"] not in set(BackfillStatus):
        raise UsageError(f"{where}: status cannot be {given['status']!r}.", remedy=f"give {_REQUIRED['status']}")
    if not given.keys() & set(_CHOOSING):
        raise UsageError(f"{where} chooses no objects.", remedy=f"give at least one of {', '.join(_CHOOSING)}")
    return given


def _fits(value: Any, form: str) -> bool:
    if form == _TEXTS:
        return isinstance(value, list) and bool(value) and all(_fits(item, _TEXT) for item in value)
    if form == _FLAG:
        return isinstance(value, bool)
    if form == _VERSION:
        return value == CURRENT or (isinstance(value, int) and not isinstance(value, bool))
    return isinstance(value, dict) if form == _TABLE else isinstance(value, str) and bool(value.strip())


def _hour(given: Mapping[str, Any], name: str, where: str) -> datetime | None:
    return parse_hour(given[name], f"{where}: {name}") if name in given else None


def outcome(operation: Operation, finished: datetime) -> dict[str, Any]:
    """The keys of a file whose operation has ended."""
    return {
        "status": BackfillStatus.DONE.value,
        "finished": f"{finished:%Y-%m-%dT%H:%M:%SZ}",
        "counts": {"objects": operation.objects, **operation.counts},
    }


def with_outcome(text: str, keys: Mapping[str, Any]) -> str:
    """The file's text with these keys set, all else as it was: comments, order, blanks."""
    document = tomlkit.parse(text)
    document[_SECTION].update(keys)
    return tomlkit.dumps(document)


def as_lines(keys: Mapping[str, Any]) -> str:
    """The same keys as lines to put into the file by hand."""
    return tomlkit.dumps({_SECTION: dict(keys)})


def note_outcome(uri: str, keys: Mapping[str, Any]) -> bool:
    """Set these keys in the file as it is now; False where it cannot be written or is no longer what it was."""
    if "://" in uri:
        return False
    try:
        path = Path(uri)
        changed = with_outcome(path.read_bytes().decode(), keys).encode()  # bytes: line ends stay as they are
        beside = path.with_name(f".{path.name}.new")
        beside.write_bytes(changed)
        beside.replace(path)
    except (OSError, ValueError, KeyError, TOMLKitError):
        return False
    return True
