"""A lake: a root URI, the store behind it and the catalog that says what readers see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from shared.errors import UsageError
from shared.lake.catalog import Catalog
from shared.lake.catalog_local import FILE_NAME, LocalCatalog
from shared.lake.layout import CONTROL
from shared.lake.published import Published
from shared.lake.tables import LAKE_TABLES
from shared.storage import Store, open_store
from shared.tables import Table

DEFAULT_DATABASE = "loglake"


@dataclass(frozen=True)
class Lake:
    """One lake; `uri` is what workers open it by, `published` what was published through this object."""

    uri: str
    store: Store
    catalog: Catalog
    published: Published = field(default_factory=Published, compare=False)

    @property
    def has_ledger(self) -> bool:
        """Whether a run ever noted anything in this place: what tells a lost catalog from a lake that is none."""
        return next(self.store.list(f"{CONTROL}/ledger/"), None) is not None

    def ensure_tables(self, tables: Iterable[Table]) -> None:
        """Create or extend these tables and the lake's own."""
        for table in (*tables, *LAKE_TABLES):
            self.catalog.ensure_table(table)


def open_lake(uri: str, catalog: str | None = None) -> Lake:
    """Open a lake by URI.

    catalog  `glue` or `glue:<database>`, or the path of a local catalog file; None: the Glue database `loglake` for
             s3:// lakes, a file in the lake's folder for others
    Raises UsageError for a catalog that cannot go with the lake.
    """
    store = open_store(uri)
    on_s3 = uri.startswith("s3://")
    chosen = catalog or ("glue" if on_s3 else None)
    if chosen is None:
        return Lake(store.uri, store, LocalCatalog(Path(store.url(FILE_NAME))))
    if chosen == "glue" or chosen.startswith("glue:"):
        if not on_s3:
            raise UsageError(
                f"A lake in a folder ({uri}) cannot be in the Glue catalog.",
                remedy="leave --catalog out, or give the lake as s3://bucket/prefix",
            )
        database = chosen.partition(":")[2] or DEFAULT_DATABASE
        # Imported here: boto3 takes half a second, which local lakes need not wait for.
        from shared.lake.catalog_glue import GlueCatalog  # noqa: PLC0415
        from shared.storage.aws import client  # noqa: PLC0415

        return Lake(store.uri, store, GlueCatalog(client("glue"), database, store.uri))
    return Lake(store.uri, store, LocalCatalog(Path(chosen)))
