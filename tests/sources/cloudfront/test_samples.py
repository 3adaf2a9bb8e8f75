"""Every hand-made sample gives what `expected.json` says: counts, reasons, flags, and values by row."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from shared.sources.base import Parsed, SourceSettings
from shared.sources.cloudfront import SOURCE
from shared.sources.cloudfront.fields import BY_WIRE

SAMPLES = Path(__file__).parents[2] / "samples" / "cloudfront"
EXPECTED: dict[str, dict[str, Any]] = json.loads((SAMPLES / "expected.json").read_text())["files"]
# Real-time logs are another source; damaged containers are the business of the container reader.
STANDARD = {
    name: entry for name, entry in EXPECTED.items() if not name.startswith("rt/") and "object_error" not in entry
}
FORMATS = {"v2 json": "v2_json", "v2 w3c": "v2_w3c", "v2 plain": "v2_plain", "v2 parquet": "v2_parquet", "v1": "v1"}


def parse_sample(name: str) -> Parsed:
    parser = SOURCE.new_parser(SOURCE.read_key(name), SourceSettings())
    content = (SAMPLES / name).read_bytes()
    if content.startswith(b"PAR1"):
        return parser.parse_parquet(pq.read_table(SAMPLES / name))
    while content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    return parser.parse_text(content)


def in_line_order(parsed: Parsed) -> list[dict[str, Any]]:
    """Rows and rejects of an object, as the checks list them."""
    records = [{"verdict": "good", **row} for row in parsed.rows.to_pylist()]
    records += [{"verdict": "bad", **reject} for reject in parsed.rejects.to_pylist()]
    return sorted(records, key=lambda record: record["source_line"])


def actual(record: dict[str, Any], check: str) -> Any:
    match check:
        case "verdict" | "reason" | "path" | "host" | "distribution_domain":
            return record[check]
        case "flags":
            return record["parse_flags"] or []
        case "extra":
            return dict(record["extra"])
        case "event_ts":
            return record["event_time"].isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case "date":
            return record["event_time"].date().isoformat()
        case "client_aborted_before_response":
            return record["is_aborted"]
        case "xff_valid_ips":
            return record["forwarded_ips"]
        case "cmcd_from_query":
            return dict(record["cmcd"])
        case "viewer-response-log-data_raw_ends_with":
            return not record["viewer_response_log_data"].endswith("%")
        case _:
            return record[BY_WIRE[check].column]


def wanted(check: str, value: Any) -> Any:
    if check == "cmcd_from_query":
        pairs = (item.partition("=") for item in value.split(","))
        return {key: text.strip('"') if has_value else "true" for key, has_value, text in pairs}
    return True if check.endswith("_raw_ends_with") else value


@pytest.mark.parametrize("name", STANDARD)
def test_sample(name: str) -> None:
    entry, parsed = STANDARD[name], parse_sample(name)
    flags = Counter(flag for row in parsed.rows["parse_flags"].to_pylist() for flag in row or [])
    assert (parsed.rows.num_rows, parsed.rejects.num_rows) == (entry["rows_good"], entry["rows_bad"])
    assert Counter(parsed.rejects["reason"].to_pylist()) == entry.get("bad_reasons", {})
    assert flags == entry.get("flags", {})
    records = in_line_order(parsed)
    for at, checks in enumerate(entry.get("checks", [])):
        for check, value in checks.items():
            assert actual(records[at], check) == wanted(check, value), (at, check)


def test_every_standard_sample_is_expected() -> None:
    notes = {"README.md", "expected.json", "field_lists.json", "keys.tsv"}
    present = {path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*") if path.is_file()} - notes
    assert present == {name for name in EXPECTED if not name.startswith("rt/")}


@pytest.mark.parametrize("name", [name for name, entry in STANDARD.items() if entry["rows_good"]])
def test_format_of_sample(name: str) -> None:
    family = STANDARD[name]["family"].removeprefix("standard ")
    formats = set(parse_sample(name).rows["source_format"].to_pylist())
    assert formats == {FORMATS[family]} if family in FORMATS else formats <= {"v1", "v2_raw"}


def test_event_time_of_row_wins_over_key() -> None:
    name = "v1/E1EXAMPLE00001.2026-10-31-23.7c9e21f0.gz"
    days = Counter(time.date().isoformat() for time in parse_sample(name).rows["event_time"].to_pylist())
    assert days == STANDARD[name]["rows_by_event_date"]


def test_distribution_of_row_wins_over_path() -> None:
    for name, ids in {
        "AWSLogs/aws-account-id=111122223333/CloudFront/DistributionId=E1EXAMPLE00001/year=2026/month=11/day=01/hour=10/"
        "sample-0001.gz": ["E1EXAMPLE00001", "E1EXAMPLE00001", "E2EXAMPLE00002"],
        "AWSLogs/111122223333/CloudFront/E1EXAMPLE00001/2026/11/01/10/sample-0002.gz": ["E1EXAMPLE00001"] * 2,
    }.items():
        assert parse_sample(f"v2/s3/{name}").rows["distribution_id"].to_pylist() == ids


def test_overlap_of_versions_has_equal_keys() -> None:
    v1, v2 = parse_sample("overlap/v1_side.log").rows, parse_sample("overlap/v2_side.jsonl").rows
    assert v1["request_id"].to_pylist() == v2["request_id"].to_pylist()


def test_copies_without_request_id_have_keys_of_their_own() -> None:
    name = "v1/no_request_id_duplicates.log"
    keys = parse_sample(name).rows["record_key"].to_pylist()
    assert len(set(keys)) == STANDARD[name]["rows_after_dedup"]
    assert parse_sample(name).rows["record_key"].to_pylist() == keys
