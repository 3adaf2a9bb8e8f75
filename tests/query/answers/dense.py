"""Requests that meet in every group: few values of each field, nulls and faults among them, copies that differ.

What the generator of samples makes is like traffic, where a viewer, a second or a path seldom has two errors. Here all
combinations occur, so that a question that counts the wrong thing shows.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from random import Random

_RESULTS = ("Hit", "Hit", "RefreshHit", "Miss", "Miss", "Error", "LimitExceeded", "CapacityExceeded", "Redirect", "-")
_TIMES = ("0.000", "0.001", "0.002", "0.010", "0.011", "0.500", "1.999", "-")
_VALUES: Mapping[str, Sequence[str]] = {
    "x-edge-location": ("FRA60-P3", "FRA50-C1", "IAD12-P1", "-"),
    "sc-bytes": ("0", "1", "4999", "5000", "5001", "100000", "1099511627776", "-"),
    "c-ip": ("192.0.2.1", "192.0.2.2", "198.51.100.3", "2001:db8::4", "-"),
    "cs-method": ("GET", "GET", "GET", "POST", "PUT", "HEAD", "-"),
    "cs(Host)": ("d111111abcdef8.cloudfront.net",),
    "cs-uri-stem": ("/a", "/b%20c.ts", "/%C3%A9", "-"),
    "sc-status": (
        *("000", "199", "200", "200", "200", "206", "299", "301", "304", "399", "400", "401", "403", "404", "499"),
        *("500", "502", "503", "504", "599", "-"),
    ),
    "cs(Referer)": ("https://A.example.com/x", "http://a.example.com", "android-app://com.example/", "nonsense", "-"),
    "cs(User-Agent)": (
        "curl/8.0",
        "Mozilla/5.0%20(compatible;%20Googlebot/2.1;%20+http://www.google.com/bot.html)",
        "Mozilla/5.0%20AppleWebKit/537.36%20(KHTML,%20like%20Gecko;%20compatible;%20GPTBot/1.2)",
        "Mozilla/5.0%20(Windows%20NT%2010.0;%20Win64;%20x64)%20AppleWebKit/537.36%20Chrome/142.0.0.0%20Safari/537.36",
        "-",
    ),
    "cs-uri-query": ("-", "a=b", *(
        "CMCD=" + "%252C".join(filter(None, parts)).replace("=", "%253D")
        for parts in product(("sid=s1", "sid=s2", "sid=s3", ""), ("cid=c1", "cid=c2", ""), ("", "bs"),
                             ("ot=v", "ot=av", "ot=a", ""), ("br=800", "br=3200", "br=x", ""), ("d=4000", "d=1", ""))
        if any(parts)
    )),
    "cs(Cookie)": ("-",),
    "x-edge-result-type": _RESULTS,
    "x-host-header": ("www.example.com", "static.example.com"),
    "cs-protocol": ("http", "https", "https", "ws", "wss", "grpcs", "-"),
    "cs-bytes": ("10", "20", "-"),
    "time-taken": _TIMES,
    "x-forwarded-for": ("-",),
    "ssl-protocol": ("TLSv1.2", "TLSv1.3", "-"),
    "ssl-cipher": ("TLS_AES_128_GCM_SHA256", "-"),
    "x-edge-response-result-type": _RESULTS,
    "cs-protocol-version": ("HTTP/1.1", "HTTP/2.0", "-"),
    "fle-status": ("-",),
    "fle-encrypted-fields": ("-",),
    "c-port": ("50001",),
    "time-to-first-byte": _TIMES,
    "x-edge-detailed-result-type": (
        *("Hit", "RefreshHit", "OriginShieldHit", "Miss", "OriginError", "OriginDnsError", "ClientCommError"),
        *("MissGeneratedResponse", "-"),
    ),
    "sc-content-type": ("text/HTML", "text/html;%20charset=utf-8", "text/html%20;a=b", "video/mp2t", "-"),
    "sc-content-len": ("-",),
    "sc-range-start": ("-",),
    "sc-range-end": ("-",),
}  # fmt: skip
_V2_VALUES: Mapping[str, Sequence[str]] = {
    "DistributionId": ("E1EXAMPLE00001", "E1EXAMPLE00002"),
    "asn": ("64500", "64501", "-"),
    "c-country": ("DE", "US", "-"),
    "cache-behavior-path-pattern": ("*", "*.ts", "-"),
}
_HOURS = ("2026-10-31 22", "2026-10-31 23", "2026-11-01 00", "2026-11-01 01")
_ROWS, _IDS = 600, 1500  # so that some ids are drawn twice


def dense_objects(seed: int) -> Mapping[str, bytes]:
    """Keys and contents of a version 1 object and a version 2 object of the same two distributions."""
    random = Random(seed)
    folder = "AWSLogs/111122223333/CloudFront/E1EXAMPLE00001/2026/10/31/23"
    return {
        f"E1EXAMPLE00001.2026-10-31-23.{seed:08x}.gz": gzip.compress(_version_1(random), mtime=0),
        f"E1EXAMPLE00002.2026-10-31-23.{seed:08x}.gz": gzip.compress(_version_1(random), mtime=0),
        f"{folder}/{seed:08x}.gz": gzip.compress(_version_2(random), mtime=0),
    }


def _version_1(random: Random) -> bytes:
    names = ["date", "time", *_VALUES, "x-edge-request-id"]
    lines = [f"#Version: 1.0\n#Fields: {' '.join(names)}\n"]
    for _ in range(_ROWS):
        date, time = _time(random).split(" ")
        lines.append("\t".join([date, time, *map(random.choice, _VALUES.values()), _id(random)]) + "\n")
    return "".join(lines).encode()


def _version_2(random: Random) -> bytes:
    lines = []
    for _ in range(_ROWS):
        at = datetime.fromisoformat(_time(random)).replace(tzinfo=UTC)
        milliseconds = int(at.timestamp()) * 1000 + random.choice((0, 1, 999))
        values = {name: random.choice(choices) for name, choices in {**_VALUES, **_V2_VALUES}.items()}
        lines.append(
            json.dumps({"timestamp(ms)": str(milliseconds), "x-edge-request-id": _id(random), **values}) + "\n"
        )
    return "".join(lines).encode()


def _time(random: Random) -> str:
    return f"{random.choice(_HOURS)}:{random.choice(('00:00', '30:00', '30:01', '59:59'))}"


def _id(random: Random) -> str:
    return f"{random.randrange(_IDS):054}=="
