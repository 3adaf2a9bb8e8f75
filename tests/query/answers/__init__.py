"""The answers to the shipped questions, counted in plain Python from the raw lines: none of the lake is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.query.answers import audience, egress, ingestion, ingress, traffic
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

OF_EGRESS: Mapping[str, Callable[..., list[Row]]] = {
    answer.__name__: answer
    for answer in (
        egress.mediapackage_direct,
        egress.mediapackage_direct_clients,
        egress.mediapackage_error_rates,
        egress.mediapackage_errors_by_cause,
        egress.mediapackage_failed_requests,
        egress.mediapackage_latency,
        egress.mediapackage_latency_over_time,
        egress.mediapackage_manifest_ratio,
        egress.mediapackage_packaging,
        egress.mediapackage_requesters,
        egress.mediapackage_requests,
        egress.mediapackage_status_codes,
        egress.mediapackage_timeshift,
        egress.mediapackage_top_urls,
        egress.mediapackage_traffic,
        egress.mediapackage_volume,
    )
}
"""Called with requests to origin endpoints and the settings of the question."""

OF_INGRESS: Mapping[str, Callable[..., list[Row]]] = {
    answer.__name__: answer
    for answer in (
        ingress.mediapackage_ingest_bitrate,
        ingress.mediapackage_ingest_cadence,
        ingress.mediapackage_ingest_encoders,
        ingress.mediapackage_ingest_error_rates,
        ingress.mediapackage_ingest_freshness,
        ingress.mediapackage_ingest_gaps,
        ingress.mediapackage_ingest_latency,
        ingress.mediapackage_ingest_requests,
        ingress.mediapackage_ingest_silences,
        ingress.mediapackage_ingest_skew,
        ingress.mediapackage_ingest_traffic,
    )
}
"""Called with requests of encoders and the settings of the question."""
