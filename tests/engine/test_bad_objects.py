"""Bad input, one kind per case, beside a good object that must not notice: the exact outcome of each."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import zipfile
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.engine import task
from shared.enrich.settings import EnrichSettings
from shared.sources.mediapackage import SOURCE as MEDIAPACKAGE
from tests.conftest import Workshop, v1_line, v1_object

GOOD = v1_object(v1_line("good"))


def zipped() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("log", GOOD)
    return sink.getvalue()


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"date": ["2026-11-01"], "time": ["10:00:00"], "cs_Host": ["d1.cloudfront.net"]}), sink)
    return sink.getvalue()


def damaged(content: str) -> bytes:
    packed = bytearray(gzip.compress(content.encode(), mtime=0))
    packed[-6] ^= 0xFF  # the checksum
    return bytes(packed)


def many_lines() -> str:
    rng = random.Random(7)
    return v1_object(*(v1_line(f"m{rng.getrandbits(64):016x}") for _ in range(2000)))


CASES: dict[str, tuple[bytes, dict[str, int], int]] = {
    # object, its reasons in quarantine, its rows
    "garbage": (random.Random(1).randbytes(20_000), {"unknown_container": 1}, 0),
    "damaged ZIP": (zipped()[:-30], {"corrupt_archive": 1}, 0),
    "xz": (lzma.compress(GOOD.encode()), {"unsupported_compression": 1}, 0),
    "cut parquet": (parquet()[:-9], {"truncated_parquet": 1}, 0),
    "parquet": (parquet(), {}, 1),
    "zero bytes": (b"", {}, 0),
    "gzip of nothing": (gzip.compress(b""), {}, 0),
    "wrong checksum": (damaged(GOOD), {"corrupt_gzip": 1}, 0),
    "cut gzip": (gzip.compress(many_lines().encode())[:9000], {"truncated_gzip": 1}, 0),
    "damage between two good members": (
        gzip.compress(GOOD.encode()) + damaged(GOOD) + gzip.compress(v1_object(v1_line("behind")).encode()),
        {"corrupt_gzip": 1},
        1,  # "good" is a duplicate of the good object's
    ),
    "gzip in gzip": (gzip.compress(gzip.compress(v1_object(v1_line("inner")).encode())), {}, 1),
    "bad date and time": (
        v1_object(v1_line("x", date="2026-02-30"), v1_line("y", time="24:00:00")).encode(),
        {"bad_timestamp": 2},
        0,
    ),
    "short and long rows": (
        (v1_object(v1_line("s")[:-4] + "\n", v1_line("l")[:-1] + "\tmore\n") + "2026-11-01\t10:00:00\n").encode(),
        {"too_few_fields": 1},
        2,
    ),
    "invalid UTF-8 and NUL": (
        v1_object(v1_line("u", cs_uri_stem="/%s")).encode().replace(b"%s", b"\xff\x00"),
        {},
        1,
    ),
    "prose": (b"Dear reader,\nthis is no log.\n", {"too_few_fields": 2}, 0),
}


@pytest.mark.parametrize("name", CASES)
def test_outcome(workshop: Workshop, name: str) -> None:
    content, reasons, rows = CASES[name]
    workshop.put("E1EXAMPLE00001.2026-11-01-10.a0.gz", GOOD)
    bad = workshop.put("E1EXAMPLE00001.2026-11-01-10.b1.gz", content)
    (batch,) = workshop.run().batches
    assert dict(batch.reasons) == reasons
    assert batch.rows == rows + 1
    assert batch.records == batch.rows + batch.duplicates + batch.quarantined + batch.ignored
    assert {row["source_object"] for row in workshop.rows("quarantine")} <= {bad}
    assert "good" in {row["request_id"] for row in workshop.rows()}


def test_a_damaged_object_is_taken_again_when_it_is_replaced(workshop: Workshop) -> None:
    key = "E1EXAMPLE00001.2026-11-01-10.b1.gz"
    workshop.put(key, damaged(GOOD))
    workshop.run()
    assert workshop.run().batches == [], "a known damaged object is not tried again and again"
    workshop.put(key, gzip.compress(GOOD.encode()), modified_s=1_793_540_000)
    workshop.run()
    assert [row["request_id"] for row in workshop.rows()] == ["good"]
    assert workshop.rows("quarantine") == []


def test_secrets_and_addresses_of_bad_lines_are_treated_as_those_of_rows(workshop: Workshop) -> None:
    line = v1_line("x", date="never", cs_uri_query="a=1&Signature=abc123&b=2", c_ip="198.51.100.77")
    workshop.put("E1EXAMPLE00001.2026-11-01-10.b1.gz", v1_object(line))
    replace(workshop, enrich=EnrichSettings()).run()
    (entry,) = workshop.rows("quarantine")
    assert "abc123" not in entry["raw_text"]
    assert "198.51.100.77" not in entry["raw_text"]
    assert "198.51.100.0" in entry["raw_text"]
    assert "a=1&Signature=REDACTED&b=2" in entry["raw_text"]


def test_pieces_of_many_lines_are_parsed_in_runs(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many rejects as a piece has of the shortest lines are never held at once; nothing depends on the runs."""
    workshop.put("E1EXAMPLE00001.2026-11-01-10.b1.gz", v1_object(*(v1_line("-") for _ in range(5)), *["x\n"] * 4))
    json_only = replace(workshop.another("json"), raw=workshop.folder / "json_raw", source=MEDIAPACKAGE)
    json_only.put("a.ndjson", b"{}\n" * 7)
    seen = []
    for most in (1 << 18, 2):
        monkeypatch.setattr(task, "_MOST_LINES", most)
        for tried in (workshop.another(str(most)), replace(json_only, folder=json_only.folder / str(most))):
            (batch,) = tried.run().batches
            lines = [row["source_line"] for row in tried.rows("quarantine")]
            keys = [row["record_key"] for row in tried.rows()] if tried.source is workshop.source else []
            seen.append((batch.records, batch.rows, batch.quarantined, batch.ignored, lines, keys))
    assert [each[:4] for each in seen[:2]] == [(11, 5, 4, 2), (7, 0, 7, 0)]
    assert seen[:2] == seen[2:]
