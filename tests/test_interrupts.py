from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from shared.interrupts import interruptible, interrupts_deferred


def test_an_interrupt_comes_when_the_block_has_ended() -> None:
    former, steps = signal.getsignal(signal.SIGINT), list[str]()

    def block() -> None:
        with interrupts_deferred():
            os.kill(os.getpid(), signal.SIGINT)
            steps.append("the rest of the block")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert steps == ["the rest of the block"]
    assert signal.getsignal(signal.SIGINT) is former


def test_an_interrupt_goes_before_an_error_that_it_may_have_caused() -> None:
    def block() -> None:
        with interrupts_deferred():
            os.kill(os.getpid(), signal.SIGINT)
            raise ConnectionError

    with pytest.raises(KeyboardInterrupt):
        block()


def test_without_an_interrupt_errors_and_handlers_stay() -> None:
    former = signal.getsignal(signal.SIGINT)

    def block() -> None:
        with interrupts_deferred():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        block()
    assert signal.getsignal(signal.SIGINT) is former


def test_where_it_is_ignored_it_stays_ignored() -> None:
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts_deferred():
            os.kill(os.getpid(), signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, former)


def test_other_threads_may_use_it() -> None:
    done = []

    def work() -> None:
        with interrupts_deferred():
            done.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [signal.getsignal(signal.SIGINT)]


def test_work_that_ends_gives_its_result_or_its_error() -> None:
    assert interruptible(lambda: 7, pytest.fail) == 7
    with pytest.raises(ZeroDivisionError):
        interruptible(lambda: 1 // 0, pytest.fail)


def test_an_interrupt_cancels_the_work_again_and_again_until_it_ends() -> None:
    asked, ended = list[int](), threading.Event()

    def cancel() -> None:
        asked.append(1)
        if len(asked) == 1:
            raise ConnectionError
        ended.set()

    threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        interruptible(lambda: ended.wait(20), cancel)
    assert len(asked) == 2


def test_what_happens_meanwhile_is_not_cut_short_by_an_interrupt() -> None:
    steps, ended = list[str](), threading.Event()

    def meanwhile() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        steps.append("done")

    with pytest.raises(KeyboardInterrupt):
        interruptible(lambda: ended.wait(20), ended.set, meanwhile)
    assert steps == ["done"]


@pytest.mark.parametrize(("sigint", "exit_code"), [("default_int_handler", 130), ("SIG_IGN", -signal.SIGTERM)])
def test_sigterm_ends_a_command_as_ctrl_c_does_unless_that_is_ignored(sigint: str, exit_code: int) -> None:
    code = f"""
        import signal, sys, time
        import typer
        from shared.cli.errors import fails_politely
        from shared.interrupts import end_as_by_ctrl_c
        signal.signal(signal.SIGINT, signal.{sigint})
        end_as_by_ctrl_c()

        @fails_politely
        def command() -> None:
            print("begun", flush=True)
            time.sleep(60)

        typer.run(command)
    """
    started = [sys.executable, "-c", textwrap.dedent(code)]
    with subprocess.Popen(started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "begun\n"
        process.terminate()
        told = process.stderr.read()
    assert process.returncode == exit_code
    assert told.startswith("interrupted") == (exit_code == 130)
