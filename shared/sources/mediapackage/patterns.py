"""Telling something from each text of an array: by a pattern's group, or by the first of several rules that holds."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def first_group(texts: pa.Array, pattern: str) -> pa.Array:
    """What the group `found` of an RE2 pattern matched first in each text, null where the pattern does not match."""
    return pc.struct_field(pc.extract_regex(texts, pattern), "found")


def first_rule(rules: list[tuple[pa.Array, str]], otherwise: str | None = None) -> pa.Array:
    """For each row the answer of the first rule that holds in it; a rule is a boolean array, and null does not hold."""
    holds = pc.make_struct(*(rule for rule, _ in rules))
    return pc.case_when(holds, *(answer for _, answer in rules), pa.scalar(otherwise, pa.string()))
