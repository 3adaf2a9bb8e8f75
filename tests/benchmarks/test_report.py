"""Tables and charts of runs."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.chart import chart_of
from benchmarks.datasets import DataSet
from benchmarks.measure import Measurement
from benchmarks.readme import number, tables
from benchmarks.report import Run, markdown, medians
from benchmarks.run import with_content_checked
from benchmarks.verify import Output

DATA = DataSet("0.9", Path("raw"), 24, 1_000_000, 500_000_000, 100_000_000)
SVG = "{http://www.w3.org/2000/svg}"


def run(
    contender: str, wall_s: float, *, content: str = "c", fault: str | None = None, share: float = 1.0, files: int = 3
) -> Run:
    measurement = Measurement(0, wall_s, 2 * wall_s, 0.0, 100.0, 0.0, 100.0)
    output = Output(1_000_000, content, files, 50.0)
    return Run(contender, 1, measurement, output, fault, share, is_compared=share == 1 and files > 0)


RUNS = [
    run("polars", 4.0),
    run("loglake", 5.0),
    run("loglake", 9.0),
    run("loglake", 6.0),
    run("duckdb", 1.0, fault="exit code 1"),
    run("row_parser", 10.0, content="of a share", share=0.05),
    run("gunzip", 1.0, content="", files=0),
]


def test_medians_are_of_good_runs_the_fastest_per_row_first() -> None:
    assert {name: middle.wall_s for name, middle in medians(RUNS).items()} == {
        "gunzip": 1.0,
        "polars": 4.0,
        "loglake": 6.0,
        "row_parser": 10.0,
    }
    assert list(medians(RUNS)) == ["gunzip", "polars", "loglake", "row_parser"]


def test_the_table_counts_the_rows_that_a_contender_got() -> None:
    (rows,) = tables(markdown(DATA, RUNS, {"cores": 2}))
    by_name = {row["contender"]: row for row in rows}
    assert by_name["loglake"]["wall s"] == "6.0 (5.0 9.0 6.0)"
    assert number(by_name["loglake"]["rows per CPU s"]) == 83_333
    assert by_name["row_parser"]["wall s"] == "10.0 (10.0, for 5.0% of the rows)"
    assert (number(by_name["row_parser"]["rows per CPU s"]), by_name["row_parser"]["MB/s"]) == (2_500, "2")
    assert by_name["duckdb"]["wall s"] == "does not count: exit code 1"


def test_the_note_says_who_does_less_and_names_nobody_else() -> None:
    note = markdown(DATA, RUNS, {}).rpartition("What some do less:")[2]
    assert "- `polars`: no duplicate check" in note
    assert "- `gunzip`: two processes that only decompress." in note
    assert "`loglake`" not in note
    assert "`duckdb`" not in note


def test_only_whole_outputs_are_held_against_each_other() -> None:
    checked = with_content_checked([*RUNS, run("chdb", 1.0, content="other")])
    assert [(each.contender, each.fault) for each in checked if each.fault] == [
        ("duckdb", "exit code 1"),
        ("chdb", "its content differs from the others'"),
    ]


def test_the_chart_has_a_bar_for_each_that_writes_rows_in_proportion() -> None:
    root = ET.fromstring(chart_of(markdown(DATA, RUNS, {})))
    bars = root.findall(f"{SVG}rect")
    names = [text.text for text in root.findall(f"{SVG}text") if text.get("text-anchor") == "end"]
    assert names == ["polars", "loglake", "row_parser"]
    assert [bar.get("class") for bar in bars] == ["bar", "ours", "bar"]
    widths = [float(bar.get("width", "")) for bar in bars]
    assert widths[0] == 510
    assert abs(widths[1] / widths[0] - 4 / 6) < 0.001
