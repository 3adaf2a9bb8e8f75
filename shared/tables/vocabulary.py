"""The shared vocabulary: columns that several tables have, declared once, with one meaning.

The HTTP tables (CDN, origin, web apps) take their columns from here, so that one view can span them. What a format
has beyond these stands in the source's own declaration.
"""

from __future__ import annotations

from shared.tables.declaration import Column, ColumnType, SubjectColumn, SubjectKind

_S, _I, _L, _D, _B = ColumnType.STRING, ColumnType.INT, ColumnType.BIGINT, ColumnType.DOUBLE, ColumnType.BOOLEAN

EVENT_TIME = Column(
    "event_time", ColumnType.TIMESTAMP, "When the response ended (UTC). Decides the partition.", unit="ms resolution"
)
REQUEST_ID = Column("request_id", _S, "The id that the service gave the request; null where the log has none.")
RECORD_KEY = Column(
    "record_key",
    _S,
    "Identity of a record without request id: a hash of its raw line and its how-manieth copy inside the object. "
    "Null where request_id identifies the record.",
)

REQUEST: tuple[Column, ...] = (
    Column("method", _S, "HTTP method as the client sent it.", few_values=True),
    Column("protocol", _S, "http, https, ws, wss or grpcs.", few_values=True),
    Column("protocol_version", _S, "HTTP version, e.g. HTTP/2.0.", few_values=True),
    Column("host", _S, "Host header that the viewer sent.", few_values=True),
    Column("path", _S, "Path of the URL without the query, decoded once: as the client sent it."),
    Column("query", _S, "Query string without '?', decoded once; secret values redacted."),
    Column("status", _I, "HTTP status code; 0 where the viewer hung up before a response (logged as 000)."),
    Column("is_aborted", _B, "True where the viewer hung up before a response (status logged as 000)."),
    Column("referer", _S, "Referer header, decoded once; secret query values redacted."),
    Column("bytes_sent", _L, "Bytes sent to the client, headers included.", unit="bytes"),
    Column("bytes_received", _L, "Bytes received from the client, headers included.", unit="bytes"),
    Column("time_taken_s", _D, "From receiving the request to queueing the last byte.", unit="s"),
    Column("time_to_first_byte_s", _D, "From receiving the request to sending the first byte.", unit="s"),
    Column("content_type", _S, "Content-Type of the response, decoded once.", few_values=True),
    Column("content_length", _L, "Content-Length of the response.", unit="bytes"),
    Column("range_start", _L, "First byte of the range served.", unit="bytes"),
    Column("range_end", _L, "Last byte of the range served.", unit="bytes"),
)

CLIENT: tuple[Column, ...] = (
    Column("client_ip", _S, "Address of the viewer: kept, truncated (the default: /24, /48) or null (hashed)."),
    Column("viewer_id", _S, "Pseudonym of the address: keyed hash, equal for equal addresses of one lake."),
    Column("client_port", _I, "Port of the viewer."),
    Column("ip_version", _I, "4 or 6; null where client_ip is no address."),
    Column("x_forwarded_for", _S, "X-Forwarded-For, decoded once; only kept where client_ip is kept."),
    Column("forwarded_ips", ColumnType.STRINGS, "Valid addresses of X-Forwarded-For in order, treated as client_ip."),
    Column("cookie", _S, "Cookie header, decoded once; null unless the settings keep cookies."),
    Column("user_agent", _S, "User-Agent, decoded: the plain form that the client sent."),
)

# Forwarded addresses are whole only where the settings keep addresses, and the header stands beside them then.
CLIENT_SUBJECTS: tuple[SubjectColumn, ...] = (
    SubjectColumn(SubjectKind.ADDRESS, "viewer_id", is_pseudonym=True),
    SubjectColumn(SubjectKind.ADDRESS, "forwarded_ips", where="x_forwarded_for"),
)

NETWORK: tuple[Column, ...] = (
    Column("country", _S, "Country of the viewer, ISO 3166-1 alpha-2.", few_values=True),
    Column(
        "country_source",
        _S,
        "Where country comes from: log, database (the user's mmdb) or registry (country of allocation).",
        few_values=True,
    ),
    Column("asn", _L, "Autonomous system number of the viewer: from the log, else from the user's mmdb."),
)

USER_AGENT: tuple[Column, ...] = (
    Column("browser_family", _S, "Browser, e.g. Chrome Mobile; Other where unknown.", few_values=True),
    Column("browser_version", _S, "Version of the browser, e.g. 142.0.0.", few_values=True),
    Column("os_family", _S, "Operating system, e.g. Android; Other where unknown.", few_values=True),
    Column("os_version", _S, "Version of the operating system.", few_values=True),
    Column("device_family", _S, "Device, e.g. iPhone; Other where unknown.", few_values=True),
    Column("device_brand", _S, "Brand of the device.", few_values=True),
    Column("device_model", _S, "Model of the device.", few_values=True),
    Column("is_mobile", _B, "A phone."),
    Column("is_tablet", _B, "A tablet."),
    Column("is_pc", _B, "A desktop or laptop."),
    Column("is_touch_capable", _B, "Has a touch screen."),
    Column("is_bot", _B, "Calls itself a robot, by the rules of the user-agents package."),
    Column(
        "client_kind",
        _S,
        "browser, app, player, tv, console, bot, ai_crawler, conferencing, tool, monitor or other.",
        few_values=True,
    ),
    Column("client_name", _S, "Name of the client, e.g. ExoPlayer, GPTBot, curl.", few_values=True),
    Column("client_operator", _S, "Who runs the crawler or makes the client, e.g. OpenAI.", few_values=True),
    Column("ua_rules_version", _S, "Versions of the rules that parsed the user agent.", few_values=True),
)

ROUTE: tuple[Column, ...] = (
    Column("log_group", _S, "Log group that the record came through; null where it came another way.", few_values=True),
    Column("log_event_id", _S, "Id that CloudWatch Logs gave the record."),
)

LINEAGE: tuple[Column, ...] = (
    Column("source_format", _S, "Format of the raw record, e.g. v1, v2_json.", few_values=True),
    Column("parse_flags", ColumnType.STRINGS, "Faults of the raw record, e.g. bad_number; null for none."),
    Column("extra", ColumnType.STRING_MAP, "Fields that the table has no column for: wire name to value, as logged."),
    Column("source_object", _S, "Key of the raw object below the raw prefix.", few_values=True),
    Column("source_line", _L, "Line of the record in its opened object, from 1; its number where lines mean nothing."),
    Column("source_modified", ColumnType.TIMESTAMP, "When the raw object was last modified: its delivery."),
    Column("ingest_run", _S, "The run that parsed the record.", few_values=True),
    Column("record_hash", _L, "64-bit hash of the key columns (without the scope); narrows the duplicate check."),
)
