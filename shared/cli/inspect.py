"""`loglake tables`, `status`, `quarantine` and `query`: look at a lake. None of them needs Spark."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from shared.cli.options import AsJson, CatalogName, LakeUri
from shared.cli.output import fails_politely, out, print_json, print_table, size
from shared.errors import UsageError
from shared.lake.lake import Lake, open_lake
from shared.query.duck import all_tables, run_sql
from shared.tables import PARTITION_KEYS, Table


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@fails_politely
def tables(
    lake: LakeUri,
    catalog: CatalogName = None,
    columns: Annotated[str | None, typer.Option(help="List the columns of this table instead.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the tables of a lake, or the columns of one."""
    if columns is not None:
        rows = [
            {"column": c.name, "type": c.type.value, "unit": c.unit, "meaning": c.description}
            for c in _table(columns)
        ] + [{"column": key, "type": "string", "unit": None, "meaning": "Partition key."} for key in PARTITION_KEYS]
        _show(rows, ["column", "type", "unit", "meaning"], as_json)
        return
    _show(
        [_facts(_existing(lake, catalog), table) for table in all_tables()],
        ["table", "rows", "partitions", "files", "size", "first_hour", "last_hour"],
        as_json,
    )


@fails_politely
def status(lake: LakeUri, catalog: CatalogName = None, as_json: AsJson = False) -> None:
    """Say what is in, how fresh it is, and what the last runs did."""
    opened = _existing(lake, catalog)
    sources = _rows(
        opened,
        """
        SELECT source, count(*) AS runs, max(finished_at) AS last_run, sum(objects) AS objects, sum(records) AS records,
               sum(rows) AS rows, sum(duplicates) AS duplicates, sum(quarantined) AS quarantined, sum(ignored) AS ignored,
               sum(objects_damaged) AS objects_damaged
        FROM ingest_runs GROUP BY source ORDER BY source
        """,
    )
    runs = _rows(
        opened,
        """
        SELECT run_id, source, started_at, duration_s, objects, records, rows, duplicates, quarantined, ignored, partitions
        FROM ingest_runs ORDER BY run_id DESC LIMIT 10
        """,
    )
    if as_json:
        print_json({"sources": sources, "runs": runs, "tables": [_facts(opened, table) for table in all_tables()]})
        return
    print_table(sources, list(sources[0]) if sources else ["source"], "Sources")
    print_table(runs, list(runs[0]) if runs else ["run_id"], "Last runs (newest first)")


@fails_politely
def quarantine(
    lake: LakeUri,
    catalog: CatalogName = None,
    reason: Annotated[str | None, typer.Option(help="Show the entries with this reason.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Entries to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what could not be taken in and why."""
    opened = _existing(lake, catalog)
    counts = _rows(
        opened,
        """
        SELECT source, reason, count(*) AS entries, count(DISTINCT source_object) AS objects, min(source_object) AS example
        FROM quarantine GROUP BY source, reason ORDER BY entries DESC, reason
        """,
    )
    where = f"WHERE reason = '{reason.replace(chr(39), chr(39) * 2)}'" if reason else ""
    entries = _rows(
        opened,
        f"""
        SELECT reason, source_object, source_line, detail, raw_text FROM quarantine {where}
        ORDER BY source_object, source_line LIMIT {limit}
        """,
    )
    if as_json:
        print_json({"reasons": counts, "entries": entries})
    elif reason is None:
        print_table(counts, ["source", "reason", "entries", "objects", "example"], "In quarantine")
    else:
        for entry in entries:
            entry["raw_text"] = (entry["raw_text"] or "")[:160]
        print_table(entries, ["source_object", "source_line", "detail", "raw_text"], f"In quarantine: {reason}")


@fails_politely
def query(
    sql: Annotated[str, typer.Argument(help="SQL (DuckDB's dialect) over the lake's tables.", show_default=False)],
    lake: LakeUri,
    catalog: CatalogName = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print the result.")] = Format.TABLE,
) -> None:
    """Ask the lake a question in SQL."""
    result = run_sql(_existing(lake, catalog), sql)
    rows: list[dict[str, Any]] = result.to_pylist(maps_as_pydicts="lossy")
    if format_ is Format.JSON:
        print_json(rows)
    elif format_ is Format.CSV:
        writer = csv.DictWriter(sys.stdout, result.column_names)
        writer.writeheader()
        writer.writerows(rows)
    else:
        print_table(rows, result.column_names)


def _existing(uri: str, catalog: str | None) -> Lake:
    lake = open_lake(uri, catalog)
    if not any(lake.catalog.has_table(table.name) for table in all_tables()):
        raise UsageError(f"There is no lake at {uri}.", remedy="check --lake and --catalog, or make it with `loglake run`")
    return lake


def _table(name: str) -> Table:
    for table in all_tables():
        if table.name == name:
            return table
    raise UsageError(f"There is no table {name!r}.", remedy=f"tables are {', '.join(t.name for t in all_tables())}")


def _facts(lake: Lake, table: Table) -> dict[str, Any]:
    versions = lake.catalog.partitions(table.name)
    stored = sum(version.size_bytes for version in versions.values())
    return {
        "table": table.name,
        "rows": sum(version.rows for version in versions.values()),
        "partitions": len(versions),
        "files": sum(version.files for version in versions.values()),
        "bytes": stored,
        "size": size(stored),
        "first_hour": str(min(versions)) if versions else None,
        "last_hour": str(max(versions)) if versions else None,
    }


def _rows(lake: Lake, sql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run_sql(lake, sql).to_pylist()
    return found


def _show(rows: Sequence[dict[str, Any]], columns: Sequence[str], as_json: bool) -> None:
    if as_json:
        print_json(list(rows))
    else:
        print_table(rows, columns)
        if not rows:
            out.print("none")
