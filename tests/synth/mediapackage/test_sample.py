"""The sample is what the report says, and the same for the same order."""

from __future__ import annotations

import hashlib
import ipaddress
import itertools
import json
import re
import statistics
import zlib
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from shared.errors import UsageError
from shared.synth import MediaPackageReport, MediaPackageSpec, write_late_mediapackage, write_mediapackage
from tests.synth.mediapackage.plain_reader import EGRESS, INGRESS, Found, Row, by_class, members, read

START = datetime(2026, 10, 31, 23)
MESSY = MediaPackageSpec(
    start=START,
    rows=9_000,
    hours=1,
    seed=7,
    duplicate_records=0.02,
    duplicate_objects=0.03,
    malformed_share=0.02,
    special=True,
)
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
FIREHOSE_KEY = re.compile(
    rf"(?P<kind>egress|ingress)/(?P<folder>\d{{4}}/\d\d/\d\d/\d\d)/mediapackage-(?P=kind)-1-"
    rf"(?P<arrived>\d{{4}}(-\d\d){{5}})-{UUID}"
)


class Delivery(NamedTuple):
    folder: Path
    first: MediaPackageReport
    late: MediaPackageReport
    found_first: Found
    found: Found


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    folder = tmp_path_factory.mktemp("messy")
    first = write_mediapackage(folder, MESSY)
    found_first = read(folder)
    late = write_late_mediapackage(folder, MESSY)
    return Delivery(folder, first, late, found_first, read(folder))


@pytest.fixture(scope="module")
def rows(messy: Delivery) -> list[Row]:
    return messy.found.distinct


def digest(folder: Path) -> dict[str, tuple[str, float]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(file.relative_to(folder)): (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime)
        for file in files
    }


