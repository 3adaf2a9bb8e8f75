"""Keeping gzip members apart, for formats that put one document into each."""

from __future__ import annotations

from collections.abc import Iterator

from shared.raw.gzip_members import Part
from shared.raw.lines import BYTE_ORDER_MARK
from shared.raw.pieces import CutLine, Limits, TextPiece
from shared.reasons import BadReason


class MemberJoiner:
    """Gives the text of every member as one piece, whatever its lines; the counterpart of `LineCutter`.

    Holds one member. Text above `Limits.layer_bytes` comes as `CutLine`s with LINE_TOO_LONG, and the readable part of a
    damaged member with CUT_LINE.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._too_long = False
        self._at_start = True

    def push(self, part: Part) -> Iterator[TextPiece | CutLine]:
        """Add text; yields it when its member is complete."""
        self._waiting.append(part.data)
        self._waiting_bytes += len(part.data)
        if self._waiting_bytes > self._limits.layer_bytes or (part.ends_member and self._too_long):
            yield from self._give_up(BadReason.LINE_TOO_LONG)
            self._too_long = not part.ends_member
        elif part.ends_member:
            text = self._collect()
            if text:
                yield TextPiece(text)

    def damaged(self) -> Iterator[CutLine]:
        """The member that has begun, if any, is damaged."""
        yield from self._give_up(BadReason.LINE_TOO_LONG if self._too_long else BadReason.CUT_LINE)
        self._too_long = False

    def finish(self) -> Iterator[CutLine]:
        """Yield the rest: nothing, because every member was complete or damaged."""
        yield from self.damaged()

    def _give_up(self, reason: BadReason) -> Iterator[CutLine]:
        text = self._collect()
        if text:
            yield CutLine(text, reason, continues=self._too_long)

    def _collect(self) -> bytes:
        text = b"".join(self._waiting)
        self._waiting.clear()
        self._waiting_bytes = 0
        if self._at_start:
            self._at_start = False
            text = text.removeprefix(BYTE_ORDER_MARK)
        return text
