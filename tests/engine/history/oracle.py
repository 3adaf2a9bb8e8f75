"""What a lake must hold, from the raw objects alone: plain Python that knows the lines but nothing of the engine.

`ingest_run` depends on the history and `record_hash` on a formula of the engine; both are left to other comparisons.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.engine.history.events import CLIENTS, Content, Damage, Form, Line, Noise, Record, Slot
from tests.engine.history.wire import DISTRIBUTION, event_ms, header_of, text_of

Row = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BEST_FIRST = (Form.V2_JSON, Form.V2_W3C, Form.V1)
# The pseudonyms of the addresses under the tests' viewer key.
_VIEWERS = dict(zip(CLIENTS, ("2cb5a1a02509d720", "ec7103b6d8a96ca6"), strict=True))
_SAME_IN_ALL: Row = {
    "asn": None,
    "browser_family": "curl",
    "browser_version": "8.0",
    "bytes_received": 100,
    "cache_result": "Hit",
    "cache_result_detailed": "Hit",
    "cache_result_response": "Hit",
    "client_kind": "tool",
    "client_name": "curl",
    "client_operator": None,
    "client_port": None,
    "cmcd": None,
    "connection_id": None,
    "content_length": None,
    "content_type": None,
    "cookie": None,
    "country": None,
    "country_source": None,
    "device_brand": None,
    "device_family": "Other",
    "device_model": None,
    "distribution_domain": "d111111abcdef8.cloudfront.net",
    "distribution_tenant_id": None,
    "edge_airport": "FRA",
    "edge_location": "FRA60-P3",
    "extra": None,
    "fle_encrypted_fields": None,
    "fle_status": None,
    "forwarded_ips": None,
    "host": "www.example.com",
    "ip_version": 4,
    "is_aborted": False,
    "is_bot": False,
    "is_mobile": False,
    "is_pc": False,
    "is_tablet": False,
    "is_touch_capable": False,
    "method": "GET",
    "origin_first_byte_s": None,
    "origin_last_byte_s": None,
    "os_family": "Other",
    "os_version": None,
    "parse_flags": None,
    "path": "/index.html",
    "path_pattern": None,
    "protocol": "https",
    "protocol_version": "HTTP/2.0",
    "query": None,
    "range_end": None,
    "range_start": None,
    "referer": None,
    "status": 200,
    "time_taken_s": 0.01,
    "time_to_first_byte_s": 0.005,
    "tls_cipher": None,
    "tls_protocol": None,
    "user_agent": "curl/8.0",
    "viewer_request_log_data": None,
    "viewer_response_log_data": None,
    "x_forwarded_for": None,
}


@dataclass(frozen=True)
class Version:
    """A version of a raw object as it lies in the raw prefix."""

    slot: Slot
    url: str
    content: Content
    data: bytes
    modified_s: int

    @property
    def modified(self) -> datetime:
        """When it was delivered."""
        return _EPOCH + timedelta(seconds=self.modified_s)


@dataclass
class Withheld:
    """What a lake must not hold: rows of these addresses, and of each table the hours before one."""

    clients: set[str] = field(default_factory=set)
    floors: dict[str, str] = field(default_factory=dict)

    def expire(self, table: str, hour: str) -> None:
        """Raise a floor; it never sinks."""
        self.floors[table] = max(hour, self.floors.get(table, ""))


def table_rows(versions: Iterable[Version], withheld: Withheld) -> list[Row]:
    """The rows of the source's table, in the order of `in_order`."""
    by_key: dict[object, list[Row]] = {}
    for row in (row for version in versions for row in _records(version)):
        if row["client_ip"] not in withheld.clients:
            by_key.setdefault((row["partition"], row["request_id"], row["record_key"]), []).append(row)
    rows = (row for copies in by_key.values() for row in _survivors(copies))
    return in_order(_unexpired(rows, withheld.floors.get("cloudfront_requests", "")))


def _unexpired(rows: Iterable[Row], floor: str) -> Iterator[Row]:
    return (row for row in rows if row["partition"] >= floor)


def _survivors(copies: list[Row]) -> Iterator[Row]:
    """The best copy of each distribution; one that does not know its own only where no other copy does."""
    ordered = sorted(copies, key=_rank)
    known = {row["distribution_id"] for row in ordered} - {None}
    for distribution in known or {None}:
        yield next(row for row in ordered if row["distribution_id"] == distribution)


def _rank(row: Row) -> tuple[int, str, int]:
    return _BEST_FIRST.index(row["source_format"]), row["source_object"], row["source_line"]


