from __future__ import annotations

import io

import pytest
from rich.console import Console

from shared.cli import tabular
from shared.cli.tabular import below, print_table

LONG = "word " * 40


def printed(monkeypatch: pytest.MonkeyPatch, rows: list[dict[str, object]], columns: list[str], *, width: int) -> str:
    """What appears on a terminal of that width, or in a pipe (width 0), without colours."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=width > 0, width=width or None, color_system=None, soft_wrap=True)
    monkeypatch.setattr(tabular, "out", console)
    print_table(rows, columns)
    return file.getvalue()


def test_in_a_pipe_every_row_is_one_line_of_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, object]] = [{"n": 1234, "text": LONG.strip()}, {"n": 5, "text": "short"}]
    assert printed(monkeypatch, rows, ["n", "text"], width=0).splitlines() == [
        "    n  text",
        f"1,234  {LONG.strip()}",
        "    5  short",
    ]


def test_a_terminal_folds_the_widest_column_where_that_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(monkeypatch, [{"name": "a" * 20, "meaning": LONG}], ["name", "meaning"], width=80).splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("a" * 20 + "  word")


def test_a_terminal_lists_values_where_a_table_cannot_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = [f"column_{number}" for number in range(12)]
    rows: list[dict[str, object]] = [dict.fromkeys(columns, "value of it")]
    rows[0]["column_3"] = None
    lines = printed(monkeypatch, rows, columns, width=80).splitlines()
    assert lines[0] == "column_0   value of it"
    assert len([line for line in lines if line]) == 11


def test_brackets_are_text_and_not_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    for width in (0, 80):
        assert "[red]x[/red] \\[" in printed(monkeypatch, [{"[b]": "[red]x[/red] \\["}], ["[b]"], width=width)


@pytest.mark.parametrize(
    ("urls", "folder", "names"),
    [
        ([], "", []),
        (["/logs/a.gz"], "/logs/", ["a.gz"]),
        (["/logs/ab/x.gz", "/logs/ac/x.gz"], "/logs/", ["ab/x.gz", "ac/x.gz"]),
        (["/logs/a/x.gz", "/logs/a.gz"], "/logs/", ["a/x.gz", "a.gz"]),
        (["s3://one/a", "s3://two/a"], "s3://", ["one/a", "two/a"]),
    ],
)
def test_urls_are_shown_from_their_common_folder(urls: list[str], folder: str, names: list[str]) -> None:
    assert below(urls) == (folder, names)