def firehose_objects(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    files = [*folder.glob("egress/**/*"), *folder.glob("ingress/**/*")]
    matched = [(file, FIREHOSE_KEY.fullmatch(str(file.relative_to(folder)))) for file in files if file.is_file()]
    assert all(match for _, match in matched)
    return [(file, match) for file, match in matched if match]


def test_the_report_is_what_a_plain_reader_counts(messy: Delivery) -> None:
    for truth, found in ((messy.first, messy.found_first), (messy.first + messy.late, messy.found)):
        distinct = found.distinct
        assert found.records == truth.records
        assert len(distinct) == truth.distinct
        assert len(found.rows) - len(distinct) == truth.duplicates
        assert found.bad == truth.quarantined
        assert found.control == truth.ignored["control_message"]
        assert set(truth.ignored) == {"control_message"}
        assert found.bad_numbers == truth.flagged["bad_number"]
        assert found.objects == truth.objects
        hours = Counter((row.table, row.at.replace(minute=0, second=0, microsecond=0)) for row in distinct)
        assert hours == Counter(
            {(table, hour): n for table, each in truth.table_rows_by_hour.items() for hour, n in each.items()}
        )
        assert sum(truth.rows_by_hour.values()) == truth.distinct


def test_the_truth_about_requests_is_what_a_plain_reader_counts(messy: Delivery, rows: list[Row]) -> None:
    truth = messy.first + messy.late
    assert by_class(rows) == truth.requests_by_class
    for table in (EGRESS, INGRESS):
        own = [row for row in rows if row.table == table]
        statuses = Counter("none" if row.status == "-" else f"{row.status[0]}xx" for row in own)
        assert statuses == truth.requests_by_status[table]
        marks = Counter(mark for row in own for mark in row.marks)
        assert marks == Counter(truth.marked[table])
    delivered = Counter((row.channel, str(row.input)) for row in rows if row.is_delivered)
    assert delivered == {(c, i): n for c, inputs in truth.segments_delivered.items() for i, n in inputs.items()}


def test_the_gap_is_the_only_one_beside_the_silence(messy: Delivery, rows: list[Row]) -> None:
    (gap,), (silence,) = messy.first.gaps, messy.first.silences
    numbers: dict[tuple[str, int | None, str], set[int]] = defaultdict(set)
    for row in rows:
        if row.is_delivered:
            numbers[row.channel, row.input, row.rendition].add(row.number)
    assert len(numbers) == 4 * 2 * 4
    missing = {
        which: set(range(min(found), max(found) + 1)) - found for which, found in numbers.items() if len(found) < 600
    }
    expected = set(range(gap.first_missing_number, gap.first_missing_number + gap.count))
    assert missing.pop((gap.channel, gap.input, gap.rendition)) == expected
    assert {which[:2] for which in missing} == {(silence.channel, silence.input)}
    assert {len(gone) for gone in missing.values()} == {100}


def test_the_silent_input_says_nothing_while_the_other_goes_on(messy: Delivery, rows: list[Row]) -> None:
    (silence,) = messy.first.silences
    assert silence.ends - silence.starts == timedelta(minutes=10)
    during = Counter(
        row.input
        for row in rows
        if row.table == INGRESS and row.channel == silence.channel and silence.starts <= row.at < silence.ends
    )
    assert set(during) == {3 - silence.input}
    before = [row.at for row in rows if row.place == f"{silence.channel}/{silence.input}"]
    assert min(abs(at - silence.starts) for at in before) < timedelta(seconds=6)
    assert min(abs(at - silence.ends) for at in before) < timedelta(seconds=6)


def test_inputs_are_skewed_where_the_report_says_so(messy: Delivery, rows: list[Row]) -> None:
    at = {(r.channel, r.input, r.rendition, r.number): r.at for r in rows if r.is_delivered}
    skews: dict[str, list[float]] = defaultdict(list)
    for (channel, input_, rendition, number), first in at.items():
        if input_ == 1 and (second := at.get((channel, 2, rendition, number))):
            skews[channel].append((second - first).total_seconds())
    told = {skew.channel: skew.seconds for skew in messy.first.skews}
    assert len(told) == 1
    for channel, found in skews.items():
        assert statistics.median(found) == pytest.approx(told.get(channel, 0.2), abs=0.05)


def test_a_wave_of_direct_clients_is_refused(messy: Delivery, rows: list[Row]) -> None:
    (wave,) = messy.first.waves
    share: dict[bool, list[bool]] = {True: [], False: []}
    for row in rows:
        if row.table == EGRESS:
            share[wave.starts <= row.at < wave.ends].append("direct" in row.marks and row.status == "403")
    assert statistics.mean(share[True]) > 0.2
    assert 0.005 < statistics.mean(share[False]) < 0.05


def test_encoders_deliver_every_six_seconds_with_playlists(rows: list[Row]) -> None:
    own = [row for row in rows if row.place == "news-000/1"]
    puts = sorted((row.number, row.at) for row in own if row.is_delivered and row.rendition == "1")
    assert len(puts) == 600
    gaps = [(later - earlier).total_seconds() for (_, earlier), (_, later) in itertools.pairwise(puts)]
    assert statistics.median(gaps) == pytest.approx(6, abs=0.1)
    kinds = Counter((row.method, row.kind) for row in own)
    assert kinds["PUT", "manifest_media"] > 2300
    assert kinds["PUT", "manifest_multivariant"] == 60
    assert kinds["DELETE", "segment"] > 590
    challenged = [row for row in own if row.status == "401"]
    assert challenged
    assert all(any(r.is_delivered and r.path == row.path for r in own) for row in challenged)


def test_every_share_of_egress_is_there(rows: list[Row]) -> None:
    egress = [row for row in rows if row.table == EGRESS]
    agents = Counter(row.agent for row in egress)
    assert agents["Amazon CloudFront"] > 0.6 * len(egress)
    assert agents["AWSElementalMediaTailor"] > agents["Fastly"] > 0.02 * len(egress)
    assert any("VLC" in agent for agent in agents)
    assert {"200", "206", "304", "403", "404", "460", "499", "503", "-"} <= {row.status for row in egress}
    for row in egress:
        assert (row.first_byte < 0) == (row.status in ("460", "-"))
        assert row.status == "404" or "_02:00" not in row.query
    kinds = Counter(row.kind for row in egress)
    manifests = sum(count for kind, count in kinds.items() if kind.startswith("manifest"))
    assert 0.7 < manifests / kinds["segment"] < 1.3
    assert {"init", "subtitle", "thumbnail"} <= set(kinds)
    assert "other" not in kinds
    queries = " ".join({row.query for row in egress})
    for part in (
        "start=",
        "%2B00:00",
        "+00:00",
        "_02:00",
        "time_delay",
        "aws.manifestfilter=",
        "AWS.ManifestSettings=",
    ):
        assert part in queries
    assert any("/start/" in row.path and row.path.endswith(".ism/Manifest") for row in egress)
    assert not any("?" in row.query for row in egress)
    blocking = [row.first_byte for row in egress if "blocking_reload" in row.marks and row.first_byte >= 0]
    others = [row.first_byte for row in egress if "blocking_reload" not in row.marks and row.first_byte >= 0]
    assert statistics.median(blocking) > 10 * statistics.median(others)
    assert {row.manifest_type for row in egress} == {"HLS", "LL_HLS", "DASH", "", None}
    assert sum("mediapackage-vod" in row.host for row in egress) > 20


def test_segments_are_asked_for_at_the_live_edge_but_for_the_ones_that_are_gone(rows: list[Row]) -> None:
    newest: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.is_delivered:
            newest[row.channel] = max(newest[row.channel], row.number)
    asked = [
        row for row in rows if row.table == EGRESS and row.kind == "segment" and row.path.endswith((".ts", ".mp4"))
    ]
    behind = [(newest[row.channel] - row.number, row.status) for row in asked if "vod" not in row.host]
    assert all((distance > 4000) == (status == "404") for distance, status in behind)
    assert all(0 <= distance <= 620 for distance, status in behind if status != "404")


def test_firehose_objects_are_members_without_newlines_under_the_hour_of_arrival(messy: Delivery) -> None:
    other_hour = 0
    for file, match in firehose_objects(messy.folder):
        arrived = datetime.strptime(match["arrived"], "%Y-%m-%d-%H-%M-%S")
        assert match["folder"] == f"{arrived:%Y/%m/%d/%H}"
        data = file.read_bytes()
        if not data:
            continue
        assert data[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
        texts = [text for text in members(data) if text.startswith(b"{")]
        assert not any(b"\n" in text or b"\r" in text for text in texts)
        times = [event["timestamp"] for text in texts for event in json.loads(text)["logEvents"]]
        oldest = datetime.fromtimestamp(min(times) / 1000, UTC).replace(tzinfo=None)
        assert timedelta(0) < arrived - oldest < timedelta(days=1, hours=1)
        other_hour += arrived.hour != oldest.hour
        assert datetime.fromtimestamp(file.stat().st_mtime, UTC).replace(tzinfo=None) > arrived
    assert other_hour > 0


def test_envelopes_are_those_of_the_default_log_groups(messy: Delivery) -> None:
    assert set(messy.found.log_groups) == {
        ("egress", "/aws/MediaPackage/EgressAccessLogs"),
        ("ingress", "/aws/MediaPackage/IngressAccessLogs"),
    }
    ids = messy.found_first.event_ids
    assert all(re.fullmatch(r"\d{56}", id_) for id_ in ids)
    assert set(ids.values()) == {1, 2}, "some events come twice with one id"


def test_vended_logs_are_lines_of_json_with_the_documented_keys(messy: Delivery) -> None:
    shared = "resource_arn event_timestamp client_ip time_to_first_byte status_code received_bytes sent_bytes method "
    shared += "protocol user_agent domain_name request_id account channel_id channel_arn channel_group_id"
    of_egress = "request_uri_base request_query_params endpoint_id endpoint_arn manifest_name manifest_type"
    all_egress = {*shared.split(), *of_egress.split()}
    expected = {
        ("live-main", "egress"): all_egress,
        ("live-main", "ingress"): {*shared.split(), "request", "input_type", "input_index"},
        ("live-events", "ingress"): {*shared.split(), "request", "input_type", "input_index"},
    }
    seen = set()
    for file in messy.folder.glob("AWSLogs/**/*.gz"):
        key = file.relative_to(messy.folder).as_posix()
        match = re.fullmatch(
            r"AWSLogs/111122223333/mediapackagev2/([a-z-]+)/(e|in)gress/2026/1\d/\d\d/\d\d/\d\d-[0-9a-f]{8}\.gz", key
        )
        assert match
        group, direction = match[1], f"{match[2]}gress"
        for text in members(file.read_bytes()):
            if text == b"truncated_gzip":
                continue
            first = next(line for line in text.decode().split("\n") if line.endswith("}") and "edgeTier" not in line)
            record = json.loads(first)
            if (group, direction) in expected and "request_id" in record:
                assert set(record) == expected[group, direction]
                assert type(record["event_timestamp"]) is int
                assert type(record["status_code"]) is int
            elif "request_id" in record:
                assert set(record) < all_egress
                assert len(record) == 10
                assert re.fullmatch(r"2026-1\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["event_timestamp"])
                assert type(record["status_code"]) is str
            seen.add((group, direction))
    assert seen == {*expected, ("live-events", "egress")}


def test_records_of_v1_have_the_documented_keys(rows: list[Row]) -> None:
    both = "timestamp clientIp processingTime statusCode receivedBytes sentBytes method request protocol userAgent "
    both += "account domainName requestId"
    live = {*both.split(), "channelId", "channelArn"}
    keys = {
        (row.table, "vod" in row.host): set(json.loads(row.raw)) - {"edgeTier", "trace"}
        for row in rows
        if "mediapackagev2" not in row.host
    }
    assert keys == {
        (EGRESS, False): {*live, "endpointId", "endpointArn"},
        (INGRESS, False): live,
        (EGRESS, True): {*both.split(), "assetArn", "packagingConfigArn"},
    }
    one = next(row for row in rows if row.table == EGRESS and "requestId" in row.raw and row.status == "200")
    record = json.loads(one.raw)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", record["timestamp"])
    assert record["statusCode"] == "200"
    assert type(record["processingTime"]) is float
    assert int(record["requestId"][7:15], 16) == int(one.at.replace(tzinfo=UTC).timestamp())


def test_an_export_holds_what_the_subscription_delivered(messy: Delivery) -> None:
    exports = [file.relative_to(messy.folder).as_posix() for file in messy.folder.glob("exportedlogs/**/*")]
    (log,) = [name for name in exports if name.endswith("/000000.gz")]
    assert (messy.folder / "exportedlogs/aws-logs-write-test").read_bytes() == b"Permission Check Successful"
    lines = zlib.decompress((messy.folder / log).read_bytes(), 31).decode().split("\n")[:-1]
    assert len(lines) > 100
    delivered = {row.raw for row in messy.found.rows}
    for line in lines:
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \{", line)
        assert line.partition(" ")[2] in delivered


def test_every_trouble_that_was_ordered_is_there(messy: Delivery) -> None:
    reasons = {"not_json", "not_object", "wrong_schema", "bad_timestamp", "corrupt_gzip", "truncated_gzip"}
    assert set(messy.first.quarantined) == reasons
    assert messy.first.flagged["bad_number"] > 0
    assert messy.found.drifted > 0
    assert messy.first.duplicates > 0
    assert messy.first.ignored["control_message"] > 0
    assert any(not file.stat().st_size for file in messy.folder.rglob("*") if file.is_file())
    assert messy.late.distinct > 0
    assert messy.late.duplicates > messy.late.distinct
    assert set(messy.late.table_rows_by_hour) == {EGRESS}
    assert not messy.late.gaps


def test_the_report_adds_up(messy: Delivery) -> None:
    files = [file for file in messy.folder.rglob("*") if file.is_file() and file.name != "aws-logs-write-test"]
    both = messy.first + messy.late
    for report in (messy.first, messy.late, both):
        assert report.records == report.distinct + report.duplicates + sum(report.quarantined.values())
        for table, hours in report.table_rows_by_hour.items():
            count = sum(hours.values())
            assert sum(report.requests_by_status[table].values()) == count
            assert sum(sum(kinds.values()) for kinds in report.requests_by_class[table].values()) == count
    assert both.objects == len(files)
    assert both.bytes_written == sum(file.stat().st_size for file in files)


def test_same_order_gives_the_same_bytes_and_times(messy: Delivery, tmp_path: Path) -> None:
    assert (write_mediapackage(tmp_path, MESSY), write_late_mediapackage(tmp_path, MESSY)) == (messy.first, messy.late)
    assert digest(tmp_path) == digest(messy.folder)


def test_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    small = MediaPackageSpec(start=START, rows=600, hours=1, channels=2, duplicate_records=0.05)
    told: list[int] = []
    one = write_mediapackage(tmp_path / "one", small)
    two = write_mediapackage(tmp_path / "two", replace(small, processes=2), progress=told.append)
    assert one == two
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    assert sum(told) == two.records


def test_clean_samples_hold_good_distinct_rows_alone(tmp_path: Path) -> None:
    spec = MediaPackageSpec(start=START, rows=500, hours=1, channels=2, control_share=0.0)
    report, found = write_mediapackage(tmp_path, spec), read(tmp_path)
    assert report.records == report.distinct == len(found.rows) == len(found.distinct)
    assert report.table_rows_by_hour[EGRESS] == {START: 500}
    assert (report.ignored, report.quarantined, report.flagged) == ({}, {}, {})
    assert {path.name for path in tmp_path.iterdir()} == {"egress", "ingress", "AWSLogs"}


def test_another_seed_gives_other_requests(tmp_path: Path) -> None:
    spec = MediaPackageSpec(start=START, rows=300, hours=1, channels=2)
    ids = []
    for seed in (1, 2):
        write_mediapackage(tmp_path / str(seed), replace(spec, seed=seed))
        ids.append({row.request_id for row in read(tmp_path / str(seed)).rows})
    assert not ids[0] & ids[1]


def test_size_is_met(tmp_path: Path) -> None:
    report = write_mediapackage(tmp_path, MediaPackageSpec(start=START, size_bytes=30_000_000, hours=1, channels=2))
    assert report.bytes_uncompressed == pytest.approx(30_000_000, rel=0.03)


def test_addresses_are_reserved_ones(rows: list[Row]) -> None:
    blocks = [ipaddress.ip_network(block) for block in ("198.18.0.0/15", "2001:db8::/32", "203.0.113.0/24")]
    records = (json.loads(row.raw) for row in rows)
    addresses = {ipaddress.ip_address(record.get("clientIp", record.get("client_ip"))) for record in records}
    assert all(any(address in block for block in blocks) for address in addresses)
    assert {address.version for address in addresses} == {4, 6}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"rows": None}, "rows or a size"),
        ({"hours": 0}, "below 1"),
        ({"channels": 1}, "no channel of v2"),
        ({"start": datetime(2026, 11, 20, 10, 30)}, "no full hour"),
        ({"control_share": 0.7}, "outside 0 to 0.5"),
    ],
)
def test_impossible_orders_are_refused_with_a_remedy(change: dict[str, object], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        replace(MESSY, **change)  # type: ignore[arg-type]


def test_a_size_below_what_encoders_deliver_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="encoders deliver to 2 channels in 1 hours"):
        write_mediapackage(tmp_path, MediaPackageSpec(start=START, size_bytes=1_000_000, hours=1, channels=2))
    assert not list(tmp_path.iterdir())
