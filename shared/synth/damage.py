"""Lines that real buckets hold and parsers trip over, each with what a right reader makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shared.reasons import BadReason, RowFlag
from shared.synth.render import V1_FIELDS
from shared.synth.spec import RawFormat

_UA, _URI, _QUERY, _BYTES = (
    V1_FIELDS.index(name) for name in ("cs(User-Agent)", "cs-uri-stem", "cs-uri-query", "sc-bytes")
)


@dataclass(frozen=True)
class Kind:
    """One way to damage a line (without its newline) and its outcome: quarantined, flagged, ignored, or simply kept."""

    name: str
    damage: Callable[[bytes], bytes]
    reason: BadReason | None = None
    flag: RowFlag | None = None
    ignored: str | None = None

    @property
    def is_good(self) -> bool:
        """The line still becomes a row."""
        return self.reason is None and self.ignored is None


def _field(place: int, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def damage(line: bytes) -> bytes:
        fields = line.split(b"\t")
        fields[place] = change(fields[place])
        return b"\t".join(fields)

    return damage


def _first_fields(count: int) -> Callable[[bytes], bytes]:
    return lambda line: b"\t".join(line.split(b"\t")[:count])


_V1_KINDS = (
    Kind("cut", _first_fields(8), reason=BadReason.TOO_FEW_FIELDS),
    Kind("garbage", lambda _: b"%% \x01 no log line at all %%", reason=BadReason.TOO_FEW_FIELDS),
    Kind("bad_date", _field(0, lambda _: b"2026-13-45"), reason=BadReason.BAD_TIMESTAMP),
    Kind("bad_time", _field(1, lambda _: b"25:61:61"), reason=BadReason.BAD_TIMESTAMP),
    Kind("short", _first_fields(17), flag=RowFlag.SHORT_ROW),
    Kind("long", lambda line: line + b"\tmore\tvalues", flag=RowFlag.LONG_ROW),
    Kind("bad_number", _field(_BYTES, lambda _: b"12x4"), flag=RowFlag.BAD_NUMBER),
    Kind("bad_utf8", _field(_UA, lambda agent: agent + b"\xff\xfe"), flag=RowFlag.INVALID_UTF8),
    Kind("lone_quote", _field(_UA, lambda agent: b'"' + agent)),
    Kind("nul", _field(_QUERY, lambda _: b"a\x00b")),
    Kind("hash", _field(_URI, lambda _: b"#/fragment")),
    Kind("empty", lambda _: b"", ignored="blank"),
)
_JSON_KINDS = (
    Kind("cut", lambda line: line[: len(line) // 2], reason=BadReason.NOT_JSON),
    Kind("array", lambda line: b"[" + line + b"]", reason=BadReason.NOT_OBJECT),
    Kind("foreign", lambda _: b'{"level":"info","message":"no access log"}', reason=BadReason.WRONG_SCHEMA),
)
KINDS: Mapping[RawFormat, tuple[Kind, ...]] = {RawFormat.V1: _V1_KINDS, RawFormat.V2_JSON: _JSON_KINDS}


@dataclass(frozen=True)
class Damages:
    """Which lines of a piece are damaged, ascending, and how."""

    places: npt.NDArray[np.int64]
    kinds: tuple[Kind, ...]

    @classmethod
    def draw(cls, rng: np.random.Generator, format_: RawFormat, count: int, share: float) -> Damages:
        """Choose damaged lines among `count`; none in the formats that have no kinds."""
        kinds = KINDS.get(format_, ())
        if not kinds or not share:
            return cls(np.array([], dtype=np.int64), ())
        places = np.flatnonzero(rng.random(count) < share)
        return cls(places, tuple(kinds[kind] for kind in rng.integers(0, len(kinds), len(places))))

    def is_good(self, count: int) -> npt.NDArray[np.bool_]:
        """Per line of the piece: does it become a row."""
        good = np.ones(count, dtype=bool)
        good[self.places] = [kind.is_good for kind in self.kinds]
        return good

    def counts(self, of: Callable[[Kind], str | None]) -> Counter[str]:
        """How many damaged lines have each value of an attribute."""
        return Counter(value for kind in self.kinds if (value := of(kind)) is not None)

    def apply(self, lines: pa.StringArray) -> bytes:
        """The text of the lines (each with its newline) with the damage done; undamaged stretches are copied whole."""
        offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32)
        text = memoryview(lines.buffers()[2])
        parts: list[bytes | memoryview] = []
        end = int(offsets[0])
        for place, kind in zip(self.places.tolist(), self.kinds, strict=True):
            start = int(offsets[place])
            parts.append(text[end:start])
            end = int(offsets[place + 1])
            parts += [kind.damage(bytes(text[start : end - 1])), b"\n"]
        parts.append(text[end : int(offsets[len(lines)])])
        return b"".join(parts)
