"""Percent-encoding as the CloudFront logger does it, once, on top of whatever the client had encoded."""

from __future__ import annotations

import re

_ENCODED = re.compile(rb"""[\x00-\x20\x7f-\xff"#%<>{}|\\^~\[\]'`]""")


def logged(value: str) -> str:
    """The value as it stands in a log line; `+` and parentheses stay.

    >>> logged("Player/1.0 (TV) + 100%2C")
    'Player/1.0%20(TV)%20+%20100%252C'
    """
    return _ENCODED.sub(lambda byte: b"%%%02X" % byte[0][0], value.encode()).decode("ascii")
