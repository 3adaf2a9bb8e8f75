"""What CloudFront's standard logs promise: each field's wire name, its column, its meaning, and since when it exists.

The order of `FIELDS` up to `sc-range-end` is the order of version 1; every vintage of version 1 is a prefix of it.
Version 2 (and whatever CloudFront adds) is chosen and ordered by the user, so there only the names count.
Source: Amazon CloudFront Developer Guide, "Standard logging reference".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from shared.sources.columns.names import fold_names


class Kind(Enum):
    """How the text on the wire becomes a value."""

    DATE = auto()  # YYYY-MM-DD, half of the event time
    TIME = auto()  # HH:MM:SS, the other half
    EPOCH = auto()  # seconds or milliseconds since 1970
    NUMBER = auto()  # as the column is typed
    STATUS = auto()  # a number, where 000 says that the viewer left
    PLAIN = auto()  # text that needs no decoding
    ENCODED = auto()  # percent-encoded by the logger once more than the client sent it
    AGENT = auto()  # ENCODED, and twice until January 2020
    CUT = auto()  # ENCODED, then cut at 800 bytes: an escape at the end may be broken
    ADDRESS = auto()  # an IP address


@dataclass(frozen=True)
class Field:
    """A field on the wire.

    column    where the value goes; None for the parts of the event time
    repeats   values repeat, and are worth handling once per distinct value: read as a dictionary
    since     when it first appeared in version 1, or in version 2 where version 1 has it not
    """

    wire: str
    column: str | None
    kind: Kind
    since: str
    comment: str
    repeats: bool = False


FIELDS: tuple[Field, ...] = (
    Field("date", None, Kind.DATE, "2009", "Day (UTC) on which the response ended.", repeats=True),
    Field("time", None, Kind.TIME, "2009", "Second (UTC) in which the response ended.", repeats=True),
    Field("x-edge-location", "edge_location", Kind.PLAIN, "2009", "Airport code, number, suffix.", repeats=True),
    Field("sc-bytes", "bytes_sent", Kind.NUMBER, "2009", "Of the whole connection for WebSocket and gRPC."),
    Field("c-ip", "client_ip", Kind.ADDRESS, "2009", "The peer: a viewer, or the proxy in front of it.", repeats=True),
    Field("cs-method", "method", Kind.PLAIN, "2009", "Any token that a client may send.", repeats=True),
    Field("cs(Host)", "distribution_domain", Kind.PLAIN, "2009", "Not the Host header.", repeats=True),
    Field("cs-uri-stem", "path", Kind.ENCODED, "2009", "Without the query.", repeats=True),
    Field("sc-status", "status", Kind.STATUS, "2009", "000 where the viewer left before a response.", repeats=True),
    Field("cs(Referer)", "referer", Kind.ENCODED, "2009", "", repeats=True),
    Field("cs(User-Agent)", "user_agent", Kind.AGENT, "2009", "Encoded twice until January 2020.", repeats=True),
    Field("cs-uri-query", "query", Kind.ENCODED, "2009", "Without the question mark.", repeats=True),
    Field("cs(Cookie)", "cookie", Kind.ENCODED, "2012-09-12", "Only where the distribution logs cookies."),
    Field("x-edge-result-type", "cache_result", Kind.PLAIN, "2012-09-12", "After the last byte.", repeats=True),
    Field("x-edge-request-id", "request_id", Kind.PLAIN, "2012-09-12", "The header x-amz-cf-id of the response."),
    Field("x-host-header", "host", Kind.PLAIN, "2013-10-21", "The Host header that the viewer sent.", repeats=True),
    Field("cs-protocol", "protocol", Kind.PLAIN, "2013-10-21", "", repeats=True),
    Field("cs-bytes", "bytes_received", Kind.NUMBER, "2013-10-21", "Client to server, headers included."),
    Field("time-taken", "time_taken_s", Kind.NUMBER, "2014-04-29", "Decimal seconds; 0.000 is legal."),
    Field("x-forwarded-for", "x_forwarded_for", Kind.ENCODED, "2015-07-01", "Sent by the client, so anything."),
    Field("ssl-protocol", "tls_protocol", Kind.PLAIN, "2015-07-01", "", repeats=True),
    Field("ssl-cipher", "tls_cipher", Kind.PLAIN, "2015-07-01", "", repeats=True),
    Field(
        "x-edge-response-result-type",
        "cache_result_response",
        Kind.PLAIN,
        "2015-07-01",
        "Just before responding.",
        repeats=True,
    ),
    Field("cs-protocol-version", "protocol_version", Kind.PLAIN, "2016-09-29", "", repeats=True),
    Field("fle-status", "fle_status", Kind.PLAIN, "2018", "Field-level encryption.", repeats=True),
    Field("fle-encrypted-fields", "fle_encrypted_fields", Kind.NUMBER, "2018", "", repeats=True),
    Field("c-port", "client_port", Kind.NUMBER, "2019-12-12", ""),
    Field("time-to-first-byte", "time_to_first_byte_s", Kind.NUMBER, "2019-12-12", "Decimal seconds."),
    Field(
        "x-edge-detailed-result-type",
        "cache_result_detailed",
        Kind.PLAIN,
        "2019-12-12",
        "Which error, or where the hit was.",
        repeats=True,
    ),
    Field("sc-content-type", "content_type", Kind.ENCODED, "2019-12-12", "", repeats=True),
    Field("sc-content-len", "content_length", Kind.NUMBER, "2019-12-12", "A hyphen for chunked responses."),
    Field("sc-range-start", "range_start", Kind.NUMBER, "2019-12-12", "Only with Content-Range."),
    Field("sc-range-end", "range_end", Kind.NUMBER, "2019-12-12", "Only with Content-Range."),
    Field("distribution-tenant-id", "distribution_tenant_id", Kind.PLAIN, "2025", "Multi-tenant.", repeats=True),
    Field("connection-id", "connection_id", Kind.PLAIN, "2025", "Only with viewer mTLS; joins to connection logs."),
    Field("timestamp(ms)", None, Kind.EPOCH, "2024-11-20", "When the response ended, in milliseconds."),
    Field("origin-fbl", "origin_first_byte_s", Kind.NUMBER, "2024-11-20", "A hyphen where no origin was asked."),
    Field("origin-lbl", "origin_last_byte_s", Kind.NUMBER, "2024-11-20", "A hyphen where no origin was asked."),
    Field("asn", "asn", Kind.NUMBER, "2024-11-20", ""),
    Field("c-country", "country", Kind.PLAIN, "2024-11-20", "By address.", repeats=True),
    Field("cache-behavior-path-pattern", "path_pattern", Kind.PLAIN, "2024-11-20", "* is the default.", repeats=True),
    Field("viewer-request-log-data", "viewer_request_log_data", Kind.CUT, "2026-07", "From a CloudFront Function."),
    Field("viewer-response-log-data", "viewer_response_log_data", Kind.CUT, "2026-07", "From a CloudFront Function."),
    Field("timestamp", None, Kind.EPOCH, "2024-11-20", "Seconds; seen in use, not documented."),
    Field("DistributionId", "distribution_id", Kind.PLAIN, "2024-11-20", "Seen in use, not documented.", repeats=True),
)

BY_WIRE = {field.wire: field for field in FIELDS}
WIRE_NAMES = tuple(BY_WIRE)

V1_NAMES = WIRE_NAMES[:33]
V1_COUNTS = (12, 15, 18, 19, 23, 24, 26, 33)  # vintages of version 1, each a prefix of V1_NAMES
FEWEST_V1_FIELDS = V1_COUNTS[0]
V1_TENANT_NAMES = (*V1_NAMES, "distribution-tenant-id", "connection-id")  # documented, never seen in version 1
V2_DEFAULT_NAMES = (*V1_NAMES, "c-country", "cache-behavior-path-pattern")  # what version 2 selects by itself
V2_ONLY_NAMES = frozenset(WIRE_NAMES) - frozenset(V1_TENANT_NAMES)

# Other families of logs that reach the same prefixes, told by names that no access log has.
RTMP_MARK = "x-event"
CONNECTION_NAMES = frozenset(
    (
        "eventTimestamp",
        "connectionId",
        "connectionStatus",
        "clientIp",
        "clientPort",
        "serverIp",
        "distributionId",
        "distributionTenantId",
        "tlsProtocol",
        "tlsCipher",
        "tlsHandshakeDuration",
        "tlsSni",
    )
)

ENOUGH_NAMES = 3  # so many known names make a header or a record; a word or two may be chance


def mangled(wire: str) -> str:
    """The name of a field as a column of version 2's Parquet.

    >>> mangled("cs(User-Agent)")
    'cs_User_Agent'
    """
    return re.sub("[^0-9A-Za-z]+", "_", wire).rstrip("_")


# Names as engines that do not mind the case hand them on (Firehose, Glue, Athena), and as columns of Parquet.
SPELLINGS = {spelled.lower(): wire for wire in WIRE_NAMES for spelled in (mangled(wire), wire)}


def wire_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Logged names in CloudFront's own spelling; those that are nobody's, or of another family of logs, as they are.

    >>> wire_names(("cs(user-agent)", "cs_Host", "x-new"))
    ('cs(User-Agent)', 'cs(Host)', 'x-new')
    """
    return fold_names(names, SPELLINGS, BY_WIRE, CONNECTION_NAMES)


def known(names: tuple[str, ...]) -> int:
    """How many different names of CloudFront's are among these."""
    return len(BY_WIRE.keys() & set(names))
