"""Spark alone: text read, split and cast in the JVM, user agents by a pandas UDF, Parquet by Spark's own writer.

The fastest of the plans that stay inside Spark: a tab-separated line is cut by `split`, not by the csv reader, and the
UDF gives all columns of a user agent back as one packed text, which the JVM cuts, instead of a struct.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.contenders.entry import run
from benchmarks.contenders.layout import AGENT_COLUMNS, COLUMNS, DECIMALS, INTEGERS, STORED, agent_table
from shared.runtime import prepare_environment
from shared.tables import ColumnType
from shared.tables.vocabulary import USER_AGENT

SETTINGS = {
    "spark.driver.memory": "6g",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.session.timeZone": "UTC",
    # gzip cannot be split, but small objects can share a task.
    "spark.sql.files.maxPartitionBytes": "16m",
    "spark.sql.files.openCostInBytes": "256k",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "50000",  # more rows share the look-up of their user agents
}
BETWEEN = "\x1f"  # a user agent may hold a tab, once it is decoded
_BOOLEANS = {column.name for column in USER_AGENT if column.type is ColumnType.BOOLEAN}
_PARTITION = {"year": "yyyy", "month": "MM", "day": "dd", "hour": "HH"}


def packed_agents(logged: pa.Array) -> pa.Array:
    """The columns of each user agent in one text, parsed once for each distinct value; null for null."""
    encoded = logged.dictionary_encode()
    distinct = encoded.dictionary
    agents = agent_table(distinct)
    texts = [agents[name].combine_chunks().cast(pa.string()).fill_null("") for name in AGENT_COLUMNS]
    return pc.binary_join_element_wise(*texts, BETWEEN).take(encoded.indices)


def work_on_dirty(files: list[Path], out: Path) -> None:
    """As Spark's csv reader does it in its mode PERMISSIVE: what lacks is null, what is too much goes, no line does."""
    work(files, out, tolerant=True)


def work(files: list[Path], out: Path, *, tolerant: bool = False) -> None:
    prepare_environment()
    from pyspark.sql import SparkSession  # noqa: PLC0415 - after the environment is set
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    builder = SparkSession.builder.master("local[2]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")

    @F.pandas_udf("string")
    def packed(logged: pd.Series) -> pd.Series:
        return packed_agents(pa.array(logged, pa.string(), from_pandas=True)).to_pandas()

    def typed(name: str) -> Any:
        text = f"nullif(fields[{COLUMNS.index(name)}], '-')"
        if name in INTEGERS.values():
            return F.expr(f"try_cast({text} AS BIGINT)").alias(name)
        return F.expr(f"try_cast({text} AS DOUBLE)" if name in DECIMALS.values() else text).alias(name)

    def of_agent(name: str) -> Any:
        text = f"nullif(agent[{AGENT_COLUMNS.index(name)}], '')"
        return F.expr(f"CAST({text} AS BOOLEAN)" if name in _BOOLEANS else text).alias(name)

    lines = spark.read.text(sorted({str(file.parent) for file in files}), pathGlobFilter="*.gz")
    fields = lines.where("value NOT LIKE '#%'").select(F.split("value", "\t").alias("fields"))
    whole = fields if tolerant else fields.where(F.size("fields") == len(COLUMNS))
    rows = whole.select(
        F.expr("try_cast(concat(fields[0], ' ', fields[1]) AS TIMESTAMP)").alias("event_time"),
        *(typed(name) for name in STORED),
        packed(typed("logged_user_agent")).alias("packed"),
    )
    rows.select("event_time", *STORED, F.split("packed", BETWEEN).alias("agent")).select(
        "event_time",
        *STORED,
        *(of_agent(name) for name in AGENT_COLUMNS),
        *(F.date_format("event_time", format_).alias(name) for name, format_ in _PARTITION.items()),
    ).write.partitionBy(*_PARTITION).parquet(str(out / "rows"))
    spark.stop()


if __name__ == "__main__":
    run(work, work_on_dirty)
