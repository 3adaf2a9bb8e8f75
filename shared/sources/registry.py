"""The sources by name."""

from __future__ import annotations

from collections.abc import Mapping

from shared.sources.base import Source
from shared.sources.cloudfront import SOURCE as CLOUDFRONT
from shared.sources.mediapackage import SOURCE as MEDIAPACKAGE

SOURCES: Mapping[str, Source] = {source.name: source for source in (CLOUDFRONT, MEDIAPACKAGE)}
