from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from shared.engine.settings import VIEWER_KEY_VARIABLE, viewer_key
from shared.errors import LoglakeError, UsageError
from shared.lake.lake import Lake, open_lake
from shared.storage.aws import client

KEY = "0123456789abcdef"


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.delenv(VIEWER_KEY_VARIABLE, raising=False)
    return open_lake(str(tmp_path / "lake"))


@pytest.fixture
def secrets() -> Iterator[None]:
    with mock_aws():
        client("secretsmanager").create_secret(Name="viewers", SecretString=KEY)
        client("secretsmanager").create_secret(Name="binary", SecretBinary=KEY.encode())
        client("secretsmanager").create_secret(Name="short", SecretString="short")
        yield


def test_a_lake_makes_its_key_once(lake: Lake, tmp_path: Path) -> None:
    key = viewer_key(lake, None)
    assert len(key) >= 32
    assert viewer_key(open_lake(lake.uri), None) == key
    assert viewer_key(open_lake(str(tmp_path / "another")), None) != key


def test_the_environment_goes_before_the_lakes_own(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VIEWER_KEY_VARIABLE, KEY)
    assert viewer_key(lake, None) == KEY.encode()
    assert [path.name for path in Path(lake.uri).rglob("*.*")] == ["viewer.fingerprint"]


def test_a_key_that_could_be_guessed_is_refused(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VIEWER_KEY_VARIABLE, "short")
    with pytest.raises(UsageError, match="5 bytes") as caught:
        viewer_key(lake, None)
    assert "short" not in caught.value.what.replace(VIEWER_KEY_VARIABLE, "")


def test_a_key_in_an_argument_is_refused_and_not_repeated(lake: Lake) -> None:
    with pytest.raises(UsageError, match="argument") as caught:
        viewer_key(lake, KEY)
    assert KEY not in str(caught.value)


@pytest.mark.usefixtures("secrets")
def test_the_key_comes_from_secrets_manager(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VIEWER_KEY_VARIABLE, "another key of the environment")
    assert viewer_key(lake, "secretsmanager:viewers") == KEY.encode()
    assert viewer_key(lake, "secretsmanager:binary") == KEY.encode()


@pytest.mark.usefixtures("secrets")
def test_a_secret_that_is_missing_or_weak_is_named(lake: Lake) -> None:
    with pytest.raises(LoglakeError, match="secretsmanager:nothing") as caught:
        viewer_key(lake, "secretsmanager:nothing")
    assert "GetSecretValue" in caught.value.remedy
    with pytest.raises(UsageError, match="secretsmanager:short"):
        viewer_key(lake, "secretsmanager:short")


def test_a_lake_keeps_to_the_key_that_it_was_made_with(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    own = viewer_key(lake, None)
    monkeypatch.setenv(VIEWER_KEY_VARIABLE, KEY)
    with pytest.raises(UsageError, match="not the viewer key that the lake was made with"):
        viewer_key(lake, None)
    monkeypatch.delenv(VIEWER_KEY_VARIABLE)
    assert viewer_key(lake, None) == own
    written = b"".join(lake.store.read(item.key) for item in lake.store.list("_loglake/viewer.f"))
    assert written
    assert own not in written


def test_a_lake_of_a_given_key_gets_none_of_its_own(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VIEWER_KEY_VARIABLE, KEY)
    assert viewer_key(lake, None) == viewer_key(lake, None) == KEY.encode()
    monkeypatch.delenv(VIEWER_KEY_VARIABLE)
    with pytest.raises(UsageError, match="not the viewer key"):
        viewer_key(lake, None)
    assert not lake.store.exists("_loglake/viewer.key")
