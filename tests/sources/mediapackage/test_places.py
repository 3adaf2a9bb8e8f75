from __future__ import annotations

import pyarrow as pa
import pytest

from shared.sources.mediapackage import places

V1_HOST = "0a1b2c3d4e5f6071.mediapackage.us-east-1.amazonaws.com"
VOD_HOST = "0123456789abcdef0123456789abcdef.egress.mediapackage-vod.eu-west-1.amazonaws.com"
V2_HOST = "ab12cd.egress.ef34gh.mediapackagev2.ap-southeast-2.amazonaws.com"
V1_ARN = "arn:aws:mediapackage:eu-north-1:111122223333:origin_endpoints/eeee0000eeee0000eeee0000eeee0001"
V2_ARN = "arn:aws-us-gov:mediapackagev2:us-gov-west-1:111122223333:channelGroup/g/channel/c"


def texts(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string())


@pytest.mark.parametrize(
    ("endpoint_arn", "channel_arn", "host", "region"),
    [
        (None, None, V1_HOST, "us-east-1"),
        (None, None, VOD_HOST, "eu-west-1"),
        (None, None, V2_HOST.upper(), "ap-southeast-2"),
        (None, None, "abcd.mediapackage.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        (V1_ARN, V2_ARN, V1_HOST, "eu-north-1"),
        (None, V2_ARN, V1_HOST, "us-gov-west-1"),
        ("arn:malformed", "arn:aws:s3:::bucket", V1_HOST, "us-east-1"),
        (None, None, "www.example.com", None),
        (None, None, None, None),
    ],
)
def test_region(endpoint_arn: str | None, channel_arn: str | None, host: str | None, region: str | None) -> None:
    assert places.regions(texts(endpoint_arn), texts(channel_arn), texts(host)).to_pylist() == [region]


@pytest.mark.parametrize(
    ("path", "group", "channel", "endpoint"),
    [
        ("/out/v1/group/channel/cmaf/index.m3u8", "group", "channel", "cmaf"),
        ("//out/v1/Group/channel/cmaf/start/{t}/index.mpd", "Group", "channel", "cmaf"),
        ("/in/v1/group/2/channel/channel_1_{n}.ts", "group", "channel", None),
        ("/out/v1/group/channel/index.m3u8", None, None, None),
        ("/favicon.ico", None, None, None),
        (None, None, None, None),
    ],
)
def test_ids_of_v2(path: str | None, group: str | None, channel: str | None, endpoint: str | None) -> None:
    found = places.ids(texts(path, path), pa.array([True, False]))
    assert {name: values.to_pylist() for name, values in found.items()} == {
        "channel_group": [group, None],
        "channel_id": [channel, None],
        "endpoint_id": [endpoint, None],
    }


def test_without_v2_there_are_no_ids() -> None:
    found = places.ids(texts("/out/v1/eeee/manifest-a/start/{t}/index.m3u8"), pa.array([False]))
    assert [values.to_pylist() for values in found.values()] == [[None]] * 3


@pytest.mark.parametrize(
    ("host", "number"),
    [
        ("ab12cd-1.ingest.ef34gh.mediapackagev2.us-east-1.amazonaws.com", 1),
        ("AB12CD-2.INGEST.ef34gh.mediapackagev2.us-east-1.amazonaws.com", 2),
        ("ab12cd-3.ingest.ef34gh.mediapackagev2.us-east-1.amazonaws.com", None),
        ("ab12cd.ingest.ef34gh-1.mediapackagev2.us-east-1.amazonaws.com", None),
        (V1_HOST, None),
        (None, None),
    ],
)
def test_input_by_host(host: str | None, number: int | None) -> None:
    assert places.inputs_by_host(texts(host)).to_pylist() == [number]


@pytest.mark.parametrize(
    ("path", "of_v1", "of_v2"),
    [
        ("/in/v2/cccc1/cccc1/channel.m3u8", 1, None),
        ("/in/v2/cccc1/cccc2/channel_1_{n}.ts", 2, None),
        ("/in/v1/cccc1/channel_1_{n}.ts", None, None),
        ("/in/v1/group/1/channel/channel_1_{n}.ts", None, 1),
        ("/in/v1/group/2/channel/channel_1_{n}.ts", None, 2),
        ("/in/v1/group/3/channel/channel_1_{n}.ts", None, None),
        ("/out/v1/group/1/channel/index.m3u8", None, None),
        (None, None, None),
    ],
)
def test_input_by_path(path: str | None, of_v1: int | None, of_v2: int | None) -> None:
    v1, v2 = pa.array([True, False, False]), pa.array([False, True, False])
    assert places.inputs_by_path(texts(path, path, path), v2, v1).to_pylist() == [of_v1, of_v2, None]
