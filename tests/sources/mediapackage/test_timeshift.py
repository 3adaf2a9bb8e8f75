from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.mediapackage.timeshift import (
    BLOCKING,
    DELAY,
    END,
    FILTER,
    OTHER,
    START,
    shift_kinds,
    window_flags,
    wishes,
)

TEN, ELEVEN = datetime(2026, 3, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, 11, tzinfo=UTC)


def asked(query: str | None) -> tuple[int, datetime | None, datetime | None]:
    """Among others, so that a query which takes the place of its neighbour shows."""
    found = wishes(pa.array(["start=946684800&end=946684801&time_delay=1", query, None, "m=1"], pa.string()))
    assert found.flags.tolist()[2:] == [0, 0]
    assert found.start.to_pylist()[2:] == found.end.to_pylist()[2:] == [None, None]
    alone = wishes(pa.array([query], pa.string()))
    assert (alone.flags[0], alone.start[0], alone.end[0]) == (found.flags[1], found.start[1], found.end[1])
    return int(found.flags[1]), found.start[1].as_py(), found.end[1].as_py()


@pytest.mark.parametrize(
    ("query", "flags", "start", "end"),
    [
        ("start=2026-03-01T10:00:00%2B00:00&end=2026-03-01T11:00:00%2B00:00", START | END, TEN, ELEVEN),
        ("start=2026-03-01T10:00:00+00:00", START, TEN, None),
        ("start=1772359200&end=1772362800", START | END, TEN, ELEVEN),
        ("start=2026-03-01T10:00:00_02:00", START, None, None),
        ("START=1772359200", START, TEN, None),
        ("%73tart%3D=1&%73tart=1772359200", START, TEN, None),
        ("start=2026-03-01T11:00:00Z&end=2026-03-01T10:00:00Z", START | END, ELEVEN, TEN),
        ("start=1772359200&start=1772362800", START, TEN, None),
        ("end=1772362800", END, None, ELEVEN),
        ("time_delay=30", DELAY, None, None),
        ("clip_start_time=1772359200", OTHER, None, None),
        ("manifest_window_seconds=60&m=1", OTHER, None, None),
        ("aws.manifestsettings=time_delay%3A10", DELAY, None, None),
        (
            "AWS.ManifestSettings=start%3A2026-03-01T10%3A00%3A00Z%3Bend%3A2026-03-01T11%3A00%3A00Z",
            START | END,
            TEN,
            ELEVEN,
        ),
        ("aws.manifestsettings=manifest_window_seconds:60;clip_start_time:2026-03-01T10:00:00Z", OTHER, None, None),
        ("aws.manifestsettings=Start:1772359200; end:1772362800", START | END, TEN, ELEVEN),
        ("aws.manifestsettings=start:1772362800&start=1772359200", START, TEN, None),
        ("aws.manifestsettings=start:1772359200;start:1772362800", START, TEN, None),
        ("aws.manifestsettings=;;start;:;end:", 0, None, None),
        ("aws.manifestfilter=audio_sample_rate:0-44100;video_bitrate:0-3000000", FILTER, None, None),
        ("aws.manifestfilter=video_codec%3Ah265&start=1772359200", FILTER | START, TEN, None),
        ("aws.manifestfilter=start:1772359200", FILTER, None, None),
        ("_HLS_msn=100&_HLS_part=2", BLOCKING, None, None),
        ("_HLS_part=2&_HLS_skip=YES", 0, None, None),
        ("start=&end&aws.manifestfilter=", 0, None, None),
        ("restart=1772359200&start_=1&send=1&xstart=2", 0, None, None),
        ("m=1772366400", 0, None, None),
        ("x=start=1772359200", 0, None, None),
        ("x=%26start=1772359200", 0, None, None),
        ("bad=%zz&start=%zz%", START, None, None),
        ("", 0, None, None),
        (None, 0, None, None),
    ],
)
def test_what_is_asked_for(query: str | None, flags: int, start: datetime | None, end: datetime | None) -> None:
    assert asked(query) == (flags, start, end)


def test_kinds() -> None:
    flags = [0, FILTER | BLOCKING, START, START | END, END, OTHER, START | OTHER, DELAY | START | END, DELAY]
    kinds = [None, None, "startover", "catchup", "other", "other", "startover", "delay", "delay"]
    assert shift_kinds(np.array(flags, np.uint8)).to_pylist() == kinds


def test_windows_in_paths() -> None:
    start, end = pa.array(["1", "1", None], pa.string()), pa.array(["2", None, None], pa.string())
    assert window_flags(start, end).tolist() == [START | END, START, 0]


ARGUMENTS = st.dictionaries(
    st.sampled_from(["start", "end", "time_delay", "clip_start_time", "manifest_window_seconds"]),
    st.sampled_from(["1772359200", "2026-03-01T12:00:00+02:00", "2026-03-01T10:00:00Z", "soon"]),
)


@settings(max_examples=60, deadline=None)
@given(ARGUMENTS, st.sampled_from(["", ":;", ":+"]))
def test_settings_mean_what_arguments_mean(arguments: dict[str, str], unencoded: str) -> None:
    plain = "&".join(f"{name}={quote(value, safe=unencoded)}" for name, value in arguments.items())
    listed = "aws.manifestsettings=" + quote(";".join(f"{n}:{v}" for n, v in arguments.items()), safe=unencoded)
    assert asked(plain) == asked(listed)


NAMES = "start end time_delay aws.manifestsettings aws.manifestfilter _HLS_msn = & ; : % %3 %3A %3D %zz 1772359200 é"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.none() | st.lists(st.sampled_from(NAMES.split()), max_size=9).map("".join) | st.text(), max_size=5))
def test_any_query_is_read_as_if_it_stood_alone(queries: list[str | None]) -> None:
    found = wishes(pa.array(queries, pa.string()))
    alone = [wishes(pa.array([each], pa.string())) for each in queries]
    assert found.flags.tolist() == [each.flags[0] for each in alone]
    assert found.start.to_pylist() == [each.start[0].as_py() for each in alone]
    assert found.end.to_pylist() == [each.end[0].as_py() for each in alone]
