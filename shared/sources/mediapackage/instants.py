"""Points in time as players and operators write them into URLs."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

# The calendar of 2000 to 2099 as a pattern: what matches it, Arrow can read, and a request is for no other century.
_LEAP_DAY = "20(?:[02468][048]|[13579][26])-02-29"
_DAY = (
    "20[0-9]{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
_ZONE = "(?:Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])"
_ISO = f"^(?:{_LEAP_DAY}|{_DAY})T{_TIME}{_ZONE}$"
_SECONDS = "^[0-9]{9,10}$"
_FIRST_SECOND, _LAST_SECOND = 946_684_800, 4_102_444_799  # of 2000 and of 2099
_MS = pa.timestamp("ms", tz="UTC")


def instants(texts: pa.Array) -> pa.Array:
    """Read an array of strings as timestamps in UTC, milliseconds (what is finer is cut off).

    ISO 8601 with `Z` or an offset from UTC (`+02:00`, `+0200`), or whole seconds since 1970. All else is null: a time
    without an offset could be in any zone, and `_02:00`, a spelling often seen, is none.
    """
    if texts.null_count == len(texts):
        return pa.nulls(len(texts), _MS)
    upper = pc.ascii_upper(texts)
    iso = pc.if_else(pc.match_substring_regex(upper, _ISO), upper, None)
    seconds = pc.if_else(pc.match_substring_regex(texts, _SECONDS), texts, None).cast(pa.int64())
    sane = pc.and_(pc.greater_equal(seconds, _FIRST_SECOND), pc.less_equal(seconds, _LAST_SECOND))
    seconds = pc.if_else(sane, seconds, None)
    return pc.coalesce(
        iso.cast(pa.timestamp("ns", tz="UTC")).cast(_MS, safe=False), pc.multiply(seconds, 1000).cast(_MS)
    )
