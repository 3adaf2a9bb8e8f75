"""Lines of CloudFront's logs with what readers must find: every field set, every field null, hard texts and times."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

KEY = "AWSLogs/111122223333/CloudFront/E1EXAMPLE00001/2026/11/01/10/a1.gz"
FULL_ID, EMPTY_ID = "full" + "a" * 50 + "==", "empty" + "b" * 49 + "=="
_PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1"
)
_FULL = {
    "timestamp(ms)": "1793527200123",
    "DistributionId": "E1EXAMPLE00001",
    "x-edge-location": "FRA60-P3",
    "sc-bytes": "9007199254740993",
    "c-ip": "192.0.2.10",
    "cs-method": "GET",
    "cs(Host)": "d111111abcdef8.cloudfront.net",
    "cs-uri-stem": "/show/caf%C3%A9%2520au%20lait.ts",
    "sc-status": "206",
    "cs(Referer)": "https://www.example.com/?q=%22a%22",
    "cs(User-Agent)": quote(_PHONE),
    "cs-uri-query": "a=1&CMCD=br%253D3200%252Csid%253D%2522s-1%2522",
    "cs(Cookie)": "lang=de;%20name=x",
    "x-edge-result-type": "Miss",
    "x-edge-request-id": FULL_ID,
    "x-host-header": "www.example.com",
    "cs-protocol": "https",
    "cs-bytes": "120",
    "time-taken": "0.125",
    "x-forwarded-for": "203.0.113.7,%202001:db8::7",
    "ssl-protocol": "TLSv1.3",
    "ssl-cipher": "TLS_AES_128_GCM_SHA256",
    "x-edge-response-result-type": "Miss",
    "cs-protocol-version": "HTTP/2.0",
    "fle-status": "Processed",
    "fle-encrypted-fields": "2147483647",
    "c-port": "65535",
    "time-to-first-byte": "0.1",
    "x-edge-detailed-result-type": "Miss",
    "sc-content-type": "video/mp2t;%20a=b",
    "sc-content-len": "999999999999999999",
    "sc-range-start": "0",
    "sc-range-end": "9223372036854775",
    "distribution-tenant-id": "dt_1",
    "connection-id": "c-1",
    "origin-fbl": "0.3",
    "origin-lbl": "0.1",
    "asn": "4294967295",
    "c-country": "DE",
    "cache-behavior-path-pattern": "*.ts",
    "viewer-request-log-data": "%7B%22a%22:1%7D",
    "viewer-response-log-data": "b",
    "x-new-field": "first",
    "x-newer-field": "sec%20ond",
}

FULL_ROW: Mapping[str, Any] = {
    "event_time": datetime(2026, 11, 1, 10, 0, 0, 123_000),
    "distribution_id": "E1EXAMPLE00001",
    "distribution_domain": "d111111abcdef8.cloudfront.net",
    "distribution_tenant_id": "dt_1",
    "request_id": FULL_ID,
    "record_key": None,
    "method": "GET",
    "protocol": "https",
    "protocol_version": "HTTP/2.0",
    "host": "www.example.com",
    "path": "/show/café%20au lait.ts",
    "query": "a=1&CMCD=br%3D3200%2Csid%3D%22s-1%22",
    "status": 206,
    "is_aborted": False,
    "referer": 'https://www.example.com/?q="a"',
    "bytes_sent": 9007199254740993,
    "bytes_received": 120,
    "time_taken_s": 0.125,
    "time_to_first_byte_s": 0.1,
    "content_type": "video/mp2t; a=b",
    "content_length": 999999999999999999,
    "range_start": 0,
    "range_end": 9223372036854775,
    "edge_location": "FRA60-P3",
    "edge_airport": "FRA",
    "cache_result": "Miss",
    "cache_result_response": "Miss",
    "cache_result_detailed": "Miss",
    "tls_protocol": "TLSv1.3",
    "tls_cipher": "TLS_AES_128_GCM_SHA256",
    "fle_status": "Processed",
    "fle_encrypted_fields": 2147483647,
    "origin_first_byte_s": 0.3,
    "origin_last_byte_s": 0.1,
    "path_pattern": "*.ts",
    "connection_id": "c-1",
    "viewer_request_log_data": '{"a":1}',
    "viewer_response_log_data": "b",
    "cmcd": {"br": "3200", "sid": "s-1"},
    "client_ip": "192.0.2.10",
    "client_port": 65535,
    "ip_version": 4,
    "x_forwarded_for": "203.0.113.7, 2001:db8::7",
    "forwarded_ips": ["203.0.113.7", "2001:db8::7"],
    "cookie": "lang=de; name=x",
    "user_agent": _PHONE,
    "country": "DE",
    "country_source": "log",
    "asn": 4294967295,
    "browser_family": "Mobile Safari",
    "browser_version": "18.1",
    "os_family": "iOS",
    "os_version": "18.1",
    "device_family": "iPhone",
    "device_brand": "Apple",
    "device_model": "iPhone",
    "is_mobile": True,
    "is_tablet": False,
    "is_pc": False,
    "is_touch_capable": True,
    "is_bot": False,
    "client_kind": "browser",
    "client_name": "Mobile Safari",
    "client_operator": "Apple",
    "source_format": "v2_json",
    "parse_flags": None,
    "extra": {"x-new-field": "first", "x-newer-field": "sec%20ond"},
    "source_line": 1,
    "year": "2026",
    "month": "11",
    "day": "01",
    "hour": "10",
}
"""What the full line is, without what depends on the run, the lake's key, or the version of rules."""

