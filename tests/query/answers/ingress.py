"""Answers on what encoders deliver to an origin, counted from their requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.query.answers.counting import Row, distinct, grouped, known, ordered, percentile, ratio, total
from tests.query.answers.egress import UNITS, number_of, times_to_first_byte
from tests.query.answers.requests import Request

Requests = Sequence[Request]

_SERIES = ("channel", "input_index", "rendition")
_MS = timedelta(milliseconds=1)


def _is_good(request: Request) -> bool:
    return request["method"] == "PUT" and 200 <= (request["status"] or 0) < 300


def _is_segment(request: Request) -> bool:
    return _is_good(request) and request["request_class"] == "segment"


def _segments(requests: Iterable[Request]) -> list[Request]:
    return [request for request in requests if _is_segment(request)]


def _is_failed(request: Request) -> bool:
    return request["is_without_status"] or (request["status"] is not None and _is_bad(request["status"]))


def _is_bad(status: int) -> bool:
    return status >= 400 and status != 401


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _between(earlier: datetime | None, later: datetime | None) -> int | None:
    return None if earlier is None or later is None else (later - earlier) // _MS


def mediapackage_ingest_traffic(requests: Requests, every: str = "hour", by: str = "channel") -> list[Row]:
    starts, unit = UNITS[every]
    rows = []
    for key, group in grouped(requests, starts, by).items():
        received, sent = total(group, "bytes_received"), total(group, "bytes_sent")
        means = (ratio(received, len(known(group, "bytes_received"))), ratio(sent, len(known(group, "bytes_sent"))))
        counts = (len(group), len(group) / unit.total_seconds(), len(_segments(group)))
        rows.append((*key, *counts, received, *means))
    return ordered(rows, 1, -3, 2)


def mediapackage_ingest_requests(requests: Requests, by: str = "status", limit: int = 100) -> list[Row]:
    of_channel = Counter(request["channel"] for request in requests)
    rows = []
    for key, group in grouped(requests, "channel", by).items():
        who = (distinct(group, "viewer_id"), total(group, "bytes_received"))
        rows.append((*key, len(group), len(group) / of_channel[key[0]], *who))
    return ordered(rows, -3, 1, 2)[:limit]


def mediapackage_ingest_error_rates(requests: Requests, every: str = "hour", by: str = "input") -> list[Row]:
    rows = []
    for key, group in grouped(requests, UNITS[every][0], by).items():
        statuses = known(group, "status")
        good, challenged = sum(200 <= status < 300 for status in statuses), statuses.count(401)
        failed = sum(map(_is_failed, group))
        rates = (ratio(count, number_of(group, "has_end")) for count in (good, failed, challenged))
        of_service = sum(status >= 500 for status in statuses)
        of_client = sum(map(_is_bad, statuses)) - of_service
        counts = (good, failed, of_client, of_service, number_of(group, "is_without_status"), challenged)
        rows.append((*key, len(group), *rates, *counts))
    return ordered(rows, 1, -3, 2)


def mediapackage_ingest_latency(requests: Requests, every: str = "hour", by: str = "channel") -> list[Row]:
    return ordered(times_to_first_byte(requests, UNITS[every][0], by), 1, -3, 2)


def _in_order(series: Iterable[Request]) -> list[Request]:
    return sorted(series, key=lambda request: (request["event_time"], request["segment_number"] or 10**18))


def _expected(series: Sequence[Request]) -> int | None:
    lags = [(later["event_time"] - earlier["event_time"]) // _MS for earlier, later in pairwise(series)]
    return int(percentile(lags, 50)) if lags else None


def _step(earlier: Request, later: Request) -> int | None:
    numbers = known((earlier, later), "segment_number")
    return numbers[1] - numbers[0] if len(numbers) == 2 else None


def _gaps(series: Sequence[Request], percent: int) -> Iterator[tuple[Request, Request, int, int]]:
    """Pairs of segments with a gap between them, with the lag and what was lost, in milliseconds."""
    expected = _expected(series) or 0
    for earlier, later in pairwise(series):
        lag, step = (later["event_time"] - earlier["event_time"]) // _MS, _step(earlier, later)
        if (step or 0) > 1 or lag * 100 > expected * percent:
            yield earlier, later, lag, max(lag - expected, 0)


def mediapackage_ingest_cadence(requests: Requests, percent: int = 150) -> list[Row]:
    rows = []
    for key, group in grouped(_segments(requests), *_SERIES).items():
        series = _in_order(group)
        lags = [(later["event_time"] - earlier["event_time"]) // _MS for earlier, later in pairwise(series)]
        steps = [step for pair in pairwise(series) if (step := _step(*pair)) is not None]
        lost = [lost for *_, lost in _gaps(series, percent)]
        times = (_seconds(_expected(series)), _seconds(max(lags, default=None)), len(lost), sum(lost) / 1000)
        missing, restarts = sum(step - 1 for step in steps if step > 1), sum(step < 0 for step in steps)
        ends = (series[0]["event_time"], series[-1]["event_time"])
        rows.append((*key, len(series), *times, missing, restarts, *ends))
    return ordered(rows, -8, 1, 2, 3)


def mediapackage_ingest_gaps(requests: Requests, percent: int = 150, limit: int = 100) -> list[Row]:
    rows = []
    for key, group in grouped(_segments(requests), *_SERIES).items():
        series = _in_order(group)
        for earlier, later, lag, lost in _gaps(series, percent):
            missing = max((_step(earlier, later) or 0) - 1, 0)
            numbers = (earlier["segment_number"], later["segment_number"], missing)
            times = (_seconds(lag), _seconds(_expected(series)), _seconds(lost))
            rows.append((*key, earlier["event_time"], later["event_time"], *numbers, *times))
    return ordered(rows, -9, 4, 1, 2, 3, 7)[:limit]


_Pause = tuple[datetime | None, datetime | None, int]


def _pauses(delivered: Iterable[datetime], begins: datetime, ends: datetime, seconds: int) -> list[_Pause]:
    """From which delivery (or null) to which: more than so many seconds without one, and how many milliseconds."""
    marks: list[tuple[datetime, datetime | None]] = [(time, time) for time in sorted(delivered)]
    return [
        (earlier[1], later[1], (later[0] - earlier[0]) // _MS)
        for earlier, later in pairwise([(begins, None), *marks, (ends, None)])
        if later[0] - earlier[0] > timedelta(seconds=seconds)
    ]


def mediapackage_ingest_silences(requests: Requests, seconds: int = 30, limit: int = 100) -> list[Row]:
    ends = max(known(requests, "event_time"))
    rows: list[Row] = []
    for (channel,), group in grouped(requests, "channel").items():
        begins = min(known(group, "event_time"))
        outages = _pauses(known(_segments(group), "event_time"), begins, ends, seconds)
        rows += [("outage", channel, None, *where, ms / 1000, None) for *where, ms in outages]
        for (input_,), of_input in grouped(group, "input_index").items():
            for start, end, ms in _pauses(known(_segments(of_input), "event_time"), begins, ends, seconds):
                # An outage is wholly inside of a pause of each input, or wholly outside.
                inside = [
                    each[2]
                    for each in outages
                    if (each[0] or begins) >= (start or begins) and (each[1] or ends) <= (end or ends)
                ]
                active = ms - sum(inside)
                if active > 1000 * seconds:
                    rows.append(("silent_input", channel, input_, start, end, ms / 1000, active / 1000))
    return ordered(rows, -6, 1, 2, 3, 4)[:limit]


def mediapackage_ingest_skew(requests: Requests) -> list[Row]:
    rows = []
    paired = [
        request
        for request in _segments(requests)
        if request["segment_number"] is not None and request["input_index"] in (1, 2)
    ]
    for key, group in grouped(paired, "channel", "rendition").items():
        first: dict[int, dict[int, datetime]] = {1: {}, 2: {}}
        for request in _in_order(group):
            first[request["input_index"]].setdefault(request["segment_number"], request["event_time"])
        both = first[1].keys() & first[2].keys()
        skews = [(first[2][number] - first[1][number]) // _MS for number in both]
        middle = int(percentile(skews, 50)) if skews else None
        told = (_seconds(each) for each in (middle, min(skews, default=None), max(skews, default=None)))
        rows.append((*key, len(both), len(first[1]) - len(both), len(first[2]) - len(both), *told))
    return ordered(rows, 1, 2)


def mediapackage_ingest_bitrate(requests: Requests) -> list[Row]:
    rows = []
    for key, group in grouped(_segments(requests), *_SERIES, "media_type").items():
        times, sizes = known(group, "event_time"), known(group, "bytes_received")
        span = (max(times) - min(times)) // _MS
        later = total((request for request in group if request["event_time"] > min(times)), "bytes_received")
        rate = ratio(None if later is None else later * 8 / 1000, span)
        rows.append(
            (*key, len(group), total(group, "bytes_received"), ratio(sum(sizes), len(sizes)), span / 1000, rate)
        )
    return ordered(rows, 1, 2, 3, 4)


def mediapackage_ingest_freshness(requests: Requests) -> list[Row]:
    ends = max(known(requests, "event_time"))
    rows = []
    for key, group in grouped(requests, "channel", "input_index").items():
        manifests = [each for each in group if _is_good(each) and each["request_class"].startswith("manifest")]
        last_of_each = [max(known(each, "event_time")) for each in grouped(manifests, "url_template").values()]
        newest, stalest = max(last_of_each, default=None), min(last_of_each, default=None)
        segment = max(known(_segments(group), "event_time"), default=None)
        ages: list[Any] = [_seconds(_between(time, ends)) for time in (newest, stalest, segment)]
        rows.append((*key, len(last_of_each), newest, *ages[:2], segment, ages[2]))
    return ordered(rows, 1, 2)


def mediapackage_ingest_encoders(requests: Requests) -> list[Row]:
    rows = []
    columns = ("channel", "input_index", "client_ip", "viewer_id", "user_agent")
    for key, group in grouped(requests, *columns).items():
        kinds = (max(known(group, column), default=None) for column in ("input_type", "packaging"))
        challenged = sum(request["status"] == 401 for request in group)
        counts = (len(group), len(_segments(group)), challenged, sum(map(_is_failed, group)))
        times = known(group, "event_time")
        rows.append((*key, *kinds, *counts, min(times), max(times)))
    return ordered(rows, 1, 2, -8, 4, 5)
