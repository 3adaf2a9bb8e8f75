"""Answers on what came in and how, counted from deliveries. What raw objects cannot tell is an ellipsis."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from tests.query.answers.counting import Row, grouped, hour, ordered
from tests.query.answers.requests import Truth

_LATE_AFTER = timedelta(hours=1)


def ingestion_quality(truth: Truth) -> list[Row]:
    rows = []
    for (of_hour,), group in grouped(truth.requests, hour).items():
        lags = [request["source_modified"] - request["event_time"] for request in group]
        late = sum(lag > _LATE_AFTER for lag in lags)
        counts = (truth.duplicates[of_hour], truth.overlap[of_hour], truth.conflicting[of_hour])
        versions = sum(of_hour in delivery.hours for delivery in truth.deliveries)
        rows.append((of_hour, len(group), late, max(lags) / timedelta(seconds=1), *counts, versions))
    return ordered(rows, 1)


def quarantined(truth: Truth) -> list[Row]:
    entries: Counter[tuple[datetime, str]] = Counter()
    objects: dict[tuple[datetime, str], set[str]] = defaultdict(set)
    for delivery in truth.deliveries:
        for raw, content in zip(delivery.objects, delivery.contents, strict=True):
            for reason in content.bad:
                key = (raw.modified.replace(minute=0, second=0, microsecond=0), reason)
                entries[key] += 1
                objects[key].add(raw.url)
    rows = [
        (of_hour, "cloudfront", reason, count, len(objects[of_hour, reason]), min(objects[of_hour, reason]))
        for (of_hour, reason), count in entries.items()
    ]
    return ordered(rows, 1, -4, 2, 3)


def runs(truth: Truth) -> list[Row]:
    rows = []
    for delivery in truth.deliveries:
        good = sum(len(content.records) for content in delivery.contents)
        bad = sum(len(content.bad) for content in delivery.contents)
        ignored = sum(content.ignored for content in delivery.contents)
        damaged = sum(content.is_damaged for content in delivery.contents)
        parts = (delivery.new_keys, good - delivery.new_keys, bad, ignored)
        rows.append((..., "cloudfront", ..., ..., len(delivery.objects), damaged, sum(parts), *parts, 0, True))
    return rows[::-1]