_WHERE = ("event_time", "distribution_id", "source_format", "year", "month", "day", "hour")
EMPTY_ROW: Mapping[str, Any] = {
    **dict.fromkeys(FULL_ROW),
    **{name: FULL_ROW[name] for name in _WHERE},
    "request_id": EMPTY_ID,
    "source_line": 2,
}
"""What a line of hyphens is that has no more than its time, distribution and id."""

HARD_TEXTS = (
    "/plain",
    "/日本語/😀/é",
    "/e\u0301 is not é",
    "/\"double\" and 'single' and `back`",
    "/a\nnew line\r\nand\ttab",
    "/back\\slash\\n and %20 and + and ;",
    "/NULL",
    "/\\N",
    "/ leading and trailing ",
    "/nul\x00byte",
    "/" + "x" * 5000,
    "/�",
)
_INSTANTS = (
    "2000-01-01T00:00:00.000",
    "2026-03-29T00:59:59.999",  # summer time begins in Europe, and an hour is missing on its clocks
    "2026-03-29T01:00:00.000",
    "2026-03-29T02:30:00.001",
    "2026-10-25T00:30:00.000",  # it ends there, and an hour is there twice
    "2026-10-25T01:30:00.000",
    "2026-03-08T07:30:00.500",  # and in America
    "2026-11-01T06:30:00.500",
    "2026-12-31T23:59:59.999",
    "2099-12-31T23:59:59.999",
)
INSTANTS = tuple(map(datetime.fromisoformat, _INSTANTS))


def fields() -> str:
    """The object with the full and the empty line."""
    hyphens = {name: _FULL[name] if name in ("timestamp(ms)", "DistributionId") else "-" for name in _FULL}
    return _lines(_FULL, {**hyphens, "x-edge-request-id": EMPTY_ID})


def texts() -> str:
    """An object with a line for each hard text."""
    return _lines(*(_request(number, path=quote(text, safe="/")) for number, text in enumerate(HARD_TEXTS)))


def instants() -> str:
    """An object with a line for each instant."""
    return _lines(*(_request(number, time=instant) for number, instant in enumerate(INSTANTS)))


def _request(number: int, path: str = "/", time: datetime = datetime(2026, 11, 1, 11)) -> Mapping[str, str]:
    milliseconds = (time - datetime(1970, 1, 1)) // timedelta(milliseconds=1)
    own = {"timestamp(ms)": str(milliseconds), "x-edge-request-id": f"{number:054}==", "cs-uri-stem": path}
    return {**{name: value for name, value in _FULL.items() if not name.startswith("x-new")}, **own}


def _lines(*records: Mapping[str, str]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)
