"""The live channels of a sample, with the endpoints that CDNs ask and the inputs that encoders deliver to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property

from shared.synth.mediapackage.spec import MediaPackageSpec
from shared.synth.objects import hex_id
from shared.synth.slices import seconds_since_1970

ACCOUNT = "111122223333"
REGION = "us-east-1"
SEGMENT_S = 6
RENDITIONS = ("1", "2", "3", "4")
AUDIO = RENDITIONS[-1]
INPUTS = (1, 2)
_SUBJECTS = ("news", "sport", "music", "kids", "film", "docs")
_GROUPS = ("live-main", "live-events")


class Version(StrEnum):
    """Version of the service."""

    V1 = "v1"
    V2 = "v2"


def _url(host: str) -> str:
    return f"https://{host}:443"


@dataclass(frozen=True)
class Endpoint:
    """An origin endpoint: where its URLs begin, how it packages, and what each of its records says about it (JSON)."""

    place: str
    packaging: str
    base: str
    host: str
    identity: str
    weight: float


@dataclass(frozen=True)
class Input:
    """One of the two inputs of a channel, as `Endpoint`; `address` is the encoder's."""

    place: str
    base: str
    host: str
    address: str
    identity: str


@dataclass(frozen=True)
class Channel:
    """A live channel. `first_number_s` is when (seconds since 1970) its segment 0 began."""

    rank: int
    version: Version
    id: str
    group: str | None
    first_number_s: int

    @property
    def weight(self) -> float:
        """How popular it is, in relation to the others."""
        return float((1 + self.rank) ** -0.5)

    @property
    def skew_s(self) -> float:
        """How much later its second input gets a segment than its first; one channel's encoders are badly aligned."""
        return 2.4 if self.rank == 1 else 0.2

    def number(self, at_s: int) -> int:
        """The segment that begins at that time or went on then."""
        return (at_s - self.first_number_s) // SEGMENT_S

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """What it is asked for, and by how much."""
        packagings = {"hls": 0.45, "cmaf": 0.25, "dash": 0.2, "mss": 0.1}
        if self.version is Version.V2:
            packagings = {"hls": 0.45, "ll-hls": 0.25, "dash": 0.3}
        return tuple(self._endpoint(packaging, weight * self.weight) for packaging, weight in packagings.items())

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """Where it is delivered to: 1 and 2."""
        return tuple(self._input(index) for index in INPUTS)

    def _endpoint(self, packaging: str, weight: float) -> Endpoint:
        if self.version is Version.V1:
            name, hash_ = f"{self.id}-{packaging}", hex_id(f"endpoint {self.id} {packaging}", 32)
            host = f"{hex_id(f'egress {self.id}', 16)}.mediapackage.{REGION}.amazonaws.com"
            arn = f"arn:aws:mediapackage:{REGION}:{ACCOUNT}:origin_endpoints/{hash_}"
            identity = f'{self._identity},"endpointId":"{name}","endpointArn":"{arn}"'
            return Endpoint(f"{self.id}/{name}", packaging, f"{_url(host)}/out/v1/{hash_}/", host, identity, weight)
        host = f"{hex_id(self.id, 6)}.egress.{hex_id(str(self.group), 6)}.mediapackagev2.{REGION}.amazonaws.com"
        base = f"{_url(host)}/out/v1/{self.group}/{self.id}/{packaging}/"
        identity = (
            f'{self._identity},"endpoint_id":"{packaging}","endpoint_arn":"{self._arn}/originEndpoint/{packaging}"'
        )
        return Endpoint(f"{self.id}/{packaging}", packaging, base, host, identity, weight)

    def _input(self, index: int) -> Input:
        place, address = f"{self.id}/{index}", f"203.0.113.{1 + (self.rank * 2 + index) % 254}"
        if self.version is Version.V1:
            # Of the first input both hashes are the channel's.
            hash_ = hex_id(f"channel {self.id}", 32)
            own = hash_ if index == 1 else hex_id(f"input {self.id}", 32)
            host = f"{hex_id(f'ingest {self.id} {index}', 16)}.mediapackage.{REGION}.amazonaws.com"
            return Input(place, f"{_url(host)}/in/v2/{hash_}/{own}/", host, address, self._identity)
        host = f"{hex_id(self.id, 6)}-{index}.ingest.{hex_id(str(self.group), 6)}.mediapackagev2.{REGION}.amazonaws.com"
        kind = "HLS" if self.group == _GROUPS[0] else ""  # often left blank
        identity = f'{self._identity},"input_type":"{kind}","input_index":"{index}"'
        return Input(place, f"{_url(host)}/in/v1/{self.group}/{index}/{self.id}/", host, address, identity)

    @property
    def _arn(self) -> str:
        if self.version is Version.V1:
            return f"arn:aws:mediapackage:{REGION}:{ACCOUNT}:channels/{hex_id(f'channel {self.id}', 32)}"
        return f"arn:aws:mediapackagev2:{REGION}:{ACCOUNT}:channelGroup/{self.group}/channel/{self.id}"

    @property
    def _identity(self) -> str:
        if self.version is Version.V1:
            return f'"account":"{ACCOUNT}","channelId":"{self.id}","channelArn":"{self._arn}"'
        group_arn = f"arn:aws:mediapackagev2:{REGION}:{ACCOUNT}:channelGroup/{self.group}"
        return (
            f'"resource_arn":"{group_arn}","account":"{ACCOUNT}","channel_group_id":"{self.group}",'
            f'"channel_id":"{self.id}","channel_arn":"{self._arn}"'
        )


VOD_HOST = f"{hex_id('vod', 32)}.egress.mediapackage-vod.{REGION}.amazonaws.com"
VOD = tuple(
    Endpoint(
        place="vod",
        packaging=packaging,
        base=f"{_url(VOD_HOST)}/out/v1/{'/'.join(hex_id(f'{asset} {packaging} {part}', 32) for part in range(3))}/",
        host=VOD_HOST,
        identity=f'"account":"{ACCOUNT}","assetArn":"arn:aws:mediapackage-vod:{REGION}:{ACCOUNT}:assets/{asset}",'
        f'"packagingConfigArn":"arn:aws:mediapackage-vod:{REGION}:{ACCOUNT}:packaging-configurations/{packaging}"',
        weight=0.01,
    )
    for asset in ("film-0001", "film-0002", "trailer-0001")
    for packaging in ("hls", "dash")
)
"""Endpoints of packaging groups; their records name no channel."""


def channels_of(spec: MediaPackageSpec) -> tuple[Channel, ...]:
    """The channels of a sample. Those of v2 are in up to two channel groups, in turn."""
    started = seconds_since_1970(spec.first_hour)
    channels = []
    for rank in range(spec.channels):
        version = Version.V2 if rank % 2 else Version.V1
        group = _GROUPS[rank // 2 % 2] if version is Version.V2 else None
        started_s = started - int(timedelta(days=3 + rank).total_seconds())
        channels.append(Channel(rank, version, f"{_SUBJECTS[rank % 6]}-{rank:03d}", group, started_s))
    return tuple(channels)
