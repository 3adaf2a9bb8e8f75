"""Readers in processes of their own, which ask the same question again and again while runs publish."""

from __future__ import annotations

import multiprocessing
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event

from shared.lake.lake import open_lake
from shared.query.duck import run_sql

_SPAWN = multiprocessing.get_context("spawn")  # Arrow's S3 client must not be forked
_PATIENCE_S = 60.0

QUESTION = """
SELECT hour, count(*) AS rows, count(DISTINCT request_id) AS keys, sum(bytes_sent) AS bytes,
       min(bytes_sent) AS oldest, max(bytes_sent) AS newest
FROM cloudfront_requests GROUP BY hour ORDER BY hour
"""

Seen = tuple[tuple[str, int, int, int, int, int], ...]


@dataclass(frozen=True)
class DuckDB:
    """Asks as `loglake query` does. A value: it travels to the reader's process."""

    lake_uri: str
    catalog: str | None = None

    def __call__(self) -> Seen:
        return tuple(
            tuple(row.values()) for row in run_sql(open_lake(self.lake_uri, self.catalog), QUESTION).to_pylist()
        )


@dataclass
class Reader:
    """Asks `QUESTION` until it is told to stop.

    ask      gives an answer to it; must travel to another process
    answers  each answer that differed from the one before
    """

    ask: Callable[[], Seen]
    answers: list[Seen] = field(default_factory=list)
    error: str | None = None

    def __post_init__(self) -> None:
        self._pipe, child = _SPAWN.Pipe()
        self._stop, self._answered = _SPAWN.Event(), _SPAWN.Value("q", 0)
        arguments = (self.ask, self._stop, self._answered, child)
        self._process = _SPAWN.Process(target=_ask, args=arguments, daemon=True)
        self._process.start()
        child.close()

    def answer(self, count: int) -> None:
        """Wait until it has answered so many times more. The second answer is to a query that began after this call."""
        wanted, deadline = self._answered.value + count, time.monotonic() + _PATIENCE_S
        while self._answered.value < wanted:
            self._listen(0.01)
            assert self._process.is_alive(), self.error
            assert time.monotonic() < deadline, "no answer"

    def stop(self) -> None:
        """Let it end; AssertionError if it had ended before, with its error."""
        self._stop.set()
        while self._listen(_PATIENCE_S):
            pass
        self._process.join(_PATIENCE_S)
        assert self._process.exitcode == 0, self.error
        assert self.error is None, self.error
        self._pipe.close()

    def _listen(self, timeout_s: float) -> bool:
        try:
            if not self._pipe.poll(max(timeout_s, 0)):
                return False
            message = self._pipe.recv()
        except EOFError:
            return False
        if isinstance(message, str):
            self.error = message
        else:
            self.answers.append(message)
        return True


def _ask(ask: Callable[[], Seen], stop: Event, answered: Synchronized[int], pipe: Connection) -> None:
    try:
        last: Seen | None = None
        while not stop.is_set():
            seen = ask()
            if seen != last:
                pipe.send(seen)
            last = seen
            answered.value += 1
    except Exception:
        pipe.send(traceback.format_exc())
        raise