def _records(version: Version) -> Iterator[Row]:
    slot, copies = version.slot, Counter[str]()
    for number, line in _numbered(version):
        if number is None or not isinstance(line, Record):
            continue
        text = text_of(line, slot.form).removesuffix("\n")
        copies[text] += 1
        digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        has_id = line.request_id != "-"
        says = DISTRIBUTION if slot.form is Form.V2_JSON and line.knows else None
        yield {
            **_SAME_IN_ALL,
            "event_time": _EPOCH + timedelta(milliseconds=event_ms(line, slot.form)),
            "distribution_id": says or slot.distribution,
            "request_id": line.request_id if has_id else None,
            "record_key": None if has_id else f"{digest}-{copies[text]}",
            "bytes_sent": line.size,
            "client_ip": line.client,
            "viewer_id": _VIEWERS[line.client],
            "source_format": slot.form.value,
            "source_object": version.url,
            "source_line": number,
            "source_modified": version.modified,
            "partition": f"2026-11-01T{line.hour:02}",
        }


def _numbered(version: Version) -> Iterator[tuple[int | None, Line]]:
    """The lines that can be read, with their numbers; lines of a damaged member are lost.

    The first line behind one has no number: unless it is a header, it may be the end of a line that is lost.
    """
    number, is_behind_damage = 1, False
    for index, lines in enumerate(version.content.members):
        if index == version.content.damaged_member:
            is_behind_damage = True
            continue
        headers = header_of(version.slot.form).count("\n")
        number += headers
        is_behind_damage = is_behind_damage and not headers
        for line in lines:
            yield None if is_behind_damage else number, line
            number += not is_behind_damage
            is_behind_damage = False


def quarantine_rows(versions: Iterable[Version], withheld: Withheld) -> list[Row]:
    """The rows of the quarantine, in the order of `in_order`; a text that names an erased address is gone."""
    rows = [row for version in versions for row in _bad(version)]
    for row in rows:
        if any(client in (row["raw_text"] or "") for client in withheld.clients):
            row.update(raw_text=None, detail="the text is erased: it named an erased person")
    return in_order(_unexpired(rows, withheld.floors.get("quarantine", "")))


def _bad(version: Version) -> Iterator[Row]:
    if version.content.damage is not None:
        yield _bad_row(version, *_DAMAGE[version.content.damage], None, None)
    for number, line in _numbered(version):
        text = text_of(line, version.slot.form).removesuffix("\n")
        if number is None:
            yield _bad_row(version, "cut_line", _CUT, f"{text}\n", None)
        elif line is Noise.TIMELESS:
            yield _bad_row(version, "bad_timestamp", None, text, number)
        elif line is Noise.BROKEN or (line is Noise.COMMENT and version.slot.form is Form.V2_JSON):
            yield _bad_row(version, *_BROKEN[version.slot.form], text, number)


_DAMAGE = {
    Damage.CHECKSUM: ("corrupt_gzip", "damaged gzip member: Error -6 Incorrect checksum found"),
    Damage.CUT: ("truncated_gzip", "the object ends inside this gzip member"),
}
_CUT = "a part of the line is lost in a damaged place of the object"
_BROKEN = {
    Form.V1: ("too_few_fields", "1 fields"),
    Form.V2_W3C: ("field_count_mismatch", "1 fields, misplaced values"),
    Form.V2_JSON: ("not_json", None),
}


def _bad_row(version: Version, reason: str, detail: str | None, text: str | None, line: int | None) -> Row:
    return {
        "source": "cloudfront",
        "reason": reason,
        "detail": detail,
        "raw_text": text,
        "source_object": version.url,
        "source_line": line,
        "source_etag": f"{version.modified_s * 10**9:x}-{len(version.data):x}",
        "source_size_bytes": len(version.data),
        "source_modified": version.modified,
        "partition": f"{version.modified:%Y-%m-%dT%H}",
    }


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Rows in the order of their lineage."""
    return sorted(
        rows, key=lambda row: (row.get("source_object", ""), row.get("source_line") or 0, sorted(map(str, row)))
    )


def difference(seen: list[Row], expected: list[Row]) -> str:
    """Rows of one side that the other has not, without what is the same in all."""

    def brief(row: Row) -> Row:
        return {name: value for name, value in row.items() if _SAME_IN_ALL.get(name, row) != value}

    lines = [f"  lacks {brief(row)}" for row in expected if row not in seen]
    lines += [f"  has   {brief(row)}" for row in seen if row not in expected]
    return "\n".join(lines) or "  equal rows, but another number of them"
