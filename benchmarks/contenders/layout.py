"""What every peer reads and writes: typed columns under loglake's names, and the columns of the user agent.

The peers do less than loglake: no duplicate check, quarantine, line numbers, lineage, privacy, country or catalog, and
no percent-decoding but of the user agent.
"""

from __future__ import annotations

import pyarrow as pa

from shared.enrich.user_agent import user_agent_columns
from shared.synth.cloudfront.render import V1_FIELDS
from shared.tables.vocabulary import USER_AGENT
from shared.text import decode_user_agents

USER_AGENT_MAX_LENGTH = 1024

INTEGERS = {
    "sc-bytes": "bytes_sent",
    "sc-status": "status",
    "cs-bytes": "bytes_received",
    "fle-encrypted-fields": "fle_encrypted_fields",
    "c-port": "client_port",
    "sc-content-len": "content_length",
    "sc-range-start": "range_start",
    "sc-range-end": "range_end",
}
DECIMALS = {"time-taken": "time_taken_s", "time-to-first-byte": "time_to_first_byte_s"}
FEW_VALUES = {
    "x-edge-location": "edge_location",
    "cs-method": "method",
    "cs(Host)": "distribution_domain",
    "x-edge-result-type": "cache_result",
    "x-host-header": "host",
    "cs-protocol": "protocol",
    "ssl-protocol": "tls_protocol",
    "ssl-cipher": "tls_cipher",
    "x-edge-response-result-type": "cache_result_response",
    "cs-protocol-version": "protocol_version",
    "fle-status": "fle_status",
    "x-edge-detailed-result-type": "cache_result_detailed",
    "sc-content-type": "content_type",
}
TEXTS = {
    "date": "date",
    "time": "time",
    "c-ip": "client_ip",
    "cs-uri-stem": "path",
    "cs(Referer)": "referer",
    "cs(User-Agent)": "logged_user_agent",
    "cs-uri-query": "query",
    "cs(Cookie)": "cookie",
    "x-edge-request-id": "request_id",
    "x-forwarded-for": "x_forwarded_for",
}
NAMES = {**INTEGERS, **DECIMALS, **FEW_VALUES, **TEXTS}
COLUMNS = [NAMES[field] for field in V1_FIELDS]
"""Names in the order of the line."""

STORED = [name for name in COLUMNS if name not in ("date", "time", "logged_user_agent")]
"""What is written beside `event_time`, `user_agent` and the columns of the user agent."""

AGENT_COLUMNS = ["user_agent", *(column.name for column in USER_AGENT)]


def agent_table(logged: pa.Array) -> pa.Table:
    """The dimension for distinct user agents as logged: `logged_user_agent`, `user_agent` and the vocabulary's columns.

    Plain types, so that every tool can join it.
    """
    logged = logged.drop_null()
    decoded = decode_user_agents(logged)
    parsed = user_agent_columns(decoded, max_length=USER_AGENT_MAX_LENGTH)
    columns = {
        name: column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        for name, column in parsed.items()
    }
    return pa.table({"logged_user_agent": logged, "user_agent": decoded, **columns})
