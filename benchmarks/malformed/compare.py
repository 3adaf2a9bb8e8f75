"""The rows of a contender beside those that should be there: lost ones, ones too many, and other values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from benchmarks.malformed.truth import VALUES

UNDAMAGED = "undamaged"


@dataclass(frozen=True)
class Outcome:
    """What became of the lines.

    lost     valid records without a row, by kind of damage (or `UNDAMAGED`)
    other    rows of valid records with a value that is not the true one, by the same
    bad      rows of no valid record: bad lines, and second rows of one record
    no_hour  how many of the rows without a valid record's id are in no hour
    """

    rows: int
    lost: Mapping[str, int] = field(default_factory=dict)
    other: Mapping[str, int] = field(default_factory=dict)
    bad: int = 0
    no_hour: int = 0


def compare(files: Sequence[Path], truth: Path) -> Outcome:
    """Hold rows against the truth, by request id; NULL and the empty string are alike."""
    files, wanted = (files, "") if files else ([truth], "LIMIT 0")
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TEMP TABLE truth AS SELECT kind, {_VALUES}, path, query FROM read_parquet($file)",
            {"file": str(truth)},
        )
        connection.execute(
            f"""CREATE TEMP TABLE found AS SELECT event_time IS NULL AS no_hour, {_VALUES}, path, query
            FROM read_parquet($files, union_by_name = true, hive_partitioning = false) {wanted}""",
            {"files": [str(file) for file in files]},
        )
        connection.execute(
            """CREATE TEMP TABLE pairs AS SELECT kind, no_hour, truth.request_id AS id,
                truth.content = found.content AND coalesce(truth.path = found.path, truth.path IS NULL)
                AND coalesce(truth.query = found.query, truth.query IS NULL) AS is_equal
            FROM found LEFT JOIN truth ON truth.request_id = found.request_id"""
        )
        by_kind = f"SELECT coalesce(kind, '{UNDAMAGED}'), count(*)"
        lost = f"{by_kind} FROM truth ANTI JOIN found USING (request_id) GROUP BY 1"
        other = f"{by_kind} FROM pairs WHERE id IS NOT NULL AND NOT is_equal GROUP BY 1"
        counts = "SELECT count(*), count(*) - count(DISTINCT id), count(*) FILTER (id IS NULL AND no_hour) FROM pairs"
        [(rows, bad, no_hour)] = connection.sql(counts).fetchall()
        return Outcome(
            rows,
            dict(connection.sql(f"{lost} ORDER BY 1").fetchall()),
            dict(connection.sql(f"{other} ORDER BY 1").fetchall()),
            bad,
            no_hour,
        )


def _of(name: str) -> str:
    text = f"coalesce({name}::VARCHAR, '')"
    # How many replacement characters stand for bytes side by side is convention.
    return f"regexp_replace({text}, '\ufffd+', '\ufffd', 'g')" if name == "user_agent" else text


_VALUES = f"request_id, hash(epoch_ms(event_time), {', '.join(map(_of, VALUES))}) AS content"
