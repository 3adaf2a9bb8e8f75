"""Whose SQL a query is written in."""

from __future__ import annotations

from enum import StrEnum


class Dialect(StrEnum):
    """Athena's, translated, or DuckDB's own."""

    ATHENA = "athena"
    DUCKDB = "duckdb"
