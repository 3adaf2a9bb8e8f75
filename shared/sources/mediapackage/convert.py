"""From columns of bytes to typed columns of the tables: one conversion for both versions and every format."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.reasons import BadReason
from shared.sources.columns.batch import Batch
from shared.sources.columns.marks import Marks
from shared.sources.columns.nested import maps
from shared.sources.columns.record_keys import is_null, record_keys
from shared.sources.columns.rejects import Rejects
from shared.sources.columns.texts import Mask, constant, has_value, merged, only_where, per_value, plain, rows_of
from shared.sources.columns.times import NO_TIME, Millis
from shared.sources.mediapackage.derive import derive
from shared.sources.mediapackage.dialect import JSON, PARQUET
from shared.sources.mediapackage.fields import FIELDS
from shared.sources.mediapackage.kinds import (
    DIRECTIONS,
    VERSIONS,
    WORKFLOWS,
    Codes,
    column_of,
    directions,
    versions,
    workflows,
)
from shared.sources.mediapackage.origin import Origins
from shared.sources.mediapackage.outcome import outcomes
from shared.sources.mediapackage.record_fields import RecordFields
from shared.sources.mediapackage.table import DIRECTION, PARSED_SCHEMA, TABLES
from shared.sources.mediapackage.times import (
    ENVELOPE,
    EVENT_TIMESTAMP,
    EXPORT,
    REQUEST_ID,
    SOURCES,
    TIMESTAMP,
    EventTimes,
    event_times,
    logged_times,
    request_id_times,
)
from shared.sources.mediapackage.urls import Urls, read_urls

_GROUP_ARN = "^arn:[^:]*:mediapackagev2:[^:]*:([0-9]{12}):channelGroup/([^/]+)$"
_OF_ARN = {"account_id": r"\1", "channel_group": r"\2"}
_QUOTED = '(?s)^"(.*)"$'
_URL_FIELDS = ("request", "request_uri_base", "request_query_params")
_TIME_FIELDS = (EVENT_TIMESTAMP, TIMESTAMP)
_NUMBERS = {"received_bytes": "bytes_received", "sent_bytes": "bytes_sent", "input_index": "input_index"}
_RAW_MANIFEST = ("manifest_type", "manifest_name")  # an empty one tells a segment, one that is not there tells nothing
_LOG_TYPES = [f"{direction.upper()}_ACCESS_LOGS" for direction in DIRECTIONS]
_NO_PLACE = "neither host nor path"


def to_rows(batch: Batch, origins: Origins, copies: dict[bytes, int], rejects: Rejects) -> pa.Table:
    """The rows of a batch: PARSED_SCHEMA, in its order. Records without a time or a place are rejected.

    origins   what the wrappings of each record say of it
    copies    how many records with a digest the object has had so far: grows
    """
    conversion = _Conversion(batch, origins)
    bad = conversion.faults()
    if bad:
        for row, (reason, detail) in bad.items():
            rejects.add(batch.numbers[row], reason, batch.redact(batch.raw(row)), detail)
        kept = np.ones(len(batch), dtype=np.bool_)
        kept[list(bad)] = False
        if not kept.any():
            return PARSED_SCHEMA.empty_table()
        conversion = _Conversion(batch.only(kept), origins.at(np.flatnonzero(kept)))
    return conversion.rows(copies)


class _Conversion:
    """A batch on its way to rows."""

    def __init__(self, batch: Batch, origins: Origins) -> None:
        self._batch, self._origins, self._count = batch, origins, len(batch)
        self._marks = Marks(self._count)
        self._fields = RecordFields(batch, self._marks)
        self._urls: Urls | None = read_urls(self._fields.texts(_URL_FIELDS), self._count)
        self._host = self._host_of(self._urls)
        self._times: EventTimes = self._event_times()

    def faults(self) -> dict[int, tuple[BadReason, str | None]]:
        """The records that cannot be rows, by row, and why."""
        timeless = self._times.millis == NO_TIME
        placeless = ~self._has_place()
        return {
            row: (BadReason.BAD_TIMESTAMP, None) if timeless[row] else (BadReason.WRONG_SCHEMA, _NO_PLACE)
            for row in np.flatnonzero(timeless | placeless).tolist()
        }

    def rows(self, copies: dict[bytes, int]) -> pa.Table:
        """The rows; there must be no fault."""
        count, found = self._count, dict[str, pa.Array]()
        found["event_time"] = pa.array(self._times.millis).cast(PARSED_SCHEMA.field("event_time").type)
        found["time_source"] = column_of(self._times.sources, SOURCES)
        found.update(self._texts())
        found.update(self._places())
        for name, column in _NUMBERS.items():
            if name in self._fields:
                found[column] = self._marks.number(self._fields[name], PARSED_SCHEMA.field(column).type)
        found.update(outcomes(self._fields, count))
        of_version, of_direction = self._versions(), self._directions()
        found["log_version"] = column_of(of_version, VERSIONS)
        found[DIRECTION] = column_of(of_direction, DIRECTIONS)
        found["workflow"] = column_of(self._workflows(), WORKFLOWS)
        found["log_group"], found["log_event_id"] = self._origins.log_group, self._origins.event_id
        raw = {name: self._fields.empty_or_text(name) for name in _RAW_MANIFEST if name in self._fields}
        found = {name: column for name, column in found.items() if column is not None}
        found.update(derive({**found, **raw}))
        found = _of_direction(found, of_direction)
        found["record_key"] = self._record_keys(is_null(found.get("request_id"), count), copies)
        found["source_line"] = pa.array(self._batch.numbers)
        found["source_format"] = self._source_format(of_version)
        found["extra"] = maps(self._extra(of_direction), count)
        found["parse_flags"] = self._marks.flags()
        columns = [found[each.name] if each.name in found else pa.nulls(count, each.type) for each in PARSED_SCHEMA]
        return pa.Table.from_arrays(columns, schema=PARSED_SCHEMA)

    def _event_times(self) -> EventTimes:
        fields = self._fields
        readers: list[tuple[str, Callable[[], Millis]]] = [
            (name, partial(logged_times, fields[name])) for name in _TIME_FIELDS if name in fields
        ]
        if self._origins.logged_ms is not None:
            readers.append((EXPORT, partial(self._origins.times, of_export=True)))
            readers.append((ENVELOPE, partial(self._origins.times, of_export=False)))
        if "request_id" in fields:
            readers.append((REQUEST_ID, lambda: request_id_times(fields.text("request_id"))))
        return event_times(readers, self._count)

    def _host_of(self, urls: Urls | None) -> pa.Array | None:
        """The host of the URL; where there is none, the one that the client asked for in TLS."""
        of_url = [] if urls is None else [urls.host]
        return merged([*of_url, *self._fields.texts(("domain_name",)).values()])

    def _has_place(self) -> Mask:
        has_place = np.zeros(self._count, dtype=np.bool_) if self._host is None else has_value(self._host)
        if self._urls is None or has_place.all():
            return has_place
        path = self._urls.path
        has_path = pc.starts_with(path.dictionary, "/").fill_null(False)
        return has_place | rows_of(has_path.to_numpy(zero_copy_only=False), path)

    def _texts(self) -> dict[str, pa.Array]:
        fields = self._fields
        found = {field.column: fields.text(field.name) for field in FIELDS if field.column and field.name in fields}
        if "client_ip" in fields:
            found["client_ip"] = self._marks.address(fields["client_ip"])
        if "user_agent" in fields:
            found["user_agent"] = per_value(fields.text("user_agent"), _without_quotes)
        if "resource_arn" in fields:
            for column, part in _OF_ARN.items():
                logged = [found[column]] if column in found else []
                if not logged or logged[0].null_count:
                    of_arn = per_value(fields.text("resource_arn"), partial(_part_of_arn, part=part))
                    found[column] = merged([*logged, of_arn])
        return found

    def _places(self) -> dict[str, pa.Array | None]:
        if self._urls is None:
            return {"host": self._host}
        scheme, _, path, query, hashes = self._urls
        return {"host": self._host, "protocol": scheme, "path": path, "query": query, "request_hash": hashes}

    def _versions(self) -> Codes:
        return versions(self._fields.wires, self._host, self._count)

    def _workflows(self) -> Codes:
        of_vod = [self._fields[name] for name in ("assetArn", "packagingConfigArn") if name in self._fields]
        return workflows(self._host, of_vod, self._count)

    def _directions(self) -> Codes:
        texts = self._fields.texts(("log_type", "method"))
        return directions(
            self._fields.was_there,
            self._host,
            None if self._urls is None else self._urls.path,
            [texts.get("log_type"), self._origins.log_group],
            texts.get("method"),
            self._count,
        )

    def _record_keys(self, without: Mask, copies: dict[bytes, int]) -> pa.Array:
        """The id of the log event where there is one: the same record comes with the same, whatever its object."""
        event_ids = self._origins.event_id
        if not without.any() or event_ids is None:
            return record_keys(without, self._batch.raw, copies)
        hashed = record_keys(without & ~has_value(event_ids), self._batch.raw, copies)
        return pc.coalesce(only_where(without, event_ids), hashed)

    def _source_format(self, of_version: Codes) -> pa.Array:
        kind = self._batch.source_format
        if kind in {JSON, PARQUET}:
            return column_of(of_version, [f"{version}_{kind}" for version in VERSIONS])
        return constant(kind, self._count)

    def _extra(self, of_direction: Codes) -> dict[str, pa.Array]:
        """What has no column: unknown fields, and known ones where they say something else than a column does."""
        fields = self._fields
        extra = {name: plain(self._marks.text(values)) for name, values in self._batch.beyond.items()}
        extra.update(fields.beyond())
        for name in _TIME_FIELDS:
            others = self._times.sources != SOURCES.index(name)
            if name in fields and others.any():
                others &= logged_times(fields[name]) != self._times.millis
                extra[name] = plain(only_where(others, fields.text(name)))
        if "log_type" in fields:
            log_type, expected = plain(fields.text("log_type")), plain(column_of(of_direction, _LOG_TYPES))
            extra["log_type"] = pc.if_else(pc.equal(log_type, expected), None, log_type)
        if "resource_arn" in fields:
            extra["resource_arn"] = plain(per_value(fields.text("resource_arn"), _no_group_arns))
        return {name: column for name, column in extra.items() if column.null_count < self._count}


def _without_quotes(agents: pa.Array) -> pa.Array:
    """Without one pair of quotes around them: the documentation has it, records mostly have it not."""
    if not pc.any(pc.starts_with(agents, '"')).as_py():
        return agents
    bare = pc.replace_substring_regex(agents, _QUOTED, r"\1")
    return pc.if_else(pc.equal(bare, ""), None, bare)


def _part_of_arn(arns: pa.Array, part: str) -> pa.Array:
    """A part of whole ARNs of a channel group; null for other text."""
    parts = pc.replace_substring_regex(arns, _GROUP_ARN, part)
    return pc.if_else(pc.equal(parts, arns), None, parts)


def _no_group_arns(arns: pa.Array) -> pa.Array:
    """Null for whole ARNs of a channel group: what they say has columns."""
    return pc.if_else(pc.match_substring_regex(arns, _GROUP_ARN), None, arns)


def _of_direction(found: dict[str, pa.Array], of_direction: Codes) -> dict[str, pa.Array]:
    """The columns, null where the table of the row's direction has them not."""
    kept = dict(found)
    for code, direction in enumerate(DIRECTIONS):
        rows = of_direction == code
        if rows.any():
            names = {DIRECTION, *TABLES[direction].column_names}
            kept.update({name: only_where(~rows, each) for name, each in kept.items() if name not in names})
    return kept
