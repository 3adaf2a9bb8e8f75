"""Opening a raw object, whatever it is wrapped in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, groupby

from shared.raw.gzip_members import Part, read_members
from shared.raw.lines import LineCutter
from shared.raw.parquet import read_parquet
from shared.raw.pieces import CutLine, Damage, Limits, ParquetPiece, TextPiece
from shared.raw.signatures import HEAD_BYTES, Kind, compression_name, kind_of
from shared.raw.whole_members import MemberJoiner
from shared.reasons import BadReason

_DEFAULT_LIMITS = Limits()


def open_object(
    data: bytes, *, salvage: bool = False, limits: Limits = _DEFAULT_LIMITS, whole_members: bool = False
) -> Iterator[TextPiece | ParquetPiece | Damage | CutLine]:
    """Yield what the bytes of an object hold, in order; never raises for what they are.

    Layers of gzip are peeled until something else appears. What is inside is told from its first bytes: text comes as
    pieces of whole lines, Parquet as tables, nothing as nothing, everything else as a `Damage` with its reason.

    gzip members are one stream of text, in which a line may span members, except around damage: there the partial line
    before and the one behind come as a `CutLine`, never as text. Between them stands the `Damage`. A parser that
    carries anything from line to line (a header) must not carry it past a `Damage`: the next header may be missing.

    salvage         of a damaged gzip member, also give the whole lines before the damage (unverified)
    whole_members   the text of a gzip member is one piece: for formats that put one document into each member and
                    nothing between them (CloudWatch Logs), where lines mean nothing and a neighbour's damage no harm
    """
    opener = _Opener(salvage, limits)
    cutter = MemberJoiner(limits) if whole_members else LineCutter(limits)
    for found in opener.peel([Part(data, True)], 0):
        if isinstance(found, Part):
            yield from cutter.push(found)
        else:
            yield from cutter.damaged()
            yield found
    yield from cutter.finish()


@dataclass(frozen=True)
class _Opener:
    salvage: bool
    limits: Limits

    def peel(self, found: Iterable[Part | Damage], layer: int) -> Iterator[Part | ParquetPiece | Damage]:
        """Open a layer: each stretch between two damaged places by what it is."""
        behind_damage = False
        for damaged, run in groupby(found, key=lambda item: isinstance(item, Damage)):
            if damaged:
                yield from (item for item in run if isinstance(item, Damage))
            else:
                parts = (item for item in run if isinstance(item, Part))
                yield from self._stretch(parts, layer, behind_damage)
            behind_damage = damaged

    def _stretch(
        self, parts: Iterator[Part], layer: int, behind_damage: bool
    ) -> Iterator[Part | ParquetPiece | Damage]:
        first: list[Part] = []
        head = b""
        for part in parts:
            first.append(part)
            head += part.data[: HEAD_BYTES - len(head)]
            if len(head) == HEAD_BYTES:
                break
        kind = kind_of(head)
        parts = chain(first, parts)
        if kind is Kind.BINARY and behind_damage:
            # Behind damage in an outer gzip layer the inner one goes on in the middle of a member.
            kind = Kind.GZIP
        if kind is Kind.TEXT:
            yield from parts
        elif kind is Kind.UNSUPPORTED:
            yield Damage(BadReason.UNSUPPORTED_COMPRESSION, 0, f"{compression_name(head)} is not read", layer)
        elif kind is Kind.BINARY:
            yield Damage(BadReason.UNKNOWN_CONTAINER, 0, f"bytes of no known kind: {head[:16].hex(' ')}", layer)
        elif kind is Kind.GZIP and layer == self.limits.gzip_layers:
            yield Damage(BadReason.DEPTH_CAP, 0, f"more than {layer} layers of gzip", layer)
        elif kind is not Kind.NOTHING:
            yield from self._whole(kind, parts, layer)

    def _whole(self, kind: Kind, parts: Iterator[Part], layer: int) -> Iterator[Part | ParquetPiece | Damage]:
        held: list[bytes] = []
        size = 0
        for part in parts:
            held.append(part.data)
            size += len(part.data)
            # The object's own bytes are in memory anyway.
            if layer and size > self.limits.layer_bytes:
                yield Damage(BadReason.SIZE_CAP, 0, f"more than {self.limits.layer_bytes} bytes in one layer", layer)
                return
        data = b"".join(held)
        held.clear()
        if kind is Kind.GZIP:
            inner = read_members(
                data,
                salvage=self.salvage,
                member_bytes=self.limits.member_bytes,
                expanded_bytes=self.limits.expanded_bytes,
            )
            at_layer = (replace(item, layer=layer) if isinstance(item, Damage) else item for item in inner)
            yield from self.peel(at_layer, layer + 1)
        else:
            for item in read_parquet(data, self.limits):
                yield replace(item, layer=layer) if isinstance(item, Damage) else item
