"""Ways to ask for a manifest: of another time than now, with a part of the renditions alone.

MediaPackage user guides, "Time-shifted viewing" and "Manifest filtering"; some of the values are what people get wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.synth.mediapackage.channels import Version
from shared.synth.slices import seconds_since_1970

KINDS = ("startover", "catchup", "delay")
_WINDOWS = 4  # shared ones, as the service recommends: one for each viewer would empty the CDN's cache
_WINDOW = timedelta(minutes=30)
_FILTER = {
    Version.V1: "aws.manifestfilter=audio_sample_rate:0-44100;video_bitrate:0-3000000",
    Version.V2: "aws.manifestfilter=video_codec%3Ah264%3Bvideo_height%3A1-720",
}


class _Way(NamedTuple):
    """A query string without `?`, or what stands in the path before the file; what it asks for; a mistake or not."""

    query: str
    kind: str = ""
    in_path: str = ""
    is_refused: bool = False


@dataclass(frozen=True)
class Shifts:
    """Ways to ask for a manifest. Arrays run along them; the first one is the plain way.

    kind           index into KINDS; -1 for now
    is_refused     ask for what is no time: the service answers 404
    shifted, in_paths, filtered   places of those that ask for another time, do so in the path, only filter
    """

    query: pa.StringArray
    in_path: pa.StringArray
    kind: npt.NDArray[np.int32]
    is_filtered: npt.NDArray[np.bool_]
    is_refused: npt.NDArray[np.bool_]
    shifted: npt.NDArray[np.int32]
    in_paths: npt.NDArray[np.int32]
    filtered: npt.NDArray[np.int32]


@lru_cache(maxsize=4)
def shifts(version: Version, hour: datetime) -> Shifts:
    """The ways that are used in an hour (naive UTC)."""
    shifted = _of_v1 if version is Version.V1 else _of_v2
    ways = [_Way(""), _Way(_FILTER[version])]
    for window in range(1, _WINDOWS + 1):
        ways += shifted(hour - window * _WINDOW)
    kind = np.array([KINDS.index(way.kind) if way.kind else -1 for way in ways], dtype=np.int32)
    is_filtered = np.array(["manifestfilter" in way.query for way in ways])
    return Shifts(
        query=pa.array([way.query for way in ways], pa.string()),
        in_path=pa.array([way.in_path for way in ways], pa.string()),
        kind=kind,
        is_filtered=is_filtered,
        is_refused=np.array([way.is_refused for way in ways]),
        shifted=np.flatnonzero(kind >= 0).astype(np.int32),
        in_paths=np.flatnonzero([bool(way.in_path) for way in ways]).astype(np.int32),
        filtered=np.flatnonzero(is_filtered & (kind < 0)).astype(np.int32),
    )


def _of_both(start: datetime) -> Iterator[_Way]:
    seconds = seconds_since_1970(start)
    yield _Way(f"start={_iso(start)}Z", "startover")
    yield _Way(f"start={seconds}&end={seconds_since_1970(start + _WINDOW)}", "catchup")


def _of_v1(start: datetime) -> Iterator[_Way]:
    at, until = _iso(start), _iso(start + _WINDOW)
    yield from _of_both(start)
    yield _Way(f"start={at}%2B00:00&end={until}%2B00:00", "catchup")
    yield _Way(f"start={at}+00:00", "startover")
    yield _Way(f"start={at}_02:00", "startover", is_refused=True)
    yield _Way("time_delay=30", "delay")
    yield _Way("", "catchup", in_path=f"start/{at}Z/end/{until}Z/")


def _of_v2(start: datetime) -> Iterator[_Way]:
    at, until = (_iso(moment).replace(":", "%3A") for moment in (start, start + _WINDOW))
    yield from _of_both(start)
    yield _Way("aws.manifestsettings=time_delay%3A30", "delay")
    yield _Way(f"aws.manifestsettings=start%3A{at}Z%3Bend%3A{until}Z", "catchup")
    yield _Way(f"AWS.ManifestSettings=manifest_window_seconds%3A60%3Bstart%3A{at}Z", "startover")
    yield _Way(f"{_FILTER[Version.V2]}&start={_iso(start)}Z", "startover")


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"
