"""The live files of a table on S3 as an Arrow dataset, for DuckDB to scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_

import pyarrow as pa
import pyarrow.dataset as ds

from shared.storage import ObjectInfo, Store
from shared.storage.s3_arrow import arrow_filesystem
from shared.tables import PARTITION_KEYS, Table
from shared.tables.partitions import Partition


def s3_dataset(store: Store, table: Table, files: Mapping[Partition, Sequence[ObjectInfo]]) -> ds.Dataset:
    """The files with the declared schema and the partition keys; no file is opened before its rows are wanted.

    Each file states its partition, so a predicate on the keys drops it unopened. Arrow's own S3 client reads them, by
    the same region, credentials and endpoint as the store.
    """
    filesystem, root = arrow_filesystem(), store.uri.removeprefix("s3://")
    format_ = ds.ParquetFileFormat()
    schema = pa.schema(
        [*(pa.field(c.name, c.type.arrow) for c in table), *(pa.field(key, pa.string()) for key in PARTITION_KEYS)]
    )
    fragments = [
        format_.make_fragment(
            f"{root}/{item.key}",
            filesystem=filesystem,
            partition_expression=_states(partition),
            file_size=item.size_bytes,
        )
        for partition, items in files.items()
        for item in items
    ]
    return ds.FileSystemDataset(fragments, schema, format_, filesystem=filesystem)


def _states(partition: Partition) -> ds.Expression:
    return reduce(and_, (ds.field(key) == value for key, value in zip(PARTITION_KEYS, partition, strict=True)))
