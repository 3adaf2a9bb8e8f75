"""What a right reader makes of the damaged data set: the generator's word, line by line.

The same order without damage gives the same lines, whole. So a line that differs is damaged, and the way of damage that
makes the one of the other says what a right reader does with it. Values are cut from the line by the few rules of the
source's page, in plain Python, apart from all that any contender uses.
"""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.contenders.layout import COLUMNS, INTEGERS
from benchmarks.datasets import DataSet, spec_of
from shared.synth import write_cloudfront
from shared.synth.cloudfront.damage import KINDS
from shared.synth.cloudfront.spec import RawFormat
from shared.synth.damage import Kind

VALUES = (
    "request_id", "edge_location", "bytes_sent", "method", "distribution_domain", "status", "cache_result", "host",
    "protocol", "bytes_received", "tls_protocol", "tls_cipher", "cache_result_response", "protocol_version",
    "client_port", "cache_result_detailed", "content_length", "range_start", "range_end", "user_agent",
)  # fmt: skip
"""Columns that all contenders give in the same form, besides `event_time`."""

DAMAGED_VALUES = {"hash": "path", "nul": "query"}
"""By kind of damage, where else it is. Peers do not decode this column, so it is compared in these rows alone."""

_NUMBER = re.compile(rb"-?[0-9]{1,18}")
_NUMBERS = frozenset(INTEGERS.values())


@dataclass(frozen=True)
class Truth:
    """Of a data set.

    rows      Parquet: `kind` (null for an undamaged line), `event_time`, `VALUES`, `path` and `query` of damaged ones
    reasons   lines that must not become rows, by the reason of loglake's quarantine
    ignored   lines that are no records: headers and empty ones
    """

    rows: Path
    reasons: Mapping[str, int]
    ignored: int


def truth_of(data: DataSet) -> Truth:
    """Write the rows beside the data; AssertionError where they are not as many as the generator has counted."""
    kinds: Counter[Kind] = Counter()
    rows: list[dict[str, Any]] = []
    headers = 0
    with TemporaryDirectory(dir=data.raw.parent) as folder:
        whole = Path(folder)
        write_cloudfront(whole, replace(spec_of(data.name), malformed_share=0.0))
        for file in sorted(data.raw.rglob("*.gz")):
            lines, whole_lines = _lines(file), _lines(whole / file.relative_to(data.raw))
            headers += sum(line.startswith(b"#") for line in lines)
            for line, kind in kinds_of(lines, whole_lines):
                if kind:
                    kinds[kind] += 1
                if kind is None or kind.is_good:
                    rows.append(row_of(line, kind.name if kind else None))
    assert len(rows) == data.rows, f"{len(rows):,} rows, but the generator has counted {data.rows:,}"
    path = data.raw.parent / "truth.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    reasons: Counter[str] = Counter()
    for kind, count in kinds.items():
        if kind.reason:
            reasons[kind.reason] += count
    return Truth(path, dict(reasons), headers + sum(count for kind, count in kinds.items() if kind.ignored))


def kinds_of(lines: Sequence[bytes], whole: Sequence[bytes]) -> Iterator[tuple[bytes, Kind | None]]:
    """Each line that is no header, with its damage; RuntimeError where a line is neither whole nor of a kind."""
    for line, undamaged in zip(lines, whole, strict=True):
        if line == undamaged:
            if not line.startswith(b"#"):
                yield line, None
        else:
            yield line, next(kind for kind in KINDS[RawFormat.V1] if kind.damage(undamaged) == line)


def row_of(line: bytes, kind: str | None) -> dict[str, Any]:
    """The values of a line; those that it has not, or that are no number where one should be, are None."""
    fields = dict(zip(COLUMNS, line.split(b"\t"), strict=False))  # what is short or long is so at its end
    time = datetime.fromisoformat(f"{fields['date'].decode()} {fields['time'].decode()}").replace(tzinfo=UTC)
    logged = _text(fields["logged_user_agent"])
    row = {name: _value(name, fields.get(name, b"-")) for name in VALUES if name != "user_agent"}
    row |= {"event_time": time, "kind": kind, "user_agent": None if logged is None else unquote(logged)}
    return row | {column: _text(fields[column]) if kind == where else None for where, column in DAMAGED_VALUES.items()}


def _value(name: str, field: bytes) -> int | str | None:
    if name in _NUMBERS:
        return int(field) if _NUMBER.fullmatch(field) else None
    return _text(field)


def _text(field: bytes) -> str | None:
    return None if field in (b"-", b"") else field.decode(errors="replace")


def _lines(file: Path) -> list[bytes]:
    return gzip.decompress(file.read_bytes()).split(b"\n")[:-1]
