"""The pure parts: channels, incidents, plan, resources, time-shift, envelopes, damage."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pytest

from shared.synth.agents import PLAYERS
from shared.synth.damage import Damages
from shared.synth.mediapackage.channels import SEGMENT_S, VOD, Version, channels_of
from shared.synth.mediapackage.damage import KINDS
from shared.synth.mediapackage.drawn import RandomStream, drawn_from, first_drawn
from shared.synth.mediapackage.envelopes import EVENTS_PER_ENVELOPE, Events, envelopes, event_ids, export_lines
from shared.synth.mediapackage.incidents import incidents
from shared.synth.mediapackage.plan import plan_objects, streams_of
from shared.synth.mediapackage.render import ESCAPED, Layout, records
from shared.synth.mediapackage.requests import Direction, iso_times, request_ids, seconds
from shared.synth.mediapackage.resources import CLASSES, catalogue
from shared.synth.mediapackage.spec import MediaPackageSpec
from shared.synth.mediapackage.timeshift import shifts
from shared.synth.slices import seconds_since_1970

START = datetime(2026, 11, 20, 10)
SPEC = MediaPackageSpec(start=START, rows=12_000, hours=2)


def test_channels_alternate_and_have_own_names_and_hosts() -> None:
    channels = channels_of(MediaPackageSpec(start=START, rows=1, channels=9))
    assert Counter(channel.version for channel in channels) == {Version.V1: 5, Version.V2: 4}
    assert {channel.group for channel in channels} == {None, "live-main", "live-events"}
    assert len({channel.id for channel in channels}) == 9
    hosts = [each.host for channel in channels for each in (*channel.inputs, channel.endpoints[0])]
    assert len(set(hosts)) == len(hosts)
    bases = [each.base for channel in channels for each in (*channel.inputs, *channel.endpoints)]
    assert len(set(bases)) == len(bases)
    for text in [each.identity for channel in channels for each in (*channel.inputs, *channel.endpoints)]:
        assert json.loads(f"{{{text}}}")["account"] == "111122223333"


def test_inputs_of_v1_are_told_by_their_hashes_and_those_of_v2_by_host_and_path() -> None:
    of_v1, of_v2 = channels_of(SPEC)[:2]
    hashes = [each.base.split("/")[-3:-1] for each in of_v1.inputs]
    assert hashes[0][0] == hashes[0][1] == hashes[1][0] != hashes[1][1]
    for index, each in enumerate(of_v2.inputs, start=1):
        assert f"-{index}.ingest." in each.host
        assert each.base.endswith(f"/in/v1/{of_v2.group}/{index}/{of_v2.id}/")


@pytest.mark.parametrize("hours", [1, 2, 5, 24])
def test_incidents_lie_inside_the_sample_and_begin_with_a_segment(hours: int) -> None:
    spec = MediaPackageSpec(start=START, rows=1, hours=hours)
    wrong, first = incidents(spec), channels_of(spec)[0]
    end = START + timedelta(hours=hours)
    begins = datetime(1970, 1, 1) + timedelta(seconds=first.first_number_s + wrong.gap.first_missing_number * SEGMENT_S)
    for starts, ends in (
        (begins, begins + timedelta(seconds=wrong.gap.count * SEGMENT_S)),
        (wrong.silence.starts, wrong.silence.ends),
        (wrong.wave.starts, wrong.wave.ends),
    ):
        assert START < starts < ends <= end
        assert (seconds_since_1970(starts) - seconds_since_1970(START)) % SEGMENT_S == 0


def test_plan_adds_up_and_covers_every_five_minutes_of_every_stream() -> None:
    streams = streams_of(SPEC)
    assert [(stream.version, stream.direction, stream.layout) for stream in streams] == [
        (Version.V1, Direction.EGRESS, Layout.V1),
        (Version.V1, Direction.INGRESS, Layout.V1),
        (Version.V2, Direction.EGRESS, Layout.V2),
        (Version.V2, Direction.INGRESS, Layout.V2),
        (Version.V2, Direction.EGRESS, Layout.V2_CHOSEN),
        (Version.V2, Direction.INGRESS, Layout.V2),
    ]
    planned = plan_objects(SPEC, 12_000)
    assert sum(one.rows for one in planned) == 12_000
    assert len(planned) == 2 * 12 * len(streams)
    assert {one.slice.end - one.slice.first for one in planned} == {300}
    keys = [one.place(SPEC, "object 0")[0] for one in planned]
    assert len(set(keys)) == len(keys)
    assert planned == plan_objects(SPEC, 12_000)


def test_no_object_where_nobody_asked() -> None:
    planned = plan_objects(MediaPackageSpec(start=START, rows=5, hours=1), 5)
    egress = [one for one in planned if one.stream.direction is Direction.EGRESS]
    assert sum(one.rows for one in egress) == 5
    assert all(one.rows for one in egress)
    assert len(planned) - len(egress) == 3 * 12


def test_catalogues_hold_every_packaging_and_vod_beside_v1_alone() -> None:
    channels = channels_of(SPEC)
    of_v1, of_v2 = catalogue((channels[0],)), catalogue((channels[1],))
    assert of_v1.places == (*(each.place for each in channels[0].endpoints), "vod")
    assert of_v2.places == tuple(each.place for each in channels[1].endpoints)
    assert {CLASSES[kind] for kind in of_v1.kind} == set(CLASSES)
    assert set(of_v1.manifest_type.to_pylist()) == {""}
    assert set(of_v2.manifest_type.to_pylist()) == {"", "HLS", "LL_HLS", "DASH"}
    for kind, type_ in zip(of_v2.kind.tolist(), of_v2.manifest_type.to_pylist(), strict=True):
        assert bool(type_) == CLASSES[kind].startswith("manifest")
    assert {each.place for each in VOD} == {"vod"}


@pytest.mark.parametrize("version", list(Version))
def test_windows_are_shared_and_in_the_past(version: Version) -> None:
    ways = shifts(version, START)
    queries = ways.query.to_pylist()
    assert queries[0] == ways.in_path.to_pylist()[0] == ""
    assert ways.kind[0] == -1
    assert len(ways.shifted) == len(queries) - 2
    assert len(ways.filtered) == 1
    assert bool(len(ways.in_paths)) == (version is Version.V1)
    for query in queries:
        for text in re.findall(r"start[=:](\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)", unquote(query)):
            assert START - timedelta(hours=2) <= datetime.fromisoformat(text) < START
        for text in re.findall(r"start=(\d+)&", query):
            assert 0 < seconds_since_1970(START) - int(text) <= 7200


def test_times_and_ids() -> None:
    at_us = np.array([0, 1_793_538_000_000_001, 1_793_538_000_999_999], dtype=np.int64)
    assert iso_times(at_us, digits=6).to_pylist() == [
        "1970-01-01T00:00:00.000000Z",
        "2026-11-01T13:00:00.000001Z",
        "2026-11-01T13:00:00.999999Z",
    ]
    assert iso_times(at_us, digits=3).to_pylist()[2] == "2026-11-01T13:00:00.999Z"
    assert seconds(np.array([0, 29, 1000, -1, -3, 10**9])).to_pylist() == ["0.0", "0.029", "1.0", "-1", "-3", "32.767"]
    ids = request_ids(np.random.default_rng(1), at_us).to_pylist()
    assert all(re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", id_) for id_ in ids)
    assert [int(id_[7:15], 16) for id_ in ids] == [0, 1_793_538_000, 1_793_538_000]


def test_no_value_needs_escaping_in_json() -> None:
    for one in plan_objects(SPEC, 12_000)[:6]:
        drawn = first_drawn(SPEC, one, 0)
        texts = [text for column in drawn.requests.columns.values() for text in set(column.to_pylist())]
        assert not [text for text in texts if not re.fullmatch(r"[ !#-\[\]-~]*", text)]
        for record in records(one.stream.layout, drawn.requests).to_pylist()[:50]:
            assert json.dumps(json.loads(record), separators=(",", ":")).count(":") == record.count(":")
    assert not [agent for agent in PLAYERS if re.search("cloudfront|mediatailor|fastly|akamai|cloudflare", agent, re.I)]


def test_escaped_records_are_the_records_in_a_json_string() -> None:
    one = plan_objects(SPEC, 12_000)[0]
    requests = first_drawn(SPEC, one, 0).requests
    escaped = records(Layout.V1, requests, quote=ESCAPED).to_pylist()
    assert [json.loads(f'"{text}"') for text in escaped] == records(Layout.V1, requests).to_pylist()


def test_envelopes_hold_all_events_once_and_in_order() -> None:
    count = 2 * EVENTS_PER_ENVELOPE + 50
    at_us = np.arange(count, dtype=np.int64) * 1000
    messages = pa.array([f"m{place}" for place in range(count)])
    events = Events(event_ids(np.random.default_rng(1), count), at_us, messages)
    found = [json.loads(text) for text in envelopes(Direction.INGRESS, events)]
    assert [len(envelope["logEvents"]) for envelope in found] == [EVENTS_PER_ENVELOPE, EVENTS_PER_ENVELOPE, 50]
    flat = [event for envelope in found for event in envelope["logEvents"]]
    assert [(event["timestamp"], event["message"]) for event in flat] == [(n, f"m{n}") for n in range(count)]
    assert len({event["id"] for event in flat}) == count
    assert {envelope["logGroup"] for envelope in found} == {"/aws/MediaPackage/IngressAccessLogs"}
    assert len({envelope["logStream"] for envelope in found}) == 3


def test_export_lines_begin_with_the_time() -> None:
    text = export_lines(np.array([1_793_538_000_123_456]), pa.array(['{"a":1}']))
    assert text == b'2026-11-01T13:00:00.123Z {"a":1}\n'


@pytest.mark.parametrize("version", list(Version))
def test_damage_is_what_its_kind_says(version: Version) -> None:
    stream = next(one for one in plan_objects(SPEC, 12_000) if one.stream.version is version)
    sound = records(stream.stream.layout, first_drawn(SPEC, stream, 0).requests).to_pylist()[0].encode()
    by_name = {kind.name: kind for kind in KINDS[version]}
    with pytest.raises(json.JSONDecodeError):
        json.loads(by_name["cut"].damage(sound))
    assert isinstance(json.loads(by_name["list"].damage(sound)), list)
    before = json.loads(sound)
    drifted = json.loads(by_name["drift"].damage(sound))
    assert {key: drifted.pop(key) for key in ("edgeTier", "trace")}
    assert drifted == before
    hurt = json.loads(by_name["bad_number"].damage(sound))
    assert [key for key in before if hurt[key] != before[key]] in (["receivedBytes"], ["received_bytes"])
    if version is Version.V2:
        timeless = json.loads(by_name["no_time"].damage(sound))
        assert before.keys() - timeless.keys() == {"event_timestamp", "request_id"}
    else:
        assert not json.loads(by_name["foreign"].damage(sound)).keys() & before.keys()


def test_segments_that_encoders_delivered_are_never_damaged() -> None:
    spec = MediaPackageSpec(start=START, rows=100, hours=1, malformed_share=0.5)
    ingress = [one for one in plan_objects(spec, 100) if one.stream.direction is Direction.INGRESS]
    drawn = first_drawn(spec, ingress[0], 0)
    assert len(drawn.damages.places) > 100
    assert not drawn.requests.truth.is_delivered[drawn.damages.places].any()


def test_a_report_on_some_requests_is_their_part_of_the_whole() -> None:
    spec = MediaPackageSpec(start=START, rows=4000, hours=1, malformed_share=0.1)
    one = plan_objects(spec, 4000)[0]
    drawn = first_drawn(spec, one, 0)
    count = len(drawn.requests)
    even, odd = (drawn.report(np.arange(start, count, 2)) for start in (0, 1))
    assert even + odd == drawn.report()
    assert drawn.report().records == count


def test_pieces_of_an_object_share_its_minutes() -> None:
    spec = MediaPackageSpec(start=START, rows=4000, hours=1)
    one = plan_objects(spec, 4000)[0]
    at_us = drawn_from(spec, one, 0, RandomStream.LATE, count=500).requests.at_us
    assert (np.diff(at_us) >= 0).all()
    starts = (one.slice.hour_s + one.slice.first) * 1_000_000
    assert starts <= at_us[0]
    assert at_us[-1] < starts + 300_000_000


def test_nothing_is_damaged_without_an_order() -> None:
    assert not Damages.draw(np.random.default_rng(1), KINDS[Version.V1], 1000, 0.0).kinds
