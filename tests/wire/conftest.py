from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from shared.storage import aws
from shared.storage.s3 import S3Store
from tests.wire.impatience import impatient
from tests.wire.proxy import Proxy


class _Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent, and counts."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        told = body or b"nothing"
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(told)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer  # noqa: N815 - as the base class looks for them

    def log_message(self, *_: object) -> None:
        return


class EchoServer(ThreadingHTTPServer):
    daemon_threads = True
    asked: list[tuple[str, str, dict[str, str], bytes]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    server = EchoServer(("127.0.0.1", 0), _Echo)
    server.asked = []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    socketserver.TCPServer.server_close(server)


@pytest.fixture
def wire(aws_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy before both fakes, through which all clients of the test go."""
    with Proxy(aws_endpoint) as proxy, impatient():
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield proxy


@pytest.fixture
def store(s3_bucket: str, wire: Proxy) -> S3Store:
    """A store of which every request goes through the proxy."""
    made = S3Store(f"s3://{s3_bucket}/lake")
    aws.client("s3")
    wire.seen.clear()
    return made
