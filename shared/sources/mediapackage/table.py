"""The tables `mediapackage_egress_requests` and `mediapackage_ingress_requests`: what the origin gives and takes in.

Both have the shared vocabulary and what MediaPackage alone has; each has besides what its direction alone has.
"""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from shared.tables import Column, ColumnType, SubjectColumn, SubjectKind, Table
from shared.tables import vocabulary as words

_S, _I, _L, _B = ColumnType.STRING, ColumnType.INT, ColumnType.BIGINT, ColumnType.BOOLEAN

EVENT_TIME = replace(
    words.EVENT_TIME, description="When the request was logged to have happened (UTC). Decides the partition."
)

_RECORD: tuple[Column, ...] = (
    Column(
        "time_source",
        _S,
        "Where event_time comes from: event_timestamp, timestamp, export, envelope or request_id.",
        few_values=True,
    ),
    Column("log_version", _S, "Version of MediaPackage: v1 or v2.", few_values=True),
    Column("workflow", _S, "live or vod.", few_values=True),
    Column("account_id", _S, "AWS account of the resource.", few_values=True),
    Column("region", _S, "AWS region: of the ARN, else of the host.", few_values=True),
    Column("channel_group", _S, "Channel group (v2): of the record, else of the URL.", few_values=True),
    Column("channel_id", _S, "Channel: id (v1) or name (v2); of the record, else (v2) of the URL.", few_values=True),
    Column("channel_arn", _S, "ARN of the channel.", few_values=True),
)

_ENDPOINT: tuple[Column, ...] = (
    Column(
        "endpoint_id",
        _S,
        "Origin endpoint: id (v1) or name (v2); of the record, else (v2) of the URL.",
        few_values=True,
    ),
    Column("endpoint_arn", _S, "ARN of the origin endpoint.", few_values=True),
    Column("asset_arn", _S, "ARN of the asset (VOD).", few_values=True),
    Column("packaging_config_arn", _S, "ARN of the packaging configuration (VOD).", few_values=True),
)

_INPUT: tuple[Column, ...] = (
    Column("input_type", _S, "What the encoder sends: HLS or CMAF; often not logged.", few_values=True),
    Column(
        "input_index",
        _I,
        "Which of the redundant inputs, 1 or 2: of the record, else of host or URL; null where nothing tells it.",
    ),
)

_IDENTITY: tuple[Column, ...] = (
    words.REQUEST_ID,
    Column("request_hash", _L, "64-bit hash of the URL as logged: a part of the record's identity."),
    replace(
        words.RECORD_KEY,
        description="Identity of a record without request id: its log event's id, else a hash of it and its "
        "how-manieth copy inside the object. Null where request_id is there.",
    ),
)

_REQUEST: dict[str, str] = {  # of the vocabulary; with another description where MediaPackage has its own meaning
    "method": "",
    "protocol": "Scheme of the URL: https.",
    "protocol_version": "",
    "host": "Host of the URL, without the port.",
    "path": "Path of the URL without the query, as logged; secret values redacted.",
    "query": "Query string without '?', as logged; secret values redacted.",
    "status": "HTTP status code; null where it was logged as '-'.",
    "is_aborted": "The client hung up: status 460, 499 or none, or a negative time to first byte.",
    "bytes_sent": "Bytes sent to the client, headers included (whatever the service's documentation says).",
    "bytes_received": "Bytes received from the client, headers included.",
    "time_to_first_byte_s": "From the last byte of the request to the first of the response; null where negative.",
}

_URL: tuple[Column, ...] = (
    Column("status_class", _S, "1xx to 5xx, or none: never null.", few_values=True),
    Column("sni_domain", _S, "Domain that the client asked for in TLS (SNI); null for none.", few_values=True),
    Column(
        "url_template",
        _S,
        "Path, decoded, with segment number ({n}) and time-shift values ({t}) left out.",
        few_values=True,
    ),
    Column(
        "request_class",
        _S,
        "manifest_multivariant, manifest_media, manifest, init, segment, subtitle, thumbnail, key, other: never null.",
        few_values=True,
    ),
    Column("packaging", _S, "hls_ts, hls, ll_hls, cmaf, dash or mss; null where nothing tells it.", few_values=True),
    Column("media_type", _S, "video, audio or subtitle; null where nothing tells it.", few_values=True),
    Column("rendition", _S, "Which of the variants of the media, as its name says it.", few_values=True),
    Column("segment_number", _L, "Number (or fragment time) of the segment, as its name says it."),
)

