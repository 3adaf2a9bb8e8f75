from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.engine.reprocess import Selection, select_objects
from shared.errors import UsageError
from shared.lake.ledger import LedgerEntry, Status
from tests.conftest import Workshop, v1_line, v1_object


def entry(key: str, *partitions: str, reasons: tuple[str, ...] = ()) -> LedgerEntry:
    modified = datetime(2026, 11, 1, tzinfo=UTC)
    return LedgerEntry(key, "e", 1, modified, Status.TAKEN, "s3://raw", partitions=partitions, reasons=reasons)


@pytest.mark.parametrize(
    ("url", "pattern", "fits"),
    [
        ("s3://raw/a.gz", "s3://raw/a.gz", True),
        ("s3://raw/a.gz", "*a.gz", True),
        ("s3://raw/a.gz", "*b.gz", False),
        ("s3://raw/a*.gz", "s3://raw/a*.gz", True),
        ("s3://raw/new\nline.gz", "*.gz", True),
        ("s3://raw/a[b]?.gz", "s3://raw/a[b]?.gz", True),
        ("s3://raw/ab.gz", "s3://raw/a[b].gz", False),
        ("s3://raw/ab.gz", "s3://raw/a?.gz", False),
    ],
)
def test_a_star_is_the_only_wildcard(url: str, pattern: str, fits: bool) -> None:
    assert Selection((pattern,)).takes(entry(url)) is fits


def test_hours_are_those_of_the_rows_and_the_last_is_not_in() -> None:
    taken = Selection(from_hour=datetime(2026, 11, 1, 10), to_hour=datetime(2026, 11, 1, 11)).takes
    assert taken(entry("a", "2026-11-01T10"))
    assert taken(entry("a", "2026-11-01T03", "2026-11-01T10"))
    assert not taken(entry("a", "2026-11-01T11"))
    assert not taken(entry("a"))


def test_a_selection_of_nothing_and_an_unknown_reason_are_refused() -> None:
    with pytest.raises(UsageError, match="Nothing is chosen"):
        Selection()
    with pytest.raises(UsageError, match="no reason 'bad luck'"):
        Selection(reason="bad luck")


def test_objects_that_are_gone_are_told_apart(workshop: Workshop) -> None:
    kept = workshop.put("E1EXAMPLE00001.2026-11-01-10.a1.gz", v1_object(v1_line("a")))
    gone = workshop.put("E1EXAMPLE00001.2026-11-01-10.b2.gz", v1_object(v1_line("b")))
    workshop.run()
    (workshop.raw / "E1EXAMPLE00001.2026-11-01-10.b2.gz").unlink()
    chosen = select_objects(workshop.refinery().settings, workshop.source, Selection(("*",), salvage=True))
    assert [(raw.url, raw.salvage) for raw in chosen.objects] == [(kept, True)]
    assert chosen.gone == (gone,)
