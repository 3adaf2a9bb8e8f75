from __future__ import annotations

import pyarrow as pa
import pytest

from shared.tables import Column, ColumnType, Table

TIME = Column("event_time", ColumnType.TIMESTAMP, "When.")
SITE = Column("site", ColumnType.STRING, "Where.", few_values=True)


def test_schema_in_declared_order() -> None:
    table = Table("visits", "", (TIME, SITE), "event_time")
    assert table.column_names == ("event_time", "site")
    assert list(table) == [TIME, SITE]
    assert table.arrow_schema == pa.schema(
        [("event_time", pa.timestamp("ms", tz="UTC")), ("site", pa.dictionary(pa.int32(), pa.string()))]
    )
    assert table.column("site") is SITE
    with pytest.raises(KeyError, match="visits has no column path"):
        table.column("path")


@pytest.mark.parametrize(
    ("columns", "time", "key", "prefer_column"),
    [
        ((TIME, SITE, SITE), "event_time", (), None),
        ((TIME, Column("year", ColumnType.STRING, "Clashes with a partition key.")), "event_time", (), None),
        ((TIME, SITE), "time", (), None),
        ((TIME, SITE), "event_time", ("request_id",), None),
        ((TIME, SITE), "event_time", ("site",), "source_format"),
    ],
    ids=["doubled", "partition key", "time", "key", "preference"],
)
def test_declarations_that_cannot_work_are_refused(
    columns: tuple[Column, ...], time: str, key: tuple[str, ...], prefer_column: str | None
) -> None:
    with pytest.raises(ValueError, match="table visits"):
        Table("visits", "", columns, time, key, prefer_column)
