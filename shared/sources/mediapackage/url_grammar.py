"""What the paths of MediaPackage URLs look like, as RE2 patterns for percent-decoded paths in lower case.

Source: AWS Elemental MediaPackage user guides (v1 and v2), "Access logging", "Time-shifted viewing" and the endpoint
reference; names of segments as the service's manifests have them.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_SEGMENT = "ts|mp4|m4s|m4v|m4a|m4f|cmfv|cmfa|cmft|aac|ac3|ec3|mp4a"
_SUBTITLE = "vtt|webvtt|ttml|stpp"
_THUMBNAIL = "jpg|jpeg|png"

NUMBERED = rf"\.(?:{_SEGMENT}|{_SUBTITLE}|{_THUMBNAIL})$"
SEGMENT = rf"\.(?:{_SEGMENT})$"
SUBTITLE = rf"\.(?:{_SUBTITLE})$"
THUMBNAIL = rf"\.(?:{_THUMBNAIL})$"
INIT = r"(?:_init\.mp4|(?:^|/)init\.[^/]*)$"
KEY = r"(?:\.key|(?:^|/)key)$"
SMOOTH_MANIFEST = r"\.isml?/(?s:.*/)?manifest$"  # Microsoft Smooth Streaming
DASH_MANIFEST = r"\.mpd$"
PLAYLIST = r"\.m3u8$"
MEDIA_PLAYLIST = r"_[0-9]+\.m3u8$"


def is_fragment(paths: pa.Array) -> pa.Array:
    """Which paths ask for a fragment of Microsoft Smooth Streaming; null for null."""
    return pc.and_(pc.match_substring(paths, "fragments("), pc.match_substring(paths, "/qualitylevels("))
