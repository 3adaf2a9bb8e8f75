"""What a request is for: a manifest, an initialisation segment, a segment, and so on."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.mediapackage import url_grammar as url
from shared.sources.mediapackage.patterns import first_rule

MULTIVARIANT, MEDIA_PLAYLIST, MANIFEST = "manifest_multivariant", "manifest_media", "manifest"
INIT, SEGMENT, SUBTITLE, THUMBNAIL, KEY, OTHER = "init", "segment", "subtitle", "thumbnail", "key", "other"

OF_ONE_RENDITION = (MEDIA_PLAYLIST, INIT, SEGMENT, SUBTITLE, THUMBNAIL)
NUMBERED = (SEGMENT, SUBTITLE, THUMBNAIL)


def request_classes(paths: pa.Array, is_manifest: pa.Array) -> pa.Array:
    """The class of each path (decoded, lower case, without query; segment numbers may be left out): never null.

    `is_manifest` is what the record itself says, null where it says nothing. The first rule that holds decides:

    1.  said to be a manifest: by 4 where it ends in .m3u8, else manifest
    2.  a fragment of Smooth Streaming: segment (its path has .ism as well, so this comes before 3)
    3.  ends in /manifest below an .ism or .isml, or in .mpd, and not said to be none: manifest
    4.  ends in .m3u8, and not said to be none: manifest_media where digits with a `_` before them end its name, else
        manifest_multivariant (inferred from the names that the service gives)
    5.  ends in _init.mp4 or its name begins with init.: init
    6.  by the extension: segment, subtitle, thumbnail, key (a name `key`, too)
    7.  other
    """

    def matches(pattern: str) -> pa.Array:
        return pc.match_substring_regex(paths, pattern)

    said = pc.fill_null(is_manifest, False)
    possible = pc.fill_null(is_manifest, True)
    playlist, media_playlist = matches(url.PLAYLIST), matches(url.MEDIA_PLAYLIST)
    manifest = pc.or_(matches(url.SMOOTH_MANIFEST), matches(url.DASH_MANIFEST))
    rules = [
        (pc.and_(said, media_playlist), MEDIA_PLAYLIST),
        (pc.and_(said, playlist), MULTIVARIANT),
        (said, MANIFEST),
        (url.is_fragment(paths), SEGMENT),
        (pc.and_(possible, manifest), MANIFEST),
        (pc.and_(possible, media_playlist), MEDIA_PLAYLIST),
        (pc.and_(possible, playlist), MULTIVARIANT),
        (matches(url.INIT), INIT),
        (matches(url.SEGMENT), SEGMENT),
        (matches(url.SUBTITLE), SUBTITLE),
        (matches(url.THUMBNAIL), THUMBNAIL),
        (matches(url.KEY), KEY),
    ]
    return first_rule(rules, OTHER)


def is_filled(logged: pa.Array) -> pa.Array:
    """Whether manifest_type or manifest_name (v2) says that a record is of a manifest; null where it is not logged.

    The fields are there and empty (`-` in delimited text) for segments.
    """
    return pc.if_else(logged.is_valid(), pc.invert(pc.is_in(logged, pa.array(["", "-"]))), None)
