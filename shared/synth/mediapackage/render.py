"""From drawn requests to JSON, one text per record.

The keys are this package's own, not those of the parser: a generator that shared them could not find them wrong. They
are those of the user guides' pages "Access logging" and, of v2 egress, of the service's list of vended fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from shared.synth.columns import take
from shared.synth.mediapackage.requests import Direction, Requests

ESCAPED = '\\"'
"""A quotation mark inside a JSON text inside a JSON string."""


class Layout(StrEnum):
    """Which fields a record has, and of which types."""

    V1 = "v1"  # all fields of v1
    V2 = "v2"  # all fields; times and statuses are numbers
    V2_CHOSEN = "v2_chosen"  # few fields, chosen by the operator; times and statuses are texts


class _Field(NamedTuple):
    key: str
    column: str
    is_text: bool = True


_V1 = (
    _Field("timestamp", "time"),
    _Field("clientIp", "address"),
    _Field("processingTime", "first_byte", is_text=False),
    _Field("statusCode", "status"),
    _Field("receivedBytes", "received", is_text=False),
    _Field("sentBytes", "sent", is_text=False),
    _Field("method", "method"),
    _Field("request", "url"),
    _Field("protocol", "protocol"),
    _Field("userAgent", "agent"),
    _Field("domainName", "domain"),
    _Field("requestId", "request_id"),
)
_V2_HEAD = (
    _Field("event_timestamp", "milliseconds", is_text=False),
    _Field("client_ip", "address"),
    _Field("time_to_first_byte", "first_byte", is_text=False),
    _Field("status_code", "status", is_text=False),
    _Field("received_bytes", "received", is_text=False),
    _Field("sent_bytes", "sent", is_text=False),
    _Field("method", "method"),
)
_V2_TAIL = (
    _Field("protocol", "protocol"),
    _Field("user_agent", "agent"),
    _Field("domain_name", "domain"),
    _Field("request_id", "request_id"),
)
_V2_URL = (_Field("request_uri_base", "url"), _Field("request_query_params", "query"))
_V2_EGRESS = (
    *_V2_HEAD,
    *_V2_URL,
    *_V2_TAIL,
    _Field("manifest_name", "manifest_name"),
    _Field("manifest_type", "manifest_type"),
)
_V2_INGRESS = (*_V2_HEAD, _Field("request", "url"), *_V2_TAIL)
_V2_CHOSEN = (
    _Field("event_timestamp", "time"),
    _Field("client_ip", "address"),
    _Field("time_to_first_byte", "first_byte", is_text=False),
    _Field("status_code", "status"),
    _Field("sent_bytes", "sent", is_text=False),
    _Field("method", "method"),
    *_V2_URL,
    _Field("request_id", "request_id"),
    _Field("user_agent", "agent"),
)
_FIELDS: Mapping[tuple[Layout, Direction], tuple[_Field, ...]] = {
    (Layout.V1, Direction.EGRESS): _V1,
    (Layout.V1, Direction.INGRESS): _V1,
    (Layout.V2, Direction.EGRESS): _V2_EGRESS,
    (Layout.V2, Direction.INGRESS): _V2_INGRESS,
    (Layout.V2_CHOSEN, Direction.EGRESS): _V2_CHOSEN,
}


def records(layout: Layout, requests: Requests, *, quote: str = '"', end: str = "") -> pa.StringArray:
    """One JSON object per request, then `end`. With `quote=ESCAPED` they can stand in a JSON string.

    No value holds anything that JSON would have to escape.
    """
    parts: list[pa.StringArray | str] = []
    constant = "{"
    for field in _FIELDS[layout, requests.direction]:
        mark = quote if field.is_text else ""
        parts += [f"{constant}{quote}{field.key}{quote}:{mark}", requests.columns[field.column]]
        constant = f"{mark},"
    if layout is Layout.V2_CHOSEN:
        parts.append(constant[:-1] + "}" + end)
    else:
        identities = pc.replace_substring(requests.identities, '"', quote)
        parts += [constant, take(identities, requests.identity), "}" + end]
    return pc.binary_join_element_wise(*parts, "")
