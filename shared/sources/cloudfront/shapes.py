"""What values of known fields look like: the proof that a count of fields alone does not give.

A count is no layout. A user of version 2 chooses any fields in any order, and perhaps as many as a vintage of version 1
has; a stray delimiter shifts all that follows. Read under wrong names, an address or a cookie lands in a column that
nobody protects, and rows share request ids that are none. So names that no header vouches for are believed only where
the values have the shapes of their fields. A shape is looked for once per distinct value where values repeat.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.columns.texts import Mask, is_dictionary, rows_of

# Wide enough for odd but rightly placed values: an octet may be masked with an x, a status be 000.
_SHAPES: Mapping[str, str] = {
    "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "time": "[0-9]{2}:[0-9]{2}:[0-9]{2}",
    "c-ip": "[0-9A-Fa-fXx]{0,4}(?:[.:][0-9A-Fa-fXx]{0,4}){2,8}",
    "sc-status": "[0-9]{3}",
    "cs-protocol": "[a-z]{2,8}",
    "time-taken": "[0-9.]+",
    "ssl-protocol": "(?:TLS|SSL)v.*",
    "cs-protocol-version": "HTTP/.*",
    "fle-status": "[A-Za-z]+",
    "c-port": "[0-9]+",
    "x-edge-detailed-result-type": "[A-Za-z]+",
}
_REQUEST_ID = "x-edge-request-id"
_REQUEST_ID_SHAPE = "[0-9A-Za-z_=-]{20,}"  # a word of base64url; CloudFront's have 56 letters
_NEVER_NULL = ("date", "time")


def misplaced(columns: Mapping[str, pa.Array], *, strict: bool = False) -> Mask | None:
    """Rows with a value that does not look like its field; None for no row. Null fits, but for day and second.

    columns  wire name to binary, or dictionary of it, as read: null markers are null
    strict   request ids must look like CloudFront's, too
    """
    shapes = {**_SHAPES, _REQUEST_ID: _REQUEST_ID_SHAPE} if strict else _SHAPES
    rows = len(next(iter(columns.values())))
    found: Mask = np.zeros(rows, dtype=np.bool_)
    for name, shape in shapes.items():
        if name not in columns:
            continue
        values = columns[name]
        found |= _unlike(values, f"^ *(?:{shape}) *$")
        if strict and name in _NEVER_NULL and values.null_count:
            found |= values.is_null().to_numpy(zero_copy_only=False)
    return found if found.any() else None


def _unlike(values: pa.Array, pattern: str) -> Mask:
    if is_dictionary(values):
        return rows_of(_unlike(values.dictionary, pattern), values)
    fits = pc.match_substring_regex(values, pattern)
    unlike: Mask = pc.invert(fits).fill_null(False).to_numpy(zero_copy_only=False)
    return unlike
