from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.mediapackage.derive import derive
from shared.sources.mediapackage.table import INGRESS, PARSED_SCHEMA

Record = Mapping[str, Any]

OF_EGRESS = (
    "is_timeshift",
    "timeshift_kind",
    "timeshift_start",
    "timeshift_end",
    "has_manifest_filter",
    "is_ll_blocking",
    "cdn",
)
INPUT = "input_index"

HASH = "eeee0000eeee0000eeee0000eeee0001"
V1 = {
    "direction": "egress",
    "log_version": "v1",
    "workflow": "live",
    "host": "0a1b2c3d4e5f6071.mediapackage.us-east-1.amazonaws.com",
    "user_agent": "Amazon CloudFront",
    "channel_id": "demo-channel",
    "endpoint_id": "demo-endpoint",
}
V1_IN = {"direction": "ingress", "log_version": "v1", "workflow": "live", "user_agent": "AWSElementalMediaLive"}
VOD = {"direction": "egress", "log_version": "v1", "workflow": "vod"}
V2 = {
    "direction": "egress",
    "log_version": "v2",
    "workflow": "live",
    "host": "ab12cd.egress.ef34gh.mediapackagev2.us-east-1.amazonaws.com",
}
V2_IN = {"direction": "ingress", "log_version": "v2", "workflow": "live"}
V2_PATH = "/out/v1/demo-group/demo-channel/cmaf"
TEN = datetime(2026, 3, 1, 10, tzinfo=UTC)


def columns(records: Sequence[Record], *, encoded: bool = True) -> dict[str, pa.Array]:
    found = {name: pa.array([each.get(name) for each in records], pa.string()) for name in SOME if name != INPUT}
    if encoded:
        found = {name: values.dictionary_encode() for name, values in found.items()}
    return found | {INPUT: pa.array([each.get(INPUT) for each in records], pa.int32())}


def derived(records: Sequence[Record], *, encoded: bool = True) -> list[dict[str, Any]]:
    found = derive(columns(records, encoded=encoded))
    for name, values in found.items():
        values.validate(full=True)
        assert values.type == PARSED_SCHEMA.field(name).type
        if pa.types.is_dictionary(values.type):
            assert len(set(values.dictionary.to_pylist())) == len(values.dictionary)
    return pa.table(found).to_pylist()


