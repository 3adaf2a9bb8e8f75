"""A proxy on the wire between a client and an S3 or Glue server that makes chosen requests go wrong.

It passes requests on byte by byte, the host that the client signed included, so signatures hold. Connections are kept
alive on both sides.
"""

from __future__ import annotations

import http.client
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from tests.wire.answers import partly, refusal
from tests.wire.faults import Fault, Schedule, Strikes
from tests.wire.message import Answer, Head, Request, read_head, reset

_LONGEST_SILENCE_S = 60.0


@dataclass(frozen=True)
class Seen:
    """A request that came by: its kind and path, what happened to it, and when (seconds of one clock)."""

    kind: str
    path: str
    query: str
    fault: Fault | None
    began_s: float
    ended_s: float


class Proxy:
    """Listens on a port of its own and forwards to a server, as a context manager.

    schedule  may be replaced at any time
    watch     told of every request before anything happens to it
    seen      all requests so far
    """

    def __init__(self, server_url: str, schedule: Schedule | None = None) -> None:
        self._server = urlsplit(server_url).netloc
        self.schedule: Schedule = schedule or Strikes()
        self.watch: Callable[[Request], None] = lambda _request: None
        self.seen: list[Seen] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._connections: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._is_ended = False

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def faults(self) -> Counter[Fault]:
        """How often what went wrong."""
        return Counter(seen.fault for seen in self.seen if seen.fault is not None)

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, name="wire", daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_ended = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._guard:
            open_ones = list(self._connections)
        for connection in open_ones:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._is_ended:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), name="wire", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._guard:
            self._connections.add(connection)
        source = cast(BinaryIO, connection.makefile("rb"))
        server = http.client.HTTPConnection(self._server, timeout=_LONGEST_SILENCE_S)
        try:
            while self._exchange(connection, source, server):
                pass
        except OSError:
            pass  # the client has gone
        finally:
            with self._guard:
                self._connections.discard(connection)
            server.close()
            source.close()
            connection.close()

    def _exchange(self, connection: socket.socket, source: BinaryIO, server: http.client.HTTPConnection) -> bool:
        """One request and its answer; whether the connection goes on."""
        head = read_head(source)
        if head is None:
            return False
        began_s = time.monotonic()
        bare = replace(head.with_body(b""), client_port=connection.getpeername()[1])
        self.watch(bare)
        fault = self.schedule.next_fault(bare)
        if fault in (Fault.RESET_BEFORE, Fault.RESET_IN_REQUEST):
            self._note(bare, fault, began_s)
            _take_body(connection, source, head, head.length // 2 if fault is Fault.RESET_IN_REQUEST else 0)
            reset(connection)
            return False
        request = head.with_body(_take_body(connection, source, head, head.length))
        answer = _instead(fault, request, server) if fault else None
        if answer is None:
            answer = _forward(server, request)
            if fault in _LOST_ANSWERS:
                self._note(bare, fault, began_s)
                _lose(connection, answer, fault)
                return False
            fault = None  # it is none that such a request can meet
        self._note(bare, fault, began_s)
        connection.sendall(answer.head + answer.body)
        return True

    def _note(self, request: Request, fault: Fault | None, began_s: float) -> None:
        query = urlsplit(request.target).query
        with self._guard:
            self.seen.append(Seen(request.kind, request.path, query, fault, began_s, time.monotonic()))


_LOST_ANSWERS = (Fault.RESET_AFTER, Fault.RESET_IN_ANSWER, Fault.SHORT_ANSWER, Fault.NO_ANSWER)


def _take_body(connection: socket.socket, source: BinaryIO, head: Head, count: int) -> bytes:
    if head.is_asking_to_send:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = source.read(count)
    if len(body) < count:
        raise ConnectionError("the client ended in the middle of its request")
    return body


def _instead(fault: Fault, request: Request, server: http.client.HTTPConnection) -> Answer | None:
    return refusal(fault, request) or partly(fault, request, lambda asked: _forward(server, asked))


def _lose(connection: socket.socket, answer: Answer, fault: Fault) -> None:
    if fault is Fault.NO_ANSWER:
        connection.settimeout(_LONGEST_SILENCE_S)
        connection.recv(1)  # until the client has had enough
        return
    half = len(answer.body) // 2
    if half and fault is not Fault.RESET_AFTER:
        connection.sendall(answer.head + answer.body[:half])
    if not half or fault is not Fault.SHORT_ANSWER:
        reset(connection)


def _forward(server: http.client.HTTPConnection, request: Request) -> Answer:
    if server.sock is not None and select.select([server.sock], [], [], 0)[0]:
        server.close()  # the server has ended the connection meanwhile
    server.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
    for name, value in request.passed_on:
        server.putheader(name, value)
    if request.body or request.method in ("PUT", "POST"):
        server.putheader("Content-Length", str(len(request.body)))
    server.endheaders(request.body or None)
    found = server.getresponse()
    body = found.read()
    length = found.getheader("Content-Length") if request.method == "HEAD" else None
    return Answer(found.status, found.getheaders(), body, None if length is None else int(length))
