"""Records of both versions, and a parser for a few of them."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from shared.raw.records import RECORD_SCHEMA, Collected, Origin
from shared.sources.base import KeyFacts, Parsed, SourceSettings
from shared.sources.mediapackage import MediapackageParser

V1 = {
    "timestamp": "2026-03-01T12:00:00.293656Z",
    "clientIp": "192.0.2.10",
    "processingTime": 0.445,
    "statusCode": "200",
    "receivedBytes": 468,
    "sentBytes": 2587370,
    "method": "GET",
    "request": "https://0a1b2c3d4e5f6071.mediapackage.us-east-1.amazonaws.com:443/out/v1/eeee01/index_1_9.ts?m=1",
    "protocol": "HTTP/2.0",
    "userAgent": "Amazon CloudFront",
    "account": "111122223333",
    "channelId": "demo",
    "channelArn": "arn:aws:mediapackage:us-east-1:111122223333:channels/cccc01",
    "domainName": "0a1b2c3d4e5f6071.mediapackage.us-east-1.amazonaws.com",
    "requestId": "Root=1-69a42a40-000000000000000000000001",
    "endpointId": "end",
    "endpointArn": "arn:aws:mediapackage:us-east-1:111122223333:origin_endpoints/eeee01",
}
V2 = {
    "resource_arn": "arn:aws:mediapackagev2:us-east-1:111122223333:channelGroup/group",
    "event_timestamp": 1772366400123,
    "client_ip": "192.0.2.50",
    "time_to_first_byte": 0.112,
    "status_code": 200,
    "received_bytes": 312,
    "sent_bytes": 1489,
    "method": "GET",
    "request_uri_base": "https://ab.egress.cd.mediapackagev2.us-east-1.amazonaws.com:443/out/v1/group/demo/end/index.m3u8",
    "request_query_params": "a=1",
    "protocol": "HTTP/2.0",
    "user_agent": "Amazon CloudFront",
    "domain_name": "ab.egress.cd.mediapackagev2.us-east-1.amazonaws.com",
    "request_id": "Root=1-69a42a40-000000000000000000000002",
    "account": "111122223333",
    "channel_id": "demo",
    "channel_arn": "arn:aws:mediapackagev2:us-east-1:111122223333:channelGroup/group/channel/demo",
    "endpoint_id": "end",
    "endpoint_arn": "arn:aws:mediapackagev2:us-east-1:111122223333:channelGroup/group/channel/demo/originEndpoint/end",
    "channel_group_id": "group",
    "manifest_name": "index",
    "manifest_type": "HLS",
}


class Wire:
    """What the tests of this folder build their objects from, and the parser that they give them to."""

    v1 = V1
    v2 = V2

    @staticmethod
    def line(record: dict[str, Any], *left_out: str, **changes: Any) -> bytes:
        """A record as a line of JSON."""
        changed = {name: value for name, value in {**record, **changes}.items() if name not in left_out}
        return json.dumps(changed).encode() + b"\n"

    @staticmethod
    def parse(text: bytes, settings: SourceSettings | None = None) -> Parsed:
        """Parse a whole object."""
        return MediapackageParser(KeyFacts("object"), settings or SourceSettings()).parse_text(text)

    def row(self, record: dict[str, Any], *left_out: str, **changes: Any) -> dict[str, Any]:
        """The row of one record."""
        (row,) = self.parse(self.line(record, *left_out, **changes)).rows.to_pylist()
        return row

    @staticmethod
    def records(*found: tuple[bytes, Origin]) -> pa.Table:
        """Records as they come out of their wrappings."""
        collected = Collected()
        for number, (text, origin) in enumerate(found, 1):
            collected.add(text, number, origin)
        records = collected.piece().records
        assert records.schema == RECORD_SCHEMA
        return records


@pytest.fixture(scope="session")
def wire() -> Wire:
    return Wire()
