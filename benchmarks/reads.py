"""What the shipped questions read, and how long they take: `python -m benchmarks.reads --size 0.9 --batches 100`.

--size       of the data (default 0.9; another size of `benchmarks.run`)
--batches    late batches that come in afterwards, each with some rows of every hour (default 100)
--late-rows  rows of a late batch (default 1,200)
--questions  comma-separated names (default: all that read the requests alone)
--readme     put the table into docs/benchmarks.md

The lake is asked as one run wrote it, after the late batches, in which publishing merges small files, and after a
reprocess of everything, which writes all files anew. Bytes are what DuckDB reads of the files, footers included; each
question gets a connection of its own, so that nothing is kept between them.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.command import loglake
from benchmarks.datasets import DataSet, data_set, spec_of
from benchmarks.readme import insert
from benchmarks.report import host_line, machine
from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.lake.lake import Lake, open_lake
from shared.query.athena import prepare, translate
from shared.query.duck import connect
from shared.query.live_files import live_files
from shared.query.questions import Question, all_questions
from shared.query.tables import all_tables
from shared.sources.cloudfront import SOURCE
from shared.synth import write_cloudfront

BUILD = Path("build/bench")
STATES = ("as written", "after late batches", "reprocessed")
_TABLE = SOURCE.tables[0]
_TIMES = 3


@dataclass(frozen=True)
class Answer:
    """What a question took: bytes of files that were read, the median of its times, and rows of the answer."""

    read_bytes: int
    wall_ms: float
    rows: int


@dataclass(frozen=True)
class State:
    """A lake at one time: files of the requests and their size, and the answers by question."""

    files: int
    size_bytes: int
    answers: Mapping[str, Answer]


def about_requests() -> list[Question]:
    """The shipped questions that read CloudFront's requests and nothing else."""
    tables = [table.name for table in all_tables()]
    return [
        question
        for question in all_questions()
        if [name for name in tables if re.search(rf"\b{name}\b", question.text)] == [_TABLE.name]
    ]


def ask(lake: Lake, question: Question) -> Answer:
    """Ask it several times, each on a connection that has read nothing yet."""
    sql = translate(question.sql(), lake.catalog.database)
    walls, read, rows = [], 0, 0
    for _ in range(_TIMES):
        with connect(lake, [_TABLE]) as connection:
            prepare(connection, sql)
            connection.execute("PRAGMA enable_profiling = 'no_output'")
            started = time.perf_counter()
            rows = connection.sql(sql).to_arrow_table().num_rows
            walls.append((time.perf_counter() - started) * 1e3)
            read = json.loads(connection.get_profiling_information(format="json"))["io"]["total_bytes_read"]
    return Answer(read, median(walls), rows)


def look_at(lake_folder: Path, questions: Sequence[Question]) -> State:
    """Files and answers of the lake as it is."""
    lake = open_lake(str(lake_folder))
    files = [item for items in live_files(lake, _TABLE).values() for item in items]
    answers = {question.name: ask(lake, question) for question in questions}
    return State(len(files), sum(item.size_bytes for item in files), answers)


def bring_late(raw: Path, lake: Path, data: DataSet, batches: int, rows: int, folder: Path) -> None:
    """Late batches one after the other, each an object of every hour, in this process."""
    spec = replace(
        spec_of(data.name),
        size_bytes=None,
        rows=batches * rows,
        seed=2,
        distributions=1,
        files_per_hour=batches,
        late_share=0.0,
        processes=1,
    )
    write_cloudfront(folder, spec)
    paths = sorted(folder.rglob("*.gz"))  # by hour
    for number in range(batches):
        for path in paths[number::batches]:
            shutil.move(path, raw / path.name)
        Refinery(SOURCE, RefineSettings(str(raw), str(lake)), InlineExecutor()).refine()


def states(data: DataSet, folder: Path, batches: int, rows: int, questions: Sequence[Question]) -> list[State]:
    """The lake at its three times; AssertionError where rows are missing."""
    raw, lake, spec = folder / "raw", folder / "lake", spec_of(data.name)
    shutil.copytree(data.raw, raw)
    loglake("run", "cloudfront", "--raw", raw, "--lake", lake, log=folder / "run.log")
    found = [look_at(lake, questions)]
    bring_late(raw, lake, data, batches, rows, folder / "late")
    found.append(look_at(lake, questions))
    first, end = spec.first_hour - timedelta(hours=1), spec.first_hour + timedelta(hours=spec.hours)
    hours = ("--from", f"{first:%Y-%m-%dT%H}", "--to", f"{end:%Y-%m-%dT%H}")
    again = loglake("reprocess", "cloudfront", "--lake", lake, *hours, log=folder / "reprocess.log")
    assert again.told["rows"] == data.rows + batches * rows, again.told
    found.append(look_at(lake, questions))
    late, anew = ({name: answer.rows for name, answer in state.answers.items()} for state in found[1:])
    assert late == anew, (late, anew)
    return found


def markdown(data: DataSet, batches: int, found: Sequence[State]) -> str:
    """Two tables: the lake at its times, and each question."""
    times = [_sum(state, "wall_ms") for state in found]
    lines = [
        f"### What the shipped questions read: {data.rows:,} rows, {batches} late batches",
        "",
        host_line(machine()),
        "",
        f"| | {' | '.join(STATES)} |",
        "|---|---:|---:|---:|",
        f"| files | {' | '.join(f'{state.files:,}' for state in found)} |",
        f"| MB | {' | '.join(_mb(state.size_bytes) for state in found)} |",
        f"| MB read, all questions | {' | '.join(_mb(_sum(state, 'read_bytes')) for state in found)} |",
        f"| ms, all questions | {' | '.join(f'{ms:,.0f}' for ms in times)} |",
        "",
        f"| question | MB read: {' | '.join(STATES)} | of the lake | ms: {' | '.join(STATES)} |",
        f"|---|{'---:|' * 7}",
    ]
    for name, answer in found[0].answers.items():
        answers = [state.answers[name] for state in found]
        cells = [
            name,
            *(_mb(each.read_bytes) for each in answers),
            f"{answer.read_bytes / found[0].size_bytes:.0%}",
            *(f"{each.wall_ms:.0f}" for each in answers),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    note = f"Over all hours, with DuckDB; medians of {_TIMES}. Athena bills what it reads, which may be other bytes."
    return "\n".join([*lines, "", note, ""])


def _sum(state: State, attribute: str) -> float:
    return sum(getattr(answer, attribute) for answer in state.answers.values())


def _mb(size_bytes: float) -> str:
    return f"{size_bytes / 1e6:.1f}"


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="0.9")
    parser.add_argument("--batches", type=int, default=100)
    parser.add_argument("--late-rows", type=int, default=1_200)
    parser.add_argument("--questions")
    parser.add_argument("--readme", action="store_true")
    chosen = parser.parse_args(argv)
    questions = about_requests()
    if chosen.questions:
        wanted = set(chosen.questions.split(","))
        if unknown := wanted - {question.name for question in questions}:
            parser.error(f"unknown questions {sorted(unknown)}")
        questions = [question for question in questions if question.name in wanted]
    data = data_set(chosen.size, BUILD)
    with TemporaryDirectory(prefix="reads-", dir=BUILD) as folder:
        found = states(data, Path(folder).absolute(), chosen.batches, chosen.late_rows, questions)
    table = markdown(data, chosen.batches, found)
    print(table)
    if chosen.readme:
        insert("reads", table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
