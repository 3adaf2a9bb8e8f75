"""Times in another zone than UTC: here they are wall clocks without a zone, so only what reads the clock may see them.

`hour(t AT TIME ZONE 'Europe/Berlin')` is the same; a comparison of `t AT TIME ZONE 'Europe/Berlin'` with a timestamp
is one of moments in Athena, and would be one of clocks here.
"""

from __future__ import annotations

from sqlglot import exp

from shared.errors import UsageError
from shared.query.athena.dialect import place

_STILL_ZONED = frozenset({"date_trunc", "date_add"})
_READ_THE_CLOCK = frozenset(
    {"date", "year", "quarter", "month", "week", "week_of_year", "year_of_week", "yow", "last_day_of_month"}
    | {"day", "day_of_month", "day_of_week", "dow", "day_of_year", "doy", "hour", "minute", "second", "millisecond"}
    | {"date_format", "format_datetime"}
)
_WITHOUT_ZONE = (exp.DType.DATE, exp.DType.TIMESTAMP)


def check_zones(tree: exp.Expr) -> None:
    """UsageError for a time in a zone of which more is asked than its clock."""
    for node in tree.walk():
        if _is_zoned(node) and not _is_only_read(node):
            raise UsageError(
                f"A time in another zone is read here as a moment ({place(node)}), which has no equal on this machine.",
                remedy="read its clock: CAST(x AT TIME ZONE 'zone' AS timestamp), hour(...), date_format(...)",
            )


def _is_zoned(node: exp.Expr) -> bool:
    if isinstance(node, exp.Anonymous):
        name = node.name.lower()
        return name == "at_timezone" or (name == "from_unixtime" and len(node.expressions) > 1)
    return isinstance(node, exp.AtTimeZone)


def _is_only_read(node: exp.Expr) -> bool:
    parent = node.parent
    if isinstance(parent, exp.Paren) or (isinstance(parent, exp.Anonymous) and parent.name.lower() in _STILL_ZONED):
        return _is_only_read(parent)
    if isinstance(parent, exp.Anonymous):
        return parent.name.lower() in _READ_THE_CLOCK
    return isinstance(parent, exp.Extract) or (isinstance(parent, exp.Cast) and parent.args["to"].this in _WITHOUT_ZONE)