CASES: list[tuple[Record, Record]] = [
    (
        V1 | {"path": f"/out/v1/{HASH}/index_1_145095.ts", "query": "m=1772366400"},
        {
            "request_class": "segment",
            "packaging": "hls_ts",
            "media_type": None,
            "rendition": "1",
            "segment_number": 145095,
            "url_template": f"/out/v1/{HASH}/index_1_{{n}}.ts",
            "region": "us-east-1",
            "channel_group": None,
            "channel_id": "demo-channel",
            "endpoint_id": "demo-endpoint",
            "is_timeshift": False,
            "timeshift_kind": None,
            "timeshift_start": None,
            "timeshift_end": None,
            "has_manifest_filter": False,
            "is_ll_blocking": False,
            "cdn": "cloudfront",
            "input_index": None,
        },
    ),
    (
        V1 | {"path": f"/out/v1/{HASH}/INDEX.M3U8", "user_agent": "ExamplePlayer/1.0", "query": "time_delay=30"},
        {"request_class": "manifest_multivariant", "cdn": "direct", "timeshift_kind": "delay", "is_timeshift": True},
    ),
    (
        V1 | {"path": f"/out/v1/{HASH}/index%2Em3u8", "query": "aws.manifestfilter=video_codec:h265"},
        {"request_class": "manifest_multivariant", "has_manifest_filter": True, "is_timeshift": False},
    ),
    (
        V1 | {"path": f"/out/v1/{HASH}/start/2026-03-01T10:00:00Z/end/2026-03-01T11:00:00Z/index.ism/Manifest"},
        {
            "request_class": "manifest",
            "packaging": "mss",
            "is_timeshift": True,
            "timeshift_kind": "catchup",
            "timeshift_start": TEN,
            "timeshift_end": TEN.replace(hour=11),
            "url_template": f"/out/v1/{HASH}/start/{{t}}/end/{{t}}/index.ism/Manifest",
        },
    ),
    (
        V1 | {"path": f"/out/v1/{HASH}/start/1772359200/index.mpd", "query": "end=2026-03-01T11:00:00+01:00"},
        {"timeshift_kind": "catchup", "timeshift_start": TEN, "timeshift_end": TEN},
    ),
    (
        V1 | {"path": f"/out/v1/{HASH}/index.m3u8", "query": "start=2026-03-01T10:00:00_02:00"},
        {"is_timeshift": True, "timeshift_kind": "startover", "timeshift_start": None},
    ),
    (
        V1 | {"path": "/crossdomain.xml", "query": "x=index.m3u8", "endpoint_id": None},
        {"request_class": "other", "endpoint_id": None, "url_template": "/crossdomain.xml"},
    ),
    # A v1 endpoint's hash is not the id that its user chose.
    (
        V1 | {"path": f"/out/v1/{HASH}/a/b/index.m3u8", "endpoint_id": None},
        {"endpoint_id": None, "packaging": "hls_ts"},
    ),
    (V1 | {"path": None, "endpoint_id": None}, {"request_class": "other", "url_template": None, "packaging": None}),
    (V1 | {"path": f"/out/v1/{HASH}/index.m3u8", "user_agent": None}, {"cdn": None, "is_timeshift": False}),
    (V1 | {"path": f"/out/v1/{HASH}/a.m3u8", "manifest_type": ""}, {"request_class": "manifest_multivariant"}),
    (
        V1_IN | {"path": "/in/v2/cccc1/cccc2/channel_1_97.ts", "query": "start=1", "endpoint_arn": "arn:aws:x"},
        {"request_class": "segment", "segment_number": 97, "input_index": 2, "region": None} | dict.fromkeys(OF_EGRESS),
    ),
    (V1_IN | {"path": "/in/v1/cccc1/channel_1_1.ts"}, {"input_index": None, "segment_number": 1}),
    (VOD | {"path": "/out/v1/d1/d2/d3/index.m3u8"}, {"request_class": "manifest_multivariant", "packaging": None}),
    (
        V2 | {"path": f"{V2_PATH}/index-ll.m3u8", "query": "_HLS_msn=100&_HLS_part=2", "manifest_type": "LL_HLS"},
        {
            "request_class": "manifest_multivariant",
            "packaging": "ll_hls",
            "is_ll_blocking": True,
            "channel_group": "demo-group",
            "channel_id": "demo-channel",
            "endpoint_id": "cmaf",
        },
    ),
    (
        V2 | {"path": f"{V2_PATH}/segment_1_video_123.mp4", "manifest_type": "", "manifest_name": ""},
        {"request_class": "segment", "media_type": "video", "rendition": "1", "segment_number": 123},
    ),
    # The type decides before the name, the name where there is no type, the path where there is neither.
    (V2 | {"path": f"{V2_PATH}/a_1.m3u8", "manifest_type": "", "manifest_name": "a"}, {"request_class": "other"}),
    (V2 | {"path": f"{V2_PATH}/a_1.m3u8", "manifest_name": ""}, {"request_class": "other", "rendition": None}),
    (V2 | {"path": f"{V2_PATH}/a_1.m3u8", "manifest_name": "a"}, {"request_class": "manifest_media", "rendition": "1"}),
    (V2 | {"path": f"{V2_PATH}/a_1.m3u8"}, {"request_class": "manifest_media", "packaging": None}),
    (
        V2 | {"path": f"{V2_PATH}/a_video_1_7.mp4", "manifest_type": "DASH"},
        {
            "request_class": "manifest",
            "packaging": "dash",
            "media_type": None,
            "rendition": None,
            "segment_number": None,
            "url_template": f"{V2_PATH}/a_video_1_{{n}}.mp4",
        },
    ),
    (
        V2 | {"path": f"{V2_PATH}/a.mpd", "channel_id": "logged"},
        {"channel_id": "logged", "channel_group": "demo-group"},
    ),
    (
        V2_IN | {"path": "/in/v1/g/1/c/a_1_2.ts", "host": "ab-2.ingest.cd.mediapackagev2.eu-west-1.amazonaws.com"},
        {"input_index": 2, "region": "eu-west-1", "channel_group": "g", "channel_id": "c", "endpoint_id": None},
    ),
    (
        V2_IN | {"path": "/in/v1/g/1/c/a_1_2.ts", "host": "ab-1.ingest.example.com", "input_index": 2},
        {"input_index": 2, "cdn": None},
    ),
    (V2_IN | {"path": "/in/v1/g/2/c/a_1_2.ts", "host": "ab.ingest.example.com"}, {"input_index": 2}),
    (V2 | {"path": f"{V2_PATH}/index.mpd", "input_index": 1}, {"input_index": None}),
    (
        {"path": "/in/v1/g/2/c/index.m3u8", "host": "ab-1.ingest.example.com"},
        {"request_class": "manifest_multivariant", "channel_group": None, "input_index": None}
        | dict.fromkeys(OF_EGRESS),
    ),
]


