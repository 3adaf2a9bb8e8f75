"""Answers on what an origin serves, counted from the requests to its endpoints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from tests.query.answers.counting import (
    Row,
    day,
    distinct,
    grouped,
    hour,
    known,
    minute,
    ordered,
    percentile,
    ratio,
    total,
)
from tests.query.answers.requests import Request

Requests = Sequence[Request]

UNITS: dict[str, tuple[Callable[[Request], datetime], timedelta]] = {
    "minute": (minute, timedelta(minutes=1)),
    "hour": (hour, timedelta(hours=1)),
    "day": (day, timedelta(days=1)),
}
_CAUSES = {403: "authorization", 404: "outside_window", 429: "throttled"}


def number_of(requests: Iterable[Request], flag: str) -> int:
    """How many of them have a flag."""
    return sum(bool(request[flag]) for request in requests)


def times_to_first_byte(requests: Requests, *by: str | Callable[[Request], datetime]) -> list[Row]:
    """Count, extremes, mean and percentiles of what has a time; unordered."""
    rows = []
    for key, group in grouped(requests, *by).items():
        if times := known(group, "time_to_first_byte_s"):
            percentiles = (percentile(times, percent) for percent in (50, 90, 95, 99, 100))
            rows.append((*key, len(times), min(times), sum(times) / len(times), *percentiles))
    return rows


def mediapackage_requests(requests: Requests, limit: int = 100) -> list[Row]:
    of_endpoint = Counter(request["endpoint"] for request in requests)
    rows = []
    for (endpoint, kind), group in grouped(requests, "endpoint", "request_class").items():
        shares = (len(group) / len(requests), len(group) / of_endpoint[endpoint])
        ends = (number_of(group, flag) for flag in ("is_success", "is_error", "is_given_up"))
        rows.append((endpoint, kind, len(group), *shares, total(group, "bytes_sent"), *ends))
    return ordered(rows, -3, 1, 2)[:limit]


def mediapackage_traffic(requests: Requests, every: str = "hour", by: str = "endpoint") -> list[Row]:
    starts, unit = UNITS[every]
    rows = []
    for key, group in grouped(requests, starts, by).items():
        sent, sizes = total(group, "bytes_sent"), known(group, "bytes_sent")
        bytes_ = (sent, total(group, "bytes_received"), ratio(sent, len(sizes)))
        rows.append((*key, len(group), len(group) / unit.total_seconds(), distinct(group, "viewer_id"), *bytes_))
    return ordered(rows, 1, -3, 2)


def mediapackage_volume(requests: Requests, every: str = "hour", by: str = "channel") -> list[Row]:
    starts, unit = UNITS[every]
    rows = []
    for key, group in grouped(requests, starts, by).items():
        sent = total(group, "bytes_sent")
        of_minutes = [total(each, "bytes_sent") for each in grouped(group, minute).values()]
        peak = max((each for each in of_minutes if each is not None), default=None)
        mean = None if sent is None else sent / unit.total_seconds()
        rates = (None if rate is None else rate * 8 / 10**9 for rate in (mean, None if peak is None else peak / 60))
        rows.append((*key, len(group), sent, *rates))
    return ordered(rows, 1, -4, 2)


def mediapackage_manifest_ratio(requests: Requests, by: str = "endpoint") -> list[Row]:
    rows = []
    for key, group in grouped(requests, by).items():
        kinds = Counter(request["request_class"] for request in group)
        manifests = [request for request in group if request["request_class"].startswith("manifest")]
        reloads, segments = number_of(manifests, "is_ll_blocking"), kinds["segment"]
        counts = (len(manifests), kinds["manifest_multivariant"], kinds["manifest_media"], reloads)
        ratios = (ratio(count, segments) for count in (len(manifests), len(manifests) - reloads))
        rows.append((*key, *counts, segments, kinds["init"], *ratios))
    return ordered(rows, -2, 1)


def mediapackage_status_codes(requests: Requests, by: str = "endpoint", limit: int = 100) -> list[Row]:
    of_key = Counter(request[by] for request in requests)
    rows = [
        (*key, len(group), len(group) / of_key[key[0]])
        for key, group in grouped(requests, by, "status_class", "status").items()
    ]
    return ordered(rows, -4, 1, 3)[:limit]


def _cause(request: Request) -> str | None:
    if request["is_given_up"]:
        return "client_gone"
    if not request["is_error"]:
        return None
    return _CAUSES.get(request["status"], "service" if request["status"] >= 500 else "request")


def mediapackage_errors_by_cause(requests: Requests, limit: int = 100) -> list[Row]:
    ended = Counter(request["endpoint"] for request in requests if request["has_end"])
    rows = []
    for (endpoint, cause, status), group in grouped(requests, "endpoint", _cause, "status").items():
        if cause:
            times = known(group, "event_time")
            direct = sum(request["cdn"] == "direct" for request in group)
            who = (direct, distinct(group, "viewer_id"), min(times), max(times))
            share = len(group) / ended[endpoint]
            rows.append((cause, cause != "client_gone", endpoint, status, len(group), share, *who))
    return ordered(rows, -5, 1, 3, 4)[:limit]


def mediapackage_error_rates(requests: Requests, every: str = "hour", by: str = "endpoint") -> list[Row]:
    rows = []
    for key, group in grouped(requests, UNITS[every][0], by).items():
        failed = [request["status"] for request in group if request["is_error"]]
        of_service = sum(status >= 500 for status in failed)
        given_up, good = number_of(group, "is_given_up"), number_of(group, "is_success")
        counts = (len(failed), len(failed) - of_service, of_service, good, given_up)
        rates = (ratio(count, number_of(group, "has_end")) for count in counts)
        statuses = (failed.count(status) for status in _CAUSES)
        rows.append((*key, len(group), *rates, *statuses, of_service, given_up))
    return ordered(rows, 1, -3, 2)


def _unhindered(requests: Requests) -> Requests:
    return [request for request in requests if not request["is_ll_blocking"]]


def mediapackage_latency(requests: Requests, by: str = "request_class", limit: int = 50) -> list[Row]:
    return ordered(times_to_first_byte(_unhindered(requests), by), -2, 1)[:limit]


def mediapackage_latency_over_time(requests: Requests, every: str = "hour", by: str = "request_class") -> list[Row]:
    return ordered(times_to_first_byte(_unhindered(requests), UNITS[every][0], by), 1, -3, 2)


def mediapackage_direct(requests: Requests, by: str = "endpoint") -> list[Row]:
    rows = []
    for key, group in grouped(requests, by).items():
        agents, direct = known(group, "cdn"), [request for request in group if request["cdn"] == "direct"]
        refused = sum(request["status"] == 403 for request in direct)
        got = (refused, number_of(direct, "is_success"), total(direct, "bytes_sent"), distinct(direct, "viewer_id"))
        times = known(direct, "event_time")
        seen = (min(times, default=None), max(times, default=None))
        share = ratio(len(direct), len(agents))
        rows.append((*key, len(group), len(group) - len(agents), len(direct), share, *got, *seen))
    return ordered(rows, -4, 1)


def mediapackage_direct_clients(requests: Requests, by: str = "client_name", limit: int = 50) -> list[Row]:
    direct = [request for request in requests if request["cdn"] == "direct"]
    rows = []
    for key, group in grouped(direct, "client_kind", by).items():
        refused = sum(request["status"] == 403 for request in group)
        endpoints = len({request["endpoint"] for request in group})
        got = (endpoints, refused, number_of(group, "is_success"), total(group, "bytes_sent"))
        times = known(group, "event_time")
        who = (len(group), len(group) / len(direct), distinct(group, "viewer_id"))
        rows.append((*key, *who, *got, min(times), max(times)))
    return ordered(rows, -3, 1, 2)[:limit]


def mediapackage_requesters(requests: Requests, by: str = "cdn", limit: int = 50) -> list[Row]:
    rows = []
    for key, group in grouped(requests, by).items():
        places = (distinct(group, "viewer_id"), distinct(group, "endpoint"), total(group, "bytes_sent"))
        ends = (number_of(group, flag) for flag in ("is_error", "is_given_up"))
        rows.append((*key, len(group), len(group) / len(requests), *places, *ends))
    return ordered(rows, -2, 1)[:limit]


def mediapackage_timeshift(requests: Requests) -> list[Row]:
    rows = []
    for key, group in grouped(requests, "endpoint", "timeshift_kind").items():
        if key[1] is None:
            continue
        windows = [(request["timeshift_start"], request["timeshift_end"]) for request in group]
        readable = [window for window in windows if window != (None, None)]
        shifts = [
            (request["event_time"] - request["timeshift_start"]) // timedelta(seconds=1)
            for request in group
            if request["timeshift_start"] is not None
        ]
        per_window = ratio(len(readable), len(set(readable)))
        not_found = sum(request["status"] == 404 for request in group)
        counts = (len(set(readable)), per_window, len(group) - len(readable), not_found)
        rows.append((*key, len(group), *counts, max(shifts, default=None)))
    return ordered(rows, -3, 1, 2)


def mediapackage_top_urls(requests: Requests, limit: int = 50) -> list[Row]:
    rows = []
    for key, group in grouped(requests, "host", "url_template", "request_class").items():
        ends = (number_of(group, flag) for flag in ("is_error", "is_given_up"))
        share = len(group) / len(requests)
        rows.append((*key, len(group), share, distinct(group, "viewer_id"), total(group, "bytes_sent"), *ends))
    return ordered(rows, -4, 1, 2, 3)[:limit]


def mediapackage_packaging(requests: Requests, by: str = "channel") -> list[Row]:
    of_key = Counter(request[by] for request in requests)
    rows = []
    for key, group in grouped(requests, by, "packaging").items():
        manifests = [request for request in group if request["request_class"].startswith("manifest")]
        filtered = number_of(manifests, "has_manifest_filter")
        of_manifests = (len(manifests), filtered, ratio(filtered, len(manifests)))
        wishes = (number_of(manifests, flag) for flag in ("timeshift_kind", "is_ll_blocking"))
        share = len(group) / of_key[key[0]]
        rows.append((*key, len(group), share, total(group, "bytes_sent"), *of_manifests, *wishes))
    return ordered(rows, -3, 1, 2)


def mediapackage_failed_requests(requests: Requests, status: int = 0, limit: int = 50) -> list[Row]:
    columns = (
        *("event_time", "status", "endpoint", "method", "host", "path", "query", "cdn", "client_ip", "user_agent"),
        *("time_to_first_byte_s", "request_id"),
    )
    rows = [
        tuple(request[column] for column in columns)
        for request in requests
        if request["is_error"] and status in (0, request["status"])
    ]
    return ordered(rows, -1, 12, 2, 5, 6, 7)[:limit]
