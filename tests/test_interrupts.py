from __future__ import annotations

import os
import signal
import threading

import pytest

from shared.interrupts import interrupts_deferred


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