@pytest.mark.parametrize("encoded", [True, False], ids=["dictionary", "plain"])
def test_records_of_all_kinds_together(encoded: bool) -> None:
    rows = derived([record for record, _ in CASES], encoded=encoded)
    for (record, expected), row in zip(CASES, rows, strict=True):
        assert {name: row[name] for name in expected} == expected, json.dumps(record)


@pytest.mark.parametrize(("record", "expected"), CASES, ids=lambda each: str(each.get("path", "")))
def test_records_one_by_one(record: Record, expected: Record) -> None:
    (row,) = derived([record])
    assert {name: row[name] for name in expected} == expected


def test_every_derived_column_is_one_of_the_tables() -> None:
    found = derive({})
    assert set(found) <= set(PARSED_SCHEMA.names)
    assert all(len(values) == 0 for values in found.values())
    assert not set(OF_EGRESS) & set(INGRESS.arrow_schema.names)


def test_a_missing_column_is_one_of_nulls() -> None:
    records = [record for record, _ in CASES]
    everything = columns(records)
    for name, values in everything.items():
        without = derive({other: each for other, each in everything.items() if other != name})
        nulls = derive(everything | {name: pa.nulls(len(records), values.type)})
        assert pa.table(without).equals(pa.table(nulls)), name


NAMES = "/ _ 7 042 index _video_ cmafseg init .ts .mp4 .m3u8 .mpd .ism /Manifest %2E %zz"
FOLDERS = ["/out/v1/a/", "/in/v1/g/2/", "/in/v2/a/", f"/{HASH}/"]
PATH = st.lists(st.sampled_from([*NAMES.split(), *FOLDERS]), max_size=6).map("".join) | st.text(max_size=9)
SOME = {
    "direction": st.sampled_from(["egress", "ingress", "?"]),
    "log_version": st.sampled_from(["v1", "v2", "v3"]),
    "workflow": st.sampled_from(["live", "vod"]),
    "host": st.sampled_from([V1["host"], V2["host"], "a-2.ingest.example.com"]) | st.text(max_size=9),
    "path": PATH | st.sampled_from([str(record["path"]) for record, _ in CASES]),
    "query": st.sampled_from([str(record["query"]) for record, _ in CASES if "query" in record]) | st.text(max_size=9),
    "user_agent": st.sampled_from(["Amazon CloudFront", "AWSElementalMediaTailor"]) | st.text(max_size=9),
    "manifest_type": st.sampled_from(["", "-", "HLS", "LL_HLS", "DASH", "MSS", "NEW"]),
    "manifest_name": st.sampled_from(["", "index"]),
    "channel_group": st.text(max_size=3),
    "channel_id": st.text(max_size=3),
    "endpoint_id": st.text(max_size=3),
    "endpoint_arn": st.text(max_size=3) | st.just("arn:aws:mediapackage:eu-west-1:111122223333:origin_endpoints/e"),
    "channel_arn": st.text(max_size=3) | st.just("arn:aws:mediapackage:us-west-2:111122223333:channels/c"),
    INPUT: st.integers(1, 2),
}
RECORDS = st.lists(
    st.fixed_dictionaries({}, optional={name: st.none() | each for name, each in SOME.items()}), max_size=6
)


@settings(max_examples=100, deadline=None)
@given(RECORDS)
def test_a_row_depends_on_its_own_record_alone(records: list[Record]) -> None:
    rows = derived(records)
    assert all(row["request_class"] for row in rows)
    assert derived(records, encoded=False) == rows
    assert derived(records[::-1]) == rows[::-1]
    assert [derived([record])[0] for record in records] == rows
