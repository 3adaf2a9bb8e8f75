from __future__ import annotations

from pathlib import Path

import pytest

from shared.class_archive import CACHE_VARIABLE, archive_options


def java(home: Path, exit_code: int) -> Path:
    """A Java installation whose command ends with a code: 1 is what one without an archive of its own does."""
    (home / "bin").mkdir(parents=True)
    (home / "lib").mkdir()
    (home / "lib" / "modules").write_text("")
    command = home / "bin" / "java"
    command.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    command.chmod(0o755)
    return home


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "loglake"


def option(java_home: Path) -> tuple[str, Path]:
    name, _, path = archive_options(java_home).split()[0].partition("=")
    return name, Path(path)


def test_the_first_session_makes_the_archive_and_later_ones_use_it(tmp_path: Path, cache: Path) -> None:
    home = java(tmp_path / "java", 0)
    name, archive = option(home)
    assert (name, archive.parent) == ("-XX:ArchiveClassesAtExit", cache)
    archive.touch()
    assert option(home) == ("-XX:SharedArchiveFile", archive)


def test_each_installation_has_its_own(tmp_path: Path, cache: Path) -> None:
    first = option(java(tmp_path / "one", 0))[1]
    assert option(java(tmp_path / "two", 0))[1] != first


def test_a_java_without_an_archive_of_its_own_would_not_start(tmp_path: Path, cache: Path) -> None:
    assert archive_options(java(tmp_path / "java", 1)) == ""
    home = java(tmp_path / "broken", 0)
    (home / "bin" / "java").unlink()
    assert archive_options(home) == ""


def test_without_a_place_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = java(tmp_path / "java", 0)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "file"))
    assert archive_options(home) == ""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "with blank"))
    assert archive_options(home) == ""
