"""What only a folder has: names, links, permissions, other processes."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import StorageError, UsageError
from shared.storage import ObjectUnavailableError, Prefix
from shared.storage.local import LocalStore


def names(store: LocalStore, **how: str) -> list[str]:
    return [
        entry.prefix if isinstance(entry, Prefix) else entry.key
        for entry in store.list(how.pop("prefix", ""), **how)  # type: ignore[arg-type]
    ]


def model(keys: Iterable[str], prefix: str, start_after: str, delimiter: str) -> list[str]:
    """The listing as S3 documents it, of keys in memory."""
    shown = set()
    for key in keys:
        if not key.startswith(prefix):
            continue
        rest = key[len(prefix) :]
        shown.add(prefix + rest[: rest.index(delimiter) + len(delimiter)] if delimiter and delimiter in rest else key)
    return sorted((name for name in shown if name.encode() > start_after.encode()), key=str.encode)


elements = st.text("ab.-ü0", min_size=1, max_size=3).filter(lambda name: name not in {".", ".."})
keys = st.lists(elements, min_size=1, max_size=3).map("/".join)


@settings(max_examples=60, deadline=None)
@given(
    st.sets(keys, max_size=12),
    st.text("ab.-ü/0", max_size=4),
    st.text("ab.-ü/0", max_size=4),
    st.sampled_from(["", "/", ".", "a", "-ü"]),
)
def test_listing_agrees_with_a_model(wanted: set[str], prefix: str, start_after: str, delimiter: str) -> None:
    # A file cannot have files below it.
    kept = {key for key in wanted if not any(other.startswith(f"{key}/") for other in wanted)}
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(folder)
        for key in kept:
            store.write(key, b"")
        found = names(store, prefix=prefix, start_after=start_after, delimiter=delimiter)
        assert found == model(kept, prefix, start_after, delimiter)


def test_unfinished_files_are_not_listed_and_not_accepted(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    with store.writer("a/b") as sink:
        sink.write(b"x")
        assert len(list((tmp_path / "a").iterdir())) == 1
        assert names(store) == names(store, delimiter="/") == []
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]
    with pytest.raises(UsageError, match="cannot be the name"):
        store.write("a/.loglake-mine", b"")


def test_what_a_killed_writer_left_is_found_and_deleted(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.write("a/whole", b"x")
    before = datetime.now(UTC)
    time.sleep(0.02)  # file systems tell the time in ticks
    with store.writer("a/b/c") as sink:
        sink.write(b"half")
        sink.flush()
        (tmp_path / ".loglake-link").hardlink_to(tmp_path / "a" / "whole")  # as old as what it links to, by its times
        now = datetime.now(UTC) + timedelta(seconds=1)
        assert list(store.unfinished(before)) == []
        found = sorted(store.unfinished(now), key=lambda item: item.key)
        assert [(item.key.rpartition("-")[0], item.size_bytes) for item in found] == [
            (".loglake", 1),
            ("a/b/.loglake", 4),
        ]
    store.delete(item.key for item in found)
    assert list(store.unfinished(now)) == []
    assert names(store) == ["a/b/c", "a/whole"]


@pytest.mark.parametrize("key", ["", "/a", "a//b", "a/", "../a", "a/../../b", "./a", "a\0b"])
def test_keys_stay_below_the_root(tmp_path: Path, key: str) -> None:
    store = LocalStore(str(tmp_path / "root"))
    with pytest.raises(UsageError, match="relative path"):
        store.write(key, b"")
    assert list(tmp_path.iterdir()) == []


def test_names_that_are_no_utf8_are_kept(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.log")).write_bytes(b"latin")
    (tmp_path / "café.log").write_bytes(b"utf8")
    store = LocalStore(str(tmp_path))
    found = names(store)
    assert [os.fsencode(name) for name in found] == [b"caf\xc3\xa9.log", b"caf\xe9.log"]
    assert [store.read(name) for name in found] == [b"utf8", b"latin"]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    (tmp_path / "raw" / "deep").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.log").write_bytes(b"a")
    (tmp_path / "raw" / "deep" / "b.log").write_bytes(b"b")
    (tmp_path / "raw" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "raw" / "one.log").symlink_to(tmp_path / "elsewhere" / "a.log")
    (tmp_path / "raw" / "deep" / "up").symlink_to(tmp_path / "raw")
    (tmp_path / "raw" / "deep" / "same").symlink_to(tmp_path / "raw" / "deep")
    (tmp_path / "raw" / "broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "raw" / "itself").symlink_to("itself")
    (tmp_path / "raw" / "linked.d").symlink_to("itself/deeper")
    os.mkfifo(tmp_path / "raw" / "pipe")
    assert names(LocalStore(str(tmp_path / "raw"))) == ["deep/b.log", "linked/a.log", "one.log"]


def test_deleting_removes_emptied_folders_up_to_the_root(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path / "root"))
    store.write("a/b/c", b"")
    store.write("a/d", b"")
    store.delete(["a/b/c"])
    assert not (tmp_path / "root" / "a" / "b").exists()
    store.delete(["a/d"])
    assert list((tmp_path / "root").iterdir()) == []


def test_versions_of_one_size_written_at_once_differ(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    etags = [store.write("lease", b"%03d" % number) for number in range(200)]
    assert len(set(etags)) == len(etags)


def test_copy_shares_the_bytes_on_disk(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.write("a", b"content")
    store.copy("a", "b/c")
    assert (tmp_path / "a").samefile(tmp_path / "b" / "c")


def test_copy_without_links_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    store = LocalStore(str(tmp_path))
    store.write("a", b"content")
    store.copy("a", "b")
    assert store.read("b") == b"content"
    assert not (tmp_path / "a").samefile(tmp_path / "b")


def test_a_file_in_the_way_is_explained(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.write("a", b"")
    for deed in (lambda: store.write("a/b", b""), lambda: store.create("a/b", b""), lambda: store.copy("a", "a/b")):
        with pytest.raises(StorageError, match="cannot write") as caught:
            deed()
        assert str(tmp_path / "a") in caught.value.what
    with pytest.raises(ObjectUnavailableError, match="cannot read"):
        store.read("a/b")
    store.write("folder/file", b"")
    with pytest.raises(ObjectUnavailableError, match="directory"):
        store.open_input("folder")


def test_no_permission_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(str(tmp_path))
    store.write("closed/file", b"")
    if os.geteuid():
        (tmp_path / "closed").chmod(0)
    else:  # nothing is closed to root

        def refuse(folder: str) -> None:
            raise PermissionError(13, "Permission denied", folder)

        monkeypatch.setattr("shared.storage.local_listing.os.scandir", refuse)
    with pytest.raises(StorageError, match="Permission denied") as caught:
        names(store)
    assert "permissions" in caught.value.remedy
    if os.geteuid():
        (tmp_path / "closed").chmod(0o700)


def count_up(root: str, times: int) -> None:
    store = LocalStore(root)
    for _ in range(times):
        while True:
            info = store.head("counter")
            assert info is not None
            number = int(store.read("counter"))
            # Someone may have written between the two reads: then the etag is stale and the loop goes round.
            if store.replace("counter", b"%06d" % (number + 1), info.etag):
                break


def test_processes_do_not_lose_each_others_writes(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    store.write("counter", b"%06d" % 0)
    spawned = multiprocessing.get_context("spawn")
    workers = [spawned.Process(target=count_up, args=(str(tmp_path), 60)) for _ in range(2)]
    for worker in workers:
        worker.start()
    count_up(str(tmp_path), 60)
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert int(store.read("counter")) == 180
    assert names(store) == ["counter"]


def test_a_full_disk_names_the_object_and_leaves_nothing(tmp_path: Path, full_disk: int) -> None:
    store = LocalStore(str(tmp_path))
    for size_bytes in (full_disk + 1, 3 * full_disk):
        with pytest.raises(StorageError, match=f"cannot write {tmp_path}/a/b: ") as caught, store.writer("a/b") as sink:
            sink.write(bytes(size_bytes))
        assert "make room" in caught.value.remedy
    with pytest.raises(StorageError, match="cannot write"):
        store.write("a/b", bytes(full_disk + 1))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_buffer_that_cannot_be_emptied_at_the_end_is_told_too(tmp_path: Path, full_disk: int) -> None:
    store = LocalStore(str(tmp_path))
    with pytest.raises(StorageError, match=f"cannot write {tmp_path}/a: "), store.writer("a") as sink:
        sink.writelines([bytes(full_disk), b"x"])  # the last byte stays in the buffer until the block ends
    assert not store.exists("a")


def test_a_full_disk_under_a_parquet_file_is_told_as_it_is(tmp_path: Path, full_disk: int) -> None:
    rows = pa.table({"noise": np.random.default_rng(1).bytes(2 * full_disk).hex(" ").split()})
    with pytest.raises(StorageError, match=f"cannot write {tmp_path}/a"), LocalStore(str(tmp_path)).writer("a") as sink:
        pq.write_table(rows, sink, use_dictionary=False)


def test_an_error_of_something_else_within_the_block_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), LocalStore(str(tmp_path)).writer("a"):
        (tmp_path / "nowhere").read_bytes()
    assert list(tmp_path.iterdir()) == []
