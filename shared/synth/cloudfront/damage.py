"""Lines that real buckets hold and parsers trip over, each with what a right reader makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shared.reasons import BadReason, RowFlag
from shared.synth.cloudfront.render import V1_FIELDS
from shared.synth.cloudfront.spec import RawFormat
from shared.synth.damage import Kind

_UA, _URI, _QUERY, _BYTES = (
    V1_FIELDS.index(name) for name in ("cs(User-Agent)", "cs-uri-stem", "cs-uri-query", "sc-bytes")
)


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
