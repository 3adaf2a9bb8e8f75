"""What MediaPackage's logs hold: each field's name in both versions, and how it is read.

Version 1 writes camelCase, version 2 snake_case; engines on the way write lower case. A field that both versions call
the same is one field. Sources: MediaPackage v1 and v2 user guides, "Access logging"; the names that CloudWatch Logs
accepts as record fields of MediaPackage v2.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.sources.columns.names import fold_names


@dataclass(frozen=True)
class Field:
    """A field on the wire.

    name      its name in version 2, or in version 1 where version 2 has it not: by this the conversion knows it
    v1, v2    its wire names; None where the version has it not
    repeats   values repeat, and are worth handling once per distinct value: read as a dictionary
    column    where its text goes as it stands; None for what is converted or only looked at
    """

    name: str
    v1: str | None
    v2: str | None
    column: str | None = None
    repeats: bool = True


FIELDS: tuple[Field, ...] = (
    Field("timestamp", "timestamp", "timestamp", repeats=False),
    Field("resource_arn", None, "resource_arn"),
    Field("event_timestamp", None, "event_timestamp", repeats=False),
    Field("client_ip", "clientIp", "client_ip"),
    Field("time_to_first_byte", "processingTime", "time_to_first_byte"),
    Field("status_code", "statusCode", "status_code"),
    Field("received_bytes", "receivedBytes", "received_bytes", repeats=False),
    Field("sent_bytes", "sentBytes", "sent_bytes", repeats=False),
    Field("method", "method", "method", "method"),
    Field("request", "request", "request"),
    Field("request_uri_base", None, "request_uri_base"),
    Field("request_query_params", None, "request_query_params"),
    Field("protocol", "protocol", "protocol", "protocol_version"),
    Field("user_agent", "userAgent", "user_agent"),
    Field("domain_name", "domainName", "domain_name", "sni_domain"),
    Field("request_id", "requestId", "request_id", "request_id", repeats=False),
    Field("account", "account", "account", "account_id"),
    Field("channel_id", "channelId", "channel_id", "channel_id"),
    Field("channel_arn", "channelArn", "channel_arn", "channel_arn"),
    Field("endpoint_id", "endpointId", "endpoint_id", "endpoint_id"),
    Field("endpoint_arn", "endpointArn", "endpoint_arn", "endpoint_arn"),
    Field("channel_group_id", None, "channel_group_id", "channel_group"),
    Field("input_type", None, "input_type", "input_type"),
    Field("input_index", None, "input_index"),
    Field("manifest_name", None, "manifest_name", "manifest_name"),
    Field("manifest_type", None, "manifest_type", "manifest_type"),
    Field("log_type", None, "log_type"),
    Field("assetArn", "assetArn", None, "asset_arn"),
    Field("packagingConfigArn", "packagingConfigArn", None, "packaging_config_arn"),
    # Consumers of Firehose's HTTP format rename keys that their envelope has, too: the plain ones are the envelope's.
    Field("data.timestamp", "data.timestamp", None, repeats=False),
    Field("data.requestId", "data.requestId", None, repeats=False),
    # Added by a transforming function of somebody's pipeline, and wrong where it says manifest for fragments.
    Field("requestType", "requestType", None),
)

# Version 2's first: where a record has both, that one counts.
BY_WIRE = {
    **{field.v2: field for field in FIELDS if field.v2},
    **{field.v1: field for field in FIELDS if field.v1},
}
V1_ONLY = frozenset(field.v1 for field in FIELDS if field.v1 and field.v1 != field.v2)
V2_ONLY = frozenset(field.v2 for field in FIELDS if field.v2 and field.v1 != field.v2)
SPELLINGS = {wire.lower(): wire for wire in BY_WIRE}

EGRESS_NAMES = ("endpoint_id", "endpoint_arn", "manifest_name", "manifest_type", "request_uri_base")
INGRESS_NAMES = ("input_index", "input_type")
_WATCHED_NAMES = {*EGRESS_NAMES, *INGRESS_NAMES, "status_code"}
WATCHED = frozenset(wire for wire, field in BY_WIRE.items() if field.name in _WATCHED_NAMES)


def wire_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Logged names in MediaPackage's own spelling; those that are nobody's as they are.

    >>> wire_names(("clientip", "Client_IP", "data.requestid", "newField"))
    ('clientIp', 'client_ip', 'data.requestId', 'newField')
    """
    return fold_names(names, SPELLINGS, BY_WIRE)


def known(names: tuple[str, ...]) -> int:
    """How many different names of MediaPackage's are among these."""
    return len(BY_WIRE.keys() & set(names))
