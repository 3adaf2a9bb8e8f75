"""Lines of the exact wire format, and a parser for a few of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.sources.base import KeyFacts, Parsed, SourceSettings
from shared.sources.cloudfront import SOURCE
from shared.sources.cloudfront.fields import V1_NAMES, mangled

SAMPLES = Path(__file__).parents[2] / "samples" / "cloudfront"

VALUES = {
    "date": "2026-11-01",
    "time": "10:00:00",
    "x-edge-location": "FRA60-P3",
    "sc-bytes": "1500",
    "c-ip": "192.0.2.10",
    "cs-method": "GET",
    "cs(Host)": "d111111abcdef8.cloudfront.net",
    "cs-uri-stem": "/video/a.m4s",
    "sc-status": "200",
    "cs(Referer)": "https://www.example.com/watch",
    "cs(User-Agent)": "ExamplePlayer/1.0%20(TV)",
    "cs-uri-query": "v=1",
    "cs(Cookie)": "session=secret",
    "x-edge-result-type": "Hit",
    "x-edge-request-id": "EXAMPLErequestEXAMPLErequestEXAMPLErequestEXAMPLEre0==",
    "x-host-header": "www.example.com",
    "cs-protocol": "https",
    "cs-bytes": "120",
    "time-taken": "0.002",
    "x-forwarded-for": "198.51.100.20",
    "ssl-protocol": "TLSv1.3",
    "ssl-cipher": "TLS_AES_128_GCM_SHA256",
    "x-edge-response-result-type": "Hit",
    "cs-protocol-version": "HTTP/2.0",
    "fle-status": "-",
    "fle-encrypted-fields": "-",
    "c-port": "50001",
    "time-to-first-byte": "0.001",
    "x-edge-detailed-result-type": "Hit",
    "sc-content-type": "video/mp4",
    "sc-content-len": "1200",
    "sc-range-start": "-",
    "sc-range-end": "-",
}
HEADER = b"#Version: 1.0\n#Fields: " + " ".join(V1_NAMES).encode() + b"\n"


class Wire:
    """What the tests of this folder build their objects from, and the parser that they give them to."""

    samples = SAMPLES
    values = VALUES
    header = HEADER

    @staticmethod
    def line(**changes: bytes) -> bytes:
        """A line of 33 fields; changes by field name with `_` for whatever is no letter (`sc_bytes`, `cs_Cookie`)."""
        fields = {name: value.encode() for name, value in VALUES.items()}
        by_identifier = {mangled(name).replace("-", "_"): name for name in VALUES}
        fields.update({by_identifier[identifier]: value for identifier, value in changes.items()})
        return b"\t".join(fields.values()) + b"\n"

    @staticmethod
    def parse(text: bytes, settings: SourceSettings | None = None, facts: KeyFacts | None = None) -> Parsed:
        """Parse a whole object."""
        return SOURCE.new_parser(facts or KeyFacts("object"), settings or SourceSettings()).parse_text(text)

    def rows(self, *lines: bytes) -> list[dict[str, Any]]:
        """Rows of version 1 lines below a header."""
        return self.parse(HEADER + b"".join(lines)).rows.to_pylist()

    def row(self, **changes: bytes) -> dict[str, Any]:
        """The row of one line."""
        (row,) = self.rows(self.line(**changes))
        return row


@pytest.fixture(scope="session")
def wire() -> Wire:
    return Wire()
