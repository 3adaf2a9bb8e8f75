"""The raw objects that the questions are tried on: all formats mixed, over midnight and the end of a month.

Rows are doubled inside and across objects, late, malformed; objects are broken or logs of another family; and a day
later more of the same hours arrives. Both deliveries have objects of dense requests besides.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from shared.synth import MIXED, SampleSpec, write_cloudfront, write_late
from tests.query.answers.dense import dense_objects
from tests.query.answers.lines import RawObject

SPEC = SampleSpec(
    start=datetime(2026, 10, 31, 22),
    hours=4,
    rows=1,  # as many as are asked for
    files_per_hour=3,
    formats=MIXED,
    duplicate_rows=0.02,
    duplicate_objects=0.1,
    malformed_share=0.02,
    special=True,
)
_DENSE_DELIVERED = datetime(2026, 11, 1, 1, 30, tzinfo=UTC)  # late for some of the hours


def deliver(folder: Path, take_in: Callable[[list[Path]], None], rows: int) -> None:
    """Write the first delivery and the late one, each followed by a run over the files that are new."""
    seen: set[Path] = set()
    for number, write in enumerate((write_cloudfront, write_late)):
        write(folder, replace(SPEC, rows=rows))
        for key, content in dense_objects(number).items():
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            os.utime(path, (_DENSE_DELIVERED.timestamp(),) * 2)
        files = {path for path in folder.rglob("*") if path.is_file() and path.name != "_SUCCESS"}
        take_in(sorted(files - seen))
        seen |= files


def as_raw_object(path: Path) -> RawObject:
    """A file as the raw object that it is to a run."""
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
    return RawObject(str(path), path.read_bytes(), modified)
