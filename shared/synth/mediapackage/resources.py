"""What can be asked of endpoints: manifests, segments and the like, as one table that requests draw from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.synth.mediapackage.channels import AUDIO, RENDITIONS, VOD, Channel, Endpoint, Version
from shared.synth.objects import hex_id
from shared.synth.population import Population

CLASSES = ("manifest_multivariant", "manifest_media", "manifest", "init", "segment", "subtitle", "thumbnail")
_FRAGMENTS_PER_SEGMENT = 60_000_000  # MSS counts time in units of 100 ns
_M = 1_772_366_400  # the cache buster of v1: when the endpoint was configured
_VIDEO = RENDITIONS[:-1]
# Mean of the natural logarithm of the body's bytes.
_LOG_SIZE = {
    "manifest_multivariant": 7.2, "manifest_media": 7.6, "manifest": 9.0, "init": 6.8, "segment": 14.6,
    "subtitle": 6.5, "thumbnail": 9.2,
}  # fmt: skip


class Resource(NamedTuple):
    """Something under an endpoint's URL: `file`, then the segment's number (times `step`; none if 0), then `ending`."""

    kind: str
    weight: float
    file: str
    ending: str = ""
    step: int = 0
    manifest: tuple[str, str] = ("", "")  # name and type, as v2 logs them
    is_blocking: bool = False


@dataclass(frozen=True)
class Catalogue:
    """The resources of some endpoints; arrays run along them. Texts are ready for JSON."""

    drawn: Population
    places: tuple[str, ...]
    place: npt.NDArray[np.int32]
    base: pa.StringArray
    host: pa.StringArray
    file: pa.StringArray
    ending: pa.StringArray
    identity: pa.StringArray
    manifest_name: pa.StringArray
    manifest_type: pa.StringArray
    step: npt.NDArray[np.int64]
    first_number_s: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int32]
    is_manifest: npt.NDArray[np.bool_]
    is_mss: npt.NDArray[np.bool_]
    is_blocking: npt.NDArray[np.bool_]
    is_live: npt.NDArray[np.bool_]
    log_size: npt.NDArray[np.float64]


@lru_cache(maxsize=8)
def catalogue(channels: tuple[Channel, ...]) -> Catalogue:
    """What the endpoints of channels have, and, beside channels of v1, what is there on demand."""
    endpoints = [(endpoint, channel.first_number_s) for channel in channels for endpoint in channel.endpoints]
    version = channels[0].version
    if version is Version.V1:
        endpoints += [(endpoint, 0) for endpoint in VOD]
    places = tuple(dict.fromkeys(endpoint.place for endpoint, _ in endpoints))
    rows = [
        (endpoint, first_s, resource, endpoint.weight * resource.weight / total)
        for endpoint, first_s in endpoints
        for resources in [_resources(version, endpoint)]
        for total in [sum(resource.weight for resource in resources)]
        for resource in resources
    ]
    weights = [weight for *_, weight in rows]
    kinds = [resource.kind for _, _, resource, _ in rows]

    def texts(values: Iterator[str]) -> pa.StringArray:
        return pa.array(values, pa.string())

    return Catalogue(
        drawn=Population.of(map(str, range(len(rows))), weights),
        places=places,
        place=np.array([places.index(endpoint.place) for endpoint, *_ in rows], dtype=np.int32),
        base=texts(endpoint.base for endpoint, *_ in rows),
        host=texts(endpoint.host for endpoint, *_ in rows),
        file=texts(resource.file for _, _, resource, _ in rows),
        ending=texts(resource.ending for _, _, resource, _ in rows),
        identity=texts(endpoint.identity for endpoint, *_ in rows),
        manifest_name=texts(resource.manifest[0] for _, _, resource, _ in rows),
        manifest_type=texts(resource.manifest[1] for _, _, resource, _ in rows),
        step=np.array([resource.step for _, _, resource, _ in rows], dtype=np.int64),
        first_number_s=np.array([first_s for _, first_s, *_ in rows], dtype=np.int64),
        kind=np.array([CLASSES.index(kind) for kind in kinds], dtype=np.int32),
        is_manifest=np.array([kind.startswith("manifest") for kind in kinds]),
        is_mss=np.array([endpoint.packaging == "mss" for endpoint, *_ in rows]),
        is_blocking=np.array([resource.is_blocking for _, _, resource, _ in rows]),
        is_live=np.array([first_s > 0 for _, first_s, *_ in rows]),
        log_size=np.array([_LOG_SIZE[kind] for kind in kinds]),
    )


def _resources(version: Version, endpoint: Endpoint) -> Sequence[Resource]:
    if version is Version.V1:
        return _V1[endpoint.packaging]
    return _V2[endpoint.packaging]


_HLS = (
    Resource("manifest_multivariant", 0.6, "index.m3u8"),
    *(Resource("manifest_media", 2.6, f"index_{rendition}.m3u8") for rendition in RENDITIONS),
    *(Resource("segment", 2.6, f"index_{rendition}_", f".ts?m={_M}", step=1) for rendition in RENDITIONS),
    Resource("subtitle", 0.2, "index_subtitles_5_", f".webvtt?m={_M}", step=1),
    Resource("thumbnail", 0.1, "thumb_6_", f".jpg?m={_M}", step=1),
)
_MANIFEST_ID = hex_id("manifest", 32)
_CMAF = (
    Resource("manifest_multivariant", 0.6, f"{_MANIFEST_ID}/index.m3u8"),
    *(Resource("manifest_media", 2.6, f"{_MANIFEST_ID}/index_{rendition}.m3u8") for rendition in RENDITIONS),
    *(Resource("init", 0.1, f"cmafseg_video_{rendition}_init.mp4", f"?m={_M}") for rendition in _VIDEO),
    *(Resource("segment", 2.6, f"cmafseg_video_{rendition}_", f".mp4?m={_M}", step=1) for rendition in _VIDEO),
    Resource("segment", 2.6, f"cmafseg_audio_{AUDIO}_", f".mp4?m={_M}", step=1),
)
_DASH = (
    Resource("manifest", 5.0, "index.mpd"),
    *(Resource("init", 0.1, f"index_video_{rendition}_0_init.mp4", f"?m={_M}") for rendition in _VIDEO),
    *(Resource("segment", 2.0, f"index_video_{rendition}_0_", f".mp4?m={_M}", step=1) for rendition in _VIDEO),
    Resource("segment", 4.0, f"index_audio_{AUDIO}_0_", f".mp4?m={_M}", step=1),
)


def _mss(events: str, quality: int, track: str) -> Resource:
    file = f"index.ism/Events({events})/QualityLevels({quality})/Fragments({track}="
    return Resource("segment", 2.5, file, ")", step=_FRAGMENTS_PER_SEGMENT)


_MSS = (
    Resource("manifest", 4.0, "index.ism/Manifest"),
    _mss("203_0", 4_000_000, "v"),
    _mss("203_0", 1_500_000, "v"),
    _mss("203_0", 128_000, "a_2_0"),
)
_V1 = {"hls": _HLS, "cmaf": _CMAF, "dash": _DASH, "mss": _MSS}


def _v2_segments(weight: float) -> tuple[Resource, ...]:
    return (
        *(Resource("init", 0.1, f"segment_{rendition}_video_init.mp4") for rendition in _VIDEO),
        *(Resource("segment", weight, f"segment_{rendition}_video_", ".mp4", step=1) for rendition in _VIDEO),
        Resource("segment", weight, f"segment_{AUDIO}_audio_", ".mp4", step=1),
    )


def _v2_hls(name: str, type_: str, media_weight: float, *, is_blocking: bool) -> tuple[Resource, ...]:
    names = [f"{name}_{rendition}" for rendition in RENDITIONS]
    return (
        Resource("manifest_multivariant", 0.6, f"{name}.m3u8", manifest=(name, type_)),
        *(
            Resource("manifest_media", media_weight, f"{one}.m3u8", manifest=(one, type_), is_blocking=is_blocking)
            for one in names
        ),
    )


_V2 = {
    "hls": (*_v2_hls("index", "HLS", 2.6, is_blocking=False), *_v2_segments(2.6)),
    "ll-hls": (*_v2_hls("live", "LL_HLS", 8.0, is_blocking=True), *_v2_segments(2.6)),
    "dash": (Resource("manifest", 5.0, "index.mpd", manifest=("index", "DASH")), *_v2_segments(2.5)),
}
