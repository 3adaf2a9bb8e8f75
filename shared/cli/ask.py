"""The work of `loglake query`."""

from __future__ import annotations

import csv
import sys
from typing import Any

import pyarrow as pa

from shared.cli.console import say
from shared.cli.named import existing_lake
from shared.cli.tabular import print_table
from shared.cli.values import csv_value, print_json, rounded
from shared.query.duck import run_sql


def query(sql: str, lake: str, catalog: str | None, format_: str, dialect: str) -> None:
    """Print the result of a query."""
    print_result(run_sql(existing_lake(lake, catalog), sql, dialect), format_)


def print_result(result: pa.Table, format_: str, *, rounds: bool = False) -> None:
    """Print rows as `table`, `json` (a list of objects) or `csv`; `rounds` fractions in a table."""
    result = result.rename_columns(_distinct(result.column_names))
    rows: list[dict[str, Any]] = result.to_pylist(maps_as_pydicts="lossy")
    names = result.column_names
    if format_ == "json":
        print_json(rows)
    elif format_ == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([csv_value(row[name]) for name in names] for row in rows)
    elif names:
        shown = [{name: rounded(value) for name, value in row.items()} for row in rows] if rounds else rows
        print_table(shown, names, grouped=False)
        if not rows:
            say("(no rows)")


def _distinct(names: list[str]) -> list[str]:
    """Names of a result with a number behind repeated ones: a row is an object, which has each name once.

    >>> _distinct(["a", "a", "b", "a_1"])
    ['a', 'a_2', 'b', 'a_1']
    """
    taken: set[str] = set()
    found = []
    for name in names:
        number, distinct = 1, name
        while distinct in taken or (distinct != name and distinct in names):
            distinct = f"{name}_{number}"
            number += 1
        taken.add(distinct)
        found.append(distinct)
    return found
