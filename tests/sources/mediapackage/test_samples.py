"""Every hand-made sample gives what `expected.json` says: counts, reasons, and each value that it lists."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from shared.reasons import BadReason
from shared.sources.base import KeyFacts, Parsed, SourceSettings
from shared.sources.mediapackage import MediapackageParser
from shared.sources.mediapackage.fields import FIELDS

SAMPLES = Path(__file__).parents[2] / "samples" / "mediapackage"
EXPECTED: dict[str, dict[str, Any]] = json.loads((SAMPLES / "expected.json").read_text())
CHECKED = [name for name, entry in EXPECTED.items() if "rows" in entry]
ALL_NAMES = tuple(field.v2 for field in FIELDS if field.v2)
SELECTED = (*ALL_NAMES[1:9], "request_uri_base", "request_query_params")
SETTINGS = {"v2_egress_plain_no_header.log": SourceSettings(fields=SELECTED, delimiter="|")}

# The samples use the names of the documentation.
COLUMNS = {
    "url_path": "path",
    "url_query": "query",
    "status_code": "status",
    "received_bytes": "bytes_received",
    "sent_bytes": "bytes_sent",
    "ttfb_s": "time_to_first_byte_s",
    "is_client_abort": "is_aborted",
}
TIMES = {"event_time", "timeshift_start", "timeshift_end"}
REASONS = {
    "truncated_json": BadReason.NOT_JSON,
    "not_json": BadReason.NOT_JSON,
    "not_object": BadReason.NOT_OBJECT,
    "no_time": BadReason.BAD_TIMESTAMP,
    "no_host_no_path": BadReason.WRONG_SCHEMA,
}
# What queries count, by what the table has.
MEANINGS = {
    "counts_as_origin_error": lambda row: (row["status"] or 0) >= 400 and row["status"] not in {460, 499},
    "counts_as_ingest_error": lambda row: row["status"] is None or (row["status"] >= 400 and row["status"] != 401),
    "success": lambda row: row["status_class"] == "2xx" or (row["direction"] == "egress" and row["status"] == 304),
    "user_agent_len": lambda row: len(row["user_agent"]),
    "extra_keys": lambda row: sorted(key for key, _ in row["extra"]),
}
ABOUT_THE_LINE = {"line", "disposition", "rule", "dup_group", "duplicate", "reason"}


def parse_sample(name: str) -> Parsed:
    parser = MediapackageParser(KeyFacts(name), SETTINGS.get(name, SourceSettings()))
    if name.endswith(".parquet"):
        return parser.parse_parquet(pq.read_table(SAMPLES / name))
    return parser.parse_text((SAMPLES / name).read_bytes())


def actual(row: dict[str, Any], check: str) -> Any:
    if check in MEANINGS:
        return MEANINGS[check](row)
    return row[COLUMNS.get(check, check)]


def wanted(check: str, value: Any) -> Any:
    if check in TIMES and value is not None:
        moment = datetime.fromisoformat(value)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return sorted(value) if check == "extra_keys" else value


def test_every_sample_is_expected() -> None:
    notes = {"README.md", "expected.json"}
    assert {path.name for path in SAMPLES.iterdir()} - notes == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_counts(name: str) -> None:
    entry, parsed = EXPECTED[name], parse_sample(name)
    found = (parsed.rows.num_rows, parsed.rejects.num_rows, sum(parsed.ignored.values()))
    assert found == (entry["good"], entry["quarantine"], entry["ignored"])
    parsed.rows.validate(full=True)


@pytest.mark.parametrize("name", CHECKED)
def test_each_line_is_what_it_is_said_to_be(name: str) -> None:
    parsed = parse_sample(name)
    rows = parsed.rows["source_line"].to_pylist()
    rejects = dict(zip(parsed.rejects["source_line"].to_pylist(), parsed.rejects["reason"].to_pylist(), strict=True))
    lines = EXPECTED[name]["rows"]
    assert rows == [line["line"] for line in lines if line["disposition"] == "good"]
    assert rejects == {
        line["line"]: REASONS[line.get("reason", line["rule"])] for line in lines if line["disposition"] == "quarantine"
    }


@pytest.mark.parametrize("name", CHECKED)
def test_values(name: str) -> None:
    rows = {row["source_line"]: row for row in parse_sample(name).rows.to_pylist()}
    wrong = [
        (line["line"], check, actual(rows[line["line"]], check), wanted(check, value), line["rule"])
        for line in EXPECTED[name]["rows"]
        if line["disposition"] == "good"
        for check, value in line.items()
        if check not in ABOUT_THE_LINE and actual(rows[line["line"]], check) != wanted(check, value)
    ]
    assert wrong == []
