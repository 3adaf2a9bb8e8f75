"""Which files a reader of a table sees: those of the partition versions that the catalog names, and no others."""

from __future__ import annotations

from shared.errors import StorageError
from shared.lake.lake import Lake
from shared.lake.layout import is_part_file
from shared.storage import ObjectInfo
from shared.tables import Table
from shared.tables.partitions import Partition


def live_files(lake: Lake, table: Table) -> dict[Partition, list[ObjectInfo]]:
    """The files of the current version of each partition, oldest hour first.

    One listing of the table's folder rather than one for each partition: a listing costs a request on S3, and a year of
    hours has 8,760 partitions. Raises StorageError when files are gone that the catalog counts.
    """
    versions = lake.catalog.partitions(table.name)
    found: dict[str, list[ObjectInfo]] = {version.location: [] for version in versions.values()}
    for folder in sorted({location.partition("/")[0] for location in found}):
        for item in lake.store.list(f"{folder}/"):
            if isinstance(item, ObjectInfo) and is_part_file(item.key):
                found.get(item.key.rpartition("/")[0], []).append(item)
    for version in versions.values():
        if len(found[version.location]) != version.files:
            raise StorageError(
                f"{lake.store.url(version.location)} has {len(found[version.location])} files, but the catalog says "
                f"{version.files}.",
                remedy="ask again if a sweep with a short grace period was running; else remove files that the lake "
                "did not write, restore missing ones, or take the hour in again: "
                f"`loglake reprocess SOURCE --from {version.partition}`",
            )
    return {partition: found[version.location] for partition, version in versions.items()}
