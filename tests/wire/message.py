"""HTTP messages as the proxy sees them, and what an AWS request is about."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit

Headers = list[tuple[str, str]]

_LEASES = "/_loglake/lease/"
_OF_CONNECTION = frozenset({"connection", "content-length", "expect", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True)
class Request:
    """A request with its whole body. The port is the client's: who asks can be told by it."""

    method: str
    target: str
    headers: Headers
    body: bytes
    client_port: int = 0

    def header(self, name: str) -> str | None:
        """A header's value; None where it is missing."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def path(self) -> str:
        """Bucket and key of an S3 request."""
        return unquote(urlsplit(self.target).path)

    @property
    def kind(self) -> str:
        """What is asked: the operation of a Glue request, a word for one of S3's."""
        if operation := self.header("x-amz-target"):
            return operation.rpartition(".")[2]
        return _kind_on_s3(self)

    @property
    def passed_on(self) -> Headers:
        """The headers that are for the server. The host is the one that the client signed."""
        return [(name, value) for name, value in self.headers if name.lower() not in _OF_CONNECTION]


def _kind_on_s3(request: Request) -> str:
    asked = parse_qs(urlsplit(request.target).query, keep_blank_values=True)
    has_key = "/" in request.path.lstrip("/")
    match request.method:
        case "GET" if not has_key:
            return "uploads" if "uploads" in asked else "list"
        case "PUT" if not has_key:
            return "bucket"
        case "POST":
            return next((kind for mark, kind in _POSTS.items() if mark in asked), "post")
        case "PUT" if "partNumber" in asked:
            return "part copy" if request.header("x-amz-copy-source") else "part"
        case "PUT" if request.header("x-amz-copy-source"):
            return "copy"
        case "PUT" if request.header("if-none-match") or request.header("if-match"):
            return "lease" if _LEASES in request.path else "conditional put"
        case "DELETE" if "uploadId" in asked:
            return "abort"
    return request.method.lower()


_POSTS = {"delete": "deletes", "uploads": "begin upload", "uploadId": "complete upload"}


@dataclass(frozen=True)
class Answer:
    """An answer with its whole body. `length` is what it says its length is, where that is not the body's: of HEAD."""

    status: int
    headers: Headers
    body: bytes
    length: int | None = None

    @property
    def head(self) -> bytes:
        """Status line and headers."""
        length = len(self.body) if self.length is None else self.length
        kept = [(name, value) for name, value in self.headers if name.lower() not in _OF_CONNECTION]
        lines = [f"HTTP/1.1 {self.status} -", *(f"{name}: {value}" for name, value in kept)]
        return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode("latin-1")


@dataclass(frozen=True)
class Head:
    """The first lines of a request, and how many bytes follow."""

    method: str
    target: str
    headers: Headers
    length: int
    is_asking_to_send: bool

    def with_body(self, body: bytes) -> Request:
        """The whole request."""
        return Request(self.method, self.target, self.headers, body)


def read_head(source: BinaryIO) -> Head | None:
    """The head of the next request on a connection; None at its end."""
    first = source.readline().decode("latin-1").split()
    if len(first) < 2:
        return None
    headers: Headers = []
    while line := source.readline().decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers.append((name, value.strip()))
    lower = {name.lower(): value for name, value in headers}
    if "transfer-encoding" in lower:
        raise NotImplementedError("clients of these tests tell the length of what they send")
    length, expects = int(lower.get("content-length", 0)), lower.get("expect", "").lower()
    return Head(first[0], first[1], headers, length, expects == "100-continue")


def reset(connection: socket.socket) -> None:
    """End a connection so that the other side's next read or write fails."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
