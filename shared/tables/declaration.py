"""One declaration of a table, from which everything else that describes it is made.

A `Table` is data: its columns with type, unit and meaning, its deduplication key, its partition time. The Arrow and
Spark schemas, the Glue table with column comments, the documentation page and the local SQL view are renderings of it
(`shared.tables.render`), so they cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa

PARTITION_KEYS = ("year", "month", "day", "hour")


class ColumnType(StrEnum):
    """The types a table may use: the ones that Spark, Athena, DuckDB and QuickSight agree on. Values are Glue types."""

    STRING = "string"
    INT = "int"
    BIGINT = "bigint"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"  # UTC, milliseconds, INT64 in Parquet
    STRINGS = "array<string>"
    STRING_MAP = "map<string,string>"

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type that a column of this type has in memory and in Parquet."""
        return _ARROW[self]


_ARROW: dict[ColumnType, pa.DataType] = {
    ColumnType.STRING: pa.string(),
    ColumnType.INT: pa.int32(),
    ColumnType.BIGINT: pa.int64(),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.TIMESTAMP: pa.timestamp("ms", tz="UTC"),
    ColumnType.STRINGS: pa.list_(pa.string()),
    ColumnType.STRING_MAP: pa.map_(pa.string(), pa.string()),
}


@dataclass(frozen=True)
class Column:
    """One column. `few_values` marks text of few distinct values, kept dictionary-encoded from parser to Parquet."""

    name: str
    type: ColumnType
    description: str
    unit: str | None = None
    few_values: bool = False

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type in memory: few-valued text is a dictionary of int32 codes."""
        return pa.dictionary(pa.int32(), pa.string()) if self.few_values else self.type.arrow


class SubjectKind(StrEnum):
    """What a person is known by in logs."""

    ADDRESS = "address"
    SESSION = "session"
    PARTICIPANT = "participant"


@dataclass(frozen=True)
class SubjectColumn:
    """A column in which persons show: what an erasure looks at.

    member        the key of a map column that holds it
    is_pseudonym  the column holds pseudonyms of addresses, not addresses
    where         only rows in which this column is not null hold it whole: elsewhere it was cut or dropped
    """

    kind: SubjectKind
    name: str
    member: str | None = None
    is_pseudonym: bool = False
    where: str | None = None


@dataclass(frozen=True)
class Table:
    """A table of the lake.

    `key` names the columns that identify a record inside its hour. `prefer` lists values of `prefer_column` from best
    to worst: of the copies of one key the best one stays, then the one of the smallest (source_object, source_line).
    A table without a key keeps all rows. `key_scope` names a key column whose null means "not known" instead of being a
    value: a row that does not know its scope gives way to one with the same other key columns that does. `subjects` are
    the columns by which the rows of a person are found.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    partition_time: str
    key: tuple[str, ...] = ()
    key_scope: str | None = None
    prefer_column: str | None = None
    prefer: tuple[str, ...] = ()
    subjects: tuple[SubjectColumn, ...] = ()

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        doubled = {name for name in names if names.count(name) > 1} | (set(names) & set(PARTITION_KEYS))
        subjects = [name for subject in self.subjects for name in (subject.name, subject.where)]
        named = (*self.key, self.partition_time, self.key_scope, self.prefer_column, *subjects)
        unknown = {name for name in named if name is not None} - set(names)
        if doubled or unknown:
            raise ValueError(f"table {self.name}: doubled columns {sorted(doubled)}, unknown columns {sorted(unknown)}")

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name}")

    @property
    def hashed_columns(self) -> tuple[str, ...]:
        """The key columns that equal rows always share: all but the scope, which one of them may not know."""
        return tuple(name for name in self.key if name != self.key_scope)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns in declared order."""
        return tuple(column.name for column in self.columns)

    @property
    def arrow_schema(self) -> pa.Schema:
        """The schema of the table in memory, in declared order, without the partition keys."""
        return pa.schema([pa.field(column.name, column.arrow) for column in self.columns])
