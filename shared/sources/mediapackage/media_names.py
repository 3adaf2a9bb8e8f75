"""What the names in a path say about the media: packaging, kind of media, rendition.

Everything takes paths that are decoded, in lower case and without what differs from segment to segment (`{n}` stands
for the segment number, `{t}` for a time of a time-shift window); null where nothing tells it.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.mediapackage import url_grammar as url
from shared.sources.mediapackage.patterns import first_group, first_rule
from shared.sources.mediapackage.request_class import INIT, MEDIA_PLAYLIST, SUBTITLE

HLS_TS, CMAF, DASH, SMOOTH = "hls_ts", "cmaf", "dash", "mss"

_OF_MANIFEST_TYPE = {"HLS": "hls", "LL_HLS": "ll_hls", "DASH": DASH, "MSS": SMOOTH}
_CMAF_NAME = "(?:^|/)cmafseg[^/]*$"
_DASH_NAME = "_(?:video|audio)_[0-9]+_0_[^/]*$"
_TS_NAME = r"\.ts$"
_WINDOW = r"/(?:start|end)/\{t\}"
_BELOW_MANIFEST_ID = r"^/*out/+v1/+[^/]+/+[^/]+/+[^/]+\.m3u8$"
_STEM = r"(?s)^(?:.*/)?(?P<found>[^/]*?)(?:\.[^/.]*)?$"


def packagings(paths: pa.Array, manifest_type: pa.Array, is_v2: pa.Array, is_v1_live: pa.Array) -> pa.Array:
    """How the media is packaged: hls_ts, hls (the container is not told), ll_hls, cmaf, dash or mss.

    The manifest type of v2 decides; then the names of Smooth Streaming, of DASH manifests, of CMAF and DASH segments,
    and .ts. A playlist of v1 live is of CMAF where its path has a manifest id below the endpoint's hash, else of
    transport streams. Playlists of VOD, and of v2 without manifest type, look alike in all packagings.
    """

    def matches(pattern: str) -> pa.Array:
        return pc.match_substring_regex(paths, pattern)

    types = pc.ascii_upper(pc.if_else(is_v2, manifest_type, None))
    logged = pc.index_in(types, pa.array(list(_OF_MANIFEST_TYPE)))
    playlist = pc.and_(is_v1_live, matches(url.PLAYLIST))
    with_id = pc.match_substring_regex(pc.replace_substring_regex(paths, _WINDOW, ""), _BELOW_MANIFEST_ID)
    rules = [
        (pc.or_(url.is_fragment(paths), matches(url.SMOOTH_MANIFEST)), SMOOTH),
        (matches(url.DASH_MANIFEST), DASH),
        (matches(_CMAF_NAME), CMAF),
        (matches(_DASH_NAME), DASH),
        (matches(_TS_NAME), HLS_TS),
        (pc.and_(playlist, with_id), CMAF),
        (playlist, HLS_TS),
    ]
    return pc.coalesce(pa.array(list(_OF_MANIFEST_TYPE.values())).take(logged), first_rule(rules))


def media_types(paths: pa.Array, classes: pa.Array) -> pa.Array:
    """video, audio or subtitle: by the class, by `_video_` and `_audio_` in the name, by the fragment's track."""
    rules = [
        (pc.equal(classes, SUBTITLE), "subtitle"),
        (pc.match_substring_regex(paths, "_video_[^/]*$"), "video"),
        (pc.match_substring_regex(paths, "_audio_[^/]*$"), "audio"),
        (pc.match_substring(paths, "fragments(v"), "video"),
        (pc.match_substring(paths, "fragments(a"), "audio"),
    ]
    return first_rule(rules)


def renditions(paths: pa.Array, classes: pa.Array) -> pa.Array:
    """Which of the variants a segment, initialisation segment or media playlist belongs to, as text of digits.

    Of Smooth Streaming the bit rate in QualityLevels(...). Else of the groups of digits in the name, its extension and
    the segment number left out: the first one after `_video_` or `_audio_`, else the last one. (So `_video_7_0_41.mp4`
    is of rendition 7, and `segment_1_video_123.mp4` of 1: where a single group follows, it is the segment's number.)
    """
    levels = first_group(paths, r"/qualitylevels\((?P<found>[0-9]+)")
    stems = first_group(paths, _STEM)
    tagged = first_group(stems, "_(?:video|audio)_[^0-9]*(?P<found>[0-9]+)")
    before = first_group(stems, r"(?P<found>[0-9]+)[^0-9]*\{n\}")
    last = pc.if_else(
        pc.is_in(classes, pa.array([INIT, MEDIA_PLAYLIST])), first_group(stems, "(?P<found>[0-9]+)[^0-9]*$"), None
    )
    return pc.coalesce(pc.if_else(url.is_fragment(paths), levels, None), tagged, before, last)
