"""Cutting a stream of text into pieces of whole lines."""

from __future__ import annotations

from collections.abc import Iterator

from shared.raw.gzip_members import Part
from shared.raw.pieces import CutLine, Limits, TextPiece
from shared.reasons import BadReason

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DIRECTIVES = (b"#Fields:", b"#Version:")
_DIRECTIVE_BYTES = max(map(len, _DIRECTIVES))


class LineCutter:
    """Takes text as it comes (a line may span any number of parts) and gives pieces of whole lines.

    Every byte comes out once and in order, in a piece or in a `CutLine`; only a byte-order mark at the start is
    dropped. What comes out depends on the text alone, not on how it was divided when it came in. Holds up to a piece or
    a line, whichever is longer.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._enough = limits.piece_bytes
        self._at_start = True
        self._behind_damage = False
        self._cut: BadReason | None = None  # inside a line that will not be passed on, and why
        self._continues = False

    def push(self, part: Part) -> Iterator[TextPiece | CutLine]:
        """Add text; yields what is complete."""
        self._waiting.append(part.data)
        self._waiting_bytes += len(part.data)
        if self._waiting_bytes >= self._enough:
            yield from self._take(last=False)

    def damaged(self) -> Iterator[TextPiece | CutLine]:
        """Something is missing here: the lines on both sides of the place are cut.

        A line that opens with a W3C directive (`#Fields:`) is whole all the same: it opens a log file.
        """
        yield from self._take(last=True, torn=True)
        self._behind_damage, self._cut, self._continues, self._at_start = True, None, False, False

    def finish(self) -> Iterator[TextPiece | CutLine]:
        """Yield the rest, whose last line may lack its newline."""
        yield from self._take(last=True)

    def _take(self, *, last: bool, torn: bool = False) -> Iterator[TextPiece | CutLine]:
        text = b"".join(self._waiting)
        start = 0
        if self._at_start:
            if len(text) < len(BYTE_ORDER_MARK) and not last:
                return
            start = len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0
            self._at_start = False
        while start < len(text):
            taken, end = self._next(text, start, last=last, torn=torn)
            if taken is None:
                break
            yield taken
            start = end
        self._waiting = [text[start:]]
        self._waiting_bytes = len(text) - start
        # A long line that is still coming is looked at again only after another piece: joining it costs its length.
        long = self._waiting_bytes >= self._limits.piece_bytes
        self._enough = self._limits.piece_bytes + (self._waiting_bytes if long else 0)

    def _next(self, text: bytes, start: int, *, last: bool, torn: bool) -> tuple[TextPiece | CutLine | None, int]:
        """Next thing to give from `start` and where it ends; None when more text is needed to tell."""
        room = len(text) - start
        if self._behind_damage and (last or room >= _DIRECTIVE_BYTES):
            self._behind_damage = False
            self._cut = None if text.startswith(_DIRECTIVES, start) else BadReason.CUT_LINE
        if self._behind_damage or (self._cut is None and not last and room < self._limits.piece_bytes):
            return None, start
        if self._cut is None:
            end = self._end_of_lines(text, start, last=last, torn=torn)
            if end > start:
                return TextPiece(text[start:end]), end
        newline = text.find(b"\n", start)
        end = newline + 1 or len(text)
        too_long = end - start > self._limits.line_bytes
        if newline < 0 and not last and not too_long:
            return None, start
        end = min(end, start + self._limits.line_bytes)
        reason = self._cut or (BadReason.LINE_TOO_LONG if too_long else BadReason.CUT_LINE)
        cut = CutLine(text[start:end], reason, self._continues)
        self._continues = not cut.text.endswith(b"\n")
        self._cut = reason if self._continues else None
        return cut, end

    def _end_of_lines(self, text: bytes, start: int, *, last: bool, torn: bool) -> int:
        """End of the lines that go into a piece, or of one longer line; `start` if there is no whole one to pass on."""
        piece_bytes, line_bytes = self._limits.piece_bytes, self._limits.line_bytes
        open_end = len(text) if last and not torn else 0
        if 0 < open_end <= start + piece_bytes:
            return open_end
        end = text.rfind(b"\n", start, start + piece_bytes) + 1
        if not end:
            end = text.find(b"\n", start) + 1 or open_end
        return end if 0 < end - start <= line_bytes else start
