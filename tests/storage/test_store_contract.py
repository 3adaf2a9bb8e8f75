"""What every store promises, asked of a folder and of S3."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from shared.errors import StorageError
from shared.storage import ObjectGoneError, ObjectInfo, Prefix, Store

# In byte order, which is neither the order of a dictionary nor that of the folders' names.
KEYS = ["B", "a-b", "a.b", "a/b", "a/b.c", "a/c/d", "a0", "b c+%26?#&", "ü", "ü/x", "日本.gz"]
KEYS_APART = [key for key in KEYS if key != "ü"]  # a folder cannot hold both a file `ü` and files below `ü/`


def names(store: Store, prefix: str = "", **how: str) -> list[str]:
    return [
        entry.prefix if isinstance(entry, Prefix) else entry.key
        for entry in store.list(prefix, **how)  # type: ignore[arg-type]
    ]


def fill(store: Store) -> None:
    for key in reversed(KEYS_APART):
        store.write(key, key.encode())


def put_quickly(store: Store, key: str) -> None:
    """Write an empty object; into the fake S3 of this process without the way over HTTP."""
    if store.uri.startswith("s3://"):
        bucket, _, prefix = store.uri.removeprefix("s3://").partition("/")
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(bucket, f"{prefix}/{key}", b"")
    else:
        store.write(key, b"")


def test_what_was_written_is_read_and_described(store: Store) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    etag = store.write("logs/2026/a.gz", b"0123456789")
    info = store.head("logs/2026/a.gz")
    assert info is not None
    assert (info.key, info.etag, info.size_bytes) == ("logs/2026/a.gz", etag, 10)
    assert info.modified.utcoffset() == timedelta(0)
    assert before <= info.modified <= datetime.now(UTC) + timedelta(seconds=2)
    assert list(store.list()) == [info]
    assert store.exists("logs/2026/a.gz")
    assert not store.exists("logs/2026/a")
    assert not store.exists("logs/2026")
    assert store.head("logs/2026/a.gz/more") is None


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (None, None, b"0123456789"),
        (None, 3, b"012"),
        (4, None, b"456789"),
        (4, 2, b"45"),
        (8, 9, b"89"),
        (10, 1, b""),
        (99, None, b""),
        (2, 0, b""),
    ],
)
def test_reading_a_range(store: Store, start: int | None, length: int | None, expected: bytes) -> None:
    store.write("a", b"0123456789")
    assert store.read("a", start=start, length=length) == expected


def test_an_empty_object_is_an_object(store: Store) -> None:
    etag = store.write("empty", b"")
    assert store.read("empty") == b""
    assert [(entry.key, entry.size_bytes) for entry in store.list() if isinstance(entry, ObjectInfo)] == [("empty", 0)]
    assert store.replace("empty", b"full", etag)


def test_listing_is_in_byte_order(store: Store) -> None:
    fill(store)
    assert names(store) == KEYS_APART


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("a", ["a-b", "a.b", "a/b", "a/b.c", "a/c/d", "a0"]),
        ("a/", ["a/b", "a/b.c", "a/c/d"]),
        ("a/b", ["a/b", "a/b.c"]),
        ("a/c/d", ["a/c/d"]),
        ("a/c/d/", []),
        ("ü", ["ü/x"]),
        ("none/at/all", []),
    ],
)
def test_listing_a_prefix(store: Store, prefix: str, expected: list[str]) -> None:
    fill(store)
    assert names(store, prefix) == expected


@pytest.mark.parametrize("after", ["", "A", "a", "a/", "a/b", "a/b.", "a/c", "a/zz", "a/c/d", "zz", "日本.gz"])
def test_listing_starts_after_a_key_that_need_not_exist(store: Store, after: str) -> None:
    fill(store)
    assert names(store, start_after=after) == [key for key in KEYS_APART if key.encode() > after.encode()]


@pytest.mark.parametrize(
    ("prefix", "delimiter", "after", "expected"),
    [
        ("", "/", "", ["B", "a-b", "a.b", "a/", "a0", "b c+%26?#&", "ü/", "日本.gz"]),
        ("", "/", "a/", ["a0", "b c+%26?#&", "ü/", "日本.gz"]),
        ("", "/", "a/b", ["a0", "b c+%26?#&", "ü/", "日本.gz"]),
        ("", "/", "a.z", ["a/", "a0", "b c+%26?#&", "ü/", "日本.gz"]),
        ("a/", "/", "", ["a/b", "a/b.c", "a/c/"]),
        ("a", "/", "", ["a-b", "a.b", "a/", "a0"]),
        ("", ".", "", ["B", "a-b", "a.", "a/b", "a/b.", "a/c/d", "a0", "b c+%26?#&", "ü/x", "日本."]),
        ("a/b", ".", "", ["a/b", "a/b."]),
        ("", "/c", "", ["B", "a-b", "a.b", "a/b", "a/b.c", "a/c", "a0", "b c+%26?#&", "ü/x", "日本.gz"]),
    ],
)
def test_listing_rolls_up_at_a_delimiter(
    store: Store, prefix: str, delimiter: str, after: str, expected: list[str]
) -> None:
    fill(store)
    assert names(store, prefix, delimiter=delimiter, start_after=after) == expected


def test_listing_more_than_one_page(store: Store) -> None:
    for n in range(1100):
        put_quickly(store, f"p/{n:04d}.gz")
    expected = [f"p/{n:04d}.gz" for n in range(1100)]
    assert names(store) == expected
    assert names(store, start_after="p/0049.gz") == expected[50:]
    assert names(store, delimiter=".") == [f"p/{n:04d}." for n in range(1100)]
    store.delete(iter(expected))
    assert names(store) == []


def test_a_root_that_does_not_exist_is_empty_but_not_readable(store: Store) -> None:
    assert names(store) == []
    assert names(store, "some/prefix") == []
    assert store.head("a") is None
    with pytest.raises(StorageError, match="What to do"):
        store.require_readable()
    store.write("a", b"")
    store.require_readable()


@pytest.mark.parametrize("how", ["read", "open_input", "copy"])
def test_an_object_that_is_gone_is_told_from_a_broken_store(store: Store, how: str) -> None:
    store.write("other", b"")
    deed = {
        "read": lambda: store.read("gone"),
        "open_input": lambda: store.open_input("gone"),
        "copy": lambda: store.copy("gone", "target"),
    }[how]
    with pytest.raises(ObjectGoneError, match="gone") as caught:
        deed()
    assert store.uri in caught.value.what
    assert caught.value.remedy
    assert names(store) == ["other"]


def test_one_of_sixteen_racing_creators_wins(store: Store) -> None:
    with ThreadPoolExecutor(16) as pool:
        etags = list(pool.map(lambda n: store.create("ledger/000001", f"run {n}".encode()), range(16)))
    winners = [n for n, etag in enumerate(etags) if etag is not None]
    assert len(winners) == 1
    assert store.read("ledger/000001") == f"run {winners[0]}".encode()
    assert names(store) == ["ledger/000001"]
    info = store.head("ledger/000001")
    assert info is not None
    assert info.etag == etags[winners[0]]


def test_one_of_sixteen_racing_replacers_wins(store: Store) -> None:
    held = store.write("lease", b"free")
    with ThreadPoolExecutor(16) as pool:
        etags = list(pool.map(lambda n: store.replace("lease", f"run {n:02d}".encode(), held), range(16)))
    winners = [n for n, etag in enumerate(etags) if etag is not None]
    assert len(winners) == 1
    assert store.read("lease") == f"run {winners[0]:02d}".encode()


def test_replacing_needs_the_current_version(store: Store) -> None:
    first = store.create("lease", b"one")
    assert first is not None
    second = store.replace("lease", b"two", first)
    assert second not in {None, first}
    assert store.replace("lease", b"six", first) is None
    assert store.read("lease") == b"two"
    store.delete(["lease"])
    assert second is not None
    assert store.replace("lease", b"six", second) is None
    assert not store.exists("lease")
    assert store.replace("never/was", b"six", second) is None


def test_writer_shows_the_object_at_the_end_only(store: Store) -> None:
    with store.writer("out/part.parquet") as sink:
        pq.write_table(pa.table({"n": range(1000)}), sink)
        assert names(store) == []
    with store.open_input("out/part.parquet") as file:
        assert pq.read_table(file)["n"].to_pylist() == list(range(1000))
    assert names(store) == ["out/part.parquet"]


def test_writer_replaces_a_former_object(store: Store) -> None:
    former = store.write("a", b"former")
    with store.writer("a") as sink:
        sink.write(b"later!")
        assert store.read("a") == b"former"
    assert store.read("a") == b"later!"
    info = store.head("a")
    assert info is not None
    assert info.etag != former


def test_a_failing_writer_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.writer("out/part.parquet") as sink:
            sink.write(b"half a file")
            raise RuntimeError("the worker dies")

    with pytest.raises(RuntimeError, match="the worker dies"):
        fail()
    assert names(store) == []
    assert not store.exists("out/part.parquet")
    assert list(store.unfinished(datetime.now(UTC) + timedelta(seconds=1))) == []


def test_open_input_reads_anywhere(store: Store) -> None:
    data = bytes(range(256)) * 8000
    store.write("big", data)
    with store.open_input("big") as file:
        assert file.size() == len(data)
        file.seek(1_000_001)
        assert file.read(5) == data[1_000_001:1_000_006]
        file.seek(3)
        assert file.read(2) == data[3:5]
        file.seek(len(data) - 4)
        assert file.read() == data[-4:]
        assert file.read() == b""
        file.seek(0)
        assert file.read() == data


def test_copying_keeps_both(store: Store) -> None:
    store.write("run=1/a", b"content")
    store.write("run=2/b", b"other")
    store.copy("run=1/a", "run=2/a")
    store.copy("run=1/a", "run=2/b")
    store.copy("run=1/a", "run=1/a")
    assert names(store) == ["run=1/a", "run=2/a", "run=2/b"]
    store.write("run=1/a", b"changed")
    assert store.read("run=2/a") == store.read("run=2/b") == b"content"
    store.delete(["run=1/a"])
    assert store.read("run=2/a") == b"content"
    store.copy("run=2/a", "run=2/b")
    assert names(store) == ["run=2/a", "run=2/b"]


def test_deleting_twice_is_deleting(store: Store) -> None:
    store.write("a/b/c", b"")
    store.write("a/d", b"")
    store.delete(["a/b/c", "never/was"])
    store.delete(["a/b/c"])
    store.delete([])
    assert names(store) == ["a/d"]
    store.write("a/b", b"a file where a folder was")
    assert names(store) == ["a/b", "a/d"]


def test_a_store_travels_to_workers(store: Store) -> None:
    store.write("a", b"1")
    again = pickle.loads(pickle.dumps(store))
    assert again == store
    assert again.read("a") == b"1"


def test_url_names_the_object(store: Store) -> None:
    assert store.url("a/b.parquet") == f"{store.uri}/a/b.parquet"
