"""The raw MediaPackage objects that the questions are tried on: both versions, over midnight and the end of a month."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from shared.synth import MediaPackageReport, MediaPackageSpec, write_mediapackage
from tests.query.answers.origin_dense import dense_origin_objects

SPEC = MediaPackageSpec(
    start=datetime(2026, 10, 31, 23),
    hours=1,
    rows=1,  # as many as are asked for
    channels=2,
    seed=3,
    duplicate_records=0.02,
    malformed_share=0.02,
)


def deliver_origin(folder: Path, rows: int) -> MediaPackageReport:
    """Write the generator's sample, on which the report is, and dense objects beside it."""
    report = write_mediapackage(folder, replace(SPEC, rows=rows))
    for key, content in dense_origin_objects().items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return report
