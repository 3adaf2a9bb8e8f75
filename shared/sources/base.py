"""What a source is: its tables, a reading of keys, and a parser that turns the bytes of one object into rows.

Everything here is pure: no storage, no Spark, no clock. The engine opens objects and hands over whole lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

import pyarrow as pa

from shared.tables import Table
from shared.tables.partitions import Partition

REJECT_SCHEMA = pa.schema(
    [
        pa.field("source_line", pa.int64()),
        pa.field("reason", pa.string()),
        pa.field("detail", pa.string()),
        pa.field("raw_text", pa.string()),
    ]
)


@dataclass(frozen=True)
class KeyFacts:
    """What an object's key says. `hour` is the (UTC) hour in the name: a hint for planning, never an event time."""

    key: str
    is_log: bool = True
    layout: str | None = None
    resource_id: str | None = None
    account_id: str | None = None
    date: str | None = None
    hour: int | None = None

    @property
    def starts(self) -> datetime | None:
        """Start of the hour in the key, naive UTC; None where the key has no full hour."""
        if self.date is None or self.hour is None:
            return None
        try:
            return datetime.fromisoformat(f"{self.date}T{self.hour:02d}:00:00")
        except ValueError:
            return None


class Parsed(NamedTuple):
    """Rows, rejects and counts of a piece of an object.

    rows     the columns that the parser fills, in their declared types (enrichment and lineage columns that the engine
             adds are absent). Of a source with one table in its declared order; of one with several they hold what
             `Source.split` goes by
    rejects  REJECT_SCHEMA
    ignored  lines that are no records, by kind: header, comment, blank
    """

    rows: pa.Table
    rejects: pa.Table
    ignored: Mapping[str, int]

    @property
    def records(self) -> int:
        """Records read: what must come out as rows, duplicates or quarantine."""
        return int(self.rows.num_rows + self.rejects.num_rows)


class ObjectParser(Protocol):
    """Parses one object piece by piece; keeps what a later piece needs (layout, line number, copies of equal lines)."""

    def parse_text(self, text: bytes) -> Parsed:
        """Parse whole lines; only the last line of the last piece may lack its newline."""

    def parse_records(self, records: pa.Table) -> Parsed:
        """Parse records out of their wrappings (`shared.raw.records.RECORD_SCHEMA`); their lines are their numbers."""

    def forget_layout(self) -> None:
        """A part of the object is missing, and with it maybe a header: what follows is told anew, not guessed."""

    def parse_parquet(self, table: pa.Table) -> Parsed:
        """Parse the rows of a Parquet object (or of one row group)."""


_OF_TABLE = "@"  # between an hour and a table: sorts behind every hour's own name, and before that of the next hour


@dataclass(frozen=True)
class Source:
    """A log source: raw objects of one kind, and the tables that their records go to.

    new_parser  its settings are the user's, e.g. a map from domain to distribution id
    split       parsed rows by the name of their table, with the columns of that table; where there are several tables
    """

    name: str
    tables: tuple[Table, ...]
    parser_version: int
    read_key: Callable[[str], KeyFacts]
    new_parser: Callable[[KeyFacts, SourceSettings], ObjectParser]
    split: Callable[[pa.Table], Mapping[str, pa.Table]] | None = None

    def by_table(self, rows: pa.Table) -> Mapping[str, pa.Table]:
        """Parsed rows by the name of the table that they belong to."""
        return {self.tables[0].name: rows} if self.split is None else self.split(rows)

    def hour_name(self, table: Table, hour: Partition) -> str:
        """How the ledger names an hour of a table: the hour alone for the first table of the source."""
        return str(hour) if table.name == self.tables[0].name else f"{hour}{_OF_TABLE}{table.name}"

    def place(self, name: str) -> tuple[Table, Partition]:
        """The table and the hour that a name of the ledger means."""
        hour, _, of_table = name.partition(_OF_TABLE)
        table_name = of_table or self.tables[0].name
        return next(table for table in self.tables if table.name == table_name), Partition.parse(hour)

    def hours_of(self, table: Table, names: Iterable[str]) -> set[Partition]:
        """The hours of one table among names that the ledger gives."""
        wanted = "" if table.name == self.tables[0].name else table.name
        named = (name.partition(_OF_TABLE) for name in names)
        return {Partition.parse(hour) for hour, _, of_table in named if of_table == wanted}


@dataclass(frozen=True)
class SourceSettings:
    """What a user may say about a source.

    fields      field names in wire order, for objects that name none (v2 raw); empty: told from the data
    delimiter   between fields, for objects without header; None: sniffed
    resources   domain to resource (distribution) id, where neither row nor key has it
    """

    fields: tuple[str, ...] = ()
    delimiter: str | None = None
    resources: Mapping[str, str] = field(default_factory=dict)
