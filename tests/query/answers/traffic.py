"""Answers on traffic, errors, caches and latency, counted from requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tests.query.answers.counting import (
    Row,
    distinct,
    errors,
    grouped,
    hour,
    known,
    minute,
    ordered,
    percentile,
    ratio,
    second,
    total,
)
from tests.query.answers.requests import Request

Requests = Sequence[Request]

_FAILED = ("Error", "LimitExceeded", "CapacityExceeded")
_THROTTLED = ("LimitExceeded", "CapacityExceeded")


def traffic_by_edge(requests: Requests, limit: int = 50) -> list[Row]:
    groups = grouped(requests, "distribution_id", "edge_location")
    rows = [(*key, len(group), total(group, "bytes_sent")) for key, group in groups.items()]
    return ordered(rows, -4, 1, 2)[:limit]


def traffic_by_hour(requests: Requests, by: str = "distribution_id") -> list[Row]:
    rows = []
    for key, group in grouped(requests, hour, by).items():
        sent = total(group, "bytes_sent")
        bandwidth = None if sent is None else sent * 8 / 3600 / 1e6
        counts = (len(group), distinct(group, "viewer_id"), sent, total(group, "bytes_received"), bandwidth)
        rows.append((*key, *counts))
    return ordered(rows, 1, -5, 2)


def busiest_minutes(requests: Requests, limit: int = 50) -> list[Row]:
    rows = [
        (*key, len(group), total(group, "bytes_sent"), max(Counter(map(second, group)).values()))
        for key, group in grouped(requests, minute).items()
    ]
    return ordered(rows, -2, 1)[:limit]


def busiest_seconds(requests: Requests, limit: int = 50) -> list[Row]:
    groups = grouped(requests, second, "distribution_id", "edge_location")
    rows = [(*key, len(group), total(group, "bytes_sent")) for key, group in groups.items()]
    return ordered(rows, -5, 1, 2, 3)[:limit]


def cache_hit_ratios(requests: Requests, by: str = "distribution_id", limit: int = 50) -> list[Row]:
    rows = []
    for key, group in grouped(requests, by).items():
        response = Counter(request["cache_result_response"] for request in group)
        final = Counter(request["cache_result"] for request in group)
        cacheable = [
            request["cache_result_response"]
            for request in group
            if request["method"] not in ("POST", "PUT") and request["cache_result_response"] not in _FAILED
        ]
        final_hits = [request for request in group if request["cache_result"] in ("Hit", "RefreshHit")]
        misses = [request for request in group if request["cache_result"] == "Miss"]
        details = Counter(known(group, "cache_result_detailed"))
        row = (
            *key,
            len(group),
            response["Hit"] / len(group),
            ratio(sum(result in ("Hit", "RefreshHit") for result in cacheable), len(cacheable)),
            ratio(len(final_hits), len(group) - sum(final[result] for result in _THROTTLED)),
            ratio(total(final_hits, "bytes_sent") or 0, total(group, "bytes_sent")),
            sum(n for name, n in details.items() if name == "Miss" or ("Origin" in name and name != "OriginShieldHit")),
            response["RefreshHit"],
            total(misses, "bytes_sent") or 0,
        )
        rows.append(row)
    return ordered(rows, -2, 1)[:limit]


def error_rates(requests: Requests, by: str = "distribution_id") -> list[Row]:
    rows = []
    for key, group in grouped(requests, hour, by).items():
        statuses = Counter(request["status"] for request in group)
        classes = Counter(status // 100 for status in known(group, "status"))
        codes = [statuses[code] for code in (401, 403, 404, 502, 503, 504)]
        rates = (classes[4] / len(group), classes[5] / len(group))
        rows.append((*key, len(group), *rates, *codes, statuses[0]))
    return ordered(rows, 1, -3, 2)


def errors_by_path(requests: Requests, limit: int = 50) -> list[Row]:
    of_path = Counter(request["path"] for request in requests)
    rows = [
        (status, path, len(group), distinct(group, "viewer_id"), len(group) / of_path[path])
        for (status, path), group in grouped(requests, "status", "path").items()
        if (status or 0) >= 400
    ]
    return ordered(rows, -3, 1, 2)[:limit]


def errors_by_cause(requests: Requests, limit: int = 50) -> list[Row]:
    failed = [
        request
        for request in requests
        if (request["status"] or 0) >= 400 or request["is_aborted"] or request["cache_result"] in _FAILED
    ]
    rows = []
    for key, group in grouped(failed, "distribution_id", "cache_result_detailed", "cache_result", "status").items():
        times = known(group, "event_time")
        rows.append((*key, len(group), distinct(group, "edge_location"), min(times), max(times)))
    return ordered(rows, -5, 1, 2, 3, 4)[:limit]


def top_urls(requests: Requests, limit: int = 50) -> list[Row]:
    rows = []
    for key, group in grouped(requests, "distribution_id", "path").items():
        hits = [request for request in group if request["cache_result_response"] in ("Hit", "RefreshHit")]
        misses = [request for request in group if request["cache_result_response"] == "Miss"]
        counts = (len(hits), len(misses), total(misses, "bytes_sent") or 0, errors(group))
        rows.append((*key, len(group), len(group) / len(requests), total(group, "bytes_sent"), *counts))
    return ordered(rows, -3, 1, 2)[:limit]


def latency(requests: Requests, by: str = "edge_location", limit: int = 50) -> list[Row]:
    answered = [
        request
        for request in requests
        if not request["is_aborted"] and request["protocol"] not in ("ws", "wss", "grpcs")
    ]
    found = []
    for measure, column in (("first_byte", "time_to_first_byte_s"), ("last_byte", "time_taken_s")):
        rows = []
        for key, group in grouped(answered, by).items():
            values = known(group, column)
            if values:
                percentiles = [percentile(values, percent) for percent in (50, 90, 95, 99, 100)]
                rows.append((measure, *key, len(values), *percentiles))
        found += ordered(rows, -3, 2)[:limit]
    return found


def slow_objects(requests: Requests, min_bytes: int = 100_000, min_requests: int = 5, limit: int = 50) -> list[Row]:
    large = [
        request
        for request in requests
        if 200 <= (request["status"] or 0) < 300
        and (request["bytes_sent"] or 0) >= min_bytes
        and (request["time_taken_s"] or 0) > 0
    ]
    rows = []
    for key, group in grouped(large, "path").items():
        sent = sum(known(group, "bytes_sent"))
        times = known(group, "time_taken_s")
        milliseconds = sum(round(1000 * time) for time in times)
        if len(group) >= min_requests:
            rows.append((*key, len(group), sent, sent * 8 / (milliseconds * 1000), max(times)))
    return ordered(rows, 4, 1)[:limit]


def content_types(requests: Requests, limit: int = 50) -> list[Row]:
    def kind(request: Request) -> str | None:
        full: str | None = request["content_type"]
        return full and full.partition(";")[0].strip().lower()

    rows = []
    for key, group in grouped(requests, kind).items():
        sizes = known(group, "bytes_sent")
        partial = sum(request["status"] == 206 for request in group)
        rows.append((*key, len(group), total(group, "bytes_sent"), ratio(sum(sizes), len(sizes)), max(sizes), partial))
    return ordered(rows, -3, 1)[:limit]


def protocols(requests: Requests) -> list[Row]:
    columns = ("protocol", "protocol_version", "tls_protocol", "tls_cipher", "ip_version")
    rows = [
        (*key, len(group), len(group) / len(requests), distinct(group, "viewer_id"))
        for key, group in grouped(requests, *columns).items()
    ]
    return ordered(rows, -6, 1, 2, 3, 4, 5)
