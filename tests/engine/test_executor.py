from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shared.engine import executor
from shared.engine.executor import InlineExecutor, SparkExecutor
from shared.errors import LossError, StorageError
from tests.conftest import Workshop, v1_line, v1_object

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Steps:
    """Progress that is looked at afterwards."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int]] = []
        self.completed: list[int] = []

    def step(self, label: str, total: int) -> None:
        self.steps.append((label, total))

    def done(self, completed: int) -> None:
        self.completed.append(completed)


def lose(_item: int) -> int:
    raise LossError("a record is gone", remedy="look for it")


def fill_the_disk(_item: int) -> None:
    raise OSError(28, "No space left on device", "the lake's disk")


def double(item: int) -> int:
    return item * 2


@pytest.mark.spark
def test_spark_runs_all_items_and_keeps_the_order(spark: SparkSession) -> None:
    steps = Steps()
    tasks = SparkExecutor(spark, steps)
    assert tasks.map("double", double, [3, 1, 2]) == [6, 2, 4]
    assert tasks.map("double", double, []) == []
    assert steps.steps == [("double", 3)]
    assert steps.completed[-1] == 3
    assert tasks.cores == 2
    assert tasks.map("double", double, range(300)) == [double(item) for item in range(300)]  # more than tasks
    assert steps.completed[-1] == 300


@pytest.mark.spark
def test_a_tasks_own_error_arrives_as_it_is(spark: SparkSession) -> None:
    with pytest.raises(LossError, match="a record is gone") as caught:
        SparkExecutor(spark).map("lose", lose, [1])
    assert caught.value.remedy == "look for it"


@pytest.mark.spark
def test_a_full_disk_in_a_task_is_told_without_a_stack_trace(spark: SparkSession) -> None:
    with pytest.raises(StorageError, match='No space left on device: "the lake\'s disk"'):
        SparkExecutor(spark).map("fill", fill_the_disk, [1])


def test_a_full_disk_in_a_task_of_this_process_is_told_the_same_way() -> None:
    with pytest.raises(StorageError, match="No space left on device"):
        InlineExecutor().map("fill", fill_the_disk, [1])


@pytest.mark.spark
def test_ctrl_c_while_tasks_run_is_an_interrupt_and_the_session_lives_on(
    spark: SparkSession, capfd: pytest.CaptureFixture[str]
) -> None:
    tasks = SparkExecutor(spark)
    tasks.map("double", double, [4])  # the workers are there
    began = time.monotonic()
    threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        tasks.map("sleep", time.sleep, [30.0, 30.0])
    assert time.monotonic() - began < 15
    assert tasks.map("double", double, [4, 5]) == [8, 10]
    spark.sparkContext.setLogLevel("ERROR")
    assert capfd.readouterr().err == ""


def test_inline_does_the_same_without_spark() -> None:
    steps = Steps()
    assert InlineExecutor(steps).map("double", double, [3, 1]) == [6, 2]
    assert (steps.steps, steps.completed) == ([("double", 2)], [1, 2])


@pytest.mark.parametrize(("quota", "cores"), [("150000 100000", 2), ("10000 100000", 1), ("max 100000", 3), (None, 3)])
def test_a_container_with_a_share_of_the_cores_gets_as_many_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str | None, cores: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2}, raising=False)
    monkeypatch.setattr(executor, "_CPU_QUOTA", tmp_path / "cpu.max")
    if quota is not None:
        (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert executor.local_cores() == cores


@pytest.mark.spark
def test_spark_and_this_process_make_the_same_lake(workshop: Workshop, spark: SparkSession) -> None:
    for hour in (10, 11):
        for uid in ("a1", "b2"):
            lines = (v1_line(f"{uid}{i}", time=f"{hour}:00:{i:02d}") for i in range(30))
            shared = v1_line("shared", time="10:59:59")
            workshop.put(f"E1EXAMPLE00001.2026-11-01-{hour}.{uid}.gz", v1_object(*lines, shared, "bad\n"))
    distributed = replace(workshop.another("distributed"), executor=SparkExecutor(spark))
    (ours,), (theirs,) = workshop.run().batches, distributed.run().batches
    assert workshop.rows() == distributed.rows()
    assert workshop.rows("quarantine") == distributed.rows("quarantine")
    assert (ours.records, ours.rows, ours.duplicates) == (theirs.records, theirs.rows, theirs.duplicates)
