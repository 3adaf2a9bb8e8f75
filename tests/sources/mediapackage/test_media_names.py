from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.mediapackage.media_names import media_types, packagings, renditions
from shared.sources.mediapackage.request_class import request_classes

V1 = "/out/v1/eeee0000eeee0000eeee0000eeee0001"
V2 = "/out/v1/demo-group/demo-channel/cmaf"


def packaging(path: str | None, version: str = "v1", workflow: str = "live", manifest_type: str | None = None) -> str:
    return packagings(
        pa.array([path], pa.string()),
        pa.array([manifest_type], pa.string()),
        pa.array([version == "v2"]),
        pa.array([version == "v1" and workflow == "live"]),
    )[0].as_py()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"{V1}/index.m3u8", "hls_ts"),
        (f"{V1}/index_1.m3u8", "hls_ts"),
        (f"{V1}/index_1_{{n}}.ts", "hls_ts"),
        (f"/{V1}/index.m3u8", "hls_ts"),
        (f"{V1}/manifest-a/index.m3u8", "cmaf"),
        (f"{V1}/manifest-a/index_2.m3u8", "cmaf"),
        (f"{V1}/start/{{t}}/end/{{t}}/index.m3u8", "hls_ts"),
        (f"{V1}/start/{{t}}/index.m3u8", "hls_ts"),
        (f"{V1}/manifest-a/start/{{t}}/end/{{t}}/index.m3u8", "cmaf"),
        (f"{V1}/cmafseg_video_1_{{n}}.mp4", "cmaf"),
        (f"{V1}/cmafseg_video_1_init.mp4", "cmaf"),
        (f"{V1}/index.mpd", "dash"),
        (f"{V1}/index_video_7_0_{{n}}.mp4", "dash"),
        (f"{V1}/index_audio_9_0_init.mp4", "dash"),
        (f"{V1}/index.ism/manifest", "mss"),
        (f"{V1}/index.ism/events(203_0)/qualitylevels(4000000)/fragments(v={{n}})", "mss"),
        (f"{V1}/index_1_{{n}}.m4s", None),
        ("/in/v2/c/c/channel_1.m3u8", "hls_ts"),
        ("/favicon.ico", None),
        (None, None),
    ],
)
def test_packaging_of_v1(path: str | None, expected: str | None) -> None:
    assert packaging(path) == expected


@pytest.mark.parametrize(
    ("path", "manifest_type", "expected"),
    [
        (f"{V2}/index.m3u8", "HLS", "hls"),
        (f"{V2}/index.m3u8", "LL_HLS", "ll_hls"),
        (f"{V2}/index.mpd", "dash", "dash"),
        (f"{V2}/index.ism/manifest", "MSS", "mss"),
        (f"{V2}/index.m3u8", None, None),
        (f"{V2}/index.m3u8", "NEW", None),
        (f"{V2}/index.mpd", "NEW", "dash"),
        (f"{V2}/segment_1_video_{{n}}.mp4", "", None),
        (f"{V2}/segment_1_{{n}}.ts", "", "hls_ts"),
    ],
)
def test_packaging_of_v2(path: str, manifest_type: str | None, expected: str | None) -> None:
    assert packaging(path, "v2", manifest_type=manifest_type) == expected


def test_playlists_of_vod_look_alike() -> None:
    assert packaging("/out/v1/d1/d2/d3/index.m3u8", workflow="vod") is None
    assert packaging("/out/v1/d1/d2/d3/index_1_{n}.ts", workflow="vod") == "hls_ts"


def test_manifest_types_of_v1_say_nothing() -> None:
    assert packaging(f"{V1}/index.m3u8", manifest_type="DASH") == "hls_ts"


def media(path: str | None) -> tuple[str | None, str | None]:
    paths = pa.array([path], pa.string())
    classes = request_classes(paths, pa.nulls(1, pa.bool_()))
    return media_types(paths, classes)[0].as_py(), renditions(paths, classes)[0].as_py()


@pytest.mark.parametrize(
    ("path", "media_type", "rendition"),
    [
        ("/e/index_1_{n}.ts", None, "1"),
        ("/e/index_1.m3u8", None, "1"),
        ("/e/channel2_12.m3u8", None, "12"),
        ("/e/index_video_3.m3u8", "video", "3"),
        ("/e/cmafseg_video_1_{n}.mp4", "video", "1"),
        ("/e/cmafseg_audio_4_{n}.mp4", "audio", "4"),
        ("/e/cmafseg_video_1_init.mp4", "video", "1"),
        ("/e/index_video_7_0_{n}.mp4", "video", "7"),
        ("/e/index_audio_9_0_{n}.mp4", "audio", "9"),
        ("/e/index_video_7_0_init.mp4", "video", "7"),
        ("/e/segment_1_video_{n}.mp4", "video", "1"),
        ("/e/segment_1_audio_{n}.cmfa", "audio", "1"),
        ("/e/segment_1_video_init.mp4", "video", "1"),
        ("/e/segment_video_{n}.cmfv", "video", None),
        ("/e/index_subtitles_3_{n}.webvtt", "subtitle", "3"),
        ("/e/index_video_3_{n}.vtt", "subtitle", "3"),
        ("/e/thumb_1_{n}.jpg", None, "1"),
        ("/e/{n}.ts", None, None),
        ("/e_video_5/index_{n}.ts", None, None),
        ("/e/index.ism/events(203_0)/qualitylevels(4000000)/fragments(v={n})", "video", "4000000"),
        ("/e/index.ism/events(203_0)/qualitylevels(128000)/fragments(a_2_0={n})", "audio", "128000"),
        ("/e/index.ism/qualitylevels(1)/fragments(textstream={n})", None, "1"),
        (None, None, None),
    ],
)
def test_media_type_and_rendition(path: str | None, media_type: str | None, rendition: str | None) -> None:
    assert media(path) == (media_type, rendition)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from(["/", "_", "1", "23", ".", "{n}", "_video_", "_audio_", ".ts", ".m3u8", "é"])).map("".join)
)
def test_a_rendition_is_a_group_of_digits_in_the_name(path: str) -> None:
    _, rendition = media(path)
    assert rendition is None or (rendition.isdigit() and rendition in path.rsplit("/", 1)[-1])
