"""What the readers of lines ask of a format: its names, and how its lines are split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

import pyarrow as pa

from shared.reasons import BadReason
from shared.sources.columns.texts import Mask

TAB = b"\t"


@dataclass(frozen=True)
class Layout:
    """The fields of a run of lines.

    names        in wire order; empty where each line tells its own fields by their count
    delimiter    empty until a record has shown it
    refused      why no line of this run can be a row
    own_header   the names stood in the object
    """

    names: tuple[str, ...]
    delimiter: bytes
    source_format: str
    refused: BadReason | None = None
    own_header: bool = True


@dataclass(frozen=True)
class Reading:
    """How to read one line: its names (the first `len(names)` fields), or why it cannot be read.

    by_count   no header says so: the values must have the shapes of their fields
    """

    names: tuple[str, ...] = ()
    source_format: str = ""
    refused: BadReason | None = None
    by_count: bool = False


class Moment(Enum):
    """How a field would be logged that Parquet may have as a timestamp."""

    DATE = auto()  # YYYY-MM-DD
    TIME = auto()  # HH:MM:SS
    EPOCH_MS = auto()  # milliseconds since 1970


class Dialect(Protocol):
    """A format of lines, for one object with its key and its settings."""

    @property
    def spellings(self) -> Mapping[str, str]:
        """Lower-case spelling of a name to its wire name."""

    @property
    def json_format(self) -> str:
        """What JSON lines are called."""

    @property
    def parquet_format(self) -> str:
        """What Parquet is called."""

    @property
    def watched(self) -> frozenset[str]:
        """Wire names of fields whose being there says something, whatever their value."""

    def wire_names(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Logged names in the format's own spelling; those that are nobody's as they are."""

    def refusal(self, names: tuple[str, ...]) -> BadReason | None:
        """Why records with these fields are no rows."""

    def repeats(self, wire: str) -> bool:
        """Whether values of a field repeat, and are worth handling once per distinct value."""

    def moment(self, wire: str) -> Moment | None:
        """How a field is logged that holds a day, a time of the day or both; None for other fields."""

    def of_fields_line(self, line: bytes, *, has_version: bool) -> Layout:
        """The layout that a `#Fields:` line gives."""

    def of_bare_line(self, line: bytes) -> Layout | None:
        """The layout of a header line without `#Fields:`, None where the line is no header."""

    def without_header(self) -> Layout:
        """The layout of an object whose first line is data."""

    def may_be_header(self, start: bytes, layout: Layout) -> bool:
        """Whether a line that starts so in the middle of an object may be a bare header: worth a close look."""

    def reading_of(self, layout: Layout, line: bytes, count: int) -> Reading:
        """How to read a line of so many fields under a layout."""

    def told_by_values(self, layout: Layout, count: int) -> bool:
        """Whether lines of one count may differ in their fields, so that each line has to be looked at."""

    def names_by_count(self, layout: Layout, count: int) -> tuple[str, ...]:
        """Names of lines without a header that all have so many fields; none where that does not tell."""

    def misplaced(self, columns: Mapping[str, pa.Array], *, strict: bool) -> Mask | None:
        """Rows with a value that does not look like its field; None for no row."""

    def redact_line(self, names: tuple[str, ...], delimiter: bytes) -> Callable[[bytes], bytes]:
        """A function that takes out of a delimited line what must not be kept, and cuts it."""

    def redact_json(self, raw: bytes) -> bytes:
        """A line of JSON without what must not be kept, cut."""
