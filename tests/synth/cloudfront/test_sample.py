"""The sample is what the receipt says, and the same for the same order."""

from __future__ import annotations

import gzip
import hashlib
import ipaddress
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest

from shared.errors import UsageError
from shared.synth import MIXED, RawFormat, SampleReport, SampleSpec, write_cloudfront, write_late

START = datetime(2026, 10, 31, 22)
SEED = 7  # one for all, as the populations of a seed are made once per process
MESSY = SampleSpec(
    start=START,
    rows=4000,
    hours=4,
    files_per_hour=4,
    seed=SEED,
    formats=MIXED,
    duplicate_rows=0.01,
    duplicate_objects=0.1,
    malformed_share=0.05,
    special=True,
)
V1_KEY = re.compile(r"cloudfront/(?P<dist>E2EXAMPLE\d{5})\.(?P<hour>\d{4}-\d\d-\d\d-\d\d)\.[0-9a-f]{8}\.gz")


class Read(NamedTuple):
    """What a plain reader, written here anew, finds in a folder."""

    records: int
    distinct: set[tuple[str, str]]
    good: int
    by_hour: Counter[datetime]
    reasons: Counter[str]
    ignored: Counter[str]


class Delivery(NamedTuple):
    folder: Path
    first: SampleReport
    late: SampleReport


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    folder = tmp_path_factory.mktemp("messy")
    return Delivery(folder, write_cloudfront(folder, MESSY), write_late(folder, MESSY))


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleReport]:
    folder = tmp_path_factory.mktemp("clean")
    return folder, write_cloudfront(folder, SampleSpec(start=START, rows=20_000, hours=3, files_per_hour=2, seed=SEED))


def read_folder(folder: Path) -> Read:
    records, good, distinct = 0, 0, set()
    by_hour: Counter[datetime] = Counter()
    reasons: Counter[str] = Counter()
    ignored: Counter[str] = Counter()
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "_SUCCESS"):
        for found in read_object(file):
            if isinstance(found, str):
                kind, _, name = found.partition(":")
                (ignored if kind == "ignored" else reasons)[name] += 1
                records += kind == "bad"
                continue
            distribution, request, time = found
            records, good = records + 1, good + 1
            if (distribution, request) not in distinct:
                distinct.add((distribution, request))
                by_hour[time.replace(minute=0, second=0)] += 1
    return Read(records, distinct, good, by_hour, reasons, ignored)


def read_object(file: Path) -> Iterator[str | tuple[str, str, datetime]]:
    if file.suffix == ".parquet":
        for row in pq.read_table(file).to_pylist():
            yield row["DistributionId"], row["x_edge_request_id"], stamp(row["date"], row["time"])
        return
    try:
        text = gzip.decompress(file.read_bytes()) if file.stat().st_size else b""
    except EOFError:
        yield "bad:truncated_gzip"
        return
    except gzip.BadGzipFile:
        yield "bad:corrupt_gzip"
        return
    match = re.search(r"E2EXAMPLE\d{5}", str(file))
    assert match
    names: list[str] = []
    for line in text.decode("utf-8", "replace").split("\n")[:-1]:
        if line.startswith("#Fields:"):
            names = line.split()[1:]
            yield "ignored:header"
        elif line.startswith("#"):
            yield "ignored:header"
        elif not line:
            yield "ignored:blank"
        elif line.startswith("date\t"):
            names = line.split("\t")
            yield "ignored:header"
        elif line.startswith(("{", "[")):
            yield read_json(line)
        elif "x-event" in names:
            yield "bad:unsupported_dataset"
        else:
            yield read_line(dict(zip(names, line.split("\t"), strict=False)), match[0])


def read_json(line: str) -> str | tuple[str, str, datetime]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        return "bad:not_json"
    if not isinstance(row, dict):
        return "bad:not_object"
    if "connectionId" in row:
        return "bad:wrong_family"
    if "date" not in row:
        return "bad:wrong_schema"
    return row["DistributionId"], row["x-edge-request-id"], stamp(row["date"], row["time"])


def read_line(row: dict[str, str], distribution: str) -> str | tuple[str, str, datetime]:
    if len(row) < 12:
        return "bad:too_few_fields"
    try:
        return distribution, row["x-edge-request-id"], stamp(row["date"], row["time"])
    except ValueError:
        return "bad:bad_timestamp"


