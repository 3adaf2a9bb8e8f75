from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from shared.engine import row_batches
from shared.engine.row_batches import RowBatches
from shared.errors import LossError


class Object:
    def __init__(self, name: str) -> None:
        self.name = name
        self.was_written = False
        self.error: Exception | None = None

    def written(self) -> None:
        self.was_written = True

    def refused(self, error: Exception) -> None:
        self.error = error

    def rows(self, *values: str) -> pa.Table:
        return pa.table({"object": [self.name] * len(values), "value": pa.array(values).dictionary_encode()})


class Files:
    def __init__(self) -> None:
        self.tables: list[pa.Table] = []

    def add(self, rows: pa.Table) -> None:
        self.tables.append(rows)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [row for table in self.tables for row in table.to_pylist()]


def shout(rows: pa.Table) -> pa.Table:
    """A finish that some rows cannot stand."""
    values = rows["value"].to_pylist()
    if "poison" in values:
        raise pa.ArrowInvalid("cannot be shouted")
    if "lost" in values:
        raise LossError("a row is gone", remedy="none")
    return rows.set_column(1, "value", pa.array([value.upper() for value in values]))


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def batches(files: Files) -> RowBatches:
    return RowBatches(shout, files)  # type: ignore[arg-type]


def test_rows_of_many_objects_are_finished_at_once_and_in_order(batches: RowBatches, files: Files) -> None:
    objects = [Object(f"o{number}") for number in range(20)]
    for each in objects:
        batches.add(each, each.rows("a", each.name))
    assert files.tables == []
    batches.flush()
    assert len(files.tables) == 1
    expected = [{"object": o.name, "value": value} for o in objects for value in ("A", o.name.upper())]
    assert files.rows == expected
    assert all(each.was_written and each.error is None for each in objects)
    batches.flush()
    assert len(files.tables) == 1


def test_a_batch_is_bounded(batches: RowBatches, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_batches, "BATCH_ROWS", 3)
    one = Object("one")
    for _ in range(5):
        batches.add(one, one.rows("a", "b"))
    assert [table.num_rows for table in files.tables] == [4, 4]
    monkeypatch.setattr(row_batches, "BATCH_BYTES", 1)
    batches.add(one, one.rows("c"))
    assert [table.num_rows for table in files.tables] == [4, 4, 3]


def test_a_fault_costs_the_object_that_it_belongs_to(batches: RowBatches, files: Files) -> None:
    first, bad, last = Object("first"), Object("bad"), Object("last")
    batches.add(first, first.rows("a"))
    batches.add(bad, bad.rows("fine"))
    batches.add(bad, bad.rows("poison"))
    batches.add(last, last.rows("b"))
    batches.flush()
    assert files.rows == [{"object": "first", "value": "A"}, {"object": "last", "value": "B"}]
    assert isinstance(bad.error, pa.ArrowInvalid)
    assert (first.was_written, bad.was_written, last.was_written) == (True, False, True)


def test_a_lost_row_is_nobodys_fault_but_ours(batches: RowBatches) -> None:
    one = Object("one")
    batches.add(one, one.rows("lost"))
    with pytest.raises(LossError, match="a row is gone"):
        batches.flush()
    assert one.error is None
