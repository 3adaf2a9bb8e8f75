"""The doctor behind a faulty wire: of what gets no answer it says nothing, and a repair leaves all as it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.engine.doctor import Doctor
from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.errors import StorageError
from shared.lake.check import Kind
from shared.lake.lake import open_lake
from shared.lake.ledger import Ledger
from shared.lake.subjects import Subject
from shared.lake.tables import LAKE_TABLES
from shared.lake.withheld import add_subjects, raise_floor
from shared.sources.cloudfront import SOURCE
from shared.storage import aws, open_store
from shared.tables import SubjectKind
from shared.tables.partitions import Partition
from tests.conftest import v1_line, v1_object
from tests.wire.faults import Fault, Lasting, Strikes
from tests.wire.message import Request
from tests.wire.proxy import Proxy

SETTINGS = RefineSettings("s3://raw-logs/cloudfront", "s3://the-lake/prod", catalog="glue:logs")
OF_S3 = (Fault.SLOW_DOWN, Fault.FORBIDDEN, Fault.SHORT_ANSWER)
OF_GLUE = (Fault.THROTTLED, Fault.SHORT_ANSWER)
TABLES = (SOURCE.tables[0], *LAKE_TABLES)
# What a deep look reads: the kinds of its requests, and what their paths contain.
OBJECTS = {
    "ledger object": ("get", "/ledger/cloudfront/"),
    "ledger index": ("get", "/ledger-index/cloudfront/"),
    "lease": ("get", "/lease/"),
    "erasures": ("get", "/erasures.json"),
    "is there an erasure": ("head", "/erasures.json"),
    "floor": ("get", "/retention/cloudfront_requests.json"),
    "record of a reprocessing": ("get", "/reprocess/"),
    "listing": ("list", ""),
    "table": ("GetTable", ""),
    "partitions": ("GetPartitions", ""),
    **{f"file of {table.name}": ("get", f"/{table.name}/") for table in TABLES},
    "size of a file": ("head", f"/{SOURCE.tables[0].name}/"),
}


@pytest.fixture
def filled(wire: Proxy) -> Proxy:
    """The wire, with a lake behind it in which there is one object of each kind at least."""
    for bucket in ("raw-logs", "the-lake"):
        aws.client("s3").create_bucket(Bucket=bucket)
    raw, lake = open_store(SETTINGS.raw_uri), open_store(SETTINGS.lake_uri)
    for number, hour in enumerate((10, 11)):
        line = v1_line(f"{number}", time=f"{hour}:00:00")
        raw.write(f"E1EXAMPLE00001.2026-11-01-{hour}.a{number}.gz", v1_object(line, "bad\n").encode())
        Refinery(SOURCE, SETTINGS, InlineExecutor()).refine()
    Ledger.load(lake, SOURCE.name).checkpoint()
    add_subjects(lake, [Subject(SubjectKind.SESSION, "0" * 32)])
    raise_floor(lake, SOURCE.tables[0].name, Partition.parse("2026-10-01T00"))
    lake.write("_loglake/reprocess/cloudfront/00.json", b"{}")
    return wire


def repair() -> list[Kind]:
    doctor = Doctor([SOURCE], SETTINGS, InlineExecutor(), is_deep=True)
    return [finding.kind for finding in doctor.repair().after.findings]


def everything() -> tuple[list[object], list[object]]:
    """Keys and etags of all objects, and all that the catalog has."""
    lake = open_lake(SETTINGS.lake_uri, SETTINGS.catalog)
    return list(lake.store.list()), [lake.catalog.partitions(table.name) for table in TABLES]


def one_of(kind: str, part: str) -> Callable[[Request], bool]:
    return lambda request: request.kind == kind and part in request.path


def test_an_object_that_gets_no_answer_is_not_damaged_and_nothing_is_changed(filled: Proxy) -> None:
    before = everything()
    for name, (kind, part) in OBJECTS.items():
        for fault in OF_GLUE if kind[0].isupper() else OF_S3:
            filled.schedule = Lasting(fault, one_of(kind, part))
            filled.seen.clear()
            with pytest.raises(StorageError) as caught:
                repair()
            assert filled.faults[fault] > 0, name
            assert caught.value.remedy
            filled.schedule = Strikes()
            assert everything() == before, (name, fault)
    assert repair() == [Kind.OPERATION_UNFINISHED] * 3, "no damage"
