"""The table of questions and answers that Athena's SQL is held against, here and on a real Trino.

`answers.tsv` has a question, its answer and the types of its columns in each line. A question is an expression or a
whole query; `error` for an answer says that it must fail.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ERROR = "error"
_FILE = Path(__file__).with_name("answers.tsv")
_DUCKDB_NAMES = {
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "BLOB": "varbinary",
    "FLOAT": "real",
    '"NULL"': "unknown",
}


@dataclass(frozen=True)
class Answer:
    """A question with its stated answer."""

    question: str
    answer: str
    types: str

    @property
    def is_query(self) -> bool:
        return re.match(r"(SELECT|WITH|VALUES)\b", self.question) is not None

    @property
    def sql(self) -> str:
        return self.question if self.is_query else f"SELECT {self.question}"


def all_answers() -> list[Answer]:
    """The lines of the table but for its headings."""
    lines = _FILE.read_text().splitlines()
    return [Answer(*line.split("\t")) for line in lines if line and not line.startswith("#")]


def rendered(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as text, the same for the values of either engine's client; a row of one column without parentheses."""
    return "; ".join(_value(row[0]) if len(row) == 1 else f"({', '.join(map(_value, row))})" for row in rows)


def type_names(types: Iterable[str]) -> str:
    """The types of columns as Trino names them, without lengths and precisions, and rows without their fields."""
    return ", ".join(map(_type_name, types))


def _value(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.12g}e0" if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, (bytes, bytearray)):
        return f"X'{value.hex()}'"
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.replace(tzinfo=None).isoformat(" ", "milliseconds") + (" UTC" if value.tzinfo else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(_value, value))})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(sorted(f"{_value(key)}: {_value(item)}" for key, item in value.items())) + "}"
    return str(value)


def _type_name(name: str) -> str:
    if name.endswith("[]"):
        return f"array({_type_name(name[:-2])})"
    if name.startswith(("STRUCT(", "TUPLE(")):
        return "row"
    if name.startswith("MAP("):
        key, _, value = name[4:-1].partition(", ")
        return f"map({_type_name(key)}, {_type_name(value)})"
    name = _DUCKDB_NAMES.get(name, name).lower()
    name = re.sub(r"\b(varchar|char|timestamp)\(\d+\)", r"\1", name)
    name = re.sub(r"\brow\((?:[^()]|\([^()]*\))*\)", "row", name)
    return re.sub(r"\bdecimal\(\d+, ?(\d+)\)", r"decimal(\1)", name)
