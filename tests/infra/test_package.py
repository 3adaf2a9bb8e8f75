from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from infra.package import ROOT, main, package, packed_files

MANIFEST = '[tool.setuptools.package-data]\n"*" = ["*.json"]\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A tiny project, with what must and what must not go into its package."""
    root = tmp_path / "project"
    for name in ("__init__.py", "b.py", "a/__init__.py", "a/data.json", "a/__pycache__/b.pyc", "notes.txt", ".x/y.py"):
        path = root / "shared" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (root / "pyproject.toml").write_text(MANIFEST)
    return root


def test_modules_and_declared_data_go_in_sorted_and_nothing_else(project: Path) -> None:
    with zipfile.ZipFile(BytesIO(package(project))) as archive:
        names = archive.namelist()
        assert names == ["shared/__init__.py", "shared/a/__init__.py", "shared/a/data.json", "shared/b.py"]
        assert archive.read("shared/a/data.json") == b"a/data.json"
        assert {(entry.date_time, entry.external_attr >> 16) for entry in archive.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), 0o100644)
        }


def test_the_same_sources_give_the_same_bytes_whatever_their_times_modes_and_place(project: Path) -> None:
    first = package(project)
    another = project.with_name("another")
    shutil.copytree(project, another)
    for path in another.rglob("*.*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    assert package(another) == first
    (another / "shared" / "b.py").write_text("changed")
    assert package(another) != first


def test_the_real_package_twice_built_by_processes_of_their_own(tmp_path: Path) -> None:
    built = []
    for seed in ("1", "2"):
        out = tmp_path / seed / "loglake.zip"
        command = [sys.executable, "-m", "infra.package", str(out)]
        said = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        ).stdout
        built.append(out.read_bytes())
        assert f"{len(built[0]):,} bytes, sha256 " in said
    assert built[0] == built[1]
    names = zipfile.ZipFile(BytesIO(built[0])).namelist()
    tracked = {path.relative_to(ROOT).as_posix() for path in (ROOT / "shared").rglob("*") if path.is_file()}
    assert set(names) == {name for name in tracked if "__pycache__" not in name}, "data that pyproject.toml forgets"
    assert len(list(packed_files(ROOT))) == len(names)


def test_a_place_that_cannot_be_written_is_told_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main([str(tmp_path / "file" / "loglake.zip")]) == 1
    told = capsys.readouterr().err
    assert "Cannot write" in told
    assert "What to do" in told
