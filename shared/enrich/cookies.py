"""Cookies that no name announces: fields of raw lines that look like some.

Where a line is cut, or its columns are not known, nothing says which field is the cookie, so whatever looks like one is
taken for one. A query string may look the same and goes with it: who needs it finds it in the raw object.
"""

from __future__ import annotations

import re
from typing import Final

from shared.enrich.redaction import REDACTED

_TAB: Final = "\t"
_OTHER_DELIMITERS: Final = (":|:", ";", ",", "|", "~", "^", " ")
_JSON_STARTS: Final = ("{", "[")
# name=value: no URL, path, header or client before the sign; no quoted value, which key=value log text has; padding
# at the end of base64 is no sign.
_COOKIE: Final = re.compile(r"""[^=/?:"'(){}\\]*[^=/?:"'(){}\\\s]=+[^="'].*""", re.DOTALL)


def redact_cookie_fields(text: str) -> str:
    """Replace the fields of a delimited line that look like cookies; JSON is left alone, as its cookies have names.

    >>> redact_cookie_fields("200\\tuid=1;%20theme=dark\\tHit\\t/a=b?c=d\\tid==")
    '200\\tREDACTED\\tHit\\t/a=b?c=d\\tid=='
    """
    if "=" not in text or text.lstrip().startswith(_JSON_STARTS):
        return text
    delimiter = _TAB if _TAB in text else max(_OTHER_DELIMITERS, key=text.count)
    return "\n".join(delimiter.join(map(_shown, line.split(delimiter))) for line in text.split("\n"))


def _shown(field: str) -> str:
    return REDACTED if "=" in field and _COOKIE.match(field) else field
