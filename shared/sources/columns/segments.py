"""Following the layout through an object, line by line: header lines change it, the first record settles it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice

from shared.sources.columns.dialect import TAB, Dialect, Layout
from shared.sources.columns.headers import FIELDS_MARK, delimiter_of
from shared.sources.columns.lines import BLANK
from shared.sources.columns.rejects import RAW_LIMIT

LOOK_AHEAD = 100  # records that may show the delimiter
_VERSION_MARK = b"#Version"

BLANK_LINE, COMMENT, HEADER, RECORD = "blank", "comment", "header", "record"


class Segments:
    """The layout that holds at the line last seen. `number` counts the layouts of the object."""

    def __init__(self, dialect: Dialect) -> None:
        self.layout: Layout | None = None
        self.number = 0
        self._dialect = dialect
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
        if self.layout is None or self._dialect.may_be_header(line, self.layout):
            if bare := self._dialect.of_bare_line(line):
                self._change(bare)
                return HEADER
            if self.layout is None:
                self._change(self._dialect.without_header())
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
        """A raw line without what must not be kept, as far as quarantine keeps it."""
        return self._redact(raw)

    def _see_comment(self, line: bytes) -> str:
        if line.startswith(FIELDS_MARK):
            self._change(self._dialect.of_fields_line(line, has_version=self._has_version))
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
        self._redact = self._dialect.redact_line(layout.names, layout.delimiter or TAB)
