"""The sources by name."""

from __future__ import annotations

from collections.abc import Mapping

from shared.sources.base import Source
from shared.sources.cloudfront import SOURCE as CLOUDFRONT

SOURCES: Mapping[str, Source] = {source.name: source for source in (CLOUDFRONT,)}
