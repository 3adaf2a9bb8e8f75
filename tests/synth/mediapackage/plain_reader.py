"""A reader of MediaPackage logs, written anew with zlib, json and regular expressions: to hold the truth against.

It knows neither the parser nor the generator; it is slow and says what each record is.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

EGRESS, INGRESS = "mediapackage_egress_requests", "mediapackage_ingress_requests"
EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Row:
    """A good record."""

    table: str
    at: datetime
    request_id: str
    status: str
    method: str
    url: str
    path: str
    query: str
    host: str
    agent: str
    channel: str
    endpoint: str
    input: int | None
    first_byte: float
    manifest_type: str | None
    received: int | None
    raw: str = field(compare=False)

    @property
    def identity(self) -> tuple[str, datetime, str, str]:
        return self.request_id, self.at, self.status, self.url

    @property
    def place(self) -> str:
        if self.table == INGRESS:
            return f"{self.channel}/{self.input}"
        return "vod" if "mediapackage-vod" in self.host else f"{self.channel}/{self.endpoint}"

    @property
    def number(self) -> int:
        return self._integers[-1]

    @property
    def rendition(self) -> str:
        return str(self._integers[-2])

    @property
    def _integers(self) -> list[int]:
        return [int(digits) for digits in re.findall(r"\d+", self.path.rpartition("/")[2].rpartition(".")[0])]

    @property
    def is_delivered(self) -> bool:
        return self.table == INGRESS and self.method == "PUT" and self.status[0] == "2" and self.path.endswith(".ts")

    @property
    def kind(self) -> str:
        """Class of the request, by the path alone."""
        name = self.path.rpartition("/")[2]
        if "/QualityLevels(" in self.path and "Fragments(" in self.path:
            return "segment"
        if name.endswith(".m3u8"):
            return "manifest_media" if re.search(r"_\d+\.m3u8$", name) else "manifest_multivariant"
        if name.endswith(".mpd") or self.path.endswith(".ism/Manifest"):
            return "manifest"
        if name.endswith("_init.mp4"):
            return "init"
        if name.endswith((".webvtt", ".vtt")):
            return "subtitle"
        if name.endswith(".jpg"):
            return "thumbnail"
        return "segment" if name.endswith((".ts", ".mp4")) else "other"

    @property
    def marks(self) -> set[str]:
        found = set()
        if self.status in ("460", "499", "-") or self.first_byte < 0:
            found.add("aborted")
        if self.status == "304":
            found.add("not_modified")
        if self.table == INGRESS:
            return found | ({"challenged"} if self.status == "401" else set())
        if "_HLS_msn=" in self.query:
            found.add("blocking_reload")
        if not re.search("CloudFront|MediaTailor|Fastly", self.agent):
            found.add("direct")
        query = self.query.lower().replace("%3a", ":").replace("%3b", ";")
        asked = set(re.findall(r"(?:^|[&=;])(start|end|time_delay)[=:]", query))
        asked |= {"start", "end"} if "/start/" in self.path else set()
        if asked:
            found.add("delay" if "time_delay" in asked else "catchup" if "end" in asked else "startover")
        if "aws.manifestfilter=" in query:
            found.add("manifest_filter")
        return found


@dataclass
class Found:
    """What a folder holds. `rows` are all good records, copies included."""

    rows: list[Row] = field(default_factory=list)
    bad: Counter[str] = field(default_factory=Counter)
    control: int = 0
    objects: int = 0
    bad_numbers: int = 0
    drifted: int = 0
    event_ids: Counter[str] = field(default_factory=Counter)
    log_groups: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def distinct(self) -> list[Row]:
        return list({row.identity: row for row in self.rows}.values())

    @property
    def records(self) -> int:
        return len(self.rows) + self.bad.total()


def read(folder: Path) -> Found:
    """Read all objects below a folder."""
    found = Found()
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "aws-logs-write-test"):
        found.objects += 1
        for member in members(file.read_bytes()):
            if member in (b"corrupt_gzip", b"truncated_gzip"):
                found.bad[member.decode()] += 1
            elif file.relative_to(folder).parts[0] in ("egress", "ingress"):
                _read_envelope(json.loads(member), file.relative_to(folder).parts[0], found)
            else:
                for line in member.decode().split("\n")[:-1]:
                    text = line.partition(" ")[2] if "exportedlogs" in file.parts else line
                    _read_record(text, found, has_time=False)
    return found


def members(data: bytes) -> Iterator[bytes]:
    """The texts of the gzip members; the name of the fault where there is one."""
    while data:
        packed = zlib.decompressobj(31)
        try:
            text = packed.decompress(data)
        except zlib.error:
            yield b"corrupt_gzip"
            following = data.find(b"\x1f\x8b\x08", 1)
            data = data[following:] if following > 0 else b""
            continue
        yield text if packed.eof else b"truncated_gzip"
        data = packed.unused_data


def _read_envelope(envelope: dict[str, Any], prefix: str, found: Found) -> None:
    if envelope["messageType"] == "CONTROL_MESSAGE":
        found.control += 1
        return
    assert envelope["messageType"] == "DATA_MESSAGE"
    found.log_groups[prefix, envelope["logGroup"]] += 1
    for event in envelope["logEvents"]:
        found.event_ids[event["id"]] += 1
        _read_record(event["message"], found, has_time=True)


def _read_record(text: str, found: Found, *, has_time: bool) -> None:
    try:
        record = json.loads(text)
    except json.JSONDecodeError:
        found.bad["not_json"] += 1
        return
    if not isinstance(record, dict):
        found.bad["not_object"] += 1
        return
    if "request" not in record and "request_uri_base" not in record:
        found.bad["wrong_schema"] += 1
        return
    if not has_time and not any(key in record for key in ("timestamp", "event_timestamp", "requestId", "request_id")):
        found.bad["bad_timestamp"] += 1
        return
    found.bad_numbers += "12x4" in text
    found.drifted += "edgeTier" in record
    found.rows.append(_row(record, text))


def _row(record: dict[str, Any], text: str) -> Row:
    is_v1 = "requestId" in record
    url, _, query = record["request" if is_v1 or "request" in record else "request_uri_base"].partition("?")
    query = query or record.get("request_query_params", "")
    host, path = re.fullmatch(r"https://([^:/]+):443(/.*)", url).groups()  # type: ignore[union-attr]
    parts = path.split("/")
    table = EGRESS if parts[1] == "out" else INGRESS
    if is_v1:
        channel, endpoint = record.get("channelId", ""), record.get("endpointId", "")
        input_ = None if table == EGRESS else 1 if parts[3] == parts[4] else 2
    elif table == EGRESS:
        channel, endpoint, input_ = parts[4], parts[5], None
    else:
        channel, endpoint, input_ = parts[5], "", int(parts[4])
    received = record.get("receivedBytes", record.get("received_bytes"))
    return Row(
        table=table,
        at=_time(record["timestamp"] if is_v1 else record["event_timestamp"]),
        request_id=record["requestId" if is_v1 else "request_id"],
        status=str(record["statusCode" if is_v1 else "status_code"]),
        method=record["method"],
        url=f"{url}?{query}",
        path=path,
        query=query,
        host=host,
        agent=record["userAgent" if is_v1 else "user_agent"],
        channel=channel,
        endpoint=endpoint,
        input=input_,
        first_byte=record["processingTime" if is_v1 else "time_to_first_byte"],
        manifest_type=record.get("manifest_type"),
        received=received if isinstance(received, int) else None,
        raw=text,
    )


def _time(value: str | int) -> datetime:
    if isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, UTC).replace(tzinfo=None)
    return datetime.fromisoformat(value.removesuffix("Z"))


def by_class(rows: list[Row]) -> dict[str, dict[str, dict[str, int]]]:
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in rows:
        counts[row.table][row.place][row.kind] += 1
    return {table: {place: dict(kinds) for place, kinds in places.items()} for table, places in counts.items()}
