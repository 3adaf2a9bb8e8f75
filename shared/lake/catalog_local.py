"""The local catalog: one SQLite file in the lake's folder. A swap is one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from shared.errors import StorageError
from shared.lake.catalog import Former, PartitionEntry, PartitionVersion, TableEntry, require_former
from shared.tables import Table
from shared.tables.partitions import Partition
from shared.tables.render import glue_columns

FILE_NAME = "catalog.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tables (name TEXT PRIMARY KEY, description TEXT NOT NULL, columns TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS partitions (
    table_name TEXT NOT NULL, partition TEXT NOT NULL, location TEXT NOT NULL, parameters TEXT NOT NULL,
    PRIMARY KEY (table_name, partition)
);
"""
_OWN = {"tables", "partitions"}
_TABLE_NAMES = r"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'"
_REBUILD = "`loglake catalog rebuild` puts the file aside and makes the catalog anew from the lake"
_CHECK_DISK = "check that the lake's folder is writable and its disk is not full, then run again"


class LocalCatalog:
    """A catalog in one file; several processes may read while one writes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def database(self) -> None:
        """A file has no name that Athena knows."""
        return None

    def exists(self) -> bool:
        """Whether the file is there."""
        return self._path.exists()

    def fault(self) -> str | None:
        """Why the file cannot be used; None for one that can, or is not there.

        Raises StorageError where the file cannot be looked at: that says nothing of what it holds.
        """
        try:
            names = {name for (name,) in self._read(_TABLE_NAMES, (), of_any=True)}
            if strangers := names - _OWN:
                return f"The catalog {self._path} is of another program: it has the table {min(strangers)}."
            for (name,) in self._read("SELECT name FROM tables UNION SELECT table_name FROM partitions", ()):
                self.table_entry(name)
                self.partitions(name)
        except StorageError as error:
            if not _is_damage(error.__cause__):
                raise
            return error.what
        except (ValueError, TypeError, LookupError) as error:
            return f"The catalog {self._path} holds what no run wrote: {error}."
        return None

    def put_aside(self) -> str:
        """Rename the file, and what SQLite keeps beside it; its new path."""
        aside = self._path.with_name(f"{self._path.name}.unusable-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
        try:
            for ending in ("-journal", "-wal", "-shm"):
                beside = self._path.with_name(self._path.name + ending)
                if beside.exists():
                    beside.rename(aside.with_name(aside.name + ending))
            self._path.rename(aside)
        except OSError as error:
            raise StorageError(
                f"The catalog {self._path} cannot be put aside: {error}.",
                remedy="check that the lake's folder is writable, then run again",
            ) from error
        return str(aside)

    def ensure_table(self, table: Table, *, exactly: bool = False) -> None:  # noqa: ARG002 - always is
        """Create the table, or give it the declared columns. One that is as declared costs no transaction."""
        found = self._read("SELECT description, columns FROM tables WHERE name = ?", (table.name,))
        if found and found[0] == (table.description, _columns(table, found[0][1])):
            return
        with self._write() as db:
            row = db.execute("SELECT columns FROM tables WHERE name = ?", (table.name,)).fetchone()
            columns = _columns(table, row[0] if row is not None else "[]")
            db.execute("INSERT OR REPLACE INTO tables VALUES (?, ?, ?)", (table.name, table.description, columns))

    def has_table(self, name: str) -> bool:
        """Whether the table exists."""
        return bool(self._read("SELECT 1 FROM tables WHERE name = ?", (name,)))

    def table_entry(self, name: str) -> TableEntry | None:
        """The table as it stands in the catalog, if it does."""
        found = self._read("SELECT columns FROM tables WHERE name = ?", (name,))
        if not found:
            return None
        columns = json.loads(found[0][0])
        return TableEntry({column["Name"]: (column["Type"], column.get("Comment", "")) for column in columns})

    def partition_entries(
        self, name: str, wanted: Sequence[Partition] | None = None
    ) -> dict[Partition, PartitionEntry]:
        """All partitions as they stand in the catalog, or the wanted ones that do."""
        return {
            partition: PartitionEntry(partition, location, parameters)
            for partition, location, parameters in self._rows(name, wanted)
        }

    def partitions(self, name: str, wanted: Sequence[Partition] | None = None) -> dict[Partition, PartitionVersion]:
        """The current versions: of all partitions, or of the wanted ones that exist."""
        return {
            partition: PartitionVersion.from_parameters(partition, location, parameters)
            for partition, location, parameters in self._rows(name, wanted)
        }

    def swap(
        self,
        name: str,
        versions: Iterable[PartitionVersion],
        dropped: Iterable[Partition] = (),
        former: Former | None = None,
    ) -> None:
        """See `Catalog.swap`; all at once."""
        made, gone = list(versions), list(dropped)
        rows = [(name, str(v.partition), v.location, json.dumps(v.parameters())) for v in made]
        with self._write() as db:
            if former is not None:
                found = db.execute("SELECT partition, location FROM partitions WHERE table_name = ?", (name,))
                current = {Partition.parse(partition): location for partition, location in found}
                require_former(name, current, made, gone, former)
            db.executemany("INSERT OR REPLACE INTO partitions VALUES (?, ?, ?, ?)", rows)
            db.executemany(
                "DELETE FROM partitions WHERE table_name = ? AND partition = ?", [(name, str(p)) for p in gone]
            )

    def _rows(self, name: str, wanted: Sequence[Partition] | None) -> list[tuple[Partition, str, dict[str, str]]]:
        rows = self._read("SELECT partition, location, parameters FROM partitions WHERE table_name = ?", (name,))
        names = None if wanted is None else {str(partition) for partition in wanted}
        return sorted(
            (Partition.parse(partition), location, json.loads(parameters))
            for partition, location, parameters in rows
            if names is None or partition in names
        )

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=60, isolation_level=None)) as db:
                db.executescript(_SCHEMA)
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                except BaseException:
                    db.execute("ROLLBACK")
                    raise
                db.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"The catalog {self._path} cannot be written: {error}.",
                remedy=_REBUILD if _is_damage(error) else _CHECK_DISK,
            ) from error

    def _read(self, sql: str, parameters: tuple[str, ...], *, of_any: bool = False) -> list[tuple[str, ...]]:
        """The answer; an empty one where the file is not there or not made yet. `of_any`: also of a strange file."""
        try:
            if not self._path.exists():
                return []
            # Not mode=ro: the first to open the file after a crash has to roll the half-made swap back. A file that is
            # write-protected is still opened, for reading alone.
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=rw", uri=True, timeout=60)) as db:
                is_made = of_any or db.execute("SELECT 1 FROM sqlite_master WHERE name = 'partitions'").fetchone()
                return db.execute(sql, parameters).fetchall() if is_made else []
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"The catalog {self._path} cannot be read: {error}.",
                remedy=_REBUILD if _is_damage(error) else "check that the file may be read, then run again",
            ) from error


def _is_damage(error: BaseException | None) -> bool:
    """Whether the file is at fault, not the way to it: its name, its permissions, its disk, another writer."""
    if isinstance(error, sqlite3.OperationalError):
        return str(error).startswith("no such")  # table or column: made by another program
    return isinstance(error, sqlite3.DatabaseError)


def _columns(table: Table, former: str) -> str:
    """The declared columns, then what the table had before (both as JSON)."""
    columns = glue_columns(table)
    declared = {column["Name"] for column in columns}
    return json.dumps(columns + [column for column in json.loads(former) if column["Name"] not in declared])
