"""CloudFront's lines, as the shared readers of lines ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from shared.reasons import BadReason
from shared.sources.base import KeyFacts, SourceSettings
from shared.sources.cloudfront import layout as layouts
from shared.sources.cloudfront.cookies import without_cookie, without_json_cookie
from shared.sources.cloudfront.fields import BY_WIRE, SPELLINGS, V1_NAMES, Kind, wire_names
from shared.sources.cloudfront.shapes import misplaced
from shared.sources.columns.dialect import Layout, Moment, Reading
from shared.sources.columns.texts import Mask

_MOMENTS = {Kind.DATE: Moment.DATE, Kind.TIME: Moment.TIME, Kind.EPOCH: Moment.EPOCH_MS}


@dataclass(frozen=True)
class CloudfrontDialect:
    """The dialect of one object."""

    facts: KeyFacts
    settings: SourceSettings
    spellings: Mapping[str, str] = field(default_factory=lambda: SPELLINGS)
    json_format: str = "v2_json"
    parquet_format: str = "v2_parquet"
    watched: frozenset[str] = frozenset()

    def wire_names(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Logged names in CloudFront's own spelling."""
        return wire_names(names)

    def refusal(self, names: tuple[str, ...]) -> BadReason | None:
        """Another family of logs, or fields of nobody we know."""
        return layouts.refusal(names, self.settings)

    def repeats(self, wire: str) -> bool:
        """As declared; unknown fields do not."""
        return wire in BY_WIRE and BY_WIRE[wire].repeats

    def moment(self, wire: str) -> Moment | None:
        """Day, second and epochs."""
        return _MOMENTS.get(BY_WIRE[wire].kind) if wire in BY_WIRE else None

    def of_fields_line(self, line: bytes, *, has_version: bool) -> Layout:
        """The layout that a `#Fields:` line gives."""
        return layouts.of_fields_line(
            line, has_version=has_version, key_layout=self.facts.layout, settings=self.settings
        )

    def of_bare_line(self, line: bytes) -> Layout | None:
        """The layout of a header line of version 2 plain."""
        return layouts.of_bare_line(line, self.settings)

    def without_header(self) -> Layout:
        """The configured fields, else by the count of each line."""
        return layouts.without_header(self.facts.layout, self.settings)

    def may_be_header(self, start: bytes, layout: Layout) -> bool:
        """Whether a line that starts so may be a bare header."""
        return layouts.may_be_header(start, layout)

    def reading_of(self, layout: Layout, line: bytes, count: int) -> Reading:
        """How to read a line of so many fields."""
        return layouts.reading_of(layout, line, count)

    def told_by_values(self, layout: Layout, count: int) -> bool:
        """Whether lines of one count may differ in their fields."""
        return layouts.told_by_values(layout, count)

    def names_by_count(self, layout: Layout, count: int) -> tuple[str, ...]:
        """Names of a vintage of version 1."""
        return layouts.names_by_count(layout, count)

    def misplaced(self, columns: Mapping[str, pa.Array], *, strict: bool) -> Mask | None:
        """Rows with a value that does not look like its field."""
        return misplaced(columns, strict=strict)

    def redact_line(self, names: tuple[str, ...], delimiter: bytes) -> Callable[[bytes], bytes]:
        """Without the cookie."""
        return without_cookie(names or V1_NAMES, delimiter)

    def redact_json(self, raw: bytes) -> bytes:
        """Without the cookie."""
        return without_json_cookie(raw)
