from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.text import count_lines, runs_of_lines, scan


@settings(max_examples=60, deadline=None)
@given(text=st.binary(max_size=40).map(lambda drawn: drawn.replace(b"\0", b"\n")), begin=st.integers(0, 45))
def test_newlines_and_an_open_last_line_count(text: bytes, begin: int) -> None:
    rest = text[begin:]
    assert count_lines(text, begin) == rest.count(b"\n") + (rest[-1:] not in (b"", b"\n"))


def test_blocks_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "_BLOCK_BYTES", 4)
    text = b"a\nbcd\n\n\nefghijkl\nm"
    assert [count_lines(text, begin) for begin in (0, 3, len(text))] == [6, 5, 0]


@settings(max_examples=60, deadline=None)
@given(text=st.binary(max_size=40).map(lambda drawn: drawn.replace(b"\0", b"\n")), most=st.integers(1, 5))
def test_runs_are_of_whole_lines_and_nothing_is_lost(text: bytes, most: int) -> None:
    runs = list(runs_of_lines(text, most))
    assert b"".join(run for run, _ in runs) == text
    assert all(lines == count_lines(run) <= most for run, lines in runs)
    assert all(lines == most and run.endswith(b"\n") for run, lines in runs[:-1])
