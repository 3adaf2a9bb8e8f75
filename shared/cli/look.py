"""The work of `loglake tables`, `status` and `quarantine`: look at a lake. None of it needs Spark."""

from __future__ import annotations

from typing import Any

from shared.cli.console import say, size
from shared.cli.named import existing_lake
from shared.cli.tabular import below, print_table
from shared.cli.values import print_json, to_the_second
from shared.errors import UsageError
from shared.lake.lake import Lake
from shared.query.duck import run_sql
from shared.query.tables import all_tables, table_named
from shared.reasons import BadReason
from shared.tables import PARTITION_KEYS, Table

_SOURCES = """
    SELECT source, count(*) AS runs, max(finished_at) AS last_run, sum(objects) AS objects,
           sum(objects_damaged) AS objects_damaged, sum(records) AS records, sum(rows) AS rows,
           sum(duplicates) AS duplicates, sum(quarantined) AS quarantined, sum(ignored) AS ignored
    FROM ingest_runs GROUP BY source ORDER BY source
"""
_RUNS = """
    SELECT run_id, source, started_at, finished_at, duration_s, objects, records, rows, duplicates, quarantined,
           ignored, partitions
    FROM ingest_runs ORDER BY run_id DESC LIMIT 10
"""
_REASONS = """
    SELECT source, reason, count(*) AS entries, count(DISTINCT source_object) AS objects, min(source_object) AS example
    FROM quarantine GROUP BY source, reason ORDER BY entries DESC, source, reason
"""
_TEXT_SHOWN = 160


def columns(name: str, *, as_json: bool) -> None:
    """Print the columns of a table."""
    rows: list[dict[str, Any]] = [
        {"column": c.name, "type": c.type.value, "unit": c.unit, "meaning": c.description} for c in table_named(name)
    ]
    rows += [
        {"column": key, "type": "string", "unit": None, "meaning": "Partition key: of the event hour (UTC)."}
        for key in PARTITION_KEYS
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ["column", "type", "unit", "meaning"])


def tables(lake: str, catalog: str | None, *, as_json: bool) -> None:
    """Print the tables of a lake and what they hold."""
    opened = existing_lake(lake, catalog)
    facts = _facts_of_tables(opened)
    if as_json:
        print_json(facts)
        return
    for fact in facts:
        fact["size"] = size(fact["bytes"])
    print_table(facts, ["table", "rows", "partitions", "size", "first_hour", "last_hour"])


def status(lake: str, catalog: str | None, *, as_json: bool) -> None:
    """Print what is in, how fresh it is, and what the last runs did."""
    opened = existing_lake(lake, catalog)
    sources, runs = _rows(opened, _SOURCES), _rows(opened, _RUNS)
    facts = _facts_of_tables(opened)
    if as_json:
        print_json({"sources": sources, "runs": runs, "tables": facts})
        return
    for source in sources:
        _tell_source(source)
    held = [fact for fact in facts if fact["rows"]]
    for fact in held:
        fact["size"] = size(fact["bytes"])
    print_table(held, ["table", "rows", "size", "last_hour"])
    say("")
    for run in runs:
        run["finished"] = to_the_second(run["finished_at"])
    print_table(runs, ["finished", "source", "objects", "rows", "quarantined", "duration_s"], "Last runs, newest first")


def quarantine(lake: str, catalog: str | None, *, reason: str | None, limit: int, as_json: bool) -> None:
    """Print what is in quarantine: counted by reason, or the entries with one."""
    if reason is not None and reason not in set(BadReason):
        raise UsageError(f"There is no reason {reason!r}.", remedy=f"reasons are {', '.join(BadReason)}")
    opened = existing_lake(lake, catalog)
    if as_json:
        print_json({"reasons": _rows(opened, _REASONS), "entries": _entries(opened, reason, limit)})
    elif reason is None:
        _tell_reasons(_rows(opened, _REASONS))
    else:
        _tell_entries(_entries(opened, reason, limit), reason)


def _tell_source(source: dict[str, Any]) -> None:
    damaged = f", {source['objects_damaged']:,} of them damaged" if source["objects_damaged"] else ""
    runs = "1 run" if source["runs"] == 1 else f"{source['runs']:,} runs"
    say(f"{source['source']}: {runs}, the last ended {to_the_second(source['last_run'])}")
    say(f"  objects  {source['objects']:,}{damaged}")
    say(
        f"  records  {source['records']:,} = {source['rows']:,} rows + {source['duplicates']:,} duplicates + "
        f"{source['quarantined']:,} quarantined + {source['ignored']:,} ignored"
    )
    say("")


def _tell_reasons(counts: list[dict[str, Any]]) -> None:
    if not counts:
        say("Nothing is in quarantine.")
        return
    folder, names = below([count["example"] for count in counts])
    for count, name in zip(counts, names, strict=True):
        count["example"] = name
    print_table(counts, ["source", "reason", "entries", "objects", "example"], f"Objects below {folder}")


def _tell_entries(entries: list[dict[str, Any]], reason: str) -> None:
    if not entries:
        say(f"Nothing is in quarantine for {reason}.")
        return
    folder, names = below([entry["source_object"] for entry in entries])
    rows = [
        {
            "object": name,
            "line": entry["source_line"],
            "detail": entry["detail"],
            "text": (entry["raw_text"] or "")[:_TEXT_SHOWN],
        }
        for entry, name in zip(entries, names, strict=True)
    ]
    print_table(rows, ["object", "line", "detail", "text"], f"{reason}, objects below {folder}")


def _entries(lake: Lake, reason: str | None, limit: int) -> list[dict[str, Any]]:
    where = f"WHERE reason = '{BadReason(reason)}'" if reason else ""
    return _rows(
        lake,
        f"""
        SELECT source, reason, source_object, source_line, detail, raw_text FROM quarantine {where}
        ORDER BY source_object, source_line LIMIT {limit}
        """,  # noqa: S608 - a number, and a name of a closed list
    )


def _facts_of_tables(lake: Lake) -> list[dict[str, Any]]:
    """Of the tables that the lake has: of a source that never ran there it has none."""
    return [_facts(lake, table) for table in all_tables() if lake.catalog.has_table(table.name)]


def _facts(lake: Lake, table: Table) -> dict[str, Any]:
    versions = lake.catalog.partitions(table.name)
    return {
        "table": table.name,
        "rows": sum(version.rows for version in versions.values()),
        "partitions": len(versions),
        "files": sum(version.files for version in versions.values()),
        "bytes": sum(version.size_bytes for version in versions.values()),
        "first_hour": str(min(versions)) if versions else None,
        "last_hour": str(max(versions)) if versions else None,
    }


def _rows(lake: Lake, sql: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run_sql(lake, sql).to_pylist()
    return found
