"""The columns that follow from others: from the URL, the user agent and what was logged beside them.

Everything is worked out for distinct values or for the combinations of them that occur. The segment number is taken out
of the paths first: without it the paths of a day are few.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.columns.texts import Mask, only_where
from shared.sources.mediapackage import places
from shared.sources.mediapackage.distinct import Combinations, Distinct
from shared.sources.mediapackage.instants import instants
from shared.sources.mediapackage.media_names import media_types, packagings, renditions
from shared.sources.mediapackage.request_class import NUMBERED, OF_ONE_RENDITION, is_filled, request_classes
from shared.sources.mediapackage.requester import cdns
from shared.sources.mediapackage.timeshift import BLOCKING, FILTER, shift_kinds, window_flags, wishes
from shared.sources.mediapackage.url_shape import Shapes, shapes

_IDS = ("channel_group", "channel_id", "endpoint_id")
_ARNS = ("endpoint_arn", "channel_arn")

_TEXTS = (
    "direction",
    "log_version",
    "workflow",
    "host",
    "path",
    "query",
    "user_agent",
    "manifest_type",
    "manifest_name",
    *_IDS,
    *_ARNS,
)


def derive(found: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Derive columns from equally long ones, given by name; one that is missing counts as null in every row.

    Takes, as string or dictionary<int32, string>: direction (egress, ingress), log_version (v1, v2), workflow (live,
    vod), host, path and query (as logged), user_agent, manifest_type and manifest_name (null where not logged, empty
    where logged empty), channel_group, channel_id, endpoint_id, endpoint_arn, channel_arn; and input_index (int32).

    Gives, as PARSED_SCHEMA types them: request_class (never null), url_template, packaging, media_type, rendition,
    segment_number, region, channel_group, channel_id, endpoint_id (the last three: as logged, else of the URL). For
    egress, elsewhere null: is_timeshift, timeshift_kind, timeshift_start, timeshift_end, has_manifest_filter,
    is_ll_blocking, cdn. For ingress, elsewhere null: input_index. Never raises for a value.
    """
    rows = max((len(values) for values in found.values()), default=0)
    columns = {name: Distinct.of(found.get(name), rows) for name in _TEXTS}
    is_egress, is_ingress = (_rows_where(columns["direction"], direction) for direction in ("egress", "ingress"))
    parts = shapes(columns["path"].values)
    urls = _urls(columns, parts)
    derived = _media(urls, columns["path"], parts) | _places(urls, columns)
    derived |= {name: only_where(is_egress, values) for name, values in _asked(columns, parts).items()}
    derived["input_index"] = pa.nulls(rows, pa.int32())
    if is_ingress.any():
        derived["input_index"] = only_where(is_ingress, _inputs(urls, columns["host"], found.get("input_index")))
    return derived


def _rows_where(column: Distinct, value: str) -> Mask:
    wanted: Mask = (
        column.with_values(pc.equal(column.values, value).fill_null(False)).rows().to_numpy(zero_copy_only=False)
    )
    return wanted


def _urls(columns: Mapping[str, Distinct], parts: Shapes) -> Combinations:
    """The URLs without segment numbers, each with what else says what it is."""
    names = columns["manifest_name"]
    return Combinations.of(
        path=columns["path"].with_values(parts.template).once(),
        version=columns["log_version"],
        workflow=columns["workflow"],
        manifest_type=columns["manifest_type"],
        has_manifest_name=names.with_values(is_filled(names.values)).once(),
    )


def _media(urls: Combinations, paths: Distinct, parts: Shapes) -> dict[str, pa.Array]:
    templates, manifest_type = urls.columns["path"], urls.columns["manifest_type"]
    lower = pc.ascii_lower(templates)
    is_v2, is_v1_live = _is(urls, "version", "v2"), pc.and_(_is(urls, "version", "v1"), _is(urls, "workflow", "live"))
    is_manifest = pc.coalesce(is_filled(manifest_type), urls.columns["has_manifest_name"])
    classes = request_classes(lower, pc.if_else(is_v2, is_manifest, None))
    of_one = pc.is_in(classes, pa.array(OF_ONE_RENDITION))
    texts = {
        "request_class": classes,
        "url_template": templates,
        "packaging": packagings(lower, manifest_type, is_v2, is_v1_live),
        "media_type": pc.if_else(of_one, media_types(lower, classes), None),
        "rendition": pc.if_else(of_one, renditions(lower, classes), None),
    }
    is_numbered = urls.column(pc.is_in(classes, pa.array(NUMBERED))).rows()
    return {
        **{name: urls.column(values).text_rows() for name, values in texts.items()},
        "segment_number": pc.if_else(is_numbered, paths.with_values(parts.number).rows(), None),
    }


def _places(urls: Combinations, columns: Mapping[str, Distinct]) -> dict[str, pa.Array]:
    arns = Combinations.of(**{name: columns[name] for name in (*_ARNS, "host")})
    of_url = places.ids(urls.columns["path"], _is(urls, "version", "v2"))
    ids = {name: Combinations.of(logged=columns[name], of_url=urls.column(of_url[name]).once()) for name in _IDS}
    return {
        "region": arns.column(places.regions(**arns.columns)).text_rows(),
        **{name: each.column(pc.coalesce(*each.columns.values())).text_rows() for name, each in ids.items()},
    }


def _asked(columns: Mapping[str, Distinct], parts: Shapes) -> dict[str, pa.Array]:
    """Who asks for what: in the query, or in the path, where a time-shift window can be too."""
    paths, queries, agents = columns["path"], columns["query"], columns["user_agent"]
    asked = wishes(queries.values)
    flags = asked.flags[queries.places] | window_flags(parts.start, parts.end)[paths.places]
    occurring = Distinct.of(pa.array(flags), len(flags))
    bits = occurring.values.to_numpy()
    kinds = shift_kinds(bits)

    def window(of_query: pa.Array, of_path: pa.Array) -> pa.Array:
        by_query = queries.with_values(of_query).rows()
        if of_path.null_count == len(of_path):
            return by_query
        return pc.coalesce(by_query, paths.with_values(instants(of_path)).rows())

    return {
        "is_timeshift": occurring.with_values(kinds.is_valid()).rows(),
        "timeshift_kind": occurring.with_values(kinds).text_rows(),
        "timeshift_start": window(asked.start, parts.start),
        "timeshift_end": window(asked.end, parts.end),
        "has_manifest_filter": occurring.with_values(pa.array(bits & FILTER != 0)).rows(),
        "is_ll_blocking": occurring.with_values(pa.array(bits & BLOCKING != 0)).rows(),
        "cdn": agents.with_values(cdns(agents.values)).text_rows(),
    }


def _inputs(urls: Combinations, hosts: Distinct, logged: pa.Array | None) -> pa.Array:
    by_host = hosts.with_values(places.inputs_by_host(hosts.values)).rows()
    paths = urls.columns["path"]
    by_path = places.inputs_by_path(paths, _is(urls, "version", "v2"), _is(urls, "version", "v1"))
    told = (by_host, urls.column(by_path).rows())
    return pc.coalesce(*(told if logged is None else (logged, *told)))


def _is(urls: Combinations, name: str, value: str) -> pa.Array:
    return pc.equal(urls.columns[name], value).fill_null(False)
