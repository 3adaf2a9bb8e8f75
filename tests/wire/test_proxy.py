"""The proxy itself: what it lets through is untouched, and each fault is what its name says."""

from __future__ import annotations

import http.client
import socket
import time
from urllib.parse import urlsplit

import pytest

from tests.wire.conftest import EchoServer
from tests.wire.faults import ByRate, Fault, Strike, Strikes
from tests.wire.message import Request
from tests.wire.proxy import Proxy


def ask(url: str, body: bytes = b"a body") -> bytes:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=0.5)
    connection.request("PUT", "/bucket/key?x=%2F", body, {"Host": "signed.example.com", "X-More": "kept"})
    return connection.getresponse().read()


def test_a_request_goes_through_as_it_is(echo: EchoServer) -> None:
    with Proxy(echo.url) as proxy:
        assert ask(proxy.url) == b"a body"
    ((method, target, headers, body),) = echo.asked
    assert (method, target, body) == ("PUT", "/bucket/key?x=%2F", b"a body")
    assert (headers["Host"], headers["X-More"]) == ("signed.example.com", "kept")


def test_what_comes_by_is_noted_and_its_client_can_be_told(echo: EchoServer) -> None:
    ports = []
    with Proxy(echo.url) as proxy, socket.create_connection(urlsplit(proxy.url).netloc.split(":")) as client:
        proxy.watch = lambda request: ports.append(request.client_port)
        began_s = time.monotonic()
        client.sendall(b"GET /bucket/a%20key?partNumber=2 HTTP/1.1\r\nHost: signed.example.com\r\n\r\n")
        assert client.recv(1024).endswith(b"nothing")
        (seen,) = proxy.seen
        assert ports == [client.getsockname()[1]]
    assert (seen.kind, seen.path, seen.query) == ("get", "/bucket/a key", "partNumber=2")
    assert began_s <= seen.began_s <= seen.ended_s <= time.monotonic()


@pytest.mark.parametrize(
    ("fault", "is_done"),
    [
        (Fault.RESET_BEFORE, False),
        (Fault.RESET_IN_REQUEST, False),
        (Fault.RESET_AFTER, True),
        (Fault.RESET_IN_ANSWER, True),
        (Fault.SHORT_ANSWER, True),
        (Fault.NO_ANSWER, True),
    ],
)
def test_on_the_wire_a_deed_is_done_or_not_and_the_client_is_not_told(
    echo: EchoServer, fault: Fault, is_done: bool
) -> None:
    with Proxy(echo.url, Strikes([Strike("put", fault)])) as proxy:
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(proxy.url)
        assert len(echo.asked) == int(is_done)
        assert ask(proxy.url) == b"a body", "the next one goes through"
    assert proxy.faults == {fault: 1}


def test_a_schedule_by_rate_is_the_same_for_a_seed() -> None:
    request = Request("GET", "/bucket/key", [], b"")

    schedules = [ByRate(0.3, 5), ByRate(0.3, 5)]
    first, second = ([schedule.next_fault(request) for _ in range(200)] for schedule in schedules)
    assert first == second
    assert 30 < sum(fault is not None for fault in first) < 90
