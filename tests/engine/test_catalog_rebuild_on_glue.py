"""The same in the Glue catalog, which keeps more of a table and of a partition than a local file does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from shared.engine.catalog_rebuild import Rebuilt, rebuild
from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.errors import StorageError
from shared.lake.check_catalog import compare
from shared.lake.difference import Kind
from shared.lake.lake import Lake, open_lake
from shared.lake.tables import LAKE_TABLES
from shared.query.duck import run_sql
from shared.sources.cloudfront import SOURCE
from shared.storage import aws, open_store
from tests.conftest import v1_line, v1_object

SETTINGS = RefineSettings("s3://raw-logs/cloudfront", "s3://the-lake/prod", catalog="glue:logs")
TABLE = SOURCE.tables[0].name
TEN = ["2026", "11", "01", "10"]
_TABLE_INPUT = ("Name", "Description", "Owner", "TableType", "Parameters", "PartitionKeys", "StorageDescriptor")

Shape = dict[str, Any]


@pytest.fixture
def lake(aws_endpoint: str) -> Lake:
    """A lake with two hours."""
    for bucket in ("raw-logs", "the-lake"):
        aws.client("s3").create_bucket(Bucket=bucket)
    raw = open_store(SETTINGS.raw_uri)
    raw.write("E1EXAMPLE00001.2026-11-01-10.a1.gz", v1_object(v1_line("a"), v1_line("b"), "bad\n").encode())
    raw.write("E1EXAMPLE00001.2026-11-01-11.b2.gz", v1_object(v1_line("e"), v1_line("c", time="11:00:00")).encode())
    Refinery(SOURCE, SETTINGS, InlineExecutor()).refine()
    return open_lake(SETTINGS.lake_uri, SETTINGS.catalog)


def named(lake: Lake) -> list[Kind]:
    return [difference.kind for difference in compare(lake, [SOURCE]).differences]


def made_anew(lake: Lake) -> Rebuilt:
    return rebuild(lake, [SOURCE])


def contents() -> dict[str, Any]:
    """All that Glue holds, but for times, versions, and an order that says nothing."""
    glue = aws.client("glue")
    found: dict[str, Any] = {}
    for table in (SOURCE.tables[0], *LAKE_TABLES):
        items = glue.get_partitions(DatabaseName="logs", TableName=table.name)["Partitions"]
        partitions = [{name: item[name] for name in ("Values", "StorageDescriptor", "Parameters")} for item in items]
        found[table.name] = table_of(table.name), sorted(partitions, key=lambda item: item["Values"])
        for shape in (found[table.name][0], *partitions):
            shape["StorageDescriptor"]["Columns"].sort(key=lambda column: column["Name"])
    return found


def table_of(name: str) -> Shape:
    found = aws.client("glue").get_table(DatabaseName="logs", Name=name)["Table"]
    return {each: found[each] for each in _TABLE_INPUT if each in found}


def change_table(change: Callable[[Shape], object]) -> None:
    table = table_of(TABLE)
    change(table)
    aws.client("glue").update_table(DatabaseName="logs", TableInput=table)


def change_partition(change: Callable[[Shape], object]) -> None:
    where = {"DatabaseName": "logs", "TableName": TABLE}
    found = aws.client("glue").get_partition(**where, PartitionValues=TEN)["Partition"]
    partition = {name: found[name] for name in ("Values", "StorageDescriptor", "Parameters")}
    change(partition)
    aws.client("glue").update_partition(**where, PartitionValueList=TEN, PartitionInput=partition)


def column(shape: Shape) -> Shape:
    found: Shape = shape["StorageDescriptor"]["Columns"][3]
    return found


def drop(*partitions: list[str]) -> None:
    glue = aws.client("glue")
    for values in partitions:
        glue.delete_partition(DatabaseName="logs", TableName=TABLE, PartitionValues=values)


HARM: dict[str, tuple[Callable[[], object], list[Kind]]] = {
    "table lost": (
        lambda: aws.client("glue").delete_table(DatabaseName="logs", Name=TABLE),
        [Kind.TABLE_MISSING, Kind.PARTITION_MISSING, Kind.PARTITION_MISSING],
    ),
    "column lost": (lambda: change_table(lambda t: t["StorageDescriptor"]["Columns"].pop(3)), [Kind.COLUMN_MISSING]),
    "column of another type": (lambda: change_table(lambda t: column(t).update(Type="int")), [Kind.COLUMN_TYPE]),
    "column without comment": (lambda: change_table(lambda t: column(t).pop("Comment")), [Kind.COLUMN_COMMENT]),
    "another serde": (
        lambda: change_table(lambda t: t["StorageDescriptor"]["SerdeInfo"].update(SerializationLibrary="Csv")),
        [Kind.TABLE_DIFFERENT],
    ),
    "another format": (
        lambda: change_table(lambda t: t["StorageDescriptor"].update(InputFormat="Text")),
        [Kind.TABLE_DIFFERENT],
    ),
    "another place in the lake": (
        lambda: change_table(lambda t: t["StorageDescriptor"].update(Location="s3://the-lake/prod/elsewhere/")),
        [Kind.TABLE_DIFFERENT],
    ),
    "parameter lost": (
        lambda: change_table(lambda t: t["Parameters"].pop("partition_filtering.enabled")),
        [Kind.TABLE_DIFFERENT],
    ),
    "partition lost": (lambda: drop(TEN), [Kind.PARTITION_MISSING]),
    "partition out of the lake": (
        lambda: change_partition(lambda p: p["StorageDescriptor"].update(Location="s3://example-other/x/")),
        [Kind.PARTITION_ELSEWHERE],
    ),
    "partition without parameters": (lambda: change_partition(lambda p: p.pop("Parameters")), [Kind.PARTITION_FACTS]),
    "partition with a column of another type": (
        lambda: change_partition(lambda p: column(p).update(Type="double")),
        [Kind.PARTITION_DESCRIPTOR],
    ),
    "partition without columns": (
        lambda: change_partition(lambda p: p["StorageDescriptor"].update(Columns=[])),
        [Kind.PARTITION_DESCRIPTOR],
    ),
    "partition read by another serde": (
        lambda: change_partition(lambda p: p["StorageDescriptor"]["SerdeInfo"].update(SerializationLibrary="Csv")),
        [Kind.PARTITION_DESCRIPTOR],
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_difference_is_named_and_mended(lake: Lake, harm: str) -> None:
    before, keys = contents(), [*lake.store.list("cloudfront_requests/")]
    do, kinds = HARM[harm]
    do()
    assert named(lake) == kinds
    made = made_anew(lake)
    assert [difference.kind for difference in made.done] == kinds
    assert made.left == []
    assert contents() == before
    assert named(lake) == []
    assert made_anew(lake).done == []
    assert [*lake.store.list("cloudfront_requests/")] == keys


def test_a_lost_database_is_made_anew_and_answers_as_before(lake: Lake) -> None:
    before = contents()
    aws.client("glue").delete_database(Name="logs")
    assert named(lake)[0] is Kind.DATABASE_MISSING
    made_anew(lake)
    assert contents() == before
    assert named(lake) == []
    answer = run_sql(lake, "SELECT request_id FROM cloudfront_requests ORDER BY 1").to_pylist()
    assert [row["request_id"] for row in answer] == ["a", "b", "c", "e"]


def test_a_partition_from_before_a_column_was_added_is_right(lake: Lake) -> None:
    """No run gives it the column: its files do not have it either."""
    change_partition(lambda p: p["StorageDescriptor"]["Columns"].pop(3))
    assert named(lake) == []


def test_what_users_added_stays(lake: Lake) -> None:
    change_table(lambda t: t["StorageDescriptor"]["Columns"].append({"Name": "theirs", "Type": "string"}))
    change_table(lambda t: t["Parameters"].update(team="logs"))
    change_table(lambda t: t.update(Description="Ours.", Owner="team"))
    change_table(lambda t: column(t).update(Type="int"))
    assert named(lake) == [Kind.COLUMN_TYPE, Kind.COLUMN_UNKNOWN]
    made_anew(lake)
    assert named(lake) == [Kind.COLUMN_UNKNOWN]
    table = table_of(TABLE)
    assert (table["Description"], table["Owner"], table["Parameters"]["team"]) == ("Ours.", "team", "logs")
    assert table["StorageDescriptor"]["Columns"][-1]["Name"] == "theirs"


def test_partition_keys_that_no_call_can_change_are_left_with_the_way_out(lake: Lake) -> None:
    glue = aws.client("glue")
    table = table_of(TABLE)
    glue.delete_table(DatabaseName="logs", Name=TABLE)
    table["PartitionKeys"][0]["Type"] = "int"
    glue.create_table(DatabaseName="logs", TableInput=table)
    left = made_anew(lake).left
    assert [difference.kind for difference in left] == [Kind.TABLE_DIFFERENT]
    assert "delete the table in the catalog" in left[0].remedy


def test_the_catalog_of_another_lake_is_refused(lake: Lake) -> None:
    change_table(lambda t: t["StorageDescriptor"].update(Location="s3://example-other/cloudfront_requests/"))
    before = contents()
    for work in (compare, rebuild):
        with pytest.raises(StorageError, match="lies at s3://example-other/cloudfront_requests/, outside"):
            work(lake, [SOURCE])
    assert contents() == before
