"""From columns of bytes to typed columns of the table: one conversion for every format and both ways of reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.cloudfront.cmcd import client_data
from shared.sources.cloudfront.fields import BY_WIRE, Field, Kind
from shared.sources.cloudfront.table import PARSED_SCHEMA, TABLE
from shared.sources.cloudfront.times import event_times
from shared.sources.columns.addresses import forwarded_addresses
from shared.sources.columns.batch import Batch
from shared.sources.columns.marks import Marks
from shared.sources.columns.nested import maps
from shared.sources.columns.record_keys import is_null, record_keys
from shared.sources.columns.texts import (
    as_string,
    constant,
    padded_markers,
    per_value,
    take_values,
)
from shared.sources.columns.times import NO_TIME
from shared.text import decode_user_agents, percent_decode

_BROKEN_ESCAPE = "%[0-9A-Fa-f]?$"
_NO_RESPONSE = "^0+$"  # 000 on the wire, 0 where somebody has made a number of it


@dataclass
class Conversion:
    """What the conversion of an object's records needs beside the records.

    distribution  id in the object's key
    resources     domain to distribution id, where neither row nor key has it
    copies        how many records with a digest the object has had so far: grows with the object's pieces
    """

    distribution: str | None = None
    resources: Mapping[str, str] = field(default_factory=dict)
    copies: dict[bytes, int] = field(default_factory=dict)


def split_by_time(batch: Batch) -> tuple[Batch, pa.Array, list[int]]:
    """The records that have an event time, their times, and the rows of the batch that have none."""
    times = event_times(batch.columns, len(batch))
    timely = times != NO_TIME
    kind = TABLE.column("event_time").arrow
    if timely.all():
        return batch, pa.array(times).cast(kind), []
    return batch.only(timely), pa.array(times[timely]).cast(kind), np.flatnonzero(~timely).tolist()


def to_rows(batch: Batch, times: pa.Array, conversion: Conversion) -> pa.Table:
    """The rows of records that have an event time: PARSED_SCHEMA, in the order of the batch."""
    rows = len(batch)
    marks = Marks(rows)
    found: dict[str, pa.Array] = {"event_time": times}
    extra: dict[str, pa.Array] = {}
    for wire, logged in {**batch.columns, **batch.beyond}.items():
        values = padded_markers(logged)
        spec = BY_WIRE.get(wire)
        if spec is None:
            extra[wire] = marks.text(values)
        elif spec.column is not None:
            found[spec.column] = _typed(spec, values, marks)
            if spec.kind is Kind.STATUS:
                found["is_aborted"] = _aborted(values)
    if batch.flag is not None:
        marks.add(batch.flag, np.ones(rows, dtype=np.bool_))
    _derive(found)
    found["distribution_id"] = _distribution(found, conversion, rows)
    found["record_key"] = record_keys(is_null(found.get("request_id"), rows), batch.raw, conversion.copies)
    found["source_line"] = pa.array(batch.numbers)
    found["source_format"] = constant(batch.source_format, rows)
    found["parse_flags"] = marks.flags()
    found["extra"] = maps(extra, rows)
    columns = [found[each.name] if each.name in found else pa.nulls(rows, each.type) for each in PARSED_SCHEMA]
    return pa.Table.from_arrays(columns, schema=PARSED_SCHEMA)


def _typed(spec: Field, values: pa.Array, marks: Marks) -> pa.Array:
    match spec.kind:
        case Kind.NUMBER | Kind.STATUS:
            return marks.number(values, PARSED_SCHEMA.field(spec.column).type)
        case Kind.ENCODED:
            return percent_decode(marks.text(values))
        case Kind.AGENT:
            return decode_user_agents(marks.text(values))
        case Kind.CUT:
            return percent_decode(pc.replace_substring_regex(marks.text(values), _BROKEN_ESCAPE, ""))
        case Kind.ADDRESS:
            return marks.address(values)
        case _:
            return marks.text(values)


def _aborted(statuses: pa.Array) -> pa.Array:
    distinct = pc.ascii_trim(as_string(statuses.dictionary), " ")
    return take_values(pc.match_substring_regex(distinct.view(pa.binary()), _NO_RESPONSE), statuses)


def _derive(found: dict[str, pa.Array]) -> None:
    """Columns that follow from others."""
    if "edge_location" in found:
        found["edge_airport"] = per_value(found["edge_location"], _airports)
    if "x_forwarded_for" in found:
        found["forwarded_ips"] = forwarded_addresses(found["x_forwarded_for"])
    if "query" in found:
        queries = found["query"]
        found["cmcd"] = client_data(queries.dictionary).take(queries.indices)


def _airports(locations: pa.Array) -> pa.Array:
    return pc.if_else(pc.match_substring_regex(locations, "^[A-Z]{3}"), pc.utf8_slice_codeunits(locations, 0, 3), None)


def _distribution(found: Mapping[str, pa.Array], conversion: Conversion, rows: int) -> pa.Array:
    """Of the row, else of the key, else by the domain."""
    kind = PARSED_SCHEMA.field("distribution_id").type
    of_row = found.get("distribution_id", pa.nulls(rows, kind))
    if not of_row.null_count:
        return of_row
    if conversion.distribution:
        fallback = constant(conversion.distribution, rows)
    elif conversion.resources and "distribution_domain" in found:
        fallback = per_value(found["distribution_domain"], lambda domains: _resources(domains, conversion.resources))
    else:
        return of_row
    if of_row.null_count == rows:
        return fallback
    return pc.coalesce(of_row.cast(pa.string()), fallback.cast(pa.string())).dictionary_encode()


def _resources(domains: pa.Array, resources: Mapping[str, str]) -> pa.Array:
    return pa.array([resources.get(domain) for domain in domains.to_pylist()], pa.string())
