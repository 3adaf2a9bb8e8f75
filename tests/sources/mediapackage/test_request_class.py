from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.mediapackage.request_class import is_filled, request_classes


def class_of(path: str | None, is_manifest: bool | None = None) -> str:
    (found,) = request_classes(pa.array([path], pa.string()), pa.array([is_manifest], pa.bool_())).to_pylist()
    return str(found)


SEGMENTS = ["ts", "mp4", "m4s", "m4v", "m4a", "m4f", "cmfv", "cmfa", "cmft", "aac", "ac3", "ec3", "mp4a"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/out/v1/e/index.m3u8", "manifest_multivariant"),
        ("/out/v1/e/index_1.m3u8", "manifest_media"),
        ("/out/v1/e/index-2.m3u8", "manifest_multivariant"),
        ("/out/v1/e/index.mpd", "manifest"),
        ("/out/v1/e/index.ism/manifest", "manifest"),
        ("/out/v1/e/index.isml/a/manifest", "manifest"),
        ("/out/v1/e/manifest", "other"),
        ("/out/v1/e/index.ism", "other"),
        ("/out/v1/e/index.ism/events(203_0)/qualitylevels(4000000)/fragments(v={n})", "segment"),
        ("/out/v1/e/index.ism/qualitylevels(4)/fragments(v={n})/manifest", "segment"),
        ("/out/v1/e/qualitylevels(4)/fragments(v={n}).m3u8", "segment"),
        ("/out/v1/e/index_video_7_0_init.mp4", "init"),
        ("/out/v1/e/init.cmfv", "init"),
        ("init.mp4", "init"),
        ("/out/v1/e/init.m3u8", "manifest_multivariant"),
        ("/out/v1/e/init.vtt", "init"),
        ("/out/v1/init.d/index.ts", "segment"),
        *((f"/out/v1/e/index_1_{{n}}.{extension}", "segment") for extension in SEGMENTS),
        *((f"/out/v1/e/index_1_{{n}}.{extension}", "subtitle") for extension in ("vtt", "webvtt", "ttml", "stpp")),
        *((f"/out/v1/e/thumb_1_{{n}}.{extension}", "thumbnail") for extension in ("jpg", "jpeg", "png")),
        ("/out/v1/e/enc.key", "key"),
        ("/out/v1/e/key", "key"),
        ("/out/v1/e/monkey", "other"),
        ("/out/v1/e/a.ts/", "other"),
        ("/out/v1/e/a.tsx", "other"),
        ("/favicon.ico", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_by_the_path(path: str | None, kind: str) -> None:
    assert class_of(path) == kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/g/c/e/index.m3u8", "manifest_multivariant"),
        ("/g/c/e/index_1.m3u8", "manifest_media"),
        ("/g/c/e/index.mpd", "manifest"),
        ("/g/c/e/segment_1.mp4", "manifest"),
        ("/g/c/e/qualitylevels(4)/fragments(v=1)", "manifest"),
        (None, "manifest"),
    ],
)
def test_said_to_be_a_manifest(path: str | None, kind: str) -> None:
    assert class_of(path, is_manifest=True) == kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/g/c/e/index_1.m3u8", "other"),
        ("/g/c/e/index.mpd", "other"),
        ("/g/c/e/index.ism/manifest", "other"),
        ("/g/c/e/init.m3u8", "init"),
        ("/g/c/e/qualitylevels(4)/fragments(v=1)", "segment"),
        ("/g/c/e/segment_1.mp4", "segment"),
    ],
)
def test_said_to_be_no_manifest(path: str, kind: str) -> None:
    assert class_of(path, is_manifest=False) == kind


def test_what_says_that_a_record_is_of_a_manifest() -> None:
    assert is_filled(pa.array(["HLS", "", "-", None, "-x"])).to_pylist() == [True, False, False, None, True]


def by_the_reference(path: str | None, is_manifest: bool | None) -> str:
    path = path or ""
    name = path.rsplit("/", 1)[-1]
    stem, dot, extension = name.rpartition(".")
    extension = extension if dot else ""
    number = stem.rsplit("_", 1)
    playlist = "manifest_multivariant"
    if len(number) == 2 and number[1].isascii() and number[1].isdigit():
        playlist = "manifest_media"
    if is_manifest:
        return playlist if extension == "m3u8" else "manifest"
    if "/qualitylevels(" in path and "fragments(" in path:
        return "segment"
    if is_manifest is None:
        below = any(part.endswith((".ism", ".isml")) for part in path.split("/")[:-1])
        if (path.endswith("/manifest") and below) or extension == "mpd":
            return "manifest"
        if extension == "m3u8":
            return playlist
    if name.endswith("_init.mp4") or name.startswith("init."):
        return "init"
    if extension in SEGMENTS:
        return "segment"
    if extension in {"vtt", "webvtt", "ttml", "stpp"}:
        return "subtitle"
    if extension in {"jpg", "jpeg", "png"}:
        return "thumbnail"
    return "key" if extension == "key" or name == "key" else "other"


NAMES = (
    "/ _ 1 . a init _init.mp4 key .key .ism .isml /manifest .mpd .m3u8 /qualitylevels( fragments( .ts .ac3 .vtt .png"
)
PIECES = st.sampled_from([*NAMES.split(), "\n", "é"])


@settings(max_examples=300, deadline=None)
@given(st.none() | st.lists(PIECES, max_size=6).map("".join), st.none() | st.booleans())
def test_any_path_has_the_class_of_the_first_rule(path: str | None, is_manifest: bool | None) -> None:
    assert class_of(path, is_manifest) == by_the_reference(path, is_manifest)