def stamp(date: str, time: str) -> datetime:
    return datetime.fromisoformat(f"{date}T{time}")


def clean_rows(folder: Path) -> list[list[str]]:
    texts = (gzip.decompress(file.read_bytes()).decode("ascii") for file in sorted(folder.rglob("*.gz")))
    return [line.split("\t") for text in texts for line in text.splitlines() if not line.startswith("#")]


def digest(folder: Path) -> dict[str, tuple[str, float]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(file.relative_to(folder)): (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime)
        for file in files
    }


def test_receipt_is_what_a_plain_reader_finds_after_both_deliveries(messy: Delivery) -> None:
    truth, found = messy.first + messy.late, read_folder(messy.folder)
    assert found.records == truth.records
    assert len(found.distinct) == truth.distinct
    assert found.good == truth.distinct + truth.duplicates
    assert dict(found.by_hour) == truth.rows_by_hour
    assert found.reasons == truth.quarantined
    assert found.ignored == truth.ignored


def test_receipt_adds_up(messy: Delivery) -> None:
    for report in (messy.first, messy.late, messy.first + messy.late):
        assert report.records == report.distinct + report.duplicates + sum(report.quarantined.values())
        assert sum(report.rows_by_hour.values()) == report.distinct
    objects = [path for path in messy.folder.rglob("*") if path.is_file() and path.name != "_SUCCESS"]
    assert messy.first.objects + messy.late.objects == len(objects)
    assert messy.first.bytes_written + messy.late.bytes_written == sum(path.stat().st_size for path in objects)


def test_sample_holds_every_trouble_that_was_ordered(messy: Delivery) -> None:
    reasons = "too_few_fields bad_timestamp not_json not_object wrong_schema wrong_family unsupported_dataset"
    assert set(messy.first.quarantined) == {*reasons.split(), "truncated_gzip", "corrupt_gzip"}
    assert set(messy.first.flagged) == {"short_row", "long_row", "bad_number", "invalid_utf8"}
    assert messy.first.duplicates > 0
    assert messy.late.distinct > 0
    assert messy.late.duplicates > messy.late.distinct
    assert set(messy.late.rows_by_hour) <= set(messy.first.rows_by_hour)
    files = [path.relative_to(messy.folder).as_posix() for path in messy.folder.rglob("*") if path.is_file()]
    for shape in (
        r"cloudfront/_SUCCESS$",
        r"/DistributionId=.*/hour=\d\d/.*\.parquet$",
        r"CloudFront/E2\w+/2026/1\d/\d\d/",
    ):
        assert any(re.search(shape, file) for file in files), shape


def test_same_order_gives_the_same_bytes_and_times(messy: Delivery, tmp_path: Path) -> None:
    assert (write_cloudfront(tmp_path, MESSY), write_late(tmp_path, MESSY)) == (messy.first, messy.late)
    assert digest(tmp_path) == digest(messy.folder)


def test_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    small = SampleSpec(start=START, rows=400, hours=1, files_per_hour=2, seed=SEED, formats=MIXED, duplicate_rows=0.05)
    told: list[int] = []
    one = write_cloudfront(tmp_path / "one", small)
    two = write_cloudfront(tmp_path / "two", replace(small, processes=2), progress=told.append)
    assert one == two
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    assert sum(told) == two.records


def test_another_seed_gives_other_requests(tmp_path: Path) -> None:
    one = SampleSpec(start=START, rows=300, hours=1, distributions=1, files_per_hour=1, seed=SEED)
    write_cloudfront(tmp_path / "one", one)
    write_cloudfront(tmp_path / "two", replace(one, seed=SEED + 1))
    ids = [{row[14] for row in clean_rows(tmp_path / name)} for name in ("one", "two")]
    assert len(ids[0]) == len(ids[1]) == 300
    assert not ids[0] & ids[1]


