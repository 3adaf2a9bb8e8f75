"""The table `cloudfront_requests`: the shared vocabulary and what CloudFront alone has."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from shared.tables import Column, ColumnType, SubjectColumn, SubjectKind, Table
from shared.tables.vocabulary import (
    CLIENT,
    CLIENT_SUBJECTS,
    EVENT_TIME,
    LINEAGE,
    NETWORK,
    RECORD_KEY,
    REQUEST,
    REQUEST_ID,
    USER_AGENT,
)

_S, _I, _D = ColumnType.STRING, ColumnType.INT, ColumnType.DOUBLE

_RESOURCE: tuple[Column, ...] = (
    Column(
        "distribution_id",
        _S,
        "Distribution: of the row, else of the object's key, else by the settings from the domain.",
        few_values=True,
    ),
    Column("distribution_domain", _S, "Domain of the distribution, dxxx.cloudfront.net.", few_values=True),
    Column("distribution_tenant_id", _S, "Tenant of a multi-tenant distribution.", few_values=True),
)

_EDGE: tuple[Column, ...] = (
    Column("edge_location", _S, "Edge location, e.g. FRA60-P3.", few_values=True),
    Column("edge_airport", _S, "Airport code of the edge location: about where it stands.", few_values=True),
    Column("cache_result", _S, "Result after the last byte: Hit, RefreshHit, Miss, Error, ...", few_values=True),
    Column("cache_result_response", _S, "Result just before responding.", few_values=True),
    Column("cache_result_detailed", _S, "Result in detail, e.g. OriginShieldHit, ClientCommError.", few_values=True),
    Column("tls_protocol", _S, "TLS version; null for plain HTTP.", few_values=True),
    Column("tls_cipher", _S, "TLS cipher; null for plain HTTP.", few_values=True),
    Column("fle_status", _S, "What field-level encryption did with the body.", few_values=True),
    Column("fle_encrypted_fields", _I, "Fields that field-level encryption encrypted."),
    Column("origin_first_byte_s", _D, "From asking the origin to its first byte; null where none was asked.", unit="s"),
    Column("origin_last_byte_s", _D, "From asking the origin to its last byte; null where none was asked.", unit="s"),
    Column("path_pattern", _S, "Path pattern of the cache behaviour; * is the default.", few_values=True),
    Column("connection_id", _S, "TLS connection (viewer mTLS only); joins to connection logs."),
    Column("viewer_request_log_data", _S, "What a viewer-request function logged, decoded once; cut at 800 bytes."),
    Column("viewer_response_log_data", _S, "What a viewer-response function logged, decoded once; cut at 800 bytes."),
    Column("cmcd", ColumnType.STRING_MAP, "Media client data (CTA-5004) of the CMCD query argument: key to value."),
)

# Of many values, but each in many rows: handling them once per distinct value, and storing them so, halves the work.
_REPEATED = {"path", "query", "referer", "client_ip", "viewer_id", "user_agent"}

# Of the copies of one request the richest is kept: version 2 has milliseconds, country and origin latency.
FORMATS = ("v2_parquet", "v2_json", "v2_w3c", "v2_plain", "v2_raw", "v1")

TABLE = Table(
    name="cloudfront_requests",
    description="Viewer requests from CloudFront standard logs: version 1 of any vintage, version 2 in any format.",
    columns=tuple(
        replace(column, few_values=True) if column.name in _REPEATED else column
        for column in (
            EVENT_TIME,
            *_RESOURCE,
            REQUEST_ID,
            RECORD_KEY,
            *REQUEST,
            *_EDGE,
            *CLIENT,
            *NETWORK,
            *USER_AGENT,
            *LINEAGE,
        )
    ),
    partition_time="event_time",
    key=("distribution_id", "request_id", "record_key"),
    key_scope="distribution_id",
    prefer_column="source_format",
    prefer=FORMATS,
    subjects=(*CLIENT_SUBJECTS, SubjectColumn(SubjectKind.SESSION, "cmcd", member="sid")),
)

_BY_THE_ENGINE = {
    "viewer_id",
    "ip_version",
    "country_source",
    "source_object",
    "source_modified",
    "ingest_run",
    "record_hash",
    *(column.name for column in USER_AGENT),
}

# What the parser fills, in declared order, as it is in memory.
PARSED_SCHEMA = pa.schema([pa.field(each.name, each.arrow) for each in TABLE if each.name not in _BY_THE_ENGINE])
