"""The local catalog: one SQLite file in the lake's folder. A swap is one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from shared.errors import StorageError
from shared.lake.catalog import Former, PartitionEntry, PartitionVersion, TableEntry, require_former
from shared.tables import PARTITION_KEYS, Table
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


class LocalCatalog:
    """A catalog in one file; several processes may read while one writes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def exists(self) -> bool:
        """Whether the file is there."""
        return self._path.exists()

    def ensure_table(self, table: Table, *, retype: bool = False) -> None:  # noqa: ARG002 - always done here
        """See `Catalog.ensure_table`; declared columns always get their declared type.

        A table that is as declared costs no transaction.
        """
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
        """See `Catalog.table_entry`."""
        found = self._read("SELECT columns FROM tables WHERE name = ?", (name,))
        if not found:
            return None
        return TableEntry(name, {c["Name"]: c["Type"] for c in json.loads(found[0][0])}, PARTITION_KEYS)

    def partition_entries(self, name: str) -> dict[Partition, PartitionEntry]:
        """See `Catalog.partition_entries`."""
        rows = self._read("SELECT partition, location, parameters FROM partitions WHERE table_name = ?", (name,))
        return {Partition.parse(hour): PartitionEntry(location, json.loads(told)) for hour, location, told in rows}

    def partitions(self, name: str, wanted: Sequence[Partition] | None = None) -> dict[Partition, PartitionVersion]:
        """The current versions: of all partitions, or of the wanted ones that exist."""
        entries = self.partition_entries(name)
        return {
            partition: PartitionVersion.from_parameters(
                partition, entries[partition].location, entries[partition].parameters
            )
            for partition in sorted(entries if wanted is None else entries.keys() & set(wanted))
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
                remedy="check that the lake's folder is writable and its disk is not full, then run again",
            ) from error

    def _read(self, sql: str, parameters: tuple[str, ...]) -> list[tuple[str, ...]]:
        try:
            if not self._path.exists():
                return []
            # Not mode=ro: the first to open the file after a crash has to roll the half-made swap back. A file that is
            # write-protected is still opened, for reading alone.
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=rw", uri=True, timeout=60)) as db:
                is_made = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'partitions'").fetchone()
                return db.execute(sql, parameters).fetchall() if is_made else []
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"The catalog {self._path} cannot be read: {error}.",
                remedy="remove the file and call `loglake catalog rebuild`: the lake has all that stands in it",
            ) from error


def _columns(table: Table, former: str) -> str:
    """The declared columns, then what the table had before (both as JSON)."""
    columns = glue_columns(table)
    declared = {column["Name"] for column in columns}
    return json.dumps(columns + [column for column in json.loads(former) if column["Name"] not in declared])
