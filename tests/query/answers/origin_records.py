"""MediaPackage's raw objects to requests that its tables must hold, by what AWS documents and with nothing of loglake.

Enough for what the generator and `origin_dense` write: v1 in envelopes of CloudWatch Logs and in an export, v2 as lines
of JSON, malformed records among them. Columns that are enrichment come from the enrichment's own functions, as in
`requests`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import methodcaller
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from shared.enrich.user_agent import parse_user_agent
from tests.query.answers.requests import Request, addresses_of
from tests.synth.mediapackage.plain_reader import members

EGRESS, INGRESS = "mediapackage_egress_requests", "mediapackage_ingress_requests"

_EPOCH = datetime(1970, 1, 1)
# Of v1, then of v2.
_TEXTS = {
    "request_id": ("requestId", "request_id"),
    "client_ip": ("clientIp", "client_ip"),
    "method": ("method", "method"),
    "protocol_version": ("protocol", "protocol"),
    "user_agent": ("userAgent", "user_agent"),
    "sni_domain": ("domainName", "domain_name"),
    "channel_arn": ("channelArn", "channel_arn"),
    "endpoint_arn": ("endpointArn", "endpoint_arn"),
    "packaging_config_arn": ("packagingConfigArn", "packaging_config_arn"),
    "manifest_type": ("manifestType", "manifest_type"),
    "input_type": ("inputType", "input_type"),
}
_NUMBERS = {"bytes_received": ("receivedBytes", "received_bytes"), "bytes_sent": ("sentBytes", "sent_bytes")}
_CDNS = {"CloudFront": "cloudfront", "MediaTailor": "mediatailor", "Fastly": "fastly", "Akamai": "akamai"}
_CLASS_OF_EXTENSION = {"ts": "segment", "mp4": "segment", "webvtt": "subtitle", "jpg": "thumbnail", "key": "key"}
_EQUALS = methodcaller("partition", "=")
_AGENT_COLUMNS = ("client_kind", "client_name", "os_family", "device_family")


@dataclass(frozen=True)
class OriginTruth:
    """The distinct requests of both tables."""

    tables: Mapping[str, list[Request]]

    def within(self, table: str, start: datetime, end: datetime) -> list[Request]:
        """Requests of a table from a time to before another."""
        return [request for request in self.tables[table] if start <= request["event_time"] < end]


def origin_truth_of(folder: Path) -> OriginTruth:
    """What the objects below a folder hold."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for record in _records(folder):
        request = _request(record)
        found.setdefault(tuple(request[name] for name in ("request_id", "event_time", "status", "url")), request)
    enriched = _enriched(found.values())
    return OriginTruth({table: [each for each in enriched if each["table"] == table] for table in (EGRESS, INGRESS)})


