"""From drawn requests to what stands in an object: lines of text, or a table of strings for Parquet.

The field lists are this package's own, not those of the parser: a generator that shared them could not find them wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from shared.synth.cloudfront.requests import Columns, Requests
from shared.synth.cloudfront.spec import RawFormat

V1_FIELDS = (
    "date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem", "sc-status",
    "cs(Referer)", "cs(User-Agent)", "cs-uri-query", "cs(Cookie)", "x-edge-result-type", "x-edge-request-id",
    "x-host-header", "cs-protocol", "cs-bytes", "time-taken", "x-forwarded-for", "ssl-protocol", "ssl-cipher",
    "x-edge-response-result-type", "cs-protocol-version", "fle-status", "fle-encrypted-fields", "c-port",
    "time-to-first-byte", "x-edge-detailed-result-type", "sc-content-type", "sc-content-len", "sc-range-start",
    "sc-range-end",
)  # fmt: skip
_V2_EXTRAS = ("origin-fbl", "origin-lbl", "asn", "c-country", "cache-behavior-path-pattern")
FIELDS: Mapping[RawFormat, tuple[str, ...]] = {
    RawFormat.V1: V1_FIELDS,
    RawFormat.V2_JSON: ("timestamp(ms)", "DistributionId", *V1_FIELDS, *_V2_EXTRAS),
    RawFormat.V2_PARQUET: ("timestamp(ms)", "DistributionId", *V1_FIELDS, *_V2_EXTRAS),
    RawFormat.V2_W3C: ("timestamp", "DistributionId", *V1_FIELDS),
    RawFormat.V2_PLAIN: (*V1_FIELDS, "c-country", "cache-behavior-path-pattern"),
}


def header(format_: RawFormat) -> bytes:
    """The lines before the first record; JSON has none."""
    names = FIELDS[format_]
    if format_ in (RawFormat.V1, RawFormat.V2_W3C):
        return f"#Version: 1.0\n#Fields: {' '.join(names)}\n".encode()
    return "\t".join(names).encode() + b"\n" if format_ is RawFormat.V2_PLAIN else b""


def lines(format_: RawFormat, requests: Requests) -> pa.StringArray:
    """One line per request, newline included."""
    columns, names = requests.columns, FIELDS[format_]
    if format_ is RawFormat.V2_JSON:
        return _json_lines(columns, names)
    separated: list[pa.StringArray | pa.StringScalar] = [columns[name] for name in names]
    return pc.binary_join_element_wise(pc.binary_join_element_wise(*separated, "\t"), "", "\n")


def _json_lines(columns: Columns, names: tuple[str, ...]) -> pa.StringArray:
    # Percent-encoding leaves nothing in a value that JSON would have to escape.
    parts: list[pa.StringArray | pa.StringScalar] = []
    for place, name in enumerate(names):
        parts += [pa.scalar(f'{"," if place else "{"}"{name}":"'), columns[name], pa.scalar('"')]
    return pc.binary_join_element_wise(*parts, pa.scalar("}\n"), "")


def mangled(name: str) -> str:
    """A field's column in Parquet: runs of other characters become `_`, none at the end.

    >>> mangled("cs(User-Agent)")
    'cs_User_Agent'
    """
    return re.sub("[^0-9A-Za-z]+", "_", name).rstrip("_")


def table(requests: Requests) -> pa.Table:
    """The requests as a v2 Parquet object has them: all columns nullable strings, `-` for null."""
    names = FIELDS[RawFormat.V2_PARQUET]
    columns = [requests.columns[name] for name in names]
    arrays = [pa.repeat(column, len(requests)) if isinstance(column, pa.Scalar) else column for column in columns]
    return pa.table(arrays, names=[mangled(name) for name in names])
