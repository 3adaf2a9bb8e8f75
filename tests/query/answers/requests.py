"""The requests that a table of them must hold, from the records of raw objects: typed, one for each key, enriched.

Types, decoding and the choice among copies are worked out here. Columns that are enrichment (country of an address,
pseudonym, the client behind a user agent) come from the enrichment's own functions, which have tests of their own.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from shared.enrich.settings import EnrichSettings
from shared.enrich.user_agent import parse_user_agent
from shared.enrich.viewers import viewers
from tests.query.answers.lines import Content, RawObject, Record, content_of, time_of

Request = Mapping[str, Any]
_Key = tuple[datetime, str | None, str]
_Address = tuple[str | None, str | None]

VIEWER_KEY = b"a key for tests only"
_BEST_FIRST = ("v2_parquet", "v2_json", "v2_w3c", "v2_plain", "v2_raw", "v1")
_LONGEST_AGENT = 1024
_PLAIN = {
    "x-edge-location": "edge_location",
    "cs-method": "method",
    "x-host-header": "host",
    "cs-protocol": "protocol",
    "cs-protocol-version": "protocol_version",
    "ssl-protocol": "tls_protocol",
    "ssl-cipher": "tls_cipher",
    "x-edge-result-type": "cache_result",
    "x-edge-response-result-type": "cache_result_response",
    "x-edge-detailed-result-type": "cache_result_detailed",
    "cache-behavior-path-pattern": "path_pattern",
    "c-ip": "client_ip",
}
_ENCODED = {
    "cs-uri-stem": "path",
    "cs(Referer)": "referer",
    "cs(User-Agent)": "user_agent",
    "cs-uri-query": "query",
    "sc-content-type": "content_type",
}
_WHOLE = {"sc-status": "status", "sc-bytes": "bytes_sent", "cs-bytes": "bytes_received", "asn": "asn"}
_DECIMAL = {"time-taken": "time_taken_s", "time-to-first-byte": "time_to_first_byte_s"}


@dataclass
class Delivery:
    """What a run finds new: raw objects, and what of them counts."""

    objects: Sequence[RawObject]
    contents: list[Content] = field(default_factory=list)
    new_keys: int = 0
    hours: set[datetime] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.contents = [content_of(raw) for raw in self.objects]


@dataclass
class Truth:
    """What a lake holds after deliveries: requests by the hour, and what came with or instead of them."""

    deliveries: list[Delivery]
    requests: list[Request] = field(default_factory=list)
    duplicates: Counter[datetime] = field(default_factory=Counter)
    overlap: Counter[datetime] = field(default_factory=Counter)
    conflicting: Counter[datetime] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        staying: dict[_Key, Record] = {}
        for delivery in self.deliveries:
            known = len(staying)
            copies: dict[_Key, list[Record]] = defaultdict(list)
            for record in (record for content in delivery.contents for record in content.records):
                hour = _hour(record)
                delivery.hours.add(hour)
                copies[hour, record.distribution, record.values["x-edge-request-id"]].append(record)
            for key, records in copies.items():
                self._choose(key, records, staying)
            delivery.new_keys = len(staying) - known
        addresses = addresses_of({record.values.get("c-ip") for record in staying.values()} - {None})
        self.requests = [_request(record, addresses) for record in staying.values()]

    def _choose(self, key: _Key, records: list[Record], staying: dict[_Key, Record]) -> None:
        """The best of the copies of a run and the one that stood before; the others are told by what they are to it."""
        hour, former = key[0], staying.get(key)
        best, *others = sorted([*records, *([former] if former else [])], key=_rank)
        staying[key] = best
        self.duplicates[hour] += len(others)
        for other in others:
            self.overlap[hour] += other.format != best.format
            self.conflicting[hour] += other.format == best.format and other.values != best.values

    def within(self, start: datetime, end: datetime) -> list[Request]:
        """Requests from a time to before another."""
        return [request for request in self.requests if start <= request["event_time"] < end]


def truth_of(deliveries: Iterable[Iterable[RawObject]]) -> Truth:
    """The truth after deliveries, each taken in by a run of its own."""
    return Truth([Delivery(list(objects)) for objects in deliveries])


def _hour(record: Record) -> datetime:
    time = time_of(record.values)
    assert time is not None
    return time.replace(minute=0, second=0, microsecond=0)


def _rank(record: Record) -> tuple[int, str, int]:
    return _BEST_FIRST.index(record.format), record.object.url, record.line


def _request(record: Record, addresses: Mapping[str | None, _Address]) -> Request:
    values = record.values
    request: dict[str, Any] = {
        "event_time": time_of(values),
        "source_modified": record.object.modified,
        "distribution_id": record.distribution,
        **{column: values.get(wire) for wire, column in _PLAIN.items()},
        **{column: _decoded(values.get(wire)) for wire, column in _ENCODED.items()},
        **{column: _whole(values.get(wire)) for wire, column in _WHOLE.items()},
        **{column: float(values[wire]) if wire in values else None for wire, column in _DECIMAL.items()},
        "is_aborted": values["sc-status"] == "000" if "sc-status" in values else None,
    }
    address = request["client_ip"]
    request["edge_airport"] = request["edge_location"] and request["edge_location"][:3]
    request["ip_version"] = address and ip_address(address).version
    viewer, registered = addresses.get(address, (None, None))
    request |= {"viewer_id": viewer, "country": values.get("c-country", registered)}
    agent = parse_user_agent((request["user_agent"] or "")[:_LONGEST_AGENT])
    names = ("browser_family", "os_family", "device_family", "is_bot", "client_kind", "client_name", "client_operator")
    request |= {name: getattr(agent, name) for name in names}
    request["cmcd"] = _media_client_data(request["query"])
    return request


def _decoded(text: str | None) -> str | None:
    return None if text is None else unquote(text, errors="replace")


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"-?[0-9]{1,18}", text) else None


def addresses_of(texts: set[str | None]) -> Mapping[str | None, _Address]:
    """Pseudonym and country of allocation of each address."""
    found = viewers(EnrichSettings(client_ip="keep"), VIEWER_KEY)(pa.array(list(texts), pa.string()))
    return dict(zip(texts, zip(found.viewer_id.to_pylist(), found.country.to_pylist(), strict=True), strict=True))


def _media_client_data(query: str | None) -> Mapping[str, str]:
    argument = next((part for part in (query or "").split("&") if part.startswith("CMCD=")), None)
    if argument is None:
        return {}
    items = re.findall(r'([^,=]+)(?:=("[^"]*"|[^,]*))?', unquote(argument.removeprefix("CMCD=")))
    return {key.strip(): value.strip('"') if value else "true" for key, value in items}
