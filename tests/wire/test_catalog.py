"""The Glue catalog behind a faulty wire: after a fault that passes the catalog is what it would be without."""

from __future__ import annotations

import pytest

from shared.errors import StorageError
from shared.lake.catalog import PartitionVersion
from shared.lake.catalog_glue import GlueCatalog
from shared.storage import aws
from shared.tables import Column, ColumnType, Table
from shared.tables.partitions import Partition
from tests.wire.faults import Fault, Strike, Strikes, faults_of
from tests.wire.proxy import Proxy

TABLE = Table("visits", "Visits.", (Column("event_time", ColumnType.TIMESTAMP, "When."),), "event_time")
KINDS = (
    *("CreateDatabase", "CreateTable", "GetTable", "GetPartitions", "BatchGetPartition"),
    *("BatchCreatePartition", "BatchUpdatePartition", "BatchDeletePartition"),
)


def version(hour: int, run: str) -> PartitionVersion:
    partition = Partition.of_hour(hour)
    return PartitionVersion(partition, f"visits/run={run}/{partition.folder}", run, 10 + hour, 1, 100, 1, 2, "d1")


def work(catalog: GlueCatalog) -> None:
    """Everything that runs do with a catalog: six hours made, two replaced, one dropped."""
    catalog.ensure_table(TABLE)
    catalog.swap("visits", [version(hour, "r1") for hour in range(6)])
    catalog.swap("visits", [version(1, "r2"), version(2, "r2")], [Partition.of_hour(5)])
    found = catalog.partitions("visits")
    assert [(v.partition, v.run_id, v.rows) for v in found.values()] == [
        (Partition.of_hour(hour), "r2" if hour in {1, 2} else "r1", 10 + hour) for hour in range(5)
    ]


@pytest.mark.parametrize(
    ("kind", "fault"), [(kind, fault) for kind in KINDS for fault in faults_of(kind) if fault is not Fault.NO_ANSWER]
)
def test_a_fault_that_passes_changes_nothing(wire: Proxy, kind: str, fault: Fault) -> None:
    wire.schedule = Strikes([Strike(kind, fault)])
    work(GlueCatalog(aws.client("glue"), "logs", "s3://example-lake/logs"))
    assert wire.faults == {fault: 1}


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.RESET_AFTER, Fault.SHORT_ANSWER, Fault.SOME_FAIL])
def test_a_fault_that_lasts_ends_with_the_partitions_named(wire: Proxy, fault: Fault) -> None:
    catalog = GlueCatalog(aws.client("glue"), "logs", "s3://example-lake/logs")
    catalog.ensure_table(TABLE)
    wire.schedule = Strikes([Strike("BatchCreatePartition", fault, times=1000)])
    with pytest.raises(StorageError, match=r"logs\.visits.*") as caught:
        catalog.swap("visits", [version(hour, "r1") for hour in range(2)])
    assert "1970/01/01/0" in caught.value.what
    assert "run again" in caught.value.remedy
    assert wire.faults[fault] < 40
