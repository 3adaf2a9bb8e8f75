"""Opening a raw object, whatever it is wrapped in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import Protocol, TypeVar

from shared.raw.archives import read_tar, read_zip, read_zstd
from shared.raw.gzip_members import Part, read_members
from shared.raw.lines import LineCutter
from shared.raw.parquet import read_parquet
from shared.raw.pieces import CutLine, Damage, FileEnd, Limits, ParquetPiece, TextPiece
from shared.raw.signatures import HEAD_BYTES, Kind, compression_name, kind_of
from shared.reasons import BadReason

_LAYERS = frozenset({Kind.GZIP, Kind.ZSTD, Kind.ZIP, Kind.TAR})
T_co = TypeVar("T_co", covariant=True)
DEFAULT_LIMITS = Limits()


class Cutter(Protocol[T_co]):
    """Makes pieces of the text of an object, which comes in parts."""

    def push(self, part: Part) -> Iterator[T_co]:
        """Add text; yields what is complete."""

    def damaged(self) -> Iterator[T_co]:
        """Something is missing here."""

    def finish(self) -> Iterator[T_co]:
        """Yield the rest."""


def open_object(
    data: bytes, *, salvage: bool = False, limits: Limits = DEFAULT_LIMITS
) -> Iterator[TextPiece | CutLine | ParquetPiece | Damage | FileEnd]:
    """Yield what the bytes of an object hold, in order, text as lines; never raises for what they are.

    gzip members are one stream of text, in which a line may span members, except around damage: there the partial line
    before and the one behind come as a `CutLine`, never as text. Between them stands the `Damage`. A parser that
    carries anything from line to line (a header) must not carry it past a `Damage`: the next header may be missing.

    salvage  of a damaged gzip member, also give the whole lines before the damage (unverified)
    """
    return open_with(LineCutter, data, salvage=salvage, limits=limits)


def open_with(
    new_cutter: Callable[[Limits], Cutter[T_co]], data: bytes, *, salvage: bool, limits: Limits
) -> Iterator[T_co | ParquetPiece | Damage | FileEnd]:
    """Yield what the bytes of an object hold, text as the cutter makes it.

    Compression and archives are peeled, layer by layer, until something else appears. What is inside is told from its
    first bytes: text comes as pieces of the cutter, Parquet as tables, nothing as nothing, everything else as a
    `Damage` with its reason.
    """
    cutter = new_cutter(limits)
    for found in _Opener(salvage, limits).peel([Part(data, True)], 0):
        if isinstance(found, Part):
            yield from cutter.push(found)
        elif isinstance(found, FileEnd):
            yield from cutter.finish()
            cutter = new_cutter(limits)
            yield found
        else:
            yield from cutter.damaged()
            yield found
    yield from cutter.finish()


_Found = Part | ParquetPiece | Damage | FileEnd


@dataclass(frozen=True)
class _Opener:
    salvage: bool
    limits: Limits

    def peel(self, found: Iterable[Part | Damage], layer: int) -> Iterator[_Found]:
        """Open a layer: each stretch between two damaged places by what it is."""
        behind_damage = False
        for damaged, run in groupby(found, key=lambda item: isinstance(item, Damage)):
            if damaged:
                yield from (item for item in run if isinstance(item, Damage))
            else:
                parts = (item for item in run if isinstance(item, Part))
                yield from self._stretch(parts, layer, behind_damage)
            behind_damage = damaged

    def _stretch(self, parts: Iterator[Part], layer: int, behind_damage: bool) -> Iterator[_Found]:
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
        elif kind in _LAYERS and layer == self.limits.layers:
            yield Damage(BadReason.DEPTH_CAP, 0, f"more than {layer} layers of compression or archives", layer)
        elif kind is not Kind.NOTHING:
            yield from self._whole(kind, parts, layer)

    def _whole(self, kind: Kind, parts: Iterator[Part], layer: int) -> Iterator[_Found]:
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
            yield from self.peel(_at_layer(inner, layer), layer + 1)
        elif kind is Kind.ZSTD:
            yield from self.peel(_at_layer(read_zstd(data, self.limits), layer), layer + 1)
        elif kind in {Kind.ZIP, Kind.TAR}:
            files = read_zip(data, self.limits) if kind is Kind.ZIP else read_tar(data, self.limits)
            for file in files:
                found = file if isinstance(file, Damage) else Part(file, True)
                yield from self.peel(_at_layer([found], layer), layer + 1)
                yield FileEnd()
        else:
            for item in read_parquet(data, self.limits):
                yield replace(item, layer=layer) if isinstance(item, Damage) else item


def _at_layer(found: Iterable[Part | Damage], layer: int) -> Iterator[Part | Damage]:
    return (replace(item, layer=layer) if isinstance(item, Damage) else item for item in found)
