"""Trino and DuckDB read what runs wrote: every type, null, map, list, instant and text as it was logged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.engine.executor import InlineExecutor
from shared.engine.refine import BatchReport, Refinery
from shared.engine.settings import RefineSettings
from shared.enrich.settings import EnrichSettings
from shared.query.duck import run_sql
from shared.query.tables import all_tables
from shared.sources.cloudfront import SOURCE, TABLE
from shared.sources.mediapackage import SOURCE as ORIGIN_SOURCE
from shared.storage import aws
from shared.tables import PARTITION_KEYS, ColumnType, Table
from tests.conftest import SAMPLES
from tests.e2e import logged
from tests.e2e.conftest import Engines, Place, Trino
from tests.e2e.report import note

Row = dict[str, Any]

OF_ORIGIN = (
    "v1_egress_urls.ndjson",
    "v1_egress_edge.ndjson",
    "v1_ingress.ndjson",
    "v2_egress.ndjson",
    "v2_ingress.ndjson",
)
BAD_LINE = '{"cut":\n'
TRINO_TYPES = {
    ColumnType.STRING: "varchar",
    ColumnType.INT: "integer",
    ColumnType.BIGINT: "bigint",
    ColumnType.DOUBLE: "double",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.TIMESTAMP: "timestamp(3)",
    ColumnType.STRINGS: "array(varchar)",
    ColumnType.STRING_MAP: "map(varchar, varchar)",
}
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata")


@dataclass(frozen=True)
class Written:
    """A lake of a few hard lines, and the report of the run that made it."""

    place: Place
    report: BatchReport

    def by_trino(self, trino: Trino, sql: str) -> list[Row]:
        names = [name for name, _ in trino.columns(sql, self.place.database)]
        return [dict(zip(names, row, strict=True)) for row in trino.ask(sql, self.place.database)]

    def by_duckdb(self, sql: str) -> list[Row]:
        return run_sql(self.place.lake, sql).to_pylist(maps_as_pydicts="strict")


@pytest.fixture(scope="module")
def written(new_place: Callable[[], Place]) -> Written:
    place = new_place()
    place.put_raw(logged.KEY, (logged.fields() + BAD_LINE).encode())
    place.put_raw(logged.KEY.replace("a1", "b2"), logged.texts().encode())
    place.put_raw(logged.KEY.replace("a1", "c3"), logged.instants().encode())
    enrich = EnrichSettings(client_ip="keep", cookies="keep")
    settings = RefineSettings(place.raw_uri, place.lake_uri, catalog=place.catalog, enrich=enrich)
    (report,) = Refinery(SOURCE, settings, InlineExecutor()).refine().batches
    for name in OF_ORIGIN:
        data = (SAMPLES / "mediapackage" / name).read_bytes()
        aws.client("s3").put_object(Bucket=place.bucket, Key=f"origin/{name}", Body=data)
    of_origin = replace(settings, raw_uri=f"s3://{place.bucket}/origin")
    Refinery(ORIGIN_SOURCE, of_origin, InlineExecutor()).refine()
    return Written(place, report)


@pytest.mark.parametrize("table", all_tables(), ids=lambda table: table.name)
def test_columns_have_the_declared_types_in_the_declared_order(
    table: Table, written: Written, trino: Trino, engines: Engines
) -> None:
    described = trino.ask(f"DESCRIBE {table.name}", written.place.database)
    keys = [(key, "varchar") for key in PARTITION_KEYS]
    assert [row[:2] for row in described] == [*((c.name, TRINO_TYPES[c.type]) for c in table), *keys]
    assert [row[2] for row in described][-len(keys) :] == ["partition key"] * len(keys)
    note(engines, "columns whose type Trino reads as declared", len(described))


@pytest.mark.parametrize("table", ORIGIN_SOURCE.tables, ids=lambda table: table.name)
def test_rows_of_mediapackage_are_read_alike(table: Table, written: Written, trino: Trino, engines: Engines) -> None:
    sql = f"SELECT * FROM {table.name} ORDER BY source_object, source_line"
    by_trino, by_duckdb = written.by_trino(trino, sql), written.by_duckdb(sql)
    assert len(by_trino) > 30
    assert by_trino == by_duckdb
    note(engines, "rows of MediaPackage that both engines read alike", len(by_trino))


@pytest.mark.parametrize(
    ("request_id", "expected"),
    [(logged.FULL_ID, logged.FULL_ROW), (logged.EMPTY_ID, logged.EMPTY_ROW)],
    ids=["full", "empty"],
)
def test_every_column_is_read_back_as_logged(
    request_id: str, expected: Row, written: Written, trino: Trino, engines: Engines
) -> None:
    sql = f"SELECT * FROM cloudfront_requests WHERE request_id = '{request_id}'"
    (by_trino,), (by_duckdb,) = written.by_trino(trino, sql), written.by_duckdb(sql)
    assert by_trino == by_duckdb
    assert {name: by_trino[name] for name in expected} == expected
    lineage = {name: value for name, value in by_trino.items() if name not in expected}
    modified = _modified(written.place, logged.KEY)
    assert lineage.pop("source_object") == f"{written.place.raw_uri}/{logged.KEY}"
    assert lineage.pop("source_modified") == modified
    assert lineage.pop("ingest_run") == written.report.run_id
    assert isinstance(lineage.pop("record_hash"), int)
    is_full = expected is logged.FULL_ROW
    assert {name: value is not None for name, value in lineage.items()} == dict.fromkeys(
        ("viewer_id", "ua_rules_version"), is_full
    )
    note(engines, "values of a row that both engines read back as logged", len(by_trino))


def test_no_column_of_the_full_row_is_null_but_those_that_mean_a_fault() -> None:
    assert {name for name, value in logged.FULL_ROW.items() if value is None} == {"record_key", "parse_flags"}
    unpredicted = {"viewer_id", "ua_rules_version", "source_object", "source_modified", "ingest_run", "record_hash"}
    assert logged.FULL_ROW.keys() == {*TABLE.column_names, *PARTITION_KEYS} - unpredicted


def test_texts_of_any_kind_come_back_whole(written: Written, trino: Trino, engines: Engines) -> None:
    sql = f"SELECT path, length(path) AS letters FROM cloudfront_requests {_of_object('b2')} ORDER BY source_line"
    expected = [{"path": text, "letters": len(text)} for text in logged.HARD_TEXTS]
    assert written.by_trino(trino, sql) == expected
    assert written.by_duckdb(sql) == expected
    for text in logged.HARD_TEXTS:
        literal = text.replace("'", "''")
        found = f"SELECT count(*) AS n FROM cloudfront_requests {_of_object('b2')} AND path = '{literal}'"
        assert written.by_trino(trino, found) == [{"n": 1}]
    note(engines, "texts with quotes, line breaks, scripts read back whole", len(expected))


@pytest.mark.parametrize("zone", ZONES)
def test_instants_are_utc_to_the_millisecond_whatever_the_zone_of_the_session(
    zone: str, written: Written, trino: Trino
) -> None:
    sql = f"""
        SELECT event_time, CAST(event_time AS varchar) AS shown, hour,
               date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00', event_time) AS milliseconds
        FROM cloudfront_requests {_of_object("c3")} ORDER BY source_line
    """
    assert written.by_trino(Trino(trino.port, zone), sql) == [
        {
            "event_time": instant,
            "shown": f"{instant:%Y-%m-%d %H:%M:%S}.{instant.microsecond // 1000:03}",
            "hour": f"{instant:%H}",
            "milliseconds": round((instant - datetime(1970, 1, 1)).total_seconds() * 1000),
        }
        for instant in logged.INSTANTS
    ]


def test_instants_are_the_same_to_duckdb(written: Written) -> None:
    sql = f"SELECT event_time FROM cloudfront_requests {_of_object('c3')} ORDER BY source_line"
    assert [row["event_time"] for row in written.by_duckdb(sql)] == list(logged.INSTANTS)


def test_maps_and_lists_are_taken_apart(written: Written, trino: Trino) -> None:
    sql = f"""
        SELECT element_at(extra, 'x-newer-field') AS there, element_at(extra, 'no such field') AS missing,
               cardinality(extra) AS fields, element_at(cmcd, 'br') AS bitrate,
               element_at(forwarded_ips, 2) AS second, cardinality(forwarded_ips) AS forwarders
        FROM cloudfront_requests WHERE request_id = '{logged.FULL_ID}'
    """
    assert written.by_trino(trino, sql) == [
        {
            "there": "sec%20ond",
            "missing": None,
            "fields": 2,
            "bitrate": "3200",
            "second": "2001:db8::7",
            "forwarders": 2,
        }
    ]


def test_the_quarantine_is_read_back_as_it_was_found(written: Written, trino: Trino) -> None:
    stored = aws.client("s3").head_object(Bucket=written.place.bucket, Key=f"raw/{logged.KEY}")
    modified = _modified(written.place, logged.KEY)
    expected = {
        "source": "cloudfront",
        "reason": "not_json",
        "detail": None,
        "raw_text": BAD_LINE.rstrip(),
        "source_object": f"{written.place.raw_uri}/{logged.KEY}",
        "source_line": 3,
        "source_etag": stored["ETag"].strip('"'),
        "source_size_bytes": stored["ContentLength"],
        "source_modified": modified,
        "ingest_run": written.report.run_id,
        **dict(zip(PARTITION_KEYS, f"{modified:%Y %m %d %H}".split(), strict=True)),
    }
    sql = "SELECT * FROM quarantine WHERE source = 'cloudfront'"
    assert written.by_trino(trino, sql) == [expected]
    assert written.by_duckdb(sql) == [expected]


def test_the_account_of_the_run_is_read_back(written: Written, trino: Trino) -> None:
    rows = 2 + len(logged.HARD_TEXTS) + len(logged.INSTANTS)
    hours = {f"{instant:%Y-%m-%dT%H}" for instant in logged.INSTANTS} | {"2026-11-01T10", "2026-11-01T11"}
    (run,) = written.by_trino(trino, "SELECT * FROM ingest_runs WHERE source = 'cloudfront'")
    assert [run] == written.by_duckdb("SELECT * FROM ingest_runs WHERE source = 'cloudfront'")
    expected = {"run_id": written.report.run_id, "source": "cloudfront", "objects": 3, "objects_damaged": 0}
    counts = {"records": rows + 1, "rows": rows, "duplicates": 0, "quarantined": 1, "ignored": 0, "rows_removed": 0}
    assert {name: run[name] for name in (*expected, *counts)} == {**expected, **counts}
    assert run["partitions"] == len(hours)
    started = written.report.started_at.replace(tzinfo=None)
    assert run["started_at"] == started.replace(microsecond=started.microsecond // 1000 * 1000)
    quality = "SELECT * FROM partition_quality WHERE table_name = 'cloudfront_requests' ORDER BY partition_hour"
    lines = written.by_trino(trino, quality)
    assert lines == written.by_duckdb(quality)
    assert [f"{line['partition_hour']:%Y-%m-%dT%H}" for line in lines] == sorted(hours)
    assert sum(line["rows"] for line in lines) == rows
    first = next(line for line in lines if line["partition_hour"] == datetime(2026, 11, 1, 11))
    assert (first["rows"], first["min_event_time"], first["max_event_time"]) == (
        len(logged.HARD_TEXTS),
        datetime(2026, 11, 1, 11),
        datetime(2026, 11, 1, 11),
    )


def _of_object(name: str) -> str:
    return f"WHERE source_object LIKE '%/{name}.gz'"


def _modified(place: Place, key: str) -> datetime:
    stored = aws.client("s3").head_object(Bucket=place.bucket, Key=f"raw/{key}")
    modified: datetime = stored["LastModified"]
    return modified.astimezone(UTC).replace(tzinfo=None)