def test_late_share_stands_in_the_object_of_the_next_hour_but_never_before_the_start(
    clean: tuple[Path, SampleReport],
) -> None:
    folder, report = clean
    early = 0
    for file in folder.rglob("*.gz"):
        match = V1_KEY.fullmatch(file.relative_to(folder).as_posix())
        assert match
        hour = datetime.strptime(match["hour"], "%Y-%m-%d-%H")
        hours = Counter(
            stamp(*line.split("\t")[:2]).replace(minute=0, second=0)
            for line in gzip.decompress(file.read_bytes()).decode().splitlines()[2:]
        )
        assert set(hours) <= {hour, hour - timedelta(hours=1)}
        early += hours[hour - timedelta(hours=1)] if hour > START else 0
        delivered = datetime.fromtimestamp(file.stat().st_mtime, UTC).replace(tzinfo=None)
        assert hour < delivered < hour + timedelta(hours=2)
    assert set(report.rows_by_hour) == {START + timedelta(hours=hour) for hour in range(3)}
    assert 0.01 < early / report.distinct < 0.03


def test_values_are_encoded_as_the_logger_does(clean: tuple[Path, SampleReport]) -> None:
    rows = clean_rows(clean[0])
    assert {len(row) for row in rows} == {33}
    for row in rows:
        for value in row:
            assert value
            assert not re.search(r"""[^!-~]|["#<>{}|\\^~\[\]'`]""", value)
            assert not re.search("%(?![0-9A-F]{2})", value)
    assert any("%252C" in row[11] for row in rows), "what players encode themselves is encoded twice"
    assert any("Signature=" in row[11] for row in rows)
    assert any(",%20" in row[19] for row in rows)


def test_addresses_and_names_are_reserved_ones(clean: tuple[Path, SampleReport]) -> None:
    blocks = [ipaddress.ip_network(block) for block in ("198.18.0.0/15", "2001:db8::/32")]
    rows = clean_rows(clean[0])
    addresses = {row[4] for row in rows}
    assert all(any(ipaddress.ip_address(address) in block for block in blocks) for address in addresses)
    assert {ipaddress.ip_address(address).version for address in addresses} == {4, 6}
    assert all(re.search(r"example\.(com|net)$|\.cloudfront\.net$", row[15]) for row in rows)


def test_shares_are_realistic_and_fields_agree_with_each_other(clean: tuple[Path, SampleReport]) -> None:
    rows = clean_rows(clean[0])
    status = Counter(row[8] for row in rows)
    assert 0.75 < status["200"] / len(rows) < 0.85
    assert {"000", "206", "304", "403", "404", "500", "503"} <= set(status)
    for row in rows:
        if row[8] == "000":
            assert row[3] == "0"
        is_range = row[31] != "-"
        assert is_range == (row[8] == "206")
        if is_range:
            assert int(row[32]) >= int(row[31])
        assert (row[20] == "-") == (row[16] == "http")
    agents = Counter(row[10] for row in rows)
    assert sum(count for _, count in agents.most_common(100)) > 0.4 * len(rows)
    assert len(agents) > 2000


def test_size_is_met_within_one_percent(tmp_path: Path) -> None:
    report = write_cloudfront(
        tmp_path, SampleSpec(start=START, size_bytes=6_000_000, hours=1, distributions=1, files_per_hour=1, seed=SEED)
    )
    assert report.bytes_uncompressed == pytest.approx(6_000_000, rel=0.01)


def test_progress_tells_every_record(tmp_path: Path) -> None:
    told: list[int] = []
    report = write_cloudfront(tmp_path, SampleSpec(start=START, rows=500, seed=SEED), progress=told.append)
    assert sum(told) == report.records == 500
    assert len(told) > 10


def test_gzip_header_has_no_time(clean: tuple[Path, SampleReport]) -> None:
    for file in clean[0].rglob("*.gz"):
        data = file.read_bytes()
        assert data[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
        assert zlib.decompress(data, 31).startswith(b"#Version: 1.0\n#Fields: date time x-edge-location ")


def test_aware_start_is_converted_to_utc() -> None:
    start = datetime(2026, 11, 20, 10, tzinfo=timezone(timedelta(hours=2)))
    assert SampleSpec(start=start, rows=1).first_hour == datetime(2026, 11, 20, 8)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"rows": None}, "rows or a size"),
        ({"size_bytes": 5}, "rows or a size"),
        ({"hours": 0}, "below 1"),
        ({"rows": 0}, "below 1"),
        ({"start": datetime(2026, 11, 20, 10, 30)}, "no full hour"),
        ({"late_share": 0.7}, "outside 0 to 0.5"),
        ({"formats": {RawFormat.V1: 0.0}}, "formats"),
    ],
)
def test_impossible_orders_are_refused_with_a_remedy(change: dict[str, object], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        replace(MESSY, **change)  # type: ignore[arg-type]
