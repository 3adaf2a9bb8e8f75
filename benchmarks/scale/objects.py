"""The ledger of ever more objects, all of which a run lists."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from benchmarks.ledger import Listing, make_ledger, steps_of

_OBJECTS_PER_RUN = 1_000


def in_ledger(objects: float, folder: Path) -> Mapping[str, float]:
    """Seconds of the steps on a ledger of so many objects, of which every hundredth listed one is new."""
    lake, entries = folder / "lake", round(objects)
    shutil.rmtree(lake, ignore_errors=True)
    lake.mkdir(parents=True)
    make_ledger(lake, entries, -(-entries // _OBJECTS_PER_RUN))
    plain, indexed, find, listing, note, index, newest = steps_of(lake, Listing(entries, entries))
    shutil.rmtree(lake)
    return {
        "s to load without index": plain.wall_s,
        "with": indexed.wall_s,
        "its peak MB": indexed.peak_mb,
        "s to find new ones": find.wall_s - listing.wall_s,
        "to note them": note.wall_s,
        "to write the index": index.wall_s,
        "to go through all": newest.wall_s,
    }
