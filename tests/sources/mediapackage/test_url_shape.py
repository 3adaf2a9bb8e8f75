from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.mediapackage.url_shape import shapes


def shape_of(path: str | None) -> tuple[str | None, int | None]:
    found = shapes(pa.array([path], pa.string()))
    return found.template[0].as_py(), found.number[0].as_py()


@pytest.mark.parametrize(
    ("path", "template", "number"),
    [
        ("/out/v1/e1/index_1_145095.ts", "/out/v1/e1/index_1_{n}.ts", 145095),
        ("/out/v1/e1/cmafseg_video_1_10.mp4", "/out/v1/e1/cmafseg_video_1_{n}.mp4", 10),
        ("/out/v1/e1/index_video_7_0_2041.mp4", "/out/v1/e1/index_video_7_0_{n}.mp4", 2041),
        ("/out/v1/e1/index_subtitles_3_17.webvtt", "/out/v1/e1/index_subtitles_3_{n}.webvtt", 17),
        ("/out/v1/e1/thumb_1_77.JPEG", "/out/v1/e1/thumb_1_{n}.JPEG", 77),
        ("/in/v1/g/1/c/channel_1_00001.ts", "/in/v1/g/1/c/channel_1_{n}.ts", 1),
        ("/77.m4s", "/{n}.m4s", 77),
        ("/a_1_77_eng.vtt", "/a_1_{n}_eng.vtt", 77),
        ("/a_1.77.5.ts", "/a_1.77.{n}.ts", 5),
        (
            "/x.ism/Events(203_0)/QualityLevels(4000000)/Fragments(v=20333333)",
            "/x.ism/Events(203_0)/QualityLevels(4000000)/Fragments(v={n})",
            20333333,
        ),
        ("/x.ism/qualitylevels(128000)/fragments(a_2_0=5)", "/x.ism/qualitylevels(128000)/fragments(a_2_0={n})", 5),
        ("/x.ism/QualityLevels(4)/Fragments(v=9)/a_5.ts", "/x.ism/QualityLevels(4)/Fragments(v={n})/a_5.ts", 9),
        # digits of the extension, of folders, of manifests and of initialisation segments are no segment numbers
        ("/out/v1/e1/index.mp4", "/out/v1/e1/index.mp4", None),
        ("/out/v1/e1/index_1.m3u8", "/out/v1/e1/index_1.m3u8", None),
        ("/out/v1/e1/index_7.mpd", "/out/v1/e1/index_7.mpd", None),
        ("/out/v1/e1/index_video_7_0_init.mp4", "/out/v1/e1/index_video_7_0_init.mp4", None),
        ("/out/v1/e1/init.3.mp4", "/out/v1/e1/init.3.mp4", None),
        ("/x/fragments(v=9)", "/x/fragments(v=9)", None),
        ("/favicon-32.ico", "/favicon-32.ico", None),
        # encoded, too long for 64 bits, no path
        ("/out/v1/e1/index_1_7%37%2Ets", "/out/v1/e1/index_1_{n}.ts", 77),
        ("/out/v1/e1/index_1_77.ts%zz%", "/out/v1/e1/index_1_77.ts%zz%", None),
        ("/index_1_1234567890123456789.ts", "/index_1_{n}.ts", None),
        ("/index_1_0000000000000000000000042.ts", "/index_1_{n}.ts", 42),
        ("", "", None),
        (None, None, None),
    ],
)
def test_segment_number_and_template(path: str | None, template: str | None, number: int | None) -> None:
    assert shape_of(path) == (template, number)


@pytest.mark.parametrize(
    ("path", "template", "start", "end"),
    [
        (
            "/out/v1/e1/start/2026-03-01T10:00:00Z/end/2026-03-01T11:00:00Z/index.mpd",
            "/out/v1/e1/start/{t}/end/{t}/index.mpd",
            "2026-03-01T10:00:00Z",
            "2026-03-01T11:00:00Z",
        ),
        (
            "/out/v1/e1/start/2026-03-01T10:00:00%2B01:00/x.ism/Manifest",
            "/out/v1/e1/start/{t}/x.ism/Manifest",
            "2026-03-01T10:00:00+01:00",
            None,
        ),
        (
            "/out/v1/g/c/e/START/1772359200/END/1772362800/index_video_1_0_5.mp4",
            "/out/v1/g/c/e/START/{t}/END/{t}/index_video_1_0_{n}.mp4",
            "1772359200",
            "1772362800",
        ),
        ("/out/v1/start/channel/cmaf/index.m3u8", "/out/v1/start/channel/cmaf/index.m3u8", None, None),
        ("/out/v1/group/start/1080p/index.m3u8", "/out/v1/group/start/1080p/index.m3u8", None, None),
        ("/in/v1/g/start/1772359200/a.m3u8", "/in/v1/g/start/1772359200/a.m3u8", None, None),
        ("/out/v1/e1/start/1772359200", "/out/v1/e1/start/1772359200", None, None),
    ],
)
def test_window_in_the_path(path: str, template: str, start: str | None, end: str | None) -> None:
    found = shapes(pa.array([None, path, "/a_1.ts"], pa.string()))
    assert found.template.to_pylist() == [None, template, "/a_{n}.ts"]
    assert found.start.to_pylist() == [None, start, None]
    assert found.end.to_pylist() == [None, end, None]


NAMES = "/ _ 7 042 index _video_ init .ts .mp4 .m3u8 .VTT %2E %31 %zz QualityLevels( Fragments( v= ) /out/v1/a/"
PIECES = st.sampled_from([*NAMES.split(), "/start/", "2026-03-01T10:00:00Z/", "end/", "\n", "é"])
PATHS = st.lists(st.none() | st.lists(PIECES, max_size=9).map("".join) | st.text(max_size=9), max_size=8)


@settings(max_examples=200, deadline=None)
@given(PATHS)
def test_the_number_in_its_place_gives_back_the_path(paths: list[str | None]) -> None:
    found = shapes(pa.array(paths, pa.string()))
    rows = zip(paths, found.template.to_pylist(), found.number.to_pylist(), found.start.to_pylist(), strict=True)
    for path, template, number, start in rows:
        assert (path is None) == (template is None)
        if path is None or start is not None:
            continue
        pattern = re.escape(template).replace(re.escape("{n}"), "(?a:([0-9]+))")
        match = re.fullmatch(pattern, unquote(path, errors="replace"))
        assert match
        if number is not None:
            assert int(match[1]) == number


@settings(max_examples=50, deadline=None)
@given(st.text("abc/_", max_size=6), st.integers(0, 10**18 - 1), st.sampled_from([".ts", ".cmfv", ".ac3", ".png"]))
def test_any_number_is_found_and_left_out(name: str, number: int, extension: str) -> None:
    path = f"/out/v1/e/{name}{number}{extension}"
    assert shape_of(path) == (f"/out/v1/e/{name}{{n}}{extension}", number)
    assert shape_of(quote(path, safe="").replace("%2F", "/")) == shape_of(path)
