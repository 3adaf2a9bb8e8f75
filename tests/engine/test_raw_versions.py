"""The same objects are found one by one and in listings, and fewer requests than objects where they lie together."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.engine import raw_versions
from shared.engine.raw_versions import current_versions
from shared.errors import StorageError
from shared.storage import ObjectUnavailableError, open_store
from shared.storage.local import LocalStore

NAMES = [f"{folder}{name}" for folder in ("", "a/", "a/b/", "é/") for name in ("1", "11", "2", "z")]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(there=st.sets(st.sampled_from(NAMES)), wanted=st.sets(st.sampled_from(NAMES)), patience=st.integers(1, 4))
def test_asking_and_listing_find_the_same(
    tmp_path_factory: pytest.TempPathFactory, there: set[str], wanted: set[str], patience: int
) -> None:
    root = tmp_path_factory.mktemp("raw")
    for name in there:
        (root / f"{name}.gz").parent.mkdir(parents=True, exist_ok=True)
        (root / f"{name}.gz").write_text(name)
    places = [(str(root), f"{root}/{name}.gz") for name in wanted]
    asked = current_versions(places)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw_versions, "FEW", 0)
        patch.setattr(raw_versions, "PATIENCE", patience)
        listed = current_versions(places)
    assert asked == listed
    assert set(asked) == {f"{root}/{name}.gz" for name in there & wanted}


def test_neighbours_are_found_in_one_listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(300):
        (tmp_path / f"{number:03d}.gz").write_text("x")
    wanted = [(str(tmp_path), f"{tmp_path}/{number:03d}.gz") for number in range(100, 300, 3)]
    calls: Counter[str] = Counter()
    for name in ("head", "list"):
        original = getattr(LocalStore, name)

        def counted(self: LocalStore, *args: object, name: str = name, original: object = original, **kw: object):  # type: ignore[no-untyped-def]
            calls[name] += 1
            return original(self, *args, **kw)  # type: ignore[operator]

        monkeypatch.setattr(LocalStore, name, counted)
    monkeypatch.setattr(raw_versions, "FEW", 10)
    assert len(current_versions(wanted)) == 67
    assert calls == {"head": 1, "list": 1}


def test_objects_of_a_prefix_that_cannot_be_reached_do_not_pass_for_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(self: LocalStore, key: str) -> None:
        raise ObjectUnavailableError(f"cannot read {key}", remedy="allow it")

    (tmp_path / "a.gz").write_text("x")
    monkeypatch.setattr(LocalStore, "head", forbidden)
    places = [(str(tmp_path), f"{tmp_path}/{name}") for name in ("a.gz", "a")]
    assert list(current_versions(places)) == [f"{tmp_path}/a.gz"], "forbidden, but there"

    def nothing(self: LocalStore, *_args: object, **_kw: object):  # type: ignore[no-untyped-def]
        raise StorageError("cannot list", remedy="check the network")
        yield

    monkeypatch.setattr(LocalStore, "list", nothing)
    with pytest.raises(StorageError, match="cannot list"):
        current_versions([(str(tmp_path), f"{tmp_path}/a.gz")])


def test_a_passing_fault_of_one_request_does_not_pass_for_a_gone_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(self: LocalStore, key: str) -> None:
        raise StorageError(f"no answer for {key}", remedy="check the network")

    (tmp_path / "a.gz").write_text("x")
    monkeypatch.setattr(LocalStore, "head", unreachable)
    with pytest.raises(StorageError, match="no answer"):
        current_versions([(str(tmp_path), f"{tmp_path}/a.gz")])


def test_an_entry_without_a_prefix_is_nowhere() -> None:
    assert current_versions([("", "s3://raw/a.gz")]) == {}


def test_on_s3_asking_and_listing_find_the_same_too(s3_bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = f"s3://{s3_bucket}/raw"
    store = open_store(root)
    for number in range(0, 12, 2):
        store.write(f"logs/{number:02d}.gz", b"x")
    places = [(root, f"{root}/logs/{number:02d}.gz") for number in range(3, 9)]
    asked = current_versions(places)
    monkeypatch.setattr(raw_versions, "FEW", 0)
    monkeypatch.setattr(raw_versions, "PATIENCE", 1)
    assert current_versions(places) == asked
    assert sorted(asked) == [f"{root}/logs/{number:02d}.gz" for number in (4, 6, 8)]


@pytest.mark.parametrize("few", [0, 10])
def test_objects_of_a_bucket_that_is_gone_are_gone(
    aws_endpoint: str, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(raw_versions, "FEW", few)
    assert current_versions([("s3://example-gone", f"s3://example-gone/{name}.gz") for name in "ab"]) == {}
