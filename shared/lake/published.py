"""Which files the versions hold that this process has published, as their writers told.

A later batch builds on them without asking for a listing: a run is right, too, on a store whose listings do not yet
show what was written a moment ago.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from shared.lake.jobs import PartitionOutcome


class VersionFile(NamedTuple):
    """A file of a partition version."""

    key: str
    size_bytes: int


class Published:
    """The versions of one process, by their locations."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[VersionFile, ...]] = {}

    def note(self, outcomes: Iterable[PartitionOutcome]) -> None:
        """Keep what these versions hold, in place of what they were built on."""
        for outcome in outcomes:
            self._files.pop(outcome.former or "", None)
            if outcome.version is not None and outcome.files:
                self._files[outcome.version.location] = outcome.files

    def files(self, location: str) -> tuple[VersionFile, ...]:
        """The files of a version; none of one that another process has published."""
        return self._files.get(location, ())
