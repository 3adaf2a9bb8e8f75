"""Whole commands, as typed."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from shared.lake.lake import open_lake
from shared.lake.layout import lease_key
from shared.lake.lease import Lease
from shared.reasons import BadReason

Loglake = Callable[..., Result]


def test_sample_says_the_truth_and_run_finds_it(loglake: Loglake, tmp_path: Path) -> None:
    options = ("--rows", 500, "--hours", 1, "--files-per-hour", 2, "--mixed", "--dirty", "--json")
    truth = json.loads(loglake("sample", "cloudfront", "--out", tmp_path / "raw", *options).stdout)
    ran = json.loads(
        loglake("run", "cloudfront", "--raw", tmp_path / "raw", "--lake", tmp_path / "lake", "--json").stdout
    )
    assert ran["rows"] == truth["distinct"] == sum(truth["rows_by_hour"].values())
    assert ran["duplicates"] == truth["duplicates"]
    assert ran["quarantined"] == sum(truth["quarantined"].values())
    assert ran["reasons"] == truth["quarantined"]
    assert ran["source"] == "cloudfront"
    asked = loglake("query", "SELECT count(*) AS n FROM cloudfront_requests", "--lake", tmp_path / "lake", "--json")
    assert json.loads(asked.stdout) == [{"n": truth["distinct"]}]


def test_equal_samples_for_equal_seeds(loglake: Loglake, tmp_path: Path) -> None:
    for name in ("a", "b"):
        loglake("sample", "cloudfront", "--out", tmp_path / name, "--rows", 50, "--hours", 1, "--seed", 7)
    first, second = ({path.name: path.read_bytes() for path in (tmp_path / name).rglob("*.gz")} for name in ("a", "b"))
    assert first == second
    assert first


def test_a_sample_of_mediapackage_says_what_it_holds(loglake: Loglake, tmp_path: Path) -> None:
    words = ("sample", "mediapackage", "--out", tmp_path, "--rows", 400, "--hours", 1, "--channels", 2, "--dirty")
    first, late = (json.loads(loglake(*words, *more, "--json").stdout) for more in ((), ("--late",)))
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "aws-logs-write-test"]
    assert first["objects"] + late["objects"] == len(files)
    assert {path.name for path in tmp_path.iterdir()} == {"egress", "ingress", "AWSLogs", "exportedlogs"}
    for truth in (first, late):
        assert truth["records"] == truth["distinct"] + truth["duplicates"] + sum(truth["quarantined"].values())
    hours = first["table_rows_by_hour"]["mediapackage_egress_requests"]
    assert set(hours) == {"2026-11-01T10"}
    (silence,) = first["silences"]
    assert (silence["starts"], silence["ends"]) == ("2026-11-01T10:30:00.000Z", "2026-11-01T10:40:00.000Z")
    assert late["silences"] == []
    told = loglake(*words).stdout
    assert f"They hold {first['records']:,} records: {first['distinct']:,} distinct" in told


def test_a_lake_of_mediapackage_holds_what_its_sample_says(loglake: Loglake, tmp_path: Path) -> None:
    raw, lake = tmp_path / "raw", tmp_path / "lake"
    words = ("sample", "mediapackage", "--out", raw, "--rows", 3000, "--hours", 1, "--channels", 3, "--dirty", "--json")
    truth = json.loads(loglake(*words).stdout)
    ran = json.loads(loglake("run", "mediapackage", "--raw", raw, "--lake", lake, "--json").stdout)
    assert (ran["rows"], ran["duplicates"]) == (truth["distinct"], truth["duplicates"])
    assert (ran["reasons"], ran["ignored"]) == (truth["quarantined"], truth["ignored"]["control_message"])
    late = json.loads(loglake(*words, "--late").stdout)
    ran = json.loads(loglake("run", "mediapackage", "--raw", raw, "--lake", lake, "--json").stdout)
    assert (ran["rows"], ran["duplicates"]) == (late["distinct"], late["duplicates"])

    def asked(sql: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(loglake("query", sql, "--lake", lake, "--json").stdout)
        return rows

    egress, ingress = "mediapackage_egress_requests", "mediapackage_ingress_requests"
    places = {
        egress: "CASE WHEN workflow = 'vod' THEN 'vod' ELSE channel_id || '/' || endpoint_id END",
        ingress: "channel_id || '/' || CAST(input_index AS varchar)",
    }
    for table, place in places.items():
        expected: Counter[tuple[str, str]] = Counter()
        for told in (first for first in (truth, late) if table in first["requests_by_class"]):
            for name, kinds in told["requests_by_class"][table].items():
                expected.update({(name, kind): count for kind, count in kinds.items()})
        rows = asked(f"SELECT {place} AS place, request_class, count(*) AS n FROM {table} GROUP BY 1, 2")
        assert {(row["place"], row["request_class"]): row["n"] for row in rows} == expected
    marks = {
        "aborted": "is_aborted",
        "not_modified": "status = 304",
        "blocking_reload": "is_ll_blocking",
        "direct": "cdn = 'direct'",
        "manifest_filter": "has_manifest_filter",
        **{kind: f"timeshift_kind = '{kind}'" for kind in ("startover", "catchup", "delay")},
    }
    counts = ", ".join(f"count_if({condition}) AS {mark}" for mark, condition in marks.items())
    (found,) = asked(f"SELECT {counts} FROM {egress}")
    assert found == {mark: truth["marked"][egress][mark] + late["marked"][egress][mark] for mark in marks}
    steps = asked(
        "SELECT channel_id, input_index, rendition, number + 1 AS first_missing, after - number - 1 AS missing FROM "
        "(SELECT channel_id, input_index, rendition, segment_number AS number, lead(segment_number) OVER "
        "(PARTITION BY channel_id, input_index, rendition ORDER BY segment_number) AS after "
        f"FROM {ingress} WHERE method = 'PUT' AND status = 201 AND request_class = 'segment') WHERE after > number + 1"
    )
    (gap,), (silence,) = truth["gaps"], truth["silences"]
    missing = {(s["channel_id"], s["input_index"], s["rendition"]): (s["first_missing"], s["missing"]) for s in steps}
    assert missing.pop((gap["channel"], gap["input"], gap["rendition"])) == (gap["first_missing_number"], gap["count"])
    assert {which[:2] for which in missing} == {(silence["channel"], silence["input"])}


def test_run_tells_what_it_did_and_then_that_nothing_is_new(loglake: Loglake, home: Path, tmp_path: Path) -> None:
    places = ("--raw", home / "raw", "--lake", tmp_path / "lake")
    told = loglake("run", "cloudfront", *places).stdout
    assert told.startswith("Took in ")
    assert "objects (" in told
    header, numbers = told.splitlines()[1:3]
    assert header.split() == ["records", "rows", "duplicates", "quarantined", "ignored"]
    records, rows, *rest = (int(number.replace(",", "")) for number in numbers.split())
    assert records == rows + sum(rest)
    assert "In quarantine: " in told
    assert "too_few_fields" in told
    assert loglake("run", "cloudfront", *places).stdout.startswith("Nothing new")
    again = json.loads(loglake("run", "cloudfront", *places, "--json").stdout)
    assert (again["batches"], again["objects"]) == (0, 0)


def test_run_works_a_backlog_off_in_bounded_batches(loglake: Loglake, home: Path, tmp_path: Path) -> None:
    places = ("--raw", home / "raw", "--lake", tmp_path / "lake")
    ran = json.loads(loglake("run", "cloudfront", *places, "--batch-objects", 5, "--json").stdout)
    assert ran["batches"] > 1
    assert len(ran["runs"]) == ran["batches"]
    one = json.loads(loglake("status", "--lake", home / "lake", "--json").stdout)["sources"][0]
    assert (ran["objects"], ran["rows"]) == (one["objects"], one["rows"])


def test_status_balances_and_is_narrow(loglake: Loglake, home: Path) -> None:
    told = loglake("status", "--lake", home / "lake").stdout
    assert "cloudfront: 1 run, the last ended 20" in told
    assert "cloudfront_requests" in told
    assert max(map(len, told.splitlines())) <= 80
    facts = json.loads(loglake("status", "--lake", home / "lake", "--json").stdout)
    (source,), (run,) = facts["sources"], facts["runs"]
    for numbers in (source, run):
        parts = ("rows", "duplicates", "quarantined", "ignored")
        assert numbers["records"] == sum(numbers[part] for part in parts)
        assert all(isinstance(numbers[part], int) for part in parts)
    assert source["last_run"].endswith("Z")
    assert run["started_at"] < run["finished_at"]
    assert {table["table"]: table["rows"] for table in facts["tables"]}["cloudfront_requests"] == run["rows"]


def test_tables_lists_what_there_is(loglake: Loglake, home: Path) -> None:
    facts = {fact["table"]: fact for fact in json.loads(loglake("tables", "--lake", home / "lake", "--json").stdout)}
    requests = facts["cloudfront_requests"]
    assert requests["first_hour"] <= requests["last_hour"] == "2026-11-01T11"
    assert requests["bytes"] == sum(
        path.stat().st_size for path in (home / "lake" / "cloudfront_requests").rglob("*.parquet")
    )
    told = loglake("tables", "--lake", home / "lake").stdout
    assert max(map(len, told.splitlines())) <= 80


def test_tables_explains_the_columns_of_one_without_a_lake(loglake: Loglake) -> None:
    rows = json.loads(loglake("tables", "--columns", "cloudfront_requests", "--json").stdout)
    by_name = {row["column"]: row for row in rows}
    assert by_name["time_taken_s"]["unit"] == "s"
    assert by_name["hour"]["type"] == "string"
    assert all(row["meaning"] for row in rows)


def test_quarantine_counts_by_reason_and_shows_entries(loglake: Loglake, home: Path) -> None:
    facts = json.loads(loglake("quarantine", "--lake", home / "lake", "--json", "--limit", 1000).stdout)
    assert sum(count["entries"] for count in facts["reasons"]) == len(facts["entries"])
    assert {count["reason"] for count in facts["reasons"]} <= set(BadReason)
    # Objects stand whole in JSON, and below their common folder in text.
    assert all(entry["source_object"].startswith(str(home / "raw")) for entry in facts["entries"])
    told = loglake("quarantine", "--lake", home / "lake").stdout
    assert told.count(str(home / "raw")) == 1
    few = loglake("quarantine", "--lake", home / "lake", "--reason", "too_few_fields").stdout
    assert "fields" in few
    assert "\t" not in few
    none = loglake("quarantine", "--lake", home / "lake", "--reason", "size_cap").stdout
    assert none == "Nothing is in quarantine for size_cap.\n"


def test_query_prints_a_table_json_or_csv(loglake: Loglake, home: Path) -> None:
    sql = """
        SELECT TIMESTAMP '2026-11-01 10:00:00' AS t, 12345 AS n, 'a,"b"' AS s, NULL AS nothing, nan() AS nan,
               ARRAY[1, NULL] AS list, MAP(ARRAY['k'], ARRAY['v']) AS map, true AS yes, sum(1) AS total,
               CAST(1.5 AS decimal(4, 2)) AS d
    """
    (row,) = json.loads(loglake("query", sql, "--lake", home / "lake", "--format", "json").stdout)
    assert row == {
        "t": "2026-11-01T10:00:00.000Z",
        "n": 12345,
        "s": 'a,"b"',
        "nothing": None,
        "nan": None,
        "list": [1, None],
        "map": {"k": "v"},
        "yes": True,
        "total": 1,
        "d": 1.5,
    }
    header, values = csv.reader(io.StringIO(loglake("query", sql, "--lake", home / "lake", "--format", "csv").stdout))
    assert dict(zip(header, values, strict=True)) == {
        "t": "2026-11-01T10:00:00.000Z",
        "n": "12345",
        "s": 'a,"b"',
        "nothing": "",
        "nan": "",
        "list": "[1, null]",
        "map": '{"k": "v"}',
        "yes": "true",
        "total": "1",
        "d": "1.5",
    }
    table = loglake("query", sql, "--lake", home / "lake").stdout
    assert len(table.splitlines()) == 2
    assert "12345" in table
    assert loglake("query", "SELECT 1 AS a WHERE false", "--lake", home / "lake").stdout == "a\n(no rows)\n"


def test_sweep_removes_replaced_files_after_the_grace_period(loglake: Loglake, home: Path, tmp_path: Path) -> None:
    lake = shutil.copytree(home / "lake", tmp_path / "lake")
    loglake("reprocess", "cloudfront", "--lake", lake, "--object", "*")
    assert loglake("sweep", "--lake", lake).stdout.startswith("0 files")
    planned = json.loads(loglake("sweep", "--lake", lake, "--grace-hours", 0, "--dry-run", "--json").stdout)
    assert planned["files"] > 0
    assert planned["removed"] is False
    swept = json.loads(loglake("sweep", "--lake", lake, "--grace-hours", 0, "--json").stdout)
    assert (swept["files"], swept["bytes"]) == (planned["files"], planned["bytes"])
    assert loglake("sweep", "--lake", lake, "--grace-hours", 0).stdout.startswith("0 files")
    assert loglake("query", "SELECT count(*) FROM cloudfront_requests", "--lake", lake).exit_code == 0


@pytest.mark.parametrize(
    "command", ["run", "query", "tables", "status", "quarantine", "reprocess", "backfill", "sweep", "sample"]
)
def test_every_command_has_help(loglake: Loglake, command: str) -> None:
    told = loglake(command, "--help")
    assert told.exit_code == 0
    assert "Usage" in told.stdout


def test_columns_of_one_name_are_told_apart(loglake: Loglake, home: Path) -> None:
    sql = "SELECT 1 AS a, 2 AS a, 3 AS a_1"
    shown = loglake("query", "--lake", home / "lake", sql, "--format", "csv").stdout
    assert shown == "a,a_2,a_1\n1,2,3\n"
    assert json.loads(loglake("query", "--lake", home / "lake", sql, "--json").stdout) == [{"a": 1, "a_2": 2, "a_1": 3}]


@pytest.mark.parametrize(
    "command", ["status", "query 'SELECT x FROM UNNEST(sequence(1, 200000)) AS t (x)'", "query --json 'SELECT 1'"]
)
def test_a_reader_that_has_seen_enough_is_no_error(home: Path, command: str) -> None:
    line = f"'{sys.executable}' -m shared.cli.main {command} --lake '{home / 'lake'}' | true"
    bash = ["bash", "-o", "pipefail", "-c", line]
    ran = subprocess.run(bash, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_run_says_once_that_it_waits_for_a_holder_that_may_be_dead(
    loglake: Loglake, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lease.__init__, "__kwdefaults__", {**Lease.__init__.__kwdefaults__, "term_s": 0.3})
    lake = shutil.copytree(home / "lake", tmp_path / "lake")
    open_lake(str(lake)).store.write(lease_key("cloudfront"), b'{"holder": "dead-run", "host": "gone.example.com"}')
    ran = loglake("run", "cloudfront", "--raw", home / "raw", "--lake", lake)
    assert ran.exit_code == 0
    assert ran.stderr.count("run dead-run on host gone.example.com") == 1
