"""The peers write what loglake writes: else their times would mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.contenders import duckdb_sql, native_spark, polars_batches, row_parser
from benchmarks.contenders.catalogue import CONTENDERS
from benchmarks.contenders.layout import AGENT_COLUMNS, agent_table
from benchmarks.verify import CHECKED, Output, examine
from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.lake.lake import open_lake
from shared.query.live_files import live_files
from shared.sources.cloudfront import SOURCE
from shared.synth import SampleSpec, write_cloudfront

ROWS = 900


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    write_cloudfront(folder, SampleSpec(datetime(2026, 11, 20, 10), ROWS, hours=2, distributions=2, files_per_hour=2))
    return folder


@pytest.fixture(scope="module")
def ours(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    lake = open_lake(str(tmp_path_factory.mktemp("lake")))
    Refinery(SOURCE, RefineSettings(str(raw), lake.uri), InlineExecutor()).refine()
    files = live_files(lake, SOURCE.tables[0]).values()
    return [Path(lake.store.url(item.key)) for items in files for item in items]


def written(out: Path) -> list[Path]:
    return sorted(out.rglob("*.parquet"))


@pytest.mark.parametrize("work", [polars_batches.work, duckdb_sql.work], ids=["polars", "duckdb"])
def test_a_peer_writes_our_rows_into_hours(
    work: Callable[[list[Path], Path], None], raw: Path, ours: list[Path], tmp_path: Path
) -> None:
    work(sorted(raw.rglob("*.gz")), tmp_path)
    found = examine(written(tmp_path))
    assert (found.rows, found.content) == (ROWS, examine(ours).content)
    assert {path.parent.name for path in written(tmp_path)} == {"hour=10", "hour=11"}


def test_the_row_parser_writes_the_columns_that_it_has(raw: Path, ours: list[Path], tmp_path: Path) -> None:
    row_parser.work(sorted(raw.rglob("*.gz")), tmp_path)
    common = [name for name in CHECKED if name in pq.read_schema(written(tmp_path)[0]).names]
    assert len(common) == len(CHECKED) - 3  # kind, name and operator of the client are our own
    found = examine(written(tmp_path), common)
    assert (found.rows, found.content) == (ROWS, examine(ours, common).content)


def test_another_value_is_another_content(ours: list[Path], tmp_path: Path) -> None:
    rows = pa.concat_tables([pq.read_table(path) for path in ours])
    changed = rows.set_column(rows.column_names.index("status"), "status", pa.array([299] * len(rows), pa.int32()))
    pq.write_table(changed, tmp_path / "changed.parquet")
    found = examine([tmp_path / "changed.parquet"])
    assert found.rows == ROWS
    assert found.content != examine(ours).content
    assert examine([]) == Output(0, "", 0, 0.0)


def test_packed_agents_are_those_of_the_table() -> None:
    logged = pa.array(["curl/8.5.0", None, "Mozilla/5.0%20(tab%09inside)", "curl/8.5.0"])
    packed = native_spark.packed_agents(logged).to_pylist()
    assert packed[0] == packed[3]
    assert packed[1] is None
    cells = packed[2].split(native_spark.BETWEEN)
    expected = agent_table(logged.take(pa.array([2]))).to_pylist()[0]
    plain = {name: "" if expected[name] is None else str(expected[name]) for name in AGENT_COLUMNS}
    assert [cell if cell not in ("true", "false") else cell.capitalize() for cell in cells] == list(plain.values())
    assert cells[0] == "Mozilla/5.0 (tab\tinside)"


def test_every_peer_says_what_it_does_less() -> None:
    assert [name for name, contender in CONTENDERS.items() if not contender.less] == ["loglake", "loglake_on_spark"]
    for name, contender in CONTENDERS.items():
        command = contender.command(Path("raw"), Path("out"))
        if contender.less:
            assert Path(*command[2].split(".")).with_suffix(".py").is_file()
        else:
            assert Path(command[1 if name == "loglake_on_spark" else 0]).is_file()
