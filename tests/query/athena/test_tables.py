"""Names of tables, as Athena writes them, and the statements that show them."""

from __future__ import annotations

import duckdb
import pytest

from shared.errors import UsageError
from shared.query.athena import translate
from shared.query.tables import all_tables
from shared.tables import PARTITION_KEYS

QUALIFIED = 'SELECT count(*) AS n FROM "awsdatacatalog"."logs"."quarantine" WHERE logs.quarantine.reason = \'x\''


def test_the_lakes_own_database_may_stand_before_a_table() -> None:
    told = translate(QUALIFIED, "logs")
    assert "logs" not in told
    assert translate(QUALIFIED) == told
    assert translate('SELECT q.reason FROM "LOGS".quarantine AS q', "logs") == "SELECT q.reason FROM quarantine AS q"


@pytest.mark.parametrize(
    ("sql", "wrong"),
    [("SELECT 1 FROM other.quarantine", "other"), ("SELECT 1 FROM hive.logs.quarantine", "hive")],
)
def test_another_database_or_catalog_is_refused(sql: str, wrong: str) -> None:
    with pytest.raises(UsageError, match=wrong) as caught:
        translate(sql, "logs")
    assert caught.value.remedy in ("use logs", "use awsdatacatalog")


def test_show_tables_names_all() -> None:
    assert duckdb.sql(translate("SHOW TABLES")).fetchall() == sorted((table.name,) for table in all_tables())


@pytest.mark.parametrize("sql", ["DESCRIBE quarantine", "DESC quarantine"])
def test_describe_gives_names_types_and_comments(sql: str) -> None:
    rows = duckdb.sql(translate(sql)).fetchall()
    (table,) = (table for table in all_tables() if table.name == "quarantine")
    assert [row[0] for row in rows] == [*table.column_names, *PARTITION_KEYS]
    assert rows[0] == ("source", "string", "The source whose job met it.")


def test_show_columns_names_them() -> None:
    plain = duckdb.sql(translate("SHOW COLUMNS FROM quarantine"))
    assert plain.columns == ["field"]
    assert plain.fetchall() == duckdb.sql(translate("show columns in logs.quarantine")).fetchall()


def test_columns_without_names_are_numbered_as_in_athena() -> None:
    assert duckdb.sql(translate("SELECT 1, 2 AS b, 3")).columns == ["_col0", "b", "_col2"]
    assert duckdb.sql(translate("VALUES (1, 'a')")).columns == ["_col0", "_col1"]


def test_an_unknown_table_is_named_with_those_that_exist() -> None:
    with pytest.raises(UsageError, match="'nope'") as caught:
        translate("DESCRIBE nope")
    assert "quarantine" in caught.value.remedy