_EGRESS_URL: tuple[Column, ...] = (
    Column("manifest_name", _S, "Manifest (v2): as logged; null for segments.", few_values=True),
    Column("manifest_type", _S, "Kind of manifest (v2): HLS, LL_HLS, DASH, ...; null for segments.", few_values=True),
    Column("is_timeshift", _B, "Asked for another time than now: start-over, catch-up or delay."),
    Column("timeshift_kind", _S, "startover, catchup, delay or other; null without time-shift.", few_values=True),
    Column("timeshift_start", ColumnType.TIMESTAMP, "Start of the window asked for; null where it is no time."),
    Column("timeshift_end", ColumnType.TIMESTAMP, "End of the window asked for; null where it is no time."),
    Column("has_manifest_filter", _B, "Asked for a part of the renditions (aws.manifestfilter)."),
    Column(
        "is_ll_blocking",
        _B,
        "A blocking reload of low-latency HLS (_HLS_msn): held back on purpose, so no measure of latency.",
    ),
    Column(
        "cdn",
        _S,
        "Who asked, by user agent: cloudfront, mediatailor, akamai, ..., or direct; null without user agent.",
        few_values=True,
    ),
)

_CLIENT = ("client_ip", "viewer_id", "ip_version", "user_agent")

# Of the copies of one record the richest is kept: the reference solution's Parquet has lost the unknown fields.
FORMATS = ("v2_json", "v1_json", "v2_w3c", "v2_plain", "v2_parquet", "v1_parquet")

# Of many values, but each in many rows: handling them once per distinct value, and storing them so, halves the work.
_REPEATED = {"path", "query", "client_ip", "viewer_id", "user_agent"}


def _table(name: str, description: str, ids: tuple[Column, ...], beside_url: tuple[Column, ...]) -> Table:
    request = [
        replace(column, description=_REQUEST[column.name] or column.description)
        for column in words.REQUEST
        if column.name in _REQUEST
    ]
    client = [column for column in words.CLIENT if column.name in _CLIENT]
    columns = (
        EVENT_TIME,
        *_RECORD,
        *ids,
        *_IDENTITY,
        *request,
        *_URL,
        *beside_url,
        *client,
        *words.NETWORK,
        *words.USER_AGENT,
        *words.ROUTE,
        *words.LINEAGE,
    )
    return Table(
        name=name,
        description=description,
        columns=tuple(replace(each, few_values=True) if each.name in _REPEATED else each for each in columns),
        partition_time="event_time",
        key=("request_id", "event_time", "status", "request_hash", "record_key"),
        prefer_column="source_format",
        prefer=FORMATS,
        subjects=(SubjectColumn(SubjectKind.ADDRESS, "viewer_id", is_pseudonym=True),),
    )


EGRESS = _table(
    "mediapackage_egress_requests",
    "Requests to MediaPackage origin endpoints (v1, v2 and VOD): what players, CDNs and ad inserters asked for.",
    _ENDPOINT,
    _EGRESS_URL,
)

INGRESS = _table(
    "mediapackage_ingress_requests",
    "Requests of encoders to MediaPackage inputs (v1 and v2): what was delivered to the origin.",
    _INPUT,
    (),
)

DIRECTION = "direction"
"""The column of parsed rows that says which table a row belongs to: egress or ingress."""

TABLES = {"egress": EGRESS, "ingress": INGRESS}

_BY_THE_ENGINE = {
    "viewer_id",
    "ip_version",
    "country",
    "country_source",
    "asn",
    "source_object",
    "source_modified",
    "ingest_run",
    "record_hash",
    *(column.name for column in words.USER_AGENT),
}


def _parsed_schema() -> pa.Schema:
    columns = {column.name: column for column in (*EGRESS, *INGRESS) if column.name not in _BY_THE_ENGINE}
    direction = pa.field(DIRECTION, pa.dictionary(pa.int32(), pa.string()))
    return pa.schema([direction, *(pa.field(name, column.arrow) for name, column in columns.items())])


# What the parser fills, as it is in memory: the columns of both tables, and to which of them a row belongs.
PARSED_SCHEMA = _parsed_schema()
