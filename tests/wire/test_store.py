"""A store behind a faulty wire: what passes is not noticed, what lasts ends soon and names its object."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.errors import StorageError
from shared.storage import ObjectInfo
from shared.storage.s3 import S3Store
from tests.wire.faults import OF_S3, Fault, Strike, Strikes
from tests.wire.impatience import ATTEMPTS
from tests.wire.proxy import Proxy

DATA = b"0123456789" * 200


def keys(store: S3Store) -> list[str]:
    return [item.key for item in store.list() if isinstance(item, ObjectInfo)]


def write(store: S3Store) -> None:
    store.write("new", DATA)
    assert store.read("new") == DATA


def write_through_a_sink(store: S3Store) -> None:
    with store.writer("new") as sink:
        sink.write(DATA)
    assert store.read("new") == DATA


def read(store: S3Store) -> None:
    assert store.read("there") == DATA
    assert store.read("there", start=5, length=10) == DATA[5:15]


def look(store: S3Store) -> None:
    found = store.head("there")
    assert found is not None
    assert found.size_bytes == len(DATA)


def enumerate_(store: S3Store) -> None:
    assert keys(store) == ["there"]


def create(store: S3Store) -> None:
    etag = store.create("new", DATA)
    found = store.head("new")
    assert found is not None
    assert etag == found.etag, "won, although the answer may have been lost"
    assert store.create("new", b"other") is None
    assert store.read("new") == DATA


def replace(store: S3Store) -> None:
    before = store.head("there")
    assert before is not None
    etag = store.replace("there", b"newer", before.etag)
    assert etag is not None
    assert store.replace("there", b"another", before.etag) is None
    assert store.read("there") == b"newer"


def copy(store: S3Store) -> None:
    store.copy("there", "new")
    assert store.read("new") == DATA


def delete(store: S3Store) -> None:
    store.delete(["there", "not there"])
    assert keys(store) == []


DEEDS: dict[str, tuple[str, Callable[[S3Store], None]]] = {
    "write": ("put", write),
    "write through a sink": ("put", write_through_a_sink),
    "read": ("get", read),
    "look": ("head", look),
    "list": ("list", enumerate_),
    "create": ("conditional put", create),
    "replace": ("conditional put", replace),
    "copy": ("copy", copy),
    "delete": ("deletes", delete),
}


@pytest.fixture
def stocked(store: S3Store) -> S3Store:
    store.write("there", DATA)
    return store


@pytest.mark.parametrize("fault", OF_S3)
@pytest.mark.parametrize("deed", DEEDS)
def test_a_fault_that_passes_changes_nothing(stocked: S3Store, wire: Proxy, deed: str, fault: Fault) -> None:
    kind, act = DEEDS[deed]
    wire.schedule = Strikes([Strike(kind, fault)])
    act(stocked)
    assert wire.faults == {fault: 1}


@pytest.mark.parametrize(
    ("kind", "fault", "deed"),
    [("conditional put", Fault.CONFLICT, create), ("deletes", Fault.DELETES_FAIL, delete)],
)
def test_what_only_some_requests_meet_passes_too(
    stocked: S3Store, wire: Proxy, kind: str, fault: Fault, deed: Callable[[S3Store], None]
) -> None:
    wire.schedule = Strikes([Strike(kind, fault, times=2)])
    deed(stocked)
    assert wire.faults == {fault: 2}


@pytest.mark.parametrize("fault", [fault for fault in OF_S3 if fault is not Fault.NO_ANSWER])
@pytest.mark.parametrize("kind", ["put", "get", "head", "conditional put", "copy"])
def test_a_fault_that_lasts_ends_soon_and_names_the_object(
    stocked: S3Store, wire: Proxy, kind: str, fault: Fault
) -> None:
    deeds: dict[str, Callable[[], object]] = {
        "put": lambda: stocked.write("there", DATA),
        "get": lambda: stocked.read("there"),
        "head": lambda: stocked.head("there"),
        "conditional put": lambda: stocked.create("there", DATA),
        "copy": lambda: stocked.copy("there", "new"),
    }
    wire.schedule = Strikes([Strike(kind, fault, times=1000)])
    with pytest.raises(StorageError, match=stocked.url("there")) as caught:
        deeds[kind]()
    assert caught.value.remedy
    if kind == "head":
        assert type(caught.value) is StorageError, "whether it is there is not known"
    assert ATTEMPTS <= wire.faults[fault] <= 2 * ATTEMPTS
