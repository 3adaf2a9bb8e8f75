"""The local catalog: one SQLite file in the lake's folder. A swap is one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from shared.errors import StorageError
from shared.lake.catalog import Former, PartitionVersion, require_former
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


class LocalCatalog:
    """A catalog in one file; several processes may read while one writes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ensure_table(self, table: Table) -> None:
        """Create the table, or add the columns that it lacks. One that is as declared costs no transaction."""
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

    def partitions(self, name: str, wanted: Sequence[Partition] | None = None) -> dict[Partition, PartitionVersion]:
        """The current versions: of all partitions, or of the wanted ones that exist."""
        rows = self._read("SELECT partition, location, parameters FROM partitions WHERE table_name = ?", (name,))
        names = None if wanted is None else {str(partition) for partition in wanted}
        versions = [
            PartitionVersion.from_parameters(Partition.parse(partition), location, json.loads(parameters))
            for partition, location, parameters in rows
            if names is None or partition in names
        ]
        return {version.partition: version for version in sorted(versions, key=lambda version: version.partition)}

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
                remedy="restore the file; the data files of the lake are untouched",
            ) from error


def _columns(table: Table, former: str) -> str:
    """The declared columns, then what the table had before (both as JSON)."""
    columns = glue_columns(table)
    declared = {column["Name"] for column in columns}
    return json.dumps(columns + [column for column in json.loads(former) if column["Name"] not in declared])
