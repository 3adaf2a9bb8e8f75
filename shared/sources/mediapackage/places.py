"""Where a record belongs: region, channel group, channel, endpoint, input."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.mediapackage.patterns import first_group

_ARN_REGION = "^arn:[^:]*:mediapackage[^:]*:(?P<found>[a-z0-9-]+):"
_HOST_REGION = r"\.mediapackage(?:-vod|v2)?\.(?P<found>[a-z0-9-]+)\.amazonaws\."
_V2_EGRESS = "^/*out/+v1/+(?P<group>[^/]+)/+(?P<channel>[^/]+)/+(?P<endpoint>[^/]+)/"
_V2_INGRESS = "^/*in/+v1/+(?P<group>[^/]+)/+(?P<input>[^/]+)/+(?P<channel>[^/]+)/"
_V1_INGRESS = "^/*in/+v2/+(?P<channel>[^/]+)/+(?P<input>[^/]+)/"
_HOST_INPUT = r"^[^.]*-(?P<found>[12])\.ingest\."


def regions(endpoint_arn: pa.Array, channel_arn: pa.Array, host: pa.Array) -> pa.Array:
    """The AWS region in the ARN of endpoint or channel, else in the host; null where none has it."""
    of_arn = pc.coalesce(first_group(endpoint_arn, _ARN_REGION), first_group(channel_arn, _ARN_REGION))
    return pc.coalesce(of_arn, first_group(pc.ascii_lower(host), _HOST_REGION))


def ids(paths: pa.Array, is_v2: pa.Array) -> dict[str, pa.Array]:
    """channel_group, channel_id and endpoint_id as the decoded paths of v2 have them.

    The hashes in paths of v1 are not the ids that users chose, so nothing is told from them.
    """
    if not pc.any(is_v2).as_py():
        return dict.fromkeys(("channel_group", "channel_id", "endpoint_id"), pa.nulls(len(paths), pa.string()))
    v2 = pc.if_else(is_v2, paths, None)
    out, into = pc.extract_regex(v2, _V2_EGRESS), pc.extract_regex(v2, _V2_INGRESS)
    return {
        "channel_group": pc.coalesce(pc.struct_field(out, "group"), pc.struct_field(into, "group")),
        "channel_id": pc.coalesce(pc.struct_field(out, "channel"), pc.struct_field(into, "channel")),
        "endpoint_id": pc.struct_field(out, "endpoint"),
    }


def inputs_by_host(hosts: pa.Array) -> pa.Array:
    """Which of the redundant inputs a host of v2 is for (int32): the digit that ends its first label."""
    return first_group(pc.ascii_lower(hosts), _HOST_INPUT).cast(pa.int32())


def inputs_by_path(paths: pa.Array, is_v2: pa.Array, is_v1: pa.Array) -> pa.Array:
    """Which of the redundant inputs a decoded path is for (int32).

    v2 has the number in the path. In v1 the first input's hash is the channel's own, the second one's is another;
    that is inferred from the URLs of the documentation. Older URLs of v1 have no input.
    """
    logged = first_group(pc.if_else(is_v2, paths, None), "^/*in/+v1/+[^/]+/+(?P<found>[12])/").cast(pa.int32())
    hashes = pc.extract_regex(pc.if_else(is_v1, paths, None), _V1_INGRESS)
    first = pc.equal(pc.struct_field(hashes, "channel"), pc.struct_field(hashes, "input"))
    return pc.coalesce(logged, pc.if_else(first, 1, 2).cast(pa.int32()))
