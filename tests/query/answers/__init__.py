"""The answers to the shipped questions, counted in plain Python from the raw lines: none of the lake is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.query.answers import audience, ingestion, traffic
from tests.query.answers.counting import Row
from tests.query.answers.requests import Truth

OF_REQUESTS: Mapping[str, Callable[..., list[Row]]] = {
    answer.__name__: answer
    for answer in (
        audience.bots,
        audience.bots_by_address,
        audience.bots_by_second,
        audience.clients,
        audience.countries,
        audience.playback_quality,
        audience.referrers,
        audience.top_viewers,
        audience.top_viewers_by_minute,
        audience.viewers_by_day,
        traffic.busiest_minutes,
        traffic.busiest_seconds,
        traffic.cache_hit_ratios,
        traffic.content_types,
        traffic.error_rates,
        traffic.errors_by_cause,
        traffic.errors_by_path,
        traffic.latency,
        traffic.protocols,
        traffic.slow_objects,
        traffic.top_urls,
        traffic.traffic_by_edge,
        traffic.traffic_by_hour,
    )
}
"""Called with requests and the settings of the question."""

OF_INGESTION: Mapping[str, Callable[[Truth], list[Row]]] = {
    answer.__name__: answer for answer in (ingestion.ingestion_quality, ingestion.quarantined, ingestion.runs)
}
"""Called with the truth about all deliveries."""
