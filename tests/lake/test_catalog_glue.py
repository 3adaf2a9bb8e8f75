"""The Glue catalog on moto, behind limits that are as strict as the service's."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.errors import StorageError
from shared.lake.catalog import PartitionVersion
from shared.lake.catalog_glue import GlueCatalog
from shared.storage import aws, aws_retries
from shared.tables import Column, ColumnType, Table
from shared.tables.partitions import Partition
from tests.glue_limits import StrictGlue

LAKE = "s3://example-lake/logs"
TABLE = Table(
    "visits",
    "Visits.",
    (Column("event_time", ColumnType.TIMESTAMP, "When."), Column("site", ColumnType.STRING, "Where.")),
    "event_time",
)
PAGE = 2


def version(hour: int, run: str = "r1") -> PartitionVersion:
    partition = Partition.of_hour(hour)
    return PartitionVersion(partition, f"visits/run={run}/{partition.folder}", run, 10 + hour, 1, 100, 1, 2, "d1")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_retries, "LONGEST_PAUSE_S", 0.0)


@pytest.fixture
def glue(aws_endpoint: str) -> StrictGlue:
    strict: StrictGlue = aws.client("glue")
    strict.page = PAGE
    return strict


@pytest.fixture
def database() -> str:
    return f"db_{uuid.uuid4().hex}"


@pytest.fixture
def catalog(glue: StrictGlue, database: str) -> GlueCatalog:
    made = GlueCatalog(glue, database, LAKE)
    made.ensure_table(TABLE)
    return made


def test_the_table_is_made_with_its_database(catalog: GlueCatalog, glue: StrictGlue, database: str) -> None:
    assert catalog.has_table("visits")
    assert not catalog.has_table("others")
    made = glue.get_table(DatabaseName=database, Name="visits")["Table"]
    assert made["StorageDescriptor"]["Location"] == f"{LAKE}/visits/"
    assert [column["Name"] for column in made["StorageDescriptor"]["Columns"]] == ["event_time", "site"]
    assert made["StorageDescriptor"]["Columns"][0]["Comment"] == "When."
    assert made["Parameters"]["partition_filtering.enabled"] == "true"


def test_the_partition_index_is_asked_for(glue: StrictGlue, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    create = glue.create_table
    monkeypatch.setattr(
        glue, "create_table", lambda **arguments: asked.append(arguments) or create(**arguments), raising=False
    )
    GlueCatalog(glue, database, LAKE).ensure_table(TABLE)
    assert asked[0]["PartitionIndexes"] == [{"IndexName": "by_hour", "Keys": ["year", "month", "day", "hour"]}]


def test_ensuring_again_changes_nothing(catalog: GlueCatalog, glue: StrictGlue) -> None:
    catalog.ensure_table(TABLE)
    assert (glue.calls["create_table"], glue.calls["update_table"]) == (1, 0)


def test_columns_are_only_ever_added_and_what_users_changed_stays(
    catalog: GlueCatalog, glue: StrictGlue, database: str
) -> None:
    before = glue.get_table(DatabaseName=database, Name="visits")["Table"]
    own = {"Name": "visits", "Description": "Ours.", "Owner": "team", "TableType": "EXTERNAL_TABLE"}
    columns = [*before["StorageDescriptor"]["Columns"], {"Name": "theirs", "Type": "string"}]
    glue.update_table(
        DatabaseName=database,
        TableInput=own
        | {
            "Parameters": before["Parameters"] | {"team": "logs"},
            "PartitionKeys": before["PartitionKeys"],
            "StorageDescriptor": before["StorageDescriptor"] | {"Columns": columns},
        },
    )
    more = replace(TABLE, columns=(Column("first", ColumnType.INT, "New."), *TABLE.columns))
    catalog.ensure_table(more)
    after = glue.get_table(DatabaseName=database, Name="visits")["Table"]
    names = ["event_time", "site", "theirs", "first"]
    assert [column["Name"] for column in after["StorageDescriptor"]["Columns"]] == names
    assert (after["Description"], after["Owner"], after["Parameters"]["team"]) == ("Ours.", "team", "logs")
    assert after["Parameters"]["classification"] == "parquet"
    assert len(after["PartitionKeys"]) == 4
    catalog.ensure_table(TABLE)
    assert len(glue.get_table(DatabaseName=database, Name="visits")["Table"]["StorageDescriptor"]["Columns"]) == 4
    # Athena holds a partition's columns against the table's, one by one.
    catalog.ensure_table(more)
    catalog.swap("visits", [version(1)])
    partition = glue.get_partition(
        DatabaseName=database, TableName="visits", PartitionValues=list(Partition.of_hour(1))
    )
    assert [c["Name"] for c in partition["Partition"]["StorageDescriptor"]["Columns"]] == names


def test_versions_come_back_as_they_were(catalog: GlueCatalog) -> None:
    versions = [version(hour) for hour in (7, -3, 2, 5, 1)]
    catalog.swap("visits", iter(versions))
    found = catalog.partitions("visits")
    assert list(found.values()) == sorted(versions, key=lambda v: v.partition)
    wanted = [Partition.of_hour(5), Partition.of_hour(6)]
    assert catalog.partitions("visits", wanted) == {wanted[0]: versions[3]}
    assert catalog.partitions("visits", []) == {}


def test_the_catalog_holds_the_location_of_a_version(catalog: GlueCatalog, glue: StrictGlue, database: str) -> None:
    catalog.swap("visits", [version(0)])
    (made,) = glue.get_partitions(DatabaseName=database, TableName="visits")["Partitions"]
    assert made["StorageDescriptor"]["Location"] == f"{LAKE}/visits/run=r1/year=1970/month=01/day=01/hour=00/"
    assert made["Parameters"]["loglake.rows"] == "10"
    assert made["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")


def test_batches_stay_within_the_limits(catalog: GlueCatalog, glue: StrictGlue) -> None:
    catalog.swap("visits", [version(hour) for hour in range(150)])
    catalog.swap("visits", [version(hour, "r2") for hour in range(100, 301)])
    found = catalog.partitions("visits")
    assert [v.run_id for v in found.values()] == ["r1"] * 100 + ["r2"] * 201
    assert glue.calls["batch_create_partition"] == 2 + 2
    assert glue.calls["get_partitions"] == 151
    catalog.swap("visits", (), [Partition.of_hour(hour) for hour in range(60)])
    assert glue.calls["batch_delete_partition"] == 3
    assert len(catalog.partitions("visits", list(found))) == 241


def test_a_question_for_many_partitions_is_split(catalog: GlueCatalog, glue: StrictGlue) -> None:
    catalog.swap("visits", [version(1001)])
    before = glue.calls["batch_get_partition"]
    assert list(catalog.partitions("visits", [Partition.of_hour(h) for h in range(1002)])) == [Partition.of_hour(1001)]
    assert glue.calls["batch_get_partition"] == before + 2


def test_unprocessed_keys_are_asked_for_again(catalog: GlueCatalog, glue: StrictGlue) -> None:
    versions = [version(hour) for hour in range(4)]
    catalog.swap("visits", versions)
    glue.unprocessed = 3
    assert list(catalog.partitions("visits", [v.partition for v in versions]).values()) == versions
    glue.unprocessed = 100
    with pytest.raises(StorageError, match=r"get partition 1970/01/01/08 of db_.*\.visits .*32 left after 8 attempts"):
        catalog.partitions("visits", [Partition.of_hour(hour) for hour in range(40)])


@pytest.mark.parametrize("call", ["batch_create_partition", "batch_update_partition", "batch_delete_partition"])
def test_throttled_items_are_sent_again(catalog: GlueCatalog, glue: StrictGlue, call: str) -> None:
    if call != "batch_create_partition":
        catalog.swap("visits", [version(hour, "r0") for hour in range(3)])
    refused: Counter[tuple[str, ...]] = Counter()

    def throttle(name: str, values: tuple[str, ...]) -> str | None:
        if name != call or values == tuple(Partition.of_hour(0)) or refused[values] >= 2:
            return None
        refused[values] += 1
        return "ThrottlingException"

    glue.refuse = throttle
    if call == "batch_delete_partition":
        catalog.swap("visits", (), [Partition.of_hour(hour) for hour in range(3)])
        assert catalog.partitions("visits") == {}
    else:
        catalog.swap("visits", [version(hour, "r9") for hour in range(3)])
        assert [v.run_id for v in catalog.partitions("visits").values()] == ["r9"] * 3
    assert set(refused.values()) == {2}


def test_endless_throttling_ends_with_the_partition_named(catalog: GlueCatalog, glue: StrictGlue) -> None:
    glue.refuse = lambda _call, values: "ThrottlingException" if values[3] == "02" else None
    with pytest.raises(
        StorageError, match=r"partition 1970/01/01/02 of db_\w+\.visits failed: ThrottlingException .*8 attempts"
    ):
        catalog.swap("visits", [version(hour) for hour in range(4)])


@pytest.mark.parametrize("call", ["batch_create_partition", "batch_update_partition", "batch_delete_partition"])
def test_any_other_error_of_an_item_stops_with_its_name(catalog: GlueCatalog, glue: StrictGlue, call: str) -> None:
    if call != "batch_create_partition":
        catalog.swap("visits", [version(hour, "r0") for hour in range(3)])
    glue.refuse = lambda name, values: "AccessDeniedException" if name == call and values[3] == "01" else None
    hours = range(3)
    deed = (
        partial(catalog.swap, "visits", (), [Partition.of_hour(hour) for hour in hours])
        if call == "batch_delete_partition"
        else partial(catalog.swap, "visits", [version(hour, "r9") for hour in hours])
    )
    with pytest.raises(StorageError, match=r"partition 1970/01/01/01 of db_\w+\.visits failed: AccessDenied") as failed:
        deed()
    assert "permissions" in failed.value.remedy
    # What the user mends and repeats comes to the same end.
    glue.refuse = lambda _call, _values: None
    catalog.swap("visits", [version(hour, "r9") for hour in range(3)])
    assert [v.run_id for v in catalog.partitions("visits").values()] == ["r9"] * 3


def test_a_partition_that_a_lost_answer_had_made_becomes_ours(
    catalog: GlueCatalog, glue: StrictGlue, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.swap("visits", [version(1, "r1")])
    # The question before the swap was answered from before the creation.
    monkeypatch.setattr(catalog, "partitions", lambda _name, _wanted: {})
    catalog.swap("visits", [version(0, "r2"), version(1, "r2")])
    monkeypatch.undo()
    assert glue.calls["batch_update_partition"] == 1
    assert [v.run_id for v in catalog.partitions("visits").values()] == ["r2", "r2"]


def test_dropping_what_is_not_there_is_fine(catalog: GlueCatalog) -> None:
    catalog.swap("visits", [version(1)])
    for _ in range(2):
        catalog.swap("visits", (), [Partition.of_hour(1), Partition.of_hour(2)])
    assert catalog.partitions("visits") == {}


def test_a_table_that_is_not_there_has_no_partitions(catalog: GlueCatalog) -> None:
    assert catalog.partitions("others") == {}
    assert catalog.partitions("others", [Partition.of_hour(1)]) == {}


def test_a_partition_elsewhere_is_an_error(catalog: GlueCatalog, glue: StrictGlue, database: str) -> None:
    catalog.swap("visits", [version(1)])
    other = GlueCatalog(glue, database, "s3://example-lake/log")
    for wanted in (None, [Partition.of_hour(1)]):
        with pytest.raises(
            StorageError, match=r"Partition 1970/01/01/01 of .*\.visits lies at s3://example-lake/logs/"
        ):
            other.partitions("visits", wanted)


def test_a_table_of_another_lake_is_not_taken(catalog: GlueCatalog, glue: StrictGlue, database: str) -> None:
    other = GlueCatalog(glue, database, "s3://example-other")
    with pytest.raises(
        StorageError, match=r"Table .*\.visits lies at s3://example-lake/logs/visits/, outside"
    ) as found:
        other.ensure_table(replace(TABLE, columns=(*TABLE.columns, Column("more", ColumnType.INT, "New."))))
    assert "another database" in found.value.remedy
    assert glue.calls["update_table"] == 0


def test_an_error_of_a_whole_call_has_a_remedy(database: str) -> None:
    class Forbidden:
        def get_table(self, **_arguments: Any) -> Any:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetTable")

    with pytest.raises(
        StorageError, match=f"get_table on {database}.visits failed: AccessDeniedException no"
    ) as failed:
        GlueCatalog(Forbidden(), database, LAKE).has_table("visits")
    assert "permissions" in failed.value.remedy


def test_a_swap_does_not_touch_a_partition_of_another_lake(
    catalog: GlueCatalog, glue: StrictGlue, database: str
) -> None:
    catalog.swap("visits", [version(1, "r1")])
    partition = glue.get_partition(
        DatabaseName=database, TableName="visits", PartitionValues=list(Partition.of_hour(1))
    )["Partition"]
    moved = partition["StorageDescriptor"] | {"Location": "s3://example-other/visits/"}
    glue.update_partition(
        DatabaseName=database,
        TableName="visits",
        PartitionValueList=partition["Values"],
        PartitionInput={"Values": partition["Values"], "StorageDescriptor": moved},
    )
    with pytest.raises(StorageError, match="lies at s3://example-other/visits/, outside"):
        catalog.swap("visits", [version(1, "r2")])


def test_encrypted_metadata_cost_the_index_and_not_the_table(
    glue: StrictGlue, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    glue.is_encrypted = True
    made = GlueCatalog(glue, database, LAKE)
    made.ensure_table(TABLE)
    assert made.has_table("visits")
    assert f"{database}.visits has no partition index" in caplog.text


def test_a_table_that_somebody_changes_meanwhile_is_read_again(
    catalog: GlueCatalog, glue: StrictGlue, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = glue.update_table
    told: list[str] = []

    def once_too_late(**arguments: Any) -> Any:
        if not told:
            told.append("another writer was faster")
            code = {"Error": {"Code": "ConcurrentModificationException", "Message": told[0]}}
            raise ClientError(code, "UpdateTable")
        return update(**arguments)

    monkeypatch.setattr(glue, "update_table", once_too_late, raising=False)
    catalog.ensure_table(replace(TABLE, columns=(*TABLE.columns, Column("more", ColumnType.INT, "New."))))
    columns = glue.get_table(DatabaseName=database, Name="visits")["Table"]["StorageDescriptor"]["Columns"]
    assert [column["Name"] for column in columns] == ["event_time", "site", "more"]
    assert told


@pytest.mark.parametrize(
    ("call", "argument", "count"),
    [
        ("batch_create_partition", "PartitionInputList", 101),
        ("batch_delete_partition", "PartitionsToDelete", 26),
        ("batch_get_partition", "PartitionsToGet", 1001),
    ],
)
def test_the_limits_refuse_what_the_service_refuses(
    catalog: GlueCatalog, glue: StrictGlue, database: str, call: str, argument: str, count: int
) -> None:
    for hours in (range(count), [1, 1]):
        items = [{"Values": list(Partition.of_hour(hour))} for hour in hours]
        with pytest.raises(ClientError, match="InvalidInputException"):
            getattr(glue, call)(DatabaseName=database, TableName="visits", **{argument: items})
