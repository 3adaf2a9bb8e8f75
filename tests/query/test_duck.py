from __future__ import annotations

import os
import re
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from shared.errors import StorageError, UsageError
from shared.lake.lake import Lake, open_lake
from shared.query.duck import connect, run_sql
from shared.query.live_files import live_files
from shared.query.tables import all_tables, table_named
from shared.query.views import create_view
from shared.sources.cloudfront import TABLE
from shared.tables import PARTITION_KEYS, Column, ColumnType

EVERY_HOUR = (
    "SELECT year, month, day, hour, count(*) AS n FROM cloudfront_requests GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
)


@pytest.fixture
def copied(lake: Lake, tmp_path: Path) -> Lake:
    """A copy of the lake that a test may damage."""
    return open_lake(shutil.copytree(lake.uri, tmp_path / "a [new] lake's *copy*").as_posix())


@pytest.fixture(params=["folder", "s3"])
def any_lake(request: pytest.FixtureRequest) -> Lake:
    found: Lake = request.getfixturevalue("copied" if request.param == "folder" else "remote_lake")
    return found


def test_partition_keys_are_padded_strings_and_hours_hold_their_events(any_lake: Lake) -> None:
    counts = run_sql(any_lake, EVERY_HOUR)
    assert counts.schema.field("hour").type == pa.string()
    rows = counts.to_pylist()
    assert {(row["year"], row["month"], row["day"]) for row in rows} == {("2026", "11", "01")}
    assert {row["hour"] for row in rows} >= {"10", "11"}
    assert sum(row["n"] for row in rows) == 1200
    strays = run_sql(
        any_lake, "SELECT count(*) AS n FROM cloudfront_requests WHERE date_format(event_time, '%H') <> hour"
    )
    assert strays.to_pylist() == [{"n": 0}]


def test_only_live_versions_are_read(any_lake: Lake) -> None:
    version = next(iter(any_lake.catalog.partitions("cloudfront_requests").values()))
    name = next(item.key for item in any_lake.store.list(version.location) if hasattr(item, "key"))
    data = any_lake.store.read(name)
    any_lake.store.write(name.replace(version.run_id, "20200101T000000000Z-00000000"), data)
    assert run_sql(any_lake, "SELECT count(*) AS n FROM cloudfront_requests").to_pylist() == [{"n": 1200}]


@pytest.mark.parametrize("predicate", ["hour = '11'", "hour > '10'", "year = '2026' AND hour IN ('11', '12')"])
def test_a_predicate_on_the_keys_leaves_other_files_closed(any_lake: Lake, predicate: str) -> None:
    expected = [row for row in run_sql(any_lake, EVERY_HOUR).to_pylist() if row["hour"] == "11"]
    for partition, items in live_files(any_lake, TABLE).items():
        if partition.hour != "11":
            for item in items:
                any_lake.store.write(item.key, b"PAR1 no such file PAR1".ljust(item.size_bytes))
    assert run_sql(any_lake, EVERY_HOUR.replace("GROUP", f"WHERE {predicate} GROUP")).to_pylist() == expected
    with pytest.raises((StorageError, UsageError)):
        run_sql(any_lake, EVERY_HOUR.replace("count(*)", "count(DISTINCT request_id)"))


def test_a_window_is_over_the_hours_asked_for_alone(any_lake: Lake) -> None:
    """DuckDB's join of a query with a copy of itself forgets in the copy which files were left out."""
    counts = "SELECT edge_location, status, count(*) AS n FROM cloudfront_requests WHERE hour = '11' GROUP BY 1, 2"
    of_all = f"SELECT edge_location, n, sum(n) OVER (PARTITION BY edge_location) AS of_all FROM ({counts})"
    sql = f"SELECT edge_location, sum(n) AS n, min(of_all) AS of_all FROM ({of_all}) GROUP BY edge_location"
    rows = run_sql(any_lake, sql).to_pylist()
    assert len(rows) > 10
    assert [row["of_all"] for row in rows] == [row["n"] for row in rows]


def test_columns_stand_in_declared_order_and_later_ones_are_null_in_older_files(any_lake: Lake) -> None:
    added = (
        Column("added_text", ColumnType.STRING, "Added later."),
        Column("added_time", ColumnType.TIMESTAMP, "Added later."),
        Column("added_map", ColumnType.STRING_MAP, "Added later."),
    )
    grown = replace(TABLE, columns=(*added[:1], *TABLE.columns, *added[1:]))
    with connect(any_lake, []) as connection:
        create_view(connection, any_lake, grown)
        relation = connection.sql("SELECT * FROM cloudfront_requests")
        assert relation.columns == [*grown.column_names, *PARTITION_KEYS]
        filled = connection.sql(
            "SELECT count(*), count(request_id), count(added_text), count(added_time), count(added_map) "
            "FROM cloudfront_requests"
        ).fetchall()
    assert filled == [(1200, 1200, 0, 0, 0)]


