"""Version, workflow and direction: which of the signs decides."""

from __future__ import annotations

from typing import Any

import pytest

from shared.raw.records import Origin, Route
from shared.sources.base import KeyFacts, SourceSettings
from shared.sources.mediapackage import MediapackageParser

TIME = {"timestamp": "2026-03-01T12:00:00Z"}
V1_HOST, V2_HOST = "0a1b.mediapackage.us-east-1.amazonaws.com", "ab.egress.cd.mediapackagev2.us-east-1.amazonaws.com"
INGEST_HOST = "ab-1.ingest.cd.mediapackagev2.us-east-1.amazonaws.com"
VOD_HOST = "ef.egress.mediapackage-vod.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("record", "direction"),
    [
        ({"request": f"https://{INGEST_HOST}/in/v1/a", "endpoint_id": "e"}, "egress"),
        ({"request": f"https://{INGEST_HOST}/in/v1/a", "manifest_name": ""}, "egress"),
        ({"request": f"https://{INGEST_HOST}/in/v1/a", "manifest_type": "-"}, "egress"),
        ({"request": f"https://{INGEST_HOST}/in/v1/a", "endpointArn": "e"}, "egress"),
        ({"request": f"https://{INGEST_HOST}/in/v1/a", "endpoint_id": None}, "ingress"),
        ({"request": f"https://{V2_HOST}/out/v1/a", "input_index": "1"}, "ingress"),
        ({"request": f"https://{V2_HOST}/out/v1/a", "input_type": ""}, "ingress"),
        ({"request": f"https://{V2_HOST}/in/v1/a"}, "egress"),
        ({"request": f"https://{INGEST_HOST}/out/v1/a"}, "ingress"),
        ({"request": f"https://{INGEST_HOST.upper()}/out/v1/a"}, "ingress"),
        ({"request": f"https://{V1_HOST}/out/v1/a"}, "egress"),
        ({"request": f"https://{V1_HOST}/in/v2/a"}, "ingress"),
        ({"request": f"https://{V1_HOST}//in/v2/a"}, "ingress"),
        ({"request": f"https://{V1_HOST}/x", "log_type": "INGRESS_ACCESS_LOGS"}, "ingress"),
        ({"request": f"https://{V1_HOST}/x", "method": "PUT"}, "ingress"),
        ({"request": f"https://{V1_HOST}/x", "method": "GET"}, "egress"),
        ({"domainName": V1_HOST}, "egress"),
    ],
)
def test_direction(record: dict[str, Any], direction: str, wire: Any) -> None:
    other = {"request": f"https://{V1_HOST}/{'out' if direction == 'ingress' else 'in'}/v1/a"}
    text = wire.line({**TIME, **record})
    assert wire.parse(text).rows["direction"].to_pylist() == [direction]
    among = wire.parse(text + wire.line({**TIME, **other}))
    assert among.rows["direction"].to_pylist() == [direction, "egress" if direction == "ingress" else "ingress"]


@pytest.mark.parametrize(
    ("group", "path", "direction"),
    [
        ("/aws/MediaPackage/IngressAccessLogs", "/x", "ingress"),
        ("/aws/MediaPackage/EgressAccessLogs", "/x", "egress"),
        ("/aws/MediaPackage/VodEgressAccessLogs", "/x", "egress"),
        ("/aws/MediaPackage/IngressAccessLogs", "/out/v1/a", "egress"),
        ("/aws/MediaPackage/custom", "/x", "egress"),
    ],
)
def test_the_log_group_decides_late(group: str, path: str, direction: str, wire: Any) -> None:
    text = wire.line({**TIME, "request": f"https://{V1_HOST}{path}"})
    parser = MediapackageParser(KeyFacts("object"), SourceSettings())
    rows = parser.parse_records(wire.records((text, Origin(Route.ENVELOPE, group)))).rows
    assert rows["direction"].to_pylist() == [direction]


@pytest.mark.parametrize(
    ("record", "version", "workflow"),
    [
        ({"request": f"https://{V1_HOST}/out/v1/a"}, "v1", "live"),
        ({"request": f"https://{V2_HOST}/out/v1/a"}, "v2", "live"),
        ({"request": f"https://{V2_HOST}/out/v1/a", "clientIp": "192.0.2.1"}, "v1", "live"),
        ({"request": f"https://{V1_HOST}/out/v1/a", "client_ip": "192.0.2.1"}, "v2", "live"),
        ({"request": f"https://{VOD_HOST}/out/v1/a"}, "v1", "vod"),
        ({"request": "/out/v1/a", "assetArn": "arn"}, "v1", "vod"),
        ({"request": "/out/v1/a", "packagingconfigarn": "arn"}, "v1", "vod"),
        ({"request": "/out/v1/a"}, "v1", "live"),
    ],
)
def test_version_and_workflow(record: dict[str, Any], version: str, workflow: str, wire: Any) -> None:
    row = wire.row({**TIME, **record})
    assert (row["log_version"], row["workflow"], row["source_format"]) == (version, workflow, f"{version}_json")


def test_each_row_has_only_what_its_direction_has(wire: Any) -> None:
    put = {"input_index": 1, "input_type": "HLS", "request": f"https://{INGEST_HOST}/in/v1/g/1/c/a_1.ts", **TIME}
    out, into = wire.parse(wire.line(wire.v2, input_type="HLS") + wire.line(put)).rows.to_pylist()
    names = ("direction", "endpoint_id", "input_type", "input_index")
    assert [out[name] for name in names] == ["egress", "end", None, None]
    assert [into[name] for name in names] == ["ingress", None, "HLS", 1]
    assert (into["is_timeshift"], into["cdn"], into["manifest_name"]) == (None, None, None)
