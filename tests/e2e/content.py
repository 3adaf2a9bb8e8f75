"""All that a lake's tables hold, to be held against another lake's."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shared.lake.lake import Lake
from shared.lake.tables import QUARANTINE
from shared.query.live_files import live_files
from shared.sources.cloudfront import SOURCE
from shared.tables import Table

TABLES = (SOURCE.tables[0], QUARANTINE)
# They name the run, and the version of the object as its store counts versions.
_OF_A_RUN = ("ingest_run", "source_etag")
_ORDER = ("partition", "source_object", "source_line", "reason", "detail", "request_id")


def content(lake: Lake, table: Table, raw_uri: str) -> pa.Table:
    """All rows of a table in a fixed order, with the hour that each is in; objects are named below the raw prefix."""
    parts = []
    for partition, files in live_files(lake, table).items():
        for file in files:
            with lake.store.open_input(file.key) as opened:
                rows = pq.read_table(opened)
            parts.append(rows.append_column("partition", pa.repeat(str(partition), rows.num_rows)))
    rows = pa.concat_tables(parts).drop_columns([name for name in _OF_A_RUN if name in parts[0].column_names])
    names = pc.replace_substring(rows["source_object"].cast(pa.string()), f"{raw_uri}/", "")
    rows = rows.set_column(rows.column_names.index("source_object"), "source_object", names)
    return rows.sort_by([(name, "ascending") for name in _ORDER if name in rows.column_names]).combine_chunks()


def assert_same(found: pa.Table, expected: pa.Table) -> None:
    """AssertionError that shows a row and a column that differ."""
    assert found.num_rows == expected.num_rows
    assert found.schema.names == expected.schema.names
    for name in expected.schema.names:
        ours, theirs = found[name], expected[name]
        if not ours.equals(theirs):
            differing = next(
                pair for pair in zip(ours.to_pylist(), theirs.to_pylist(), strict=True) if pair[0] != pair[1]
            )
            raise AssertionError(f"{name}: {differing[0]!r}, not {differing[1]!r}")
