"""Raw objects to records, by what CloudFront documents of its standard logs and with nothing of loglake.

Enough for what the generator writes: version 1 and version 2 as w3c, plain, json and Parquet, with malformed lines,
broken objects and logs of other families among them.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyarrow.parquet as pq

_NAMES = """
date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query
cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for
ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port
time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end
timestamp(ms) timestamp DistributionId origin-fbl origin-lbl asn c-country cache-behavior-path-pattern
"""
WIRE_NAMES = frozenset(_NAMES.split())
_OF_PARQUET = {re.sub(r"\W+", "_", name.replace("-", "_")).rstrip("_"): name for name in WIRE_NAMES}
_FEWEST_FIELDS = 12


@dataclass(frozen=True)
class RawObject:
    """An object as it lies in the raw prefix; `modified` is naive UTC."""

    url: str
    data: bytes
    modified: datetime


@dataclass(frozen=True)
class Record:
    """A request as logged: wire name to value, without those that are null."""

    values: Mapping[str, str]
    distribution: str | None
    format: str
    object: RawObject
    line: int


@dataclass
class Content:
    """What an object holds."""

    records: list[Record] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)  # reasons
    ignored: int = 0
    is_damaged: bool = False


def content_of(raw: RawObject) -> Content:
    """The records of an object, and why others are none."""
    if raw.data.startswith(b"PAR1"):
        return _of_parquet(raw)
    try:
        text = gzip.decompress(raw.data).decode(errors="replace")
    except EOFError:
        return Content(bad=["truncated_gzip"], is_damaged=True)
    except (gzip.BadGzipFile, zlib.error):
        return Content(bad=["corrupt_gzip"], is_damaged=True)
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return _of_json(raw, lines) if text.startswith(("{", "[{")) else _of_lines(raw, lines)


def _of_parquet(raw: RawObject) -> Content:
    rows = pq.read_table(io.BytesIO(raw.data)).to_pylist()
    records = (({_OF_PARQUET[name]: value for name, value in row.items()}) for row in rows)
    return Content([_record(raw, "v2_parquet", number, values) for number, values in enumerate(records, 1)])


def _of_json(raw: RawObject, lines: list[str]) -> Content:
    content = Content()
    for number, line in enumerate(lines, 1):
        try:
            values = json.loads(line)
        except ValueError:
            content.bad.append("not_json")
            continue
        if not isinstance(values, dict):
            content.bad.append("not_object")
        elif "connectionId" in values:
            content.bad.append("wrong_family")
        elif len(values.keys() & WIRE_NAMES) < 3:
            content.bad.append("wrong_schema")
        else:
            _add(content, _record(raw, "v2_json", number, values))
    return content


def _of_lines(raw: RawObject, lines: list[str]) -> Content:
    content = Content()
    names: list[str] = []
    format_ = "v1"
    for number, line in enumerate(lines, 1):
        if line.startswith("#Fields:"):
            names = line.removeprefix("#Fields:").split()
            format_ = "v2_w3c" if "timestamp" in names else "v1"
        elif not names and line.startswith("date\t"):
            names, format_ = line.split("\t"), "v2_plain"
        elif line and not line.startswith("#"):
            values = line.split("\t")
            if "x-event" in names:
                content.bad.append("unsupported_dataset")
            elif len(values) < _FEWEST_FIELDS:
                content.bad.append("too_few_fields")
            else:
                _add(content, _record(raw, format_, number, dict(zip(names, values, strict=False))))
            continue
        content.ignored += 1
    return content


def _add(content: Content, record: Record) -> None:
    if time_of(record.values) is None:
        content.bad.append("bad_timestamp")
    else:
        content.records.append(record)


def _record(raw: RawObject, format_: str, number: int, values: Mapping[str, str]) -> Record:
    known = {name: value for name, value in values.items() if value not in ("-", "")}
    return Record(known, known.get("DistributionId") or _distribution(raw.url), format_, raw, number)


def _distribution(url: str) -> str | None:
    """Of the key: version 1's name begins with it, version 2's folders have it."""
    found = re.search(r"(?:^|/|=)(E[A-Z0-9]{9,})(?:\.\d{4}-\d\d-\d\d-\d\d\.|/)", url)
    return found[1] if found else None


def time_of(values: Mapping[str, str]) -> datetime | None:
    """When the response ended, naive UTC: in milliseconds where the log has them."""
    if "timestamp(ms)" in values:
        return datetime(1970, 1, 1) + timedelta(milliseconds=int(values["timestamp(ms)"]))
    try:
        return datetime.strptime(f"{values.get('date')} {values.get('time')}", "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None
