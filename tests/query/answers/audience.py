"""Answers on viewers, their clients and networks, counted from requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from tests.query.answers.counting import (
    Row,
    day,
    distinct,
    errors,
    grouped,
    known,
    least,
    minute,
    ordered,
    ratio,
    second,
    total,
)
from tests.query.answers.requests import Request

Requests = Sequence[Request]


def top_viewers(requests: Requests, limit: int = 50) -> list[Row]:
    rows = []
    for key, group in grouped(requests, "viewer_id").items():
        where = (least(group, "client_ip"), least(group, "country"))
        counts = (len(group), total(group, "bytes_sent"), errors(group), distinct(group, "user_agent"))
        rows.append((*key, *where, *counts, any(known(group, "is_bot"))))
    return ordered(rows, -4, 1)[:limit]


def top_viewers_by_minute(requests: Requests, limit: int = 50) -> list[Row]:
    rows = []
    for (of_minute,), in_minute in grouped(requests, minute).items():
        viewers = [
            (viewer, least(group, "client_ip"), len(group), total(group, "bytes_sent"))
            for (viewer,), group in grouped(in_minute, "viewer_id").items()
        ]
        rows += [(of_minute, place, *viewer) for place, viewer in enumerate(ordered(viewers, -3, 1)[:limit], 1)]
    return ordered(rows, 1, 2)


def viewers_by_day(requests: Requests) -> list[Row]:
    rows = []
    for key, group in grouped(requests, day, "distribution_id").items():
        named = [request for request in group if request["viewer_id"]]
        clients = {(request["viewer_id"], request["user_agent"]) for request in named}
        people = {request["viewer_id"] for request in named if not request["is_bot"]}
        rows.append((*key, len(group), distinct(group, "viewer_id"), len(clients), len(people)))
    return ordered(rows, 1, 2)


def bots(requests: Requests, limit: int = 50) -> list[Row]:
    def is_robot(request: Request) -> bool:
        return bool(request["is_bot"]) or request["client_kind"] in ("bot", "ai_crawler")

    rows = []
    robots = filter(is_robot, requests)
    for key, group in grouped(robots, "client_kind", "client_name", "client_operator").items():
        times = known(group, "event_time")
        counts = (total(group, "bytes_sent"), distinct(group, "viewer_id"), errors(group))
        rows.append((*key, len(group), len(group) / len(requests), *counts, min(times), max(times)))
    return ordered(rows, -4, 1, 2, 3)[:limit]


def bots_by_address(requests: Requests, limit: int = 50) -> list[Row]:
    robots = [request for request in requests if request["is_bot"]]
    rows = [
        (*key, len(group), total(group, "bytes_sent"), least(group, "client_name"))
        for key, group in grouped(robots, "viewer_id", "client_ip", "edge_location").items()
    ]
    return ordered(rows, -4, 1, 2, 3)[:limit]


def bots_by_second(requests: Requests, limit: int = 50) -> list[Row]:
    robots = [request for request in requests if request["is_bot"]]
    columns: tuple[str | Callable[[Request], object], ...] = (
        second,
        "distribution_id",
        "viewer_id",
        "client_ip",
        "edge_location",
    )
    rows = [(*key, len(group), total(group, "bytes_sent")) for key, group in grouped(robots, *columns).items()]
    return ordered(rows, -6, 1, 2, 3, 4, 5)[:limit]


def countries(requests: Requests, limit: int = 50) -> list[Row]:
    rows = [
        (*key, len(group), len(group) / len(requests), distinct(group, "viewer_id"), total(group, "bytes_sent"))
        for key, group in grouped(requests, "country", "asn").items()
    ]
    return ordered(rows, -3, 1, 2)[:limit]


def clients(requests: Requests, limit: int = 50) -> list[Row]:
    columns = ("client_kind", "browser_family", "os_family", "device_family")
    rows = [
        (*key, len(group), distinct(group, "viewer_id"), total(group, "bytes_sent"))
        for key, group in grouped(requests, *columns).items()
    ]
    return ordered(rows, -5, 1, 2, 3, 4)[:limit]


def referrers(requests: Requests, limit: int = 50) -> list[Row]:
    def host(request: Request) -> str | None:
        return urlsplit(request["referer"] or "").netloc.lower() or None

    rows = [
        (*key, len(group), len(group) / len(requests), distinct(group, "viewer_id"), total(group, "bytes_sent"))
        for key, group in grouped(requests, host).items()
    ]
    return ordered(rows, -2, 1)[:limit]


def playback_quality(requests: Requests, limit: int = 50) -> list[Row]:
    reporting = [request for request in requests if "sid" in request["cmcd"]]
    rows = []
    for key, group in grouped(reporting, lambda request: request["cmcd"].get("cid")).items():
        reports = [request["cmcd"] for request in group]
        sessions = {report["sid"] for report in reports}
        starved = {report["sid"] for report in reports if "bs" in report}
        video = [report for report in reports if report.get("ot") in ("v", "av")]
        durations = [int(report["d"]) for report in video if "d" in report]
        rated = [
            (int(report["br"]), int(report["d"]))
            for report in video
            if "d" in report and report.get("br", "").isdecimal()
        ]
        bitrate = ratio(sum(rate * duration for rate, duration in rated), sum(duration for _, duration in rated))
        minutes = sum(durations) / 60_000 if durations else None
        share = len(starved) / len(sessions)
        rows.append((*key, len(group), len(sessions), len(starved), share, bitrate, minutes))
    return ordered(rows, -3, 1)[:limit]
