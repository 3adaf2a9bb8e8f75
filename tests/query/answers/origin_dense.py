"""Requests to and from an origin that meet in every group: few values of each field, nulls and faults among them.

As `dense` of CloudFront: what the generator makes is like traffic, so a question that counts the wrong thing may not
show. Encoders fail here in ways that the generator's do not: both inputs are silent at once, one never delivers,
numbers begin anew, and segments have no number.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

_AGENTS = (
    *("Amazon CloudFront", "Amazon CloudFront", "AWSElementalMediaTailor", "curl/8.0", "VLC/3.0.20 LibVLC/3.0.20"),
    *("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36", "-"),
)
_ADDRESSES = ("192.0.2.1", "192.0.2.2", "198.51.100.3", "2001:db8::4", "-")
_STATUSES = (200, 200, 200, 200, 206, 304, 302, 400, 403, 404, 429, 460, 499, 500, 503, "-")
_SECONDS = (-3, -1, 0, 0.001, 0.002, 0.01, 0.011, 1.999)
_SIZES = (0, 1, 5000, 1_099_511_627_776)
_QUERIES = (
    *("", "", "m=1772366400", "start=2026-10-31T20:00:00Z&end=2026-10-31T21:00:00Z", "start=1793476800&end=1793480400"),
    *("start=2026-10-31T20:00:00Z", "start=2026-10-31T22:00:00+02:00", "start=2026-10-31T20:00:00_02:00"),
    *("end=2026-10-31T20:00:00Z", "time_delay=30", "aws.manifestfilter=video_height:1-720"),
    *("_HLS_msn=7&_HLS_part=1", "aws.manifestsettings=start%3A2026-10-31T20%3A00%3A00Z%3Bmanifest_window_seconds%3A60"),
)
_FILES = (
    *("index.m3u8", "index_1.m3u8", "index_2.m3u8", "index_1_77.ts", "index_2_78.ts", "index.mpd", "robots.txt"),
    *("index.ism/Manifest", "index.ism/Events(203_0)/QualityLevels(4000000)/Fragments(v=180000000)", "a.key"),
    *("cmafseg_video_1_10.mp4", "cmafseg_video_1_init.mp4", "index_audio_4_0_5.mp4", "thumb_6_7.jpg", "s_5_9.webvtt"),
)
_PATH_WINDOW = "start/2026-10-31T20:00:00Z/end/2026-10-31T21:00:00Z/index.mpd"
_TYPES = {"m3u8": ("HLS", "LL_HLS", "", None), "mpd": ("DASH", "", None)}
_V1 = "https://0a1b2c3d4e5f6071.mediapackage.us-east-1.amazonaws.com:443"
_HOURS = ("2026-10-31 22", "2026-10-31 23", "2026-11-01 00")
_MINUTES = ("00:00.000", "30:00.000", "30:00.001", "59:59.999")
_ROWS = 500
_SKIPPED = ("status_code", "user_agent", "sent_bytes", "client_ip", "time_to_first_byte", "domain_name", "protocol")

_BEGINS, _SEGMENTS, _SEGMENT = datetime(2026, 10, 31, 22, 40), 300, timedelta(seconds=20)


def dense_origin_objects() -> Mapping[str, bytes]:
    """Keys and contents: v1 as Firehose brings it, v2 as lines."""
    random = Random(5)
    vended = "AWSLogs/111122223333/mediapackagev2/group-a"
    return {
        "egress/2026/10/31/23/dense-1-2026-10-31-23-30-00-0a1b2c3d-0000-4000-8000-000000000001": _enveloped(
            "Egress", _with_copies(random, map(_of_v1, _drawn(random)))
        ),
        "ingress/2026/10/31/23/dense-1-2026-10-31-23-30-00-0a1b2c3d-0000-4000-8000-000000000002": _enveloped(
            "Ingress", _with_copies(random, map(_of_v1, _delivered(random, "dense")))
        ),
        f"{vended}/egress/2026/10/31/23/dense.gz": _lines(_with_copies(random, _chosen(random, _drawn(random)))),
        f"{vended}/ingress/2026/10/31/23/dense.gz": _lines(
            _with_copies(random, map(_of_v2, _delivered(random, "group-a/dense")))
        ),
    }


def _drawn(random: Random) -> Iterator[dict[str, Any]]:
    """Egress requests, with the names of v2 but for time and URL."""
    for _ in range(_ROWS):
        file, at = random.choice(_FILES), f"{random.choice(_HOURS)}:{random.choice(_MINUTES)}"
        if random.random() < 0.05:
            file = _PATH_WINDOW
        yield {
            **_common(random, datetime.fromisoformat(at)),
            "channel_id": random.choice(("one", "two")),
            "endpoint_id": random.choice(("hls", "cmaf")),
            "file": file,
            "query": "" if file == _PATH_WINDOW else random.choice(_QUERIES),
            "method": random.choice(("GET", "GET", "HEAD", "-")),
        }


def _common(random: Random, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "client_ip": random.choice(_ADDRESSES),
        "time_to_first_byte": random.choice(_SECONDS),
        "status_code": random.choice(_STATUSES),
        "received_bytes": random.choice(_SIZES),
        "sent_bytes": random.choice(_SIZES),
        "protocol": random.choice(("HTTP/1.1", "HTTP/2.0", "-")),
        "user_agent": random.choice(_AGENTS),
        "domain_name": random.choice(("one.example.com", "two.example.com", "-")),
        "request_id": f"Root=1-{int(at.replace(tzinfo=UTC).timestamp()):08x}-{random.getrandbits(96):024x}",
    }


def _delivered(random: Random, channel: str) -> Iterator[dict[str, Any]]:
    """What encoders of some channels deliver, a segment every 20 s, and what goes wrong."""
    for step in range(_SEGMENTS):
        at = _BEGINS + step * _SEGMENT
        # Input 1 is silent for 5 minutes, then both for 3 (one stops a second earlier), then input 2 to the end.
        if not 60 <= step < 75 and not 120 <= step < 129:
            yield _segment(random, f"{channel}-silent", 1, at, f"c_1_{step}.ts")
        if not 120 <= step < 129 and step < 250:
            yield _segment(random, f"{channel}-silent", 2, at + timedelta(seconds=1), f"c_1_{step}.ts")
        # Input 2 is never delivered to with success; the first one has gaps of the number, of time, and of both.
        yield _segment(random, f"{channel}-broken", 2, at, f"c_2_{step}.ts", random.choice((401, 403, 500, "-")))
        if random.random() < 0.95:
            number = step % 100 + (7 if 150 <= step < 200 else 0)
            late = timedelta(milliseconds=random.choice((0, 0, 5, 15_000)))
            yield _segment(random, f"{channel}-broken", 1, at + late, f"c_audio_2_{number}.ts")
        # No number, no rendition, one segment alone, what is no segment, and all kinds of ends.
        if step < 40:
            file = random.choice(
                ("plain.ts", f"only-{step}.ts", "c_1.m3u8", "c.m3u8", f"c_1_{step}.ts", "c_9_1.webvtt")
            )
            status = random.choice(_STATUSES)
            yield _segment(random, f"{channel}-mixed", random.choice((1, 2, None)), at, file, status)
    yield _segment(random, f"{channel}-mixed", 1, _BEGINS, "c_7_1.ts")


def _segment(
    random: Random, channel: str, input_: int | None, at: datetime, file: str, status: int | str = 201
) -> dict[str, Any]:
    own = {"status_code": status, "user_agent": random.choice(("AWSElementalMediaLive", "-")), "method": "PUT"}
    if file.endswith(".ts") and random.random() < 0.02:
        own |= {"method": random.choice(("DELETE", "POST")), "status_code": 200}
    return {**_common(random, at), **own, "channel_id": channel, "input": input_, "file": file}


def _of_v1(drawn: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        **{"clientIp": "client_ip", "processingTime": "time_to_first_byte", "receivedBytes": "received_bytes"},
        **{"sentBytes": "sent_bytes", "method": "method", "protocol": "protocol", "userAgent": "user_agent"},
        **{"domainName": "domain_name", "requestId": "request_id"},
    }
    record = {
        "timestamp": f"{drawn['at'].isoformat(timespec='microseconds')}Z",
        "statusCode": str(drawn["status_code"]),
    }
    record |= {name: drawn[of_v2] for name, of_v2 in names.items()}
    if "endpoint_id" in drawn:
        query = f"?{drawn['query']}" if drawn["query"] else ""
        record |= {
            "request": f"{_V1}/out/v1/{'e' * 32}/{drawn['file']}{query}",
            "channelId": drawn["channel_id"],
            "endpointId": drawn["endpoint_id"],
        }
        if drawn["protocol"] == "-":  # the URL was none of an endpoint
            del record["endpointId"]
        return record
    where = {1: f"v2/{'c' * 32}/{'c' * 32}", 2: f"v2/{'c' * 32}/{'d' * 32}", None: f"v1/{'c' * 32}"}[drawn["input"]]
    return {**record, "request": f"{_V1}/in/{where}/{drawn['file']}", "channelId": drawn["channel_id"]}


def _of_v2(drawn: Mapping[str, Any]) -> dict[str, Any]:
    own = ("at", "file", "input", "query", "channel_id", "endpoint_id")
    record = {name: value for name, value in drawn.items() if name not in own}
    record["event_timestamp"] = int(drawn["at"].replace(tzinfo=UTC).timestamp() * 1000)
    if "endpoint_id" in drawn:
        path = f"out/v1/group-a/{drawn['channel_id']}/{drawn['endpoint_id']}/{drawn['file']}"
        url = f"https://a1.egress.b2.mediapackagev2.us-east-1.amazonaws.com:443/{path}"
        return {**record, "request_uri_base": url, "request_query_params": drawn["query"]}
    group, _, channel = drawn["channel_id"].partition("/")
    input_ = drawn["input"] or 1
    url = f"https://a1-{input_}.ingest.b2.mediapackagev2.us-east-1.amazonaws.com:443/in/v1/{group}/{input_}/{channel}"
    return {**record, "request": f"{url}/{drawn['file']}", "input_type": "CMAF" if input_ == 2 else ""}


def _chosen(random: Random, drawn: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Records of v2 in which some fields were not chosen to be logged."""
    for each in drawn:
        record = {name: value for name, value in _of_v2(each).items() if name not in _SKIPPED or random.random() < 0.9}
        type_ = random.choice(_TYPES.get(each["file"].rpartition(".")[2], ("", None)))
        yield record if type_ is None else {**record, "manifest_type": type_}


def _with_copies(random: Random, records: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records in any order, some of them twice."""
    found = list(records)
    found += random.sample(found, 9)
    random.shuffle(found)
    return found


def _enveloped(direction: str, records: list[dict[str, Any]]) -> bytes:
    events = [
        {"id": f"3{number:055}", "timestamp": 1_793_489_400_000, "message": json.dumps(record)}
        for number, record in enumerate(records)
    ]
    envelope = {
        **{
            "messageType": "DATA_MESSAGE",
            "owner": "111122223333",
            "logStream": "dense",
            "subscriptionFilters": ["all"],
        },
        **{"logGroup": f"/aws/MediaPackage/{direction}AccessLogs", "logEvents": events},
    }
    return gzip.compress(json.dumps(envelope, separators=(",", ":")).encode(), mtime=0)


def _lines(records: list[dict[str, Any]]) -> bytes:
    return gzip.compress("".join(json.dumps(record) + "\n" for record in records).encode(), mtime=0)
