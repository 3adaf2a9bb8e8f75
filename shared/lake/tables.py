"""The tables that every lake has besides those of its sources: quarantine, runs, partition quality."""

from __future__ import annotations

from shared.tables import Column, ColumnType, Table

_S, _L, _D, _T = ColumnType.STRING, ColumnType.BIGINT, ColumnType.DOUBLE, ColumnType.TIMESTAMP

QUARANTINE = Table(
    name="quarantine",
    description=(
        "Records and objects that could not be taken in, each with one reason. An object that is replaced or "
        "reprocessed takes its entries with it."
    ),
    columns=(
        Column("source", _S, "The source whose job met it.", few_values=True),
        Column("reason", _S, "Why: one name of a closed list.", few_values=True),
        Column("detail", _S, "What exactly was wrong."),
        Column("raw_text", _S, "The record as it stands, capped; addresses and secrets treated as in rows."),
        Column("source_object", _S, "Key of the raw object below the raw prefix.", few_values=True),
        Column("source_line", _L, "Line in the (decompressed) object, from 1; null where the object itself is bad."),
        Column("source_etag", _S, "Version of the raw object.", few_values=True),
        Column("source_size_bytes", _L, "Size of the raw object.", unit="bytes"),
        Column("source_modified", _T, "When the raw object was last modified. Decides the partition."),
        Column("ingest_run", _S, "The run that met it.", few_values=True),
    ),
    partition_time="source_modified",
)

INGEST_RUNS = Table(
    name="ingest_runs",
    description="One row for each committed batch: what it read and what became of it.",
    columns=(
        Column("run_id", _S, "Identity of the run; sorts by time."),
        Column("source", _S, "The source of the run.", few_values=True),
        Column("started_at", _T, "When the batch began."),
        Column("finished_at", _T, "When its partitions had been swapped and the ledger entry written."),
        Column("objects", _L, "Raw objects taken in."),
        Column("objects_damaged", _L, "Raw objects of which a part or all could not be read."),
        Column("bytes_read", _L, "Size of the raw objects, as stored.", unit="bytes"),
        Column("records", _L, "All that was read: rows + duplicates + quarantined + ignored."),
        Column(
            "rows", _L, "Records that are rows now; without crashes the table holds the sum of rows - rows_removed."
        ),
        Column("duplicates", _L, "Records whose key was there already, whichever copy stays."),
        Column("rows_removed", _L, "Former rows that went: replaced by these records, expired, or erased."),
        Column("overlap", _L, "Duplicates that came in another log format (v1 and v2 of one distribution)."),
        Column("conflicting", _L, "Duplicates of the same format whose content differs from the row that stays."),
        Column("quarantined", _L, "Records and objects in quarantine."),
        Column(
            "ignored",
            _L,
            "Lines that are no records (headers, comments, blank lines); records of expired hours and erased persons.",
        ),
        Column("partitions", _L, "Partitions swapped."),
        Column("bytes_written", _L, "Parquet bytes of the new partition versions.", unit="bytes"),
        Column("duration_s", _D, "Wall time of the batch.", unit="s"),
        Column("parser_version", _L, "Version of the source's parser."),
    ),
    partition_time="started_at",
)

PARTITION_QUALITY = Table(
    name="partition_quality",
    description="One row for each version of a partition: what it holds and what changed. The newest run counts.",
    columns=(
        Column("run_id", _S, "The run that published the version."),
        Column("started_at", _T, "When that run began."),
        Column("table_name", _S, "The table.", few_values=True),
        Column("partition_hour", _T, "The hour that the partition holds."),
        Column("rows", _L, "Rows of this version."),
        Column("rows_added", _L, "Rows that this run brought."),
        Column(
            "rows_removed",
            _L,
            "Rows of the version before that are gone: replaced by their object, beaten, expired, or erased.",
        ),
        Column("duplicates", _L, "Records of this run that were already there."),
        Column("overlap", _L, "Of these, copies in another log format."),
        Column("conflicting", _L, "Of these, copies of one format with other content."),
        Column("late_rows", _L, "Rows delivered more than an hour after they happened."),
        Column("max_lag_s", _D, "Longest time from event to delivery.", unit="s"),
        Column("min_event_time", _T, "Earliest event."),
        Column("max_event_time", _T, "Latest event."),
        Column("files", _L, "Parquet files of this version."),
        Column("bytes", _L, "Parquet bytes of this version.", unit="bytes"),
    ),
    partition_time="started_at",
)

LAKE_TABLES = (QUARANTINE, INGEST_RUNS, PARTITION_QUALITY)
