"""What quarantine keeps of a viewer is what the table would keep, whatever made the record bad."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any

import pytest

from shared.enrich.settings import EnrichSettings
from shared.reasons import BadReason
from shared.sources.cloudfront.parser import CloudfrontParser
from tests.conftest import V1_FIELDS, Workshop, v1_line, v1_object

KEY = "E1EXAMPLE00001.2026-11-01-10.a1.gz"
ADDRESS, COOKIE = "198.51.100.77", "hidden"
VIEWER = {"c_ip": ADDRESS, "cs(Cookie)": f"uid={COOKIE}"}


def damaged_before(line: str) -> bytes:
    broken = bytearray(gzip.compress(v1_object(v1_line("lost")).encode()))
    broken[40] ^= 0xFF
    return bytes(broken) + gzip.compress((line + v1_line("next")).encode())


def shifted(line: str) -> str:
    return line.replace("\tGET\t", "\tGET\t\t")


def reordered(line: str) -> str:
    first, second, *others = line.rstrip("\n").split("\t")
    return "\t".join([*others, first, second]) + "\n"


def of_semicolons(*lines: str) -> str:
    return f"#Fields: {' '.join(V1_FIELDS)}\n" + "".join(lines).replace("\t", ";")


def entries(workshop: Workshop, content: bytes | str) -> list[dict[str, Any]]:
    workshop.put(KEY, content)
    replace(workshop, enrich=EnrichSettings()).run()
    return workshop.rows("quarantine")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (damaged_before(v1_line("x", **VIEWER)), BadReason.CUT_LINE),
        (v1_object(shifted(v1_line("x", **VIEWER))), BadReason.FIELD_COUNT_MISMATCH),
        (reordered(v1_line("x", **VIEWER)), BadReason.UNKNOWN_LAYOUT),
        (
            of_semicolons(v1_line("good"), v1_line("x", **VIEWER | {"cs(Cookie)": f"a=1;uid={COOKIE}"})),
            BadReason.FIELD_COUNT_MISMATCH,
        ),
        (v1_object(v1_line("x", date="never", **VIEWER)), BadReason.BAD_TIMESTAMP),
    ],
    ids=["cut", "shifted", "reordered", "semicolons", "timeless"],
)
def test_neither_cookie_nor_address_of_a_bad_line_is_kept(
    content: bytes | str, reason: BadReason, workshop: Workshop
) -> None:
    found = entries(workshop, content)
    assert reason in {entry["reason"] for entry in found}
    texts = "".join(entry["raw_text"] or "" for entry in found)
    assert COOKIE not in texts
    assert ADDRESS not in texts
    assert "/index.html" in texts


def test_a_detail_is_treated_like_raw_text(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_parser: CloudfrontParser, text: bytes) -> None:
        raise ValueError(f"cannot read {ADDRESS} with token={COOKIE} in {len(text)} bytes")

    monkeypatch.setattr(CloudfrontParser, "parse_text", fail)
    (entry,) = entries(workshop, v1_object(v1_line("x")))
    assert entry["reason"] == BadReason.PARSER_FAILED
    assert "cannot read 198.51.100.0 with" in entry["detail"]
    assert COOKIE not in entry["detail"]
