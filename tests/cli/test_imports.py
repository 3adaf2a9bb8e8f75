"""What a command imports: half of the wait for an answer. Asked in a process of its own, which has imported nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"pyspark", "duckdb", "boto3", "pyarrow", "numpy", "pandas", "iptocc", "ua_parser", "awsglue"}


def imported_by(module: str) -> set[str]:
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("shared.cli.main", set()),
        ("shared.cli.ask", {"duckdb", "pyarrow", "numpy", "boto3"}),
        ("shared.cli.look", {"duckdb", "pyarrow", "numpy", "boto3"}),
        ("shared.cli.ingest", {"pyarrow", "numpy", "boto3", "iptocc", "ua_parser"}),
    ],
)
def test_a_command_imports_only_what_it_needs(module: str, allowed: set[str]) -> None:
    assert imported_by(module) & HEAVY <= allowed
