"""Query strings of manifest requests: other times than now, and parts of the renditions alone.

MediaPackage user guides, "Time-shifted viewing" and "Manifest filtering"; some of the values are what people get wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.synth.mediapackage.channels import Version
from shared.synth.slices import seconds_since_1970

_WINDOWS = 4  # shared ones, as the service recommends: one for each viewer would empty the CDN's cache
_FILTER = {
    Version.V1: "aws.manifestfilter=audio_sample_rate:0-44100;video_bitrate:0-3000000",
    Version.V2: "aws.manifestfilter=video_codec%3Ah264%3Bvideo_height%3A1-720",
}


@dataclass(frozen=True)
class Shifts:
    """Ways to ask for a manifest. Arrays run along them; the first one is the plain way.

    query          without `?`; in_path stands before the file's name
    shifted, in_paths, filtered   which ones ask for another time, do so in the path, filter
    """

    query: pa.StringArray
    in_path: pa.StringArray
    is_timeshift: npt.NDArray[np.bool_]
    is_filtered: npt.NDArray[np.bool_]
    shifted: npt.NDArray[np.int32]
    in_paths: npt.NDArray[np.int32]
    filtered: npt.NDArray[np.int32]


@lru_cache(maxsize=4)
def shifts(version: Version, hour: datetime) -> Shifts:
    """The ways that are used in an hour (naive UTC)."""
    ways = [("", ""), (_FILTER[version], "")]
    for window in range(1, _WINDOWS + 1):
        start = hour - timedelta(minutes=30 * window)
        ways += [(query, "") for query in _queries(version, start)]
        if version is Version.V1:
            end = start + timedelta(minutes=30)
            ways.append(("", f"start/{start:%Y-%m-%dT%H:%M:%SZ}/end/{end:%Y-%m-%dT%H:%M:%SZ}/"))
    is_timeshift = np.array([bool(in_path) or query not in ("", _FILTER[version]) for query, in_path in ways])
    is_filtered = np.array(["manifestfilter" in query for query, _ in ways])
    in_path = np.array([bool(in_path) for _, in_path in ways])
    return Shifts(
        query=pa.array([query for query, _ in ways], pa.string()),
        in_path=pa.array([in_path for _, in_path in ways], pa.string()),
        is_timeshift=is_timeshift,
        is_filtered=is_filtered,
        shifted=np.flatnonzero(is_timeshift).astype(np.int32),
        in_paths=np.flatnonzero(in_path).astype(np.int32),
        filtered=np.flatnonzero(is_filtered & ~is_timeshift).astype(np.int32),
    )


def _queries(version: Version, start: datetime) -> Iterator[str]:
    at, seconds = f"{start:%Y-%m-%dT%H:%M:%S}", seconds_since_1970(start)
    until = f"{start + timedelta(minutes=30):%Y-%m-%dT%H:%M:%S}"
    yield f"start={at}Z"
    yield f"start={seconds}&end={seconds + 1800}"
    if version is Version.V1:
        yield f"start={at}%2B00:00&end={until}%2B00:00"
        yield f"start={at}+00:00"
        yield f"start={at}_02:00"  # no time at all: the service answers 404
        yield "time_delay=30"
    else:
        coded, coded_until = (moment.replace(":", "%3A") for moment in (at, until))
        yield "aws.manifestsettings=time_delay%3A30"
        yield f"aws.manifestsettings=start%3A{coded}Z%3Bend%3A{coded_until}Z"
        yield f"AWS.ManifestSettings=manifest_window_seconds%3A60%3Bstart%3A{coded}Z"
        yield f"{_FILTER[version]}&start={at}Z"
