"""Tables go into pages and are read back from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.readme import insert, measured, number, tables

PAGE = "# Page\n<!-- benchmark a -->\nold\n<!-- end -->\nbetween\n<!-- benchmark b -->\nother\n<!-- end -->\nrest\n"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    return path


def test_a_table_replaces_what_stands_between_its_own_marks(page: Path) -> None:
    insert("a", r"new \1" + "\n", [page])
    assert page.read_text() == PAGE.replace("old", r"new \1")
    assert measured("a", [page]) == "new \\1\n"
    assert measured("b", [page]) == "other\n"


def test_a_benchmark_without_a_place_is_an_error(page: Path) -> None:
    with pytest.raises(ValueError, match="no place for the benchmark c"):
        insert("c", "new\n", [page])
    with pytest.raises(ValueError, match="no place for the benchmark c"):
        measured("c", [page])
    assert page.read_text() == PAGE


def test_tables_are_read_by_their_headings() -> None:
    text = "### T\n\n| a | b c |\n|---|---:|\n| x | **1,234.5** (1 2) |\n| y | |\n\ntext | no\n\n| d |\n|---|\n| z |\n"
    assert tables(text) == [[{"a": "x", "b c": "1,234.5 (1 2)"}, {"a": "y", "b c": ""}], [{"d": "z"}]]


@pytest.mark.parametrize(("cell", "value"), [("1,234.5 (1 2)", 1234.5), ("22 files, 173 MB", 22), ("-0.5", -0.5)])
def test_the_first_number_of_a_cell(cell: str, value: float) -> None:
    assert number(cell) == value


def test_a_cell_without_a_number_is_an_error() -> None:
    with pytest.raises(ValueError, match="no number"):
        number("none")
