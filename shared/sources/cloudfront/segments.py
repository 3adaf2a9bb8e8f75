"""Following the layout through an object, line by line: header lines change it, the first record settles it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice

from shared.sources.base import KeyFacts, SourceSettings
from shared.sources.cloudfront.fields import V1_NAMES
from shared.sources.cloudfront.layout import (
    FIELDS_MARK,
    TAB,
    Layout,
    delimiter_of,
    may_be_header,
    of_bare_line,
    of_fields_line,
    without_header,
)
from shared.sources.cloudfront.lines import BLANK
from shared.sources.cloudfront.rejects import RAW_LIMIT, without_cookie

LOOK_AHEAD = 100  # records that may show the delimiter
_VERSION_MARK = b"#Version"

BLANK_LINE, COMMENT, HEADER, RECORD = "blank", "comment", "header", "record"


class Segments:
    """The layout that holds at the line last seen. `number` counts the layouts of the object."""

    def __init__(self, facts: KeyFacts, settings: SourceSettings) -> None:
        self.layout: Layout | None = None
        self.number = 0
        self._facts = facts
        self._settings = settings
        self._has_version = False
        self._redact: Callable[[bytes], bytes] = lambda raw: raw[:RAW_LIMIT]

    def forget(self) -> None:
        """A part of the object is missing: what follows is told from its own lines."""
        self.layout, self._has_version = None, False

    def see(self, line: bytes) -> str:
        """Take in a line: says blank, comment, header or record."""
        if not line.strip(BLANK):
            return BLANK_LINE
        if line.startswith(b"#"):
            return self._see_comment(line)
        if self.layout is None or may_be_header(line, self.layout):
            if bare := of_bare_line(line, self._settings):
                self._change(bare)
                return HEADER
            if self.layout is None:
                self._change(without_header(self._facts.layout, self._settings))
        return RECORD

    def settled(self, ahead: Iterable[bytes]) -> Layout:
        """The layout, with its delimiter, at a record; where no header showed it, the lines from the record on do."""
        layout = self.layout
        if layout is None:
            raise AssertionError("the layout is known once a record was seen")
        if not layout.delimiter:
            shown = (
                delimiter_of(line, layout.names) for line in islice(ahead, LOOK_AHEAD) if not line.startswith(b"#")
            )
            layout = replace(layout, delimiter=next((each for each in shown if each), TAB))
            self._settle(layout)
        return layout

    def redact(self, raw: bytes) -> bytes:
        """A raw line without its cookie, as far as quarantine keeps it."""
        return self._redact(raw)

    def _see_comment(self, line: bytes) -> str:
        if line.startswith(FIELDS_MARK):
            self._change(
                of_fields_line(
                    line,
                    has_version=self._has_version,
                    key_layout=self._facts.layout,
                    settings=self._settings,
                )
            )
            return HEADER
        if line.startswith(_VERSION_MARK):
            self._has_version = True
            return HEADER
        return COMMENT

    def _change(self, layout: Layout) -> None:
        self.number += 1
        self._settle(layout)

    def _settle(self, layout: Layout) -> None:
        self.layout = layout
        self._redact = without_cookie(layout.names or V1_NAMES, layout.delimiter or TAB)