def test_types_are_the_declared_ones_and_times_are_utc(any_lake: Lake) -> None:
    with connect(any_lake, [TABLE]) as connection:
        described = connection.sql("DESCRIBE cloudfront_requests").fetchall()
        found = {name: kind for name, kind, *_ in described}
        ((first,),) = connection.sql("SELECT min(event_time) FROM cloudfront_requests").fetchall()
    assert found["event_time"] == "TIMESTAMP"
    assert found["status"] == "INTEGER"
    assert found["bytes_sent"] == "BIGINT"
    assert found["extra"] == "MAP(VARCHAR, VARCHAR)"
    assert found["edge_location"] == "VARCHAR"
    assert datetime(2026, 11, 1, 9) <= first < datetime(2026, 11, 1, 12)


def test_a_sum_is_a_bigint_as_in_athena(lake: Lake) -> None:
    result = run_sql(lake, "SELECT sum(bytes_sent) AS b, sum(bytes_sent * 1.5) AS d FROM cloudfront_requests")
    assert result.schema.field("b").type == pa.int64()
    assert pa.types.is_decimal(result.schema.field("d").type)


def test_a_sum_that_outgrows_bigint_is_an_error_as_in_athena(lake: Lake) -> None:
    sql = "SELECT sum(x) FROM (VALUES 9223372036854775807, 1) AS t (x)"
    with pytest.raises(UsageError, match="out of range"):
        run_sql(lake, sql)
    assert run_sql(lake, sql.replace("9223372036854775807, 1", "(9223372036854775807), (1)"), "duckdb").num_rows == 1


def test_a_lake_without_rows_has_empty_views(tmp_path: Path) -> None:
    empty = open_lake(str(tmp_path))
    result = run_sql(empty, "SELECT * FROM cloudfront_requests")
    assert result.num_rows == 0
    assert result.column_names == [*TABLE.column_names, *PARTITION_KEYS]


def test_show_tables_names_them_all(lake: Lake) -> None:
    shown = {row["tab_name"] for row in run_sql(lake, "SHOW TABLES").to_pylist()}
    assert shown == {table.name for table in all_tables()}


def test_a_statement_without_a_result_gives_no_columns(lake: Lake) -> None:
    assert run_sql(lake, "-- nothing to ask").column_names == []


@pytest.mark.parametrize(
    ("sql", "explanation"),
    [
        ("SELECT no_such FROM cloudfront_requests", "no_such"),
        ("SELECT * FROM no_such_table", "no_such_table"),
    ],
)
def test_wrong_sql_is_the_users_mistake_and_is_explained(lake: Lake, sql: str, explanation: str) -> None:
    with pytest.raises(UsageError, match=explanation) as caught:
        run_sql(lake, sql)
    assert "loglake tables" in caught.value.remedy


@pytest.mark.parametrize(
    ("sql", "explanation"),
    [
        ("SELECT CAST('x' AS integer)", "'x'"),
        ("SELECT 1 / 0", "Division by zero$"),
        ("SELECT MAP(ARRAY['a'], ARRAY[1])['no']", "Key not present in map: no"),
        ("SELECT count(*) FROM cloudfront_requests WHERE\n  hour = 10", r"10 .* VARCHAR.* \(line 2, column 10\)"),
    ],
)
def test_a_value_that_fails_a_query_is_told_with_what_gives_null_instead(
    lake: Lake, sql: str, explanation: str
) -> None:
    with pytest.raises(UsageError) as caught:
        run_sql(lake, sql)
    assert re.search(explanation, caught.value.what)
    assert "try(" in caught.value.remedy


def test_files_that_the_catalog_counts_but_that_are_gone_are_an_error(copied: Lake) -> None:
    item = next(items[0] for items in live_files(copied, TABLE).values())
    copied.store.delete([item.key])
    with pytest.raises(StorageError, match="0 files, but the catalog says 1") as caught:
        run_sql(copied, "SELECT count(*) FROM cloudfront_requests")
    assert "reprocess" in caught.value.remedy


def test_an_unreadable_file_is_no_mistake_in_the_sql(copied: Lake) -> None:
    item = next(items[0] for items in live_files(copied, TABLE).values())
    path = Path(copied.store.url(item.key))
    path.unlink()
    path.symlink_to("nowhere")
    with pytest.raises(StorageError):
        run_sql(copied, "SELECT count(*) FROM cloudfront_requests")


def test_one_listing_finds_the_files_of_all_hours(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[str] = []
    plain: Callable[..., object] = type(lake.store).list

    def counted(store: object, prefix: str = "", **options: object) -> object:
        listed.append(prefix)
        return plain(store, prefix, **options)

    monkeypatch.setattr(type(lake.store), "list", counted)
    files = live_files(lake, TABLE)
    assert listed == ["cloudfront_requests/"]
    assert [partition.hour for partition in files] == sorted(partition.hour for partition in files)


def test_an_unknown_table_is_named_with_those_that_exist() -> None:
    with pytest.raises(UsageError, match="'nope'") as caught:
        table_named("nope")
    assert "quarantine" in caught.value.remedy


def test_without_credentials_s3_says_what_to_set(remote_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    with pytest.raises(StorageError, match="credentials") as caught:
        run_sql(remote_lake, "SELECT count(*) FROM cloudfront_requests")
    assert "AWS_PROFILE" in caught.value.remedy


def test_ctrl_c_ends_a_query(lake: Lake) -> None:
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        run_sql(lake, "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b", "duckdb")
