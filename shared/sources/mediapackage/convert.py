"""From columns of bytes to typed columns of the tables: one conversion for both versions and every format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from shared.sources.columns.texts import (
    Mask,
    constant,
    has_value,
    merged,
    only_where,
    padded_markers,
    per_value,
    plain,
    rows_of,
)
from shared.sources.columns.times import NO_TIME, Millis
from shared.sources.mediapackage.derive import derive
from shared.sources.mediapackage.dialect import JSON, PARQUET
from shared.sources.mediapackage.fields import BY_WIRE, FIELDS
from shared.sources.mediapackage.kinds import (
    DIRECTIONS,
    EGRESS,
    INGRESS,
    VERSIONS,
    WORKFLOWS,
    Codes,
    column_of,
    directions,
    versions,
    workflows,
)
from shared.sources.mediapackage.origin import Origins
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

_GROUP_ARN = "^arn:[^:]*:mediapackagev2:[^:]*:[0-9]{12}:channelGroup/([^/]+)$"
_QUOTED = '(?s)^"(.*)"$'
_ABORTED = (460, 499)
_STATUS_CLASSES = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")
_URL_FIELDS = ("request", "request_uri_base", "request_query_params")
_LOG_TYPES = [f"{direction.upper()}_ACCESS_LOGS" for direction in DIRECTIONS]
_TIME_FIELDS = (EVENT_TIMESTAMP, TIMESTAMP)
_NO_PLACE = "neither host nor path"
_IS_EGRESS = {column.name for column in TABLES[EGRESS]} - {column.name for column in TABLES[INGRESS]}
_IS_INGRESS = {column.name for column in TABLES[INGRESS]} - {column.name for column in TABLES[EGRESS]}


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
        self._wires = {wire: padded_markers(each) for wire, each in batch.columns.items()}
        self._fields = _by_name(self._wires)
        self._texts: dict[str, pa.Array] = {}
        self._urls: Urls | None = read_urls(self._present_texts(_URL_FIELDS), self._count)
        self._times: EventTimes = self._event_times()

    def faults(self) -> dict[int, tuple[BadReason, str | None]]:
        """The records that cannot be rows, by row, and why."""
        timeless = self._times.millis == NO_TIME
        placeless = ~(self._has_host() | self._has_path())
        bad: dict[int, tuple[BadReason, str | None]] = {}
        for row in np.flatnonzero(timeless | placeless).tolist():
            bad[row] = (BadReason.BAD_TIMESTAMP, None) if timeless[row] else (BadReason.WRONG_SCHEMA, _NO_PLACE)
        return bad

    def rows(self, copies: dict[bytes, int]) -> pa.Table:
        """The rows; there must be no fault."""
        count, found = self._count, dict[str, pa.Array]()
        found["event_time"] = pa.array(self._times.millis).cast(PARSED_SCHEMA.field("event_time").type)
        found["time_source"] = column_of(self._times.sources, SOURCES)
        self._add_texts(found)
        self._add_urls(found)
        self._add_numbers(found)
        versions_, directions_ = self._add_kinds(found)
        self._add_origin(found)
        found.update(derive({**found, **self._as_logged(("manifest_type", "manifest_name"))}))
        _keep_to_direction(found, directions_)
        request_ids = found.get("request_id")
        found["record_key"] = self._record_keys(is_null(request_ids, count), copies)
        found["source_line"] = pa.array(self._batch.numbers)
        found["source_format"] = self._source_format(versions_)
        found["extra"] = maps(self._extra(directions_), count)
        found["parse_flags"] = self._marks.flags()
        columns = [found[each.name] if each.name in found else pa.nulls(count, each.type) for each in PARSED_SCHEMA]
        return pa.Table.from_arrays(columns, schema=PARSED_SCHEMA)

    def _event_times(self) -> EventTimes:
        readers: list[tuple[str, Callable[[], Millis]]] = [
            (name, partial(logged_times, self._fields[name])) for name in _TIME_FIELDS if name in self._fields
        ]
        if self._origins.logged_ms is not None:
            readers.append((EXPORT, partial(self._origins.times, of_export=True)))
            readers.append((ENVELOPE, partial(self._origins.times, of_export=False)))
        if "request_id" in self._fields:
            readers.append((REQUEST_ID, lambda: request_id_times(self._text("request_id"))))
        return event_times(readers, self._count)

    def _add_texts(self, found: dict[str, pa.Array]) -> None:
        for field in FIELDS:
            if field.column and field.name in self._fields:
                found[field.column] = self._text(field.name)
        if "client_ip" in self._fields:
            found["client_ip"] = self._marks.address(self._fields["client_ip"])
        if "user_agent" in self._fields:
            found["user_agent"] = per_value(self._text("user_agent"), _without_quotes)
        if "resource_arn" in self._fields:
            groups = per_value(self._text("resource_arn"), _group_of_arn)
            found["channel_group"] = merged([*_present(found, "channel_group"), groups])

    def _add_urls(self, found: dict[str, pa.Array]) -> None:
        urls = self._urls
        if urls is not None:
            found.update(protocol=urls.scheme, path=urls.path, query=urls.query, request_hash=urls.hashes)
        host = self._host()
        if host is not None:
            found["host"] = host

    def _add_numbers(self, found: dict[str, pa.Array]) -> None:
        for name, column in (("received_bytes", "bytes_received"), ("sent_bytes", "bytes_sent")):
            if name in self._fields:
                found[column] = self._marks.number(self._fields[name], pa.int64())
        if "input_index" in self._fields:
            found["input_index"] = self._marks.number(self._fields["input_index"], pa.int32())
        status, is_known, is_aborted = self._status()
        found["status"], found["status_class"] = status, _status_class(status)
        if "time_to_first_byte" in self._fields:
            times = self._marks.number(self._fields["time_to_first_byte"], pa.float64(), exponents=True)
            is_negative = pc.less(times, 0).fill_null(False).to_numpy(zero_copy_only=False)
            if is_negative.any():
                times = pc.if_else(pa.array(is_negative), None, times)
                is_known, is_aborted = is_known | is_negative, is_aborted | is_negative
            found["time_to_first_byte_s"] = times
        found["is_aborted"] = pa.array(is_aborted, mask=None if is_known.all() else ~is_known)

    def _status(self) -> tuple[pa.Array, Mask, Mask]:
        """The status; the rows that tell whether the client hung up; those in which it did."""
        if "status_code" not in self._fields:
            nothing = np.zeros(self._count, dtype=np.bool_)
            return pa.nulls(self._count, pa.int32()), nothing, nothing
        logged = self._fields["status_code"]
        status = self._marks.number(logged, pa.int32())
        # A status that was left out of the log, or is no number, says nothing of the client.
        was_none = self._was_there("status_code") & ~has_value(logged)
        is_aborted = was_none | np.isin(status.fill_null(0).to_numpy(zero_copy_only=False), _ABORTED)
        return status, was_none | has_value(status), is_aborted

    def _add_kinds(self, found: dict[str, pa.Array]) -> tuple[Codes, Codes]:
        count, host = self._count, found.get("host")
        of_version = versions(self._wires, host, count)
        vod_ids = [*_present(found, "asset_arn"), *_present(found, "packaging_config_arn")]
        log_type = self._text("log_type") if "log_type" in self._fields else None
        of_direction = directions(
            {field.name: self._was_there(field.name) for field in FIELDS},
            host,
            found.get("path"),
            [log_type, self._origins.log_group],
            found.get("method"),
            count,
        )
        found["log_version"] = column_of(of_version, VERSIONS)
        found["workflow"] = column_of(workflows(host, vod_ids, count), WORKFLOWS)
        found[DIRECTION] = column_of(of_direction, DIRECTIONS)
        return of_version, of_direction

    def _add_origin(self, found: dict[str, pa.Array]) -> None:
        if self._origins.log_group is not None:
            found["log_group"] = self._origins.log_group
        if self._origins.event_id is not None:
            found["log_event_id"] = self._origins.event_id

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
        beyond = {**{name: each for name, each in self._wires.items() if name not in BY_WIRE}, **self._batch.beyond}
        extra = {name: plain(self._marks.text(values)) for name, values in beyond.items()}
        for name in _TIME_FIELDS:
            others = self._times.sources != SOURCES.index(name)
            if name in self._fields and others.any():
                others &= logged_times(self._fields[name]) != self._times.millis
                extra[name] = plain(only_where(others, self._text(name)))
        if "log_type" in self._fields:
            log_type = plain(self._text("log_type"))
            expected = plain(column_of(of_direction, _LOG_TYPES))
            extra["log_type"] = pc.if_else(pc.equal(log_type, expected), None, log_type)
        if "resource_arn" in self._fields:
            arns = self._text("resource_arn")
            extra["resource_arn"] = plain(per_value(arns, _without_whole_arns))
        return {name: column for name, column in extra.items() if column.null_count < self._count}

    def _text(self, name: str) -> pa.Array:
        if name not in self._texts:
            self._texts[name] = self._marks.text(self._fields[name])
        return self._texts[name]

    def _present_texts(self, names: tuple[str, ...]) -> dict[str, pa.Array]:
        return {name: self._text(name) for name in names if name in self._fields}

    def _was_there(self, name: str) -> Mask:
        """Rows that have a watched field, be it with a null marker."""
        there = np.zeros(self._count, dtype=np.bool_)
        for wire, rows in self._batch.present.items():
            if BY_WIRE[wire].name == name:
                there |= rows
        return there

    def _as_logged(self, names: tuple[str, ...]) -> dict[str, pa.Array]:
        """Texts in which a field that is there and empty is not null but empty."""
        texts = self._present_texts(names)
        return {name: _with_empty(text, self._was_there(name) & ~has_value(text)) for name, text in texts.items()}

    def _host(self) -> pa.Array | None:
        """Of the URL; where there is none, the one that the client asked for in TLS."""
        of_url = [] if self._urls is None else [self._urls.host]
        return merged([*of_url, *self._present_texts(("domain_name",)).values()])

    def _has_host(self) -> Mask:
        host = self._host()
        return np.zeros(self._count, dtype=np.bool_) if host is None else has_value(host)

    def _has_path(self) -> Mask:
        if self._urls is None:
            return np.zeros(self._count, dtype=np.bool_)
        path = self._urls.path
        return rows_of(pc.starts_with(path.dictionary, "/").fill_null(False).to_numpy(zero_copy_only=False), path)


def _by_name(wires: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """The fields by name: of both versions' spellings the one that has a value, version 2's first.

    Where a key was renamed, the plain one is of another thing, and is left out.
    """
    groups: dict[str, list[pa.Array]] = {}
    for wire, field in BY_WIRE.items():
        if wire in wires:
            groups.setdefault(field.name, []).append(wires[wire])
    fields = {name: column for name, columns in groups.items() if (column := merged(columns)) is not None}
    for renamed, name in (("data.timestamp", "timestamp"), ("data.requestId", "request_id")):
        if renamed in fields:
            fields[name] = merged([fields.pop(renamed), *_present(fields, name)])
    return fields


def _present(columns: Mapping[str, pa.Array], name: str) -> list[pa.Array]:
    return [columns[name]] if name in columns else []


def _with_empty(texts: pa.Array, empty: Mask) -> pa.Array:
    if not empty.any():
        return texts
    code = pa.scalar(len(texts.dictionary), pa.int32())
    indices = pc.if_else(pa.array(empty), code, texts.indices)
    return pa.DictionaryArray.from_arrays(indices, pa.concat_arrays([texts.dictionary, pa.array([""])]))


def _without_quotes(agents: pa.Array) -> pa.Array:
    """Without one pair of quotes around them: the documentation has it, records mostly have it not."""
    if not pc.any(pc.starts_with(agents, '"')).as_py():
        return agents
    bare = pc.replace_substring_regex(agents, _QUOTED, r"\1")
    return pc.if_else(pc.equal(bare, ""), None, bare)


def _group_of_arn(arns: pa.Array) -> pa.Array:
    """The channel group of a whole ARN of one; null for other text."""
    is_whole = pc.match_substring_regex(arns, _GROUP_ARN)
    return pc.if_else(is_whole, pc.replace_substring_regex(arns, _GROUP_ARN, r"\1"), None)


def _without_whole_arns(arns: pa.Array) -> pa.Array:
    """Null for ARNs of a channel group: account, region and group have columns."""
    return pc.if_else(pc.match_substring_regex(arns, _GROUP_ARN), None, arns)


def _status_class(statuses: pa.Array) -> pa.Array:
    hundreds = statuses.fill_null(0).to_numpy(zero_copy_only=False) // 100
    return column_of(np.where((hundreds >= 1) & (hundreds <= 5), hundreds, 0).astype(np.int32), _STATUS_CLASSES)


def _keep_to_direction(found: dict[str, pa.Array], of_direction: Codes) -> None:
    """Null for columns of the other direction's table."""
    for direction, names in ((EGRESS, _IS_EGRESS), (INGRESS, _IS_INGRESS)):
        rows = of_direction == DIRECTIONS.index(direction)
        if not rows.all():
            found.update({name: only_where(rows, each) for name, each in found.items() if name in names})
