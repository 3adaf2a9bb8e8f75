"""Paths without what differs from one segment to the next or from one time-shift window to the next.

Nearly all distinct paths of a log differ in the number of the segment alone. It is taken out first: what is left, the
template, has few distinct values, and everything else that a path tells is told from these.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.mediapackage.patterns import first_group
from shared.sources.mediapackage.url_grammar import INIT, NUMBERED, is_fragment
from shared.text import percent_decode

_LONGEST_NUMBER = 18  # digits that always fit into 64 bits
_NAME_NUMBER = r"(?P<found>[0-9]+)(?P<rest>[^0-9/]*\.[0-9A-Za-z]+)$"
_FRAGMENT_TIME = r"(?i)(?P<before>fragments\([^/=]*=)(?P<found>[0-9]+)"
# A channel may be named `start`, too, so what follows has to look like a time: a date, or seconds since 1970.
_TIME = r"(?:[0-9]{4}-|[0-9]{9})[^/]*"
_WINDOW = rf"(?i)^/*out/+v1/+[^/]+/(?s:.*/)?start/(?P<start>{_TIME})/(?:end/(?P<end>{_TIME})/)?"
_START = rf"(?i)(/start/){_TIME}/"
_END = rf"(?i)(/start/\{{t\}}/end/){_TIME}/"


@dataclass(frozen=True)
class Shapes:
    """What is told from paths one by one, as arrays of their length.

    template  the decoded path with `{n}` for the segment number and `{t}` for the times of a time-shift window
    number    int64, null where the path has none or one of more than 18 digits
    start     text of the window's start, null without a window in the path
    end       text of the window's end
    """

    template: pa.Array
    number: pa.Array
    start: pa.Array
    end: pa.Array


def shapes(paths: pa.Array) -> Shapes:
    """Take apart an array of paths as logged (percent-encoded, null for none).

    The number of a segment, subtitle or thumbnail is the last group of digits in its name, the extension left out; of a
    Smooth Streaming fragment it is the time after `=`. Initialisation segments and manifests have none.
    """
    decoded = percent_decode(paths)
    lower = pc.ascii_lower(decoded)
    fragment = is_fragment(lower)
    named = pc.and_not(pc.match_substring_regex(lower, NUMBERED), pc.match_substring_regex(lower, INIT))
    named = pc.and_not(named, fragment)
    plain = pc.if_else(named, decoded, None)
    number = first_group(plain, _NAME_NUMBER)
    template = pc.coalesce(pc.replace_substring_regex(plain, _NAME_NUMBER, r"{n}\2"), decoded)
    if pc.any(fragment).as_py():
        fragments = pc.if_else(fragment, decoded, None)
        number = pc.coalesce(number, first_group(fragments, _FRAGMENT_TIME))
        template = pc.coalesce(pc.replace_substring_regex(fragments, _FRAGMENT_TIME, r"\1{n}"), template)
    start = end = pa.nulls(len(paths), pa.string())
    shifted = pc.match_substring(lower, "/start/")
    if pc.any(shifted).as_py():
        window = pc.extract_regex(pc.if_else(shifted, decoded, None), _WINDOW)
        start, end = pc.struct_field(window, "start"), pc.struct_field(window, "end")
        end = pc.if_else(pc.equal(end, ""), None, end)
        once = pc.replace_substring_regex(pc.if_else(start.is_valid(), template, None), _START, r"\1{t}/")
        template = pc.coalesce(pc.replace_substring_regex(once, _END, r"\1{t}/"), template)
    return Shapes(template, _integers(number), start, end)


def _integers(digits: pa.Array) -> pa.Array:
    fits = pc.less_equal(pc.binary_length(pc.ascii_ltrim(digits, "0")), _LONGEST_NUMBER)
    return pc.if_else(fits, digits, None).cast(pa.int64())
