"""What befalls a job at moments that are told by its requests: nothing in the job or on its machines is prepared."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psutil

from tests.e2e.cluster.standalone import Cluster
from tests.wire.message import Request

Which = Callable[[Request], bool]
_PATIENCE_S = 60.0


class Killing:
    """Kills, once, when a task makes a certain request: the task's process, or what `whom` makes of it."""

    def __init__(
        self, cluster: Cluster, which: Which, whom: Callable[[psutil.Process], psutil.Process] = lambda task: task
    ) -> None:
        self._cluster, self._which, self._whom = cluster, which, whom
        self._guard = threading.Lock()
        self.killed = 0

    def __call__(self, request: Request) -> None:
        if not self._which(request):
            return
        with self._guard:
            if not self.killed:
                self._whom(self._cluster.process_of(request.client_port)).kill()
                self.killed += 1


class Holding:
    """Holds a task's certain request, the first one, until another process asks the same: a task tried again."""

    def __init__(self, which: Which) -> None:
        self._which = which
        self._guard = threading.Lock()
        self._held: tuple[str, str] | None = None
        self._again = threading.Event()

    @property
    def was_asked_again(self) -> bool:
        """Whether the second one has come."""
        return self._again.is_set()

    def __call__(self, request: Request) -> None:
        asked = request.kind, request.path
        with self._guard:
            is_first = self._held is None and self._which(request)
            if is_first:
                self._held = asked
        if is_first:
            self._again.wait(_PATIENCE_S)
        elif asked == self._held:
            self._again.set()
