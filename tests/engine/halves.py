"""A source with two tables: CloudFront's requests, half of them in a table of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from shared.sources.cloudfront import SOURCE, TABLE
from shared.text.hashing import key_hashes

ODD = replace(TABLE, name="cloudfront_odd_requests")


def split(rows: pa.Table) -> Mapping[str, pa.Table]:
    """By what copies of a record have in common, so that they meet in one table."""
    is_odd = key_hashes([rows["request_id"], rows["record_key"]]) % np.uint64(2) == 1
    return {TABLE.name: rows.filter(pa.array(~is_odd)), ODD.name: rows.filter(pa.array(is_odd))}


HALVES = replace(SOURCE, tables=(TABLE, ODD), split=split)