def _records(folder: Path) -> Iterator[dict[str, Any]]:
    """The good records, copies included."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        for text in members(file.read_bytes()):
            for message in _messages(text):
                try:
                    record = json.loads(message)
                except ValueError:
                    continue
                is_log = isinstance(record, dict) and {"request", "request_uri_base"} & record.keys()
                if is_log and {"timestamp", "event_timestamp"} & record.keys():
                    yield record


def _messages(text: bytes) -> Iterable[str]:
    if not text.startswith(b'{"messageType"'):
        return text.decode().split("\n")
    return [event["message"] for event in json.loads(text).get("logEvents", ()) if b'"CONTROL_MESSAGE"' not in text]


def _request(record: Mapping[str, Any]) -> dict[str, Any]:
    def logged(names: tuple[str, str]) -> Any:
        found = next((record[name] for name in names if name in record), None)
        return None if found in ("", "-") else found

    is_v1 = "requestId" in record
    url = urlsplit(record.get("request") or record["request_uri_base"])
    path, parts = url.path, url.path.split("/")
    query = url.query or record.get("request_query_params") or None
    request: dict[str, Any] = {name: logged(names) for name, names in _TEXTS.items()}
    request |= {name: _whole(logged(names)) for name, names in _NUMBERS.items()}
    request |= {"table": EGRESS if parts[1] == "out" else INGRESS, "url": (url.hostname, path, query)}
    request |= {"host": url.hostname, "path": path, "query": query, "event_time": _event_time(record)}
    request["workflow"] = "vod" if "mediapackage-vod" in str(url.hostname) else "live"
    of_group = (None, record.get("channelId"), record.get("endpointId"))
    if not is_v1:
        of_group = (parts[3], parts[4], parts[5]) if parts[1] == "out" else (parts[3], parts[5], None)
    channel = [part for part in of_group[:2] if part]
    request["channel"] = "/".join(channel) or None
    request["endpoint"] = "/".join(filter(None, of_group)) or request["packaging_config_arn"]
    request |= _end(record)
    manifest_type = None if is_v1 else record.get("manifest_type")
    request |= _media(unquote(path), manifest_type, is_v1_live=is_v1 and request["workflow"] == "live")
    if request["table"] == EGRESS:
        request |= _asked(path, query or "")
        request["cdn"] = _cdn(request["user_agent"])
    else:
        request |= _of_rendition(path.rpartition("/")[2], request["request_class"])
        request["input_index"] = _input(parts, is_v1=is_v1)
        named = [*channel, *([str(request["input_index"])] if request["input_index"] else [])]
        request["input"] = "/".join(named)
    return request


def _whole(value: Any) -> int | None:
    return int(value) if value is not None and re.fullmatch(r"\d+", str(value)) else None


def _event_time(record: Mapping[str, Any]) -> datetime:
    logged = record.get("event_timestamp", record.get("timestamp"))
    if isinstance(logged, int):
        return _EPOCH + timedelta(milliseconds=logged)
    time = datetime.fromisoformat(str(logged).removesuffix("Z"))
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _end(record: Mapping[str, Any]) -> dict[str, Any]:
    """How it ended. What was not logged is not known."""
    logged = next((record[name] for name in ("statusCode", "status_code") if name in record), None)
    status = _whole(logged)
    seconds = next((record[name] for name in ("processingTime", "time_to_first_byte") if name in record), None)
    is_negative = seconds is not None and seconds < 0
    is_gone = logged == "-" or status in (460, 499)
    is_error = status is not None and status >= 400 and status not in (460, 499)
    return {
        "status": status,
        "status_class": "none" if status is None else f"{status // 100}xx",
        "time_to_first_byte_s": None if seconds is None or is_negative else float(seconds),
        "has_end": logged is not None or is_negative,
        "is_without_status": status is None and (is_gone or is_negative),
        "is_error": is_error,
        "is_given_up": is_gone or (is_negative and not is_error),
        "is_success": status == 304 or 200 <= (status or 0) < 300,
    }


def _media(path: str, manifest_type: str | None, *, is_v1_live: bool) -> dict[str, Any]:
    """What is asked for. `manifest_type` is as logged: empty for what is no manifest, None where it is not logged."""
    name = path.rpartition("/")[2]
    extension = name.rpartition(".")[2]
    is_fragment = "/QualityLevels(" in path
    kind = _class(path, name, extension, is_fragment=is_fragment, manifest_type=manifest_type)
    template = re.sub(r"/(start|end)/[^/]+", r"/\1/{t}", path)
    if is_fragment:
        template = re.sub(r"=\d+\)$", "={n})", path)
    elif kind in ("segment", "subtitle", "thumbnail"):
        template = re.sub(r"\d+(\D*\.\w+)$", r"{n}\1", path)
    named = manifest_type.lower() if manifest_type else None
    packaging = named or _packaging(path, name, extension, is_fragment=is_fragment, is_v1_live=is_v1_live)
    return {"request_class": kind, "url_template": template, "packaging": packaging}


def _of_rendition(name: str, kind: str) -> dict[str, Any]:
    """What the name of a file that an encoder delivers says: c_1_77.ts is segment 77 of rendition 1."""
    integers = re.findall(r"\d+", name.rpartition(".")[0])
    is_numbered = kind in ("segment", "subtitle", "thumbnail") and bool(integers)
    before = integers[:-1] if is_numbered else integers if kind == "manifest_media" else []
    return {
        "rendition": before[-1] if before else None,
        "segment_number": int(integers[-1]) if is_numbered else None,
        "media_type": next((media for media in ("video", "audio") if f"_{media}_" in name), None),
    }


def _class(path: str, name: str, extension: str, *, is_fragment: bool, manifest_type: str | None) -> str:
    if is_fragment:
        return "segment"
    if manifest_type != "" and (extension == "m3u8"):
        return "manifest_media" if re.search(r"_\d+\.m3u8$", name) else "manifest_multivariant"
    if manifest_type != "" and (extension == "mpd" or path.endswith(".ism/Manifest")):
        return "manifest"
    return "init" if name.endswith("_init.mp4") else _CLASS_OF_EXTENSION.get(extension, "other")


def _packaging(path: str, name: str, extension: str, *, is_fragment: bool, is_v1_live: bool) -> str | None:
    if is_fragment or path.endswith(".ism/Manifest"):
        return "mss"
    if extension == "mpd" or re.search(r"_(video|audio)_\d+_0_", name):
        return "dash"
    if name.startswith("cmafseg"):
        return "cmaf"
    if extension == "m3u8" and is_v1_live and path.startswith("/out/"):
        # A playlist of CMAF has the manifest's id below the endpoint's.
        return "cmaf" if re.sub("/(start|end)/[^/]+", "", path).count("/") == 5 else "hls_ts"
    return "hls_ts" if extension == "ts" or (extension == "m3u8" and is_v1_live) else None


def _asked(path: str, query: str) -> dict[str, Any]:
    arguments = [(unquote(name).lower(), unquote(value)) for name, _, value in map(_EQUALS, query.split("&"))]
    lists = [value.split(";") for name, value in arguments if name == "aws.manifestsettings"]
    settings = [(name, value) for each in lists for name, _, value in (setting.partition(":") for setting in each)]
    wished = dict(reversed([*arguments, *settings]))  # of several of one name the first
    if in_path := re.search("/start/([^/]+)/(?:end/([^/]+)/)?", path):
        wished |= {name: value for name, value in zip(("start", "end"), in_path.groups(), strict=True) if value}
    kind = None
    if "time_delay" in wished:
        kind = "delay"
    elif {"start", "end"} <= wished.keys():
        kind = "catchup"
    elif "start" in wished:
        kind = "startover"
    elif {"end", "manifest_window_seconds"} & wished.keys():
        kind = "other"
    return {
        "timeshift_kind": kind,
        "timeshift_start": _instant(wished.get("start")),
        "timeshift_end": _instant(wished.get("end")),
        "has_manifest_filter": "aws.manifestfilter" in wished,
        "is_ll_blocking": "_hls_msn" in wished,
    }


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    if text.isdecimal():
        return _EPOCH + timedelta(seconds=int(text))
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else None


def _cdn(agent: str | None) -> str | None:
    return agent and next((name for mark, name in _CDNS.items() if mark in agent), "direct")


def _input(parts: list[str], *, is_v1: bool) -> int | None:
    if not is_v1:
        return int(parts[4])
    return None if parts[2] == "v1" else 1 if parts[3] == parts[4] else 2


def _enriched(requests: Iterable[dict[str, Any]]) -> list[Request]:
    requests = list(requests)
    of_address = addresses_of({request["client_ip"] for request in requests} - {None})
    agent_of: Callable[[str], Any] = cache(parse_user_agent)
    for request in requests:
        address, agent = request["client_ip"], agent_of(request["user_agent"] or "")
        request["viewer_id"], request["country"] = of_address.get(address, (None, None))
        request |= {"asn": None, "ip_version": address and (6 if ":" in address else 4)}
        request |= {name: getattr(agent, name) for name in _AGENT_COLUMNS}
    return requests
