"""The jobs as they are shipped: a script, and the package in a zip beside it; nothing is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from infra.package import package as package_of
from shared.lake.lake import open_lake
from shared.query.duck import run_sql
from shared.runtime import java_home
from shared.sources.registry import SOURCES
from shared.synth import MediaPackageSpec, SampleSpec, write_cloudfront, write_mediapackage

ROOT = Path(__file__).parents[2]
START = datetime(2026, 11, 1, 10)
ORIGIN = b'\nimport sys\n\nsys.stderr.write(f"shared is {__file__}\\n")\n'


def script(source: str) -> Path:
    return ROOT / "glue_jobs" / f"refine_{source}.py"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a zip. It says where it was imported from: the tests' Python has it installed as well."""
    folder = tmp_path_factory.mktemp("shipped")
    shutil.copytree(ROOT / "shared", folder / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    with (folder / "shared" / "__init__.py").open("ab") as module:
        module.write(ORIGIN)
    path = folder / "loglake.zip"
    path.write_bytes(package_of(folder))
    return path


def call(folder: Path, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program from another folder, without the paths and settings of this process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYSPARK", "SPARK"))}
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env={**kept, "PATH": programs, "SPARK_LOCAL_IP": "127.0.0.1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def make_cloudfront(folder: Path) -> Mapping[str, int]:
    spec = SampleSpec(start=START, rows=300, hours=1, files_per_hour=2)
    return {"cloudfront_requests": write_cloudfront(folder, spec).distinct}


def make_mediapackage(folder: Path) -> Mapping[str, int]:
    spec = MediaPackageSpec(start=START, rows=300, hours=1, channels=2)
    return {name: sum(hours.values()) for name, hours in write_mediapackage(folder, spec).table_rows_by_hour.items()}


MAKE: Mapping[str, Callable[[Path], Mapping[str, int]]] = {
    "cloudfront": make_cloudfront,
    "mediapackage": make_mediapackage,
}


def test_every_source_has_its_job() -> None:
    assert {path.name for path in (ROOT / "glue_jobs").glob("refine_*.py")} == {f"refine_{name}.py" for name in SOURCES}


@pytest.mark.spark
@pytest.mark.parametrize("source", SOURCES)
def test_spark_submit_runs_the_script_with_the_package_in_a_zip(source: str, package: Path, tmp_path: Path) -> None:
    expected = MAKE[source](tmp_path / "raw")
    done = call(
        tmp_path,
        *("spark-submit", "--master", "local[2]", "--py-files", package, script(source)),
        *("--raw_uri", "raw", "--lake_uri", "lake", "--JOB_NAME", "refine"),
        JAVA_HOME=str(java_home()),
    )
    assert done.returncode == 0, done.stderr
    # Under spark-submit the driver's words come on standard output, the workers' on standard error.
    said = (done.stdout + done.stderr).splitlines()
    origins = {line for line in said if line.startswith("shared is ")}
    assert origins
    assert all(".zip/shared/" in line for line in origins), origins
    (total,) = (line for line in said if f" refine_{source} done " in line)
    assert json.loads(total.partition(" done ")[2])["rows"] == sum(expected.values())
    lake = open_lake(str(tmp_path / "lake"))
    assert {name: run_sql(lake, f"SELECT count(*) FROM {name}")[0][0].as_py() for name in expected} == expected


@pytest.mark.parametrize("source", SOURCES)
def test_a_wrong_call_says_so_before_anything_starts(source: str, package: Path, tmp_path: Path) -> None:
    done = call(tmp_path, sys.executable, script(source), "--raw_uri", "raw", PYTHONPATH=str(package))
    assert done.returncode == 2
    assert "lake_uri" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_module_and_its_data_can_be_read_from_the_zip(package: Path, tmp_path: Path) -> None:
    code = """
import importlib, pkgutil, shared
from importlib.resources import as_file, files
for module in pkgutil.walk_packages(shared.__path__, "shared."):
    importlib.import_module(module.name)
print(importlib.import_module("shared.enrich.user_agent").parse_user_agent("curl/8.5.0").client_name)
with as_file(files("shared") / "log4j2.properties") as copy:
    print("rootLogger.level" in copy.read_text())
"""
    done = call(tmp_path, sys.executable, "-c", code, PYTHONPATH=str(package))
    assert done.returncode == 0, done.stderr
    assert f"shared is {package}" in done.stderr
    assert done.stdout.split() == ["curl", "True"]
