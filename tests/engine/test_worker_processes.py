from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest

from shared.engine.worker_processes import ProcessExecutor
from shared.errors import LoglakeError, LossError, StorageError
from tests.conftest import Workshop, v1_line, v1_object
from tests.engine.test_executor import Steps, double, fill_the_disk, lose


@pytest.fixture
def executor() -> Iterator[ProcessExecutor]:
    with ProcessExecutor(2) as tasks:
        yield tasks


def who(_item: int) -> int:
    time.sleep(0.1)
    return os.getpid()


def die(_item: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def die_once(mark: Path, item: int) -> int:
    if item == 3 and not mark.exists():
        mark.touch()
        die(item)
    return double(item)


def divide(item: int) -> float:
    return 1 / item


def test_each_item_is_a_task_of_a_worker_and_the_order_is_kept() -> None:
    steps = Steps()
    with ProcessExecutor(2, steps) as executor:
        assert executor.map("double", double, [3, 1, 2]) == [6, 2, 4]
        assert (steps.steps, steps.completed) == ([("double", 3)], [1, 2, 3])
        assert executor.map("double", double, []) == []
        workers = set(executor.map("who", who, range(4)))
        assert len(workers) == 2 == executor.cores
        assert os.getpid() not in workers
    assert not any(map(psutil.pid_exists, workers))


def test_a_workers_own_error_arrives_as_it_is(executor: ProcessExecutor) -> None:
    with pytest.raises(LossError, match="a record is gone") as caught:
        executor.map("lose", lose, [1])
    assert caught.value.remedy == "look for it"
    with pytest.raises(StorageError, match='No space left on device: "the lake\'s disk"'):
        executor.map("fill", fill_the_disk, [1])
    with pytest.raises(ZeroDivisionError):
        executor.map("divide", divide, [1, 0])


def test_an_error_ends_what_the_others_do(executor: ProcessExecutor) -> None:
    began = time.monotonic()
    with pytest.raises(LossError):
        executor.map("lose", lose_or_sleep, [0, 60])
    assert time.monotonic() - began < 30
    assert executor.map("double", double, [4]) == [8]


def lose_or_sleep(seconds: int) -> int:
    return lose(seconds) if seconds == 0 else int(time.sleep(seconds) or 0)


def test_what_a_killed_worker_had_is_done_again_by_a_single_one(tmp_path: Path) -> None:
    told: list[str] = []
    with ProcessExecutor(2, on_death=told.append) as executor:
        assert executor.map("double", partial(die_once, tmp_path / "mark"), range(8)) == [double(i) for i in range(8)]
        (sentence,) = told
        assert "died while they were to double" in sentence
        assert len(set(executor.map("who", who, range(4)))) == 2  # the next step has all again


def test_what_kills_every_worker_is_an_error_that_says_so(executor: ProcessExecutor) -> None:
    with pytest.raises(LoglakeError, match="A worker process died while it was to read") as caught:
        executor.map("read", die, [1, 2])
    assert "memory" in caught.value.remedy
    assert executor.map("double", double, [4]) == [8]


def test_ctrl_c_ends_the_workers_and_is_raised(executor: ProcessExecutor, capfd: pytest.CaptureFixture[str]) -> None:
    executor.map("double", double, [4])
    began = time.monotonic()
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        executor.map("sleep", time.sleep, [60.0, 60.0])
    assert time.monotonic() - began < 30
    assert executor.map("double", double, [4, 5]) == [8, 10]
    assert capfd.readouterr().err == ""


def test_workers_do_not_outlive_a_process_that_was_killed(tmp_path: Path) -> None:
    """Also not while they are busy: nobody wants their answers any more."""
    code = f"""
        import os, pathlib, time
        from shared.engine.worker_processes import ProcessExecutor
        from tests.engine.test_worker_processes import say_and_sleep
        if __name__ == "__main__":
            with ProcessExecutor(1) as executor:
                executor.map("sleep", say_and_sleep, [{str(tmp_path / "worker")!r}])
    """
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(code))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, script], env=environment) as process:
        worker = int(wait_for(tmp_path / "worker"))
        process.kill()
    end = time.monotonic() + 20
    while psutil.pid_exists(worker) and time.monotonic() < end:
        time.sleep(0.05)
    assert not psutil.pid_exists(worker)


def say_and_sleep(place: str) -> None:
    Path(place + ".new").write_text(str(os.getpid()))
    Path(place + ".new").rename(place)
    time.sleep(120)


def wait_for(place: Path) -> str:
    end = time.monotonic() + 60
    while not place.exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    return place.read_text()


def test_worker_processes_and_this_process_make_the_same_lake(workshop: Workshop, executor: ProcessExecutor) -> None:
    for hour in (10, 11):
        for uid in ("a1", "b2"):
            lines = (v1_line(f"{uid}{i}", time=f"{hour}:00:{i:02d}") for i in range(30))
            shared = v1_line("shared", time="10:59:59")
            workshop.put(f"E1EXAMPLE00001.2026-11-01-{hour}.{uid}.gz", v1_object(*lines, shared, "bad\n"))
    distributed = replace(workshop.another("distributed"), executor=executor)
    (ours,), (theirs,) = workshop.run().batches, distributed.run().batches
    assert workshop.rows() == distributed.rows()
    assert workshop.rows("quarantine") == distributed.rows("quarantine")
    assert (ours.records, ours.rows, ours.duplicates) == (theirs.records, theirs.rows, theirs.duplicates)
