"""A sample in its deliveries, the truth about it, and the same taken in by one process out of folders."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import VIEWER_KEY_VARIABLE, RefineSettings
from shared.lake.lake import Lake, open_lake
from shared.sources.cloudfront import SOURCE
from shared.storage import ObjectInfo, open_store
from shared.synth import MIXED, SampleReport, SampleSpec, write_cloudfront, write_late
from tests.e2e.conftest import Place

MESSY = SampleSpec(
    start=datetime(2026, 11, 1, 10),
    rows=12_000,
    hours=3,
    files_per_hour=6,
    formats=MIXED,
    duplicate_rows=0.001,
    duplicate_objects=0.02,
    malformed_share=0.002,
    special=True,
)


@dataclass(frozen=True)
class Delivery:
    """Raw objects in a folder, and what a right reader finds in them."""

    folder: Path
    truth: SampleReport


def deliver(folder: Path, spec: SampleSpec, *, late: bool = False) -> Delivery:
    """Write a delivery of the sample."""
    return Delivery(folder, (write_late if late else write_cloudfront)(folder, spec))


def as_on_s3(folder: Path, place: Place) -> None:
    """Give the files the times of the objects that they were brought as: rows tell when their object came."""
    for item in open_store(place.raw_uri).list():
        assert isinstance(item, ObjectInfo)
        file = folder / item.key
        if file.exists():
            os.utime(file, (item.modified.timestamp(),) * 2)


def taken_in_from_folders(folder: Path, lake_folder: Path, viewer_key: bytes) -> Lake:
    """The lake that one process makes of the folder, with the pseudonyms of another lake."""
    with patch.dict(os.environ, {VIEWER_KEY_VARIABLE: viewer_key.decode()}):
        Refinery(SOURCE, RefineSettings(str(folder), str(lake_folder)), InlineExecutor()).refine()
    return open_lake(str(lake_folder))


def told(report: Mapping[str, int]) -> tuple[int, int, int]:
    """Rows, duplicates and entries in quarantine, as a run counts them."""
    return report["rows"], report["duplicates"], report["quarantined"]


def true(truth: SampleReport) -> tuple[int, int, int]:
    """The same by the generator's own count."""
    return truth.distinct, truth.duplicates, sum(truth.quarantined.values())
