"""What looks at the files of a lake while the store fails: no answer is never taken for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.engine.settings import viewer_key
from shared.errors import StorageError
from shared.lake.check_partitions import check_files, table_state
from shared.lake.check_runs import check_reported
from shared.lake.erase import Blanked, Found, Look, find_rows, stage_blanked
from shared.lake.ledger import Ledger
from shared.lake.quality_lines import is_fully_told, newest_lines
from shared.lake.run_rows import RunRows, places_of, rows_of_run
from shared.lake.subjects import subject
from shared.lake.tables import INGEST_RUNS, PARTITION_QUALITY, QUARANTINE
from shared.lake.withheld import write_erasures
from shared.sources.cloudfront import SOURCE
from shared.tables import Table
from tests.conftest import Workshop, v1_line, v1_object
from tests.engine.crashes import KEY
from tests.engine.outage import Outage

RUNS = 9  # so many that their lines are merged into one file, whose name tells of the last run alone
ERASURE = "20261101T000000000Z-00000001"


def look(workshop: Workshop, table: Table) -> Look:
    return Look(table, workshop.lake.uri, ERASURE, viewer_key(workshop.lake, None))


def rows_of_first(workshop: Workshop) -> RunRows:
    first = ledger(workshop).runs[0]
    return rows_of_run(workshop.lake, SOURCE.tables[0], first, places_of(workshop.lake, SOURCE.tables[0]))


def find(workshop: Workshop) -> Found:
    (version,) = workshop.lake.catalog.partitions(SOURCE.tables[0].name).values()
    return find_rows(look(workshop, SOURCE.tables[0]), version)


def blank(workshop: Workshop) -> Blanked:
    (version,) = workshop.lake.catalog.partitions(QUARANTINE.name).values()
    return stage_blanked(look(workshop, QUARANTINE), version)


def ledger(workshop: Workshop) -> Ledger:
    return Ledger.load(workshop.lake.store, SOURCE.name)


# Each with the table whose files it reads, and whether it told of damage.
LOOKS: dict[str, tuple[Table, Callable[[Workshop], object], Callable[[object], bool]]] = {
    "rows of a run": (SOURCE.tables[0], rows_of_first, lambda found: bool(found.unreadable)),
    "footers": (SOURCE.tables[0], lambda w: check_files(table_state(w.lake, SOURCE.tables[0]), deep=True), bool),
    "rows of the erased": (SOURCE.tables[0], find, lambda found: found.is_damaged),
    "texts of the erased": (QUARANTINE, blank, lambda found: found.is_damaged),
    "lines of runs": (INGEST_RUNS, lambda w: check_reported(ledger(w), table_state(w.lake, INGEST_RUNS)), bool),
    "newest lines": (PARTITION_QUALITY, lambda w: newest_lines(w.lake, SOURCE.tables[0]), lambda found: found == {}),
    "lines of a run": (
        PARTITION_QUALITY,
        lambda w: is_fully_told(w.lake, SOURCE.tables, ledger(w).runs[0]),
        lambda found: found is False,
    ),
}


@pytest.mark.parametrize("name", LOOKS)
def test_no_answer_is_an_error_and_a_cut_file_is_damage(workshop: Workshop, name: str) -> None:
    for number in range(RUNS):
        workshop.put(KEY.format(hour=10, uid=f"a{number}"), v1_object(v1_line(f"{number}"), "192.0.2.99 bad\n"))
        workshop.run()
    erased = subject("address", "192.0.2.99", viewer_key(workshop.lake, None))
    write_erasures(workshop.lake.store, ERASURE, frozenset([erased]))
    table, act, is_damage = LOOKS[name]
    assert not is_damage(act(workshop))  # what a process reads once, it has now
    undisturbed = Outage()
    with undisturbed.installed():
        act(workshop)
    assert any(request.startswith(f"read {workshop.lake.uri}/{table.name}/") for request in undisturbed.requests)
    for number in range(len(undisturbed.requests)):
        outage = Outage(number)
        with outage.installed(), pytest.raises(StorageError, match="503 SlowDown"):
            act(workshop)

    (version,) = workshop.lake.catalog.partitions(table.name).values()
    for path in (Path(workshop.lake.uri) / version.location).glob("part-*.parquet"):
        path.write_bytes(path.read_bytes()[:-9])
    assert is_damage(act(workshop))
