"""The job as on AWS: spark-submit, s3:// raw and lake, the Glue catalog; only endpoint and credentials differ."""

from __future__ import annotations

import base64
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.compute as pc
import pytest

from shared.storage.s3 import ONE_REQUEST_BYTES, READS_AT_ONCE
from tests.conftest import V1_HEADER, v1_line
from tests.e2e.conftest import Engines, Place
from tests.e2e.content import TABLES, assert_same, content
from tests.e2e.deliveries import MESSY, as_on_s3, deliver, taken_in_from_folders, told, true
from tests.e2e.job import submit
from tests.e2e.leftovers import assert_nothing_is_left
from tests.e2e.report import note
from tests.e2e.wire_log import MAKING, at_once, listed_after_made, of_kind
from tests.wire.message import Request
from tests.wire.proxy import Proxy, Seen

_LATENCY_S = 0.02  # until S3 gives the first byte of an object
_BIG = "E1EXAMPLE00001.2026-11-02-10.b1b1b1b1.log"
_BIG_ROWS = 95


def big_object() -> bytes:
    """Few rows that no compression makes small: their Parquet is too large for one request."""
    noise = random.Random(1)
    queries = (base64.urlsafe_b64encode(noise.randbytes(740_001)).decode() for _ in range(_BIG_ROWS))
    lines = (v1_line(f"big{n}", **{"cs-uri-query": f"q={query}"}) for n, query in enumerate(queries))
    return (V1_HEADER + "".join(lines)).encode()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Where jobs work: nothing of the project is near."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def wire(engines: Engines, place: Place) -> Iterator[Proxy]:
    """Between the jobs and S3, as far away as S3 is: raw objects take their time."""

    def slow_raw(request: Request) -> None:
        if request.kind == "get" and request.path.startswith(f"/{place.bucket}/raw/"):
            time.sleep(_LATENCY_S)

    with Proxy(engines.s3_url) as proxy:
        proxy.watch = slow_raw
        yield proxy


def test_the_job_on_s3_makes_the_lake_that_folders_make(
    place: Place, wire: Proxy, work: Path, engines: Engines, tmp_path: Path
) -> None:
    through_wire = {"AWS_ENDPOINT_URL_S3": wire.url}
    raw = tmp_path / "raw"
    first = deliver(raw, MESSY)
    place.upload(raw)
    did = submit(place, work, arguments=["--batch_objects", "15"], environment=through_wire).report()
    assert told(did) == true(first.truth)
    assert did["batches"] == 3
    _assert_raw_is_fetched_ahead(wire.seen, place, did["objects"])
    _assert_nothing_is_renamed(wire.seen)
    _assert_finds_by_listing_only_what_was_there(wire.seen)

    late = deliver(tmp_path / "late", MESSY, late=True)
    place.upload(late.folder)
    place.put_raw(_BIG, big_object())
    wire.seen.clear()
    rows, duplicates, quarantined = told(submit(place, work, environment=through_wire).report())
    assert (rows - _BIG_ROWS, duplicates, quarantined) == true(late.truth)
    _assert_goes_up_in_parts(wire.seen)
    _assert_nothing_is_renamed(wire.seen)
    _assert_finds_by_listing_only_what_was_there(wire.seen)

    before = place.keys("lake/")
    assert told(submit(place, work).report()) == (0, 0, 0)
    assert place.keys("lake/") == before

    shutil.copytree(late.folder, raw, dirs_exist_ok=True)
    as_on_s3(raw, place)
    key = place.lake.store.read("_loglake/viewer.key")
    from_folders = taken_in_from_folders(raw, tmp_path / "lake", key)
    agreed = 0
    for table in TABLES:
        found = content(place.lake, table, place.raw_uri)
        found = found.filter(pc.not_equal(found["source_object"], _BIG))
        assert_same(found, content(from_folders, table, str(raw)))
        agreed += found.num_rows
    assert_nothing_is_left(place.lake, place.bucket)
    note(engines, "rows that spark-submit on S3 and one process on folders agree on", agreed)


def _assert_raw_is_fetched_ahead(seen: Sequence[Seen], place: Place, objects: int) -> None:
    fetched = of_kind(seen, "get", below=f"/{place.bucket}/raw/")
    assert len(fetched) == objects, "each raw object is fetched once"
    assert READS_AT_ONCE // 2 < at_once(fetched) <= READS_AT_ONCE  # so little is one task


def _assert_nothing_is_renamed(seen: Sequence[Seen]) -> None:
    """No commit by renaming: each name is made as it stays, and a batch deletes nothing before it is committed."""
    assert [each.path for each in of_kind(seen, *MAKING) if "_temporary" in each.path or "_SUCCESS" in each.path] == []
    commits = [each for each in of_kind(seen, "conditional put") if each.path.endswith(".committed")]
    deletes = of_kind(seen, "delete", "deletes")
    assert all(commit.ended_s < delete.began_s for commit, delete in zip(commits, deletes, strict=True))


def _assert_finds_by_listing_only_what_was_there(seen: Sequence[Seen]) -> None:
    """But leases and staged files: the job looks for what others that died have left beside its own."""
    found = listed_after_made(seen)
    assert found
    assert all(prefix.startswith(("lake/_loglake/lease/", "lake/_loglake/staging/")) for prefix in found), found


def _assert_goes_up_in_parts(seen: Sequence[Seen]) -> None:
    begun = [each.path for each in of_kind(seen, "begin upload")]
    assert begun, f"nothing was larger than {ONE_REQUEST_BYTES:,} bytes"
    assert begun == [each.path for each in of_kind(seen, "complete upload")]
    assert all(len(of_kind(seen, "part", below=path)) > 1 for path in begun)
