"""A server as a process of its own: started, waited for, ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_GUARD = Path(__file__).with_name("guard.py")
_POLL_S = 0.1


class Service:
    """A running program. Its output goes to `<folder>/<name>.log`, whose end a failure shows.

    environment  what it has besides the environment of this process; with `inherits` off, all that it has
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        environment: Mapping[str, str],
        *,
        inherits: bool = True,
    ) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        with self.log.open("wb") as output:
            # A session of its own: Ctrl-C at the terminal is the tests' to handle, which then end what they started.
            self._guard = subprocess.Popen(
                [sys.executable, str(_GUARD), *map(str, command)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**(os.environ if inherits else {}), **environment},
                cwd=folder,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process below which the program runs."""
        return self._guard.pid

    def wait_until(self, is_ready: Callable[[], bool], within_s: float) -> None:
        """Wait for the service to serve; RuntimeError with the end of its log when it ends or takes too long."""
        deadline = time.monotonic() + within_s
        while not is_ready():
            if self._guard.poll() is not None or time.monotonic() > deadline:
                why = "has ended" if self._guard.poll() is not None else f"does not serve after {within_s:.0f} s"
                raise RuntimeError(f"{self.name} {why}:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(_POLL_S)

    def exit_code(self, within_s: float) -> int:
        """Wait for the program to end by itself."""
        return self._guard.wait(within_s)

    def end(self) -> None:
        """Tell the program to end; returns at once."""
        if self._guard.stdin is not None:
            self._guard.stdin.close()

    def stop(self) -> None:
        """End the program; returns when it has ended."""
        self.end()
        self._guard.wait()


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on, different from one another."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def answers(port: int) -> bool:
    """Whether something listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
