from __future__ import annotations

import duckdb
import pytest
from pyspark.sql import types as T  # noqa: N812 - the field's usual name

from shared.tables import PARTITION_KEYS, Column, ColumnType, Table
from shared.tables.render import comment, duckdb_type, glue_table, markdown, spark_schema

TABLE = Table(
    name="visits",
    description="Visits of example.com.",
    columns=(
        Column("event_time", ColumnType.TIMESTAMP, "When."),
        Column("site", ColumnType.STRING, "Where.", few_values=True),
        Column("status", ColumnType.INT, "Code."),
        Column("bytes_sent", ColumnType.BIGINT, "Size | length <all>.", unit="bytes"),
        Column("time_taken_s", ColumnType.DOUBLE, "Duration.", unit="s"),
        Column("is_bot", ColumnType.BOOLEAN, "Robot."),
        Column("flags", ColumnType.STRINGS, "Faults."),
        Column("extra", ColumnType.STRING_MAP, "More."),
    ),
    partition_time="event_time",
    key=("site", "event_time"),
    prefer_column="site",
    prefer=("b", "a"),
)


def test_spark_schema_has_types_comments_and_partition_keys() -> None:
    schema = spark_schema(TABLE)
    assert schema.simpleString() == (
        "struct<event_time:timestamp,site:string,status:int,bytes_sent:bigint,time_taken_s:double,is_bot:boolean,"
        "flags:array<string>,extra:map<string,string>,year:string,month:string,day:string,hour:string>"
    )
    assert schema["bytes_sent"].metadata == {"comment": "Size | length <all>. Unit: bytes."}
    assert isinstance(schema["event_time"].dataType, T.TimestampType)
    assert all(field.nullable for field in schema)


def test_glue_table() -> None:
    made = glue_table(TABLE, "s3://example-lake/visits/")
    assert made["Name"] == "visits"
    assert [key["Name"] for key in made["PartitionKeys"]] == list(PARTITION_KEYS)
    assert {key["Type"] for key in made["PartitionKeys"]} == {"string"}
    columns = made["StorageDescriptor"]["Columns"]
    assert [(c["Name"], c["Type"]) for c in columns] == [(c.name, c.type.value) for c in TABLE]
    assert columns[3] == {"Name": "bytes_sent", "Type": "bigint", "Comment": "Size | length <all>. Unit: bytes."}
    assert made["StorageDescriptor"]["Location"] == "s3://example-lake/visits/"
    assert made["Parameters"]["partition_filtering.enabled"] == "true"
    assert not [name for name in made["Parameters"] if name.startswith("projection")]


@pytest.mark.parametrize("text", ["x" * 255, "x" * 256, "é" * 127 + "x", "é" * 128, "€" * 90, "x" * 1000])
def test_comments_fit_into_255_bytes(text: str) -> None:
    found = comment(Column("c", ColumnType.STRING, text))
    assert len(found.encode()) <= 255
    assert found == text if len(text.encode()) <= 255 else found.endswith("…")
    assert text.startswith(found.removesuffix("…"))
    assert len(found.encode()) > 250 or found == text


def test_duckdb_knows_the_types() -> None:
    for column in TABLE:
        found = duckdb.sql(f"SELECT typeof(CAST(NULL AS {duckdb_type(column.type)}))").fetchall()
        assert found == [(duckdb_type(column.type),)]


def test_markdown_shows_every_column_in_an_unbroken_row() -> None:
    page = markdown([TABLE])
    assert "## visits\n\nVisits of example.com.\n" in page
    assert "Deduplication key: `site`, `event_time`. Partitions: the hour (UTC) of `event_time`." in page
    assert "the first in this order of `site` stays: b, a." in page
    assert "| `bytes_sent` | bigint | bytes | Size \\| length &lt;all&gt;. |" in page
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == len(TABLE.columns) + 1
    keyless = Table("all", "", TABLE.columns, "event_time")
    assert "none: every row is kept" in markdown([keyless])
