"""Readers open the files of the hours that they ask for, and see columns and hours come, change and go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from trino.exceptions import TrinoQueryError

from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.enrich.settings import EnrichSettings
from shared.errors import LoglakeError
from shared.lake.withheld import raise_floor
from shared.query.duck import run_sql
from shared.query.live_files import live_files
from shared.query.questions import HourRange
from shared.sources.base import Source
from shared.sources.cloudfront import SOURCE, TABLE
from shared.tables.partitions import Partition
from tests.conftest import v1_line, v1_object
from tests.e2e.conftest import Engines, Place, Trino
from tests.e2e.report import note

HOURS = ("2026-10-31T22", "2026-10-31T23", "2026-11-01T00", "2026-11-01T01", "2026-12-01T00", "2027-01-01T00")
COUNT = "SELECT count(*), count(request_id), sum(bytes_sent) FROM cloudfront_requests"
RANGES = {
    "an hour": ("2026-11-01T00", "2026-11-01T01", HOURS[2:3]),
    "hours of a day": ("2026-11-01T00", "2026-11-01T02", HOURS[2:4]),
    "over midnight": ("2026-10-31T23", "2026-11-01T01", HOURS[1:3]),
    "a day": ("2026-11-01T00", "2026-11-02T00", HOURS[2:4]),
    "a month": ("2026-11-01T00", "2026-12-01T00", HOURS[2:4]),
    "months": ("2026-11-01T00", "2027-01-01T00", HOURS[2:5]),
    "over the year's end": ("2026-12-01T00", "2027-01-01T01", HOURS[4:6]),
}


def bring(place: Place, hour: str, lines: int = 1, name: str = "a1", **values: str) -> None:
    date, time = hour.split("T")
    put = [v1_line(f"{hour}-{name}-{n}", date=date, time=f"{time}:30:00", **values) for n in range(lines)]
    place.put_raw(f"E1EXAMPLE00001.{date}-{time}.{name}.gz", v1_object(*put).encode())


def run(place: Place, source: Source = SOURCE) -> Refinery:
    settings = RefineSettings(
        place.raw_uri, place.lake_uri, catalog=place.catalog, enrich=EnrichSettings(client_ip="keep")
    )
    refinery = Refinery(source, settings, InlineExecutor())
    refinery.refine()
    return refinery


def by_both(place: Place, trino: Trino, sql: str) -> list[tuple[Any, ...]]:
    """The answer, once both engines agree on it."""
    by_trino = trino.ask(sql, place.database)
    assert [tuple(row.values()) for row in run_sql(place.lake, sql).to_pylist(maps_as_pydicts="strict")] == by_trino
    return by_trino


@pytest.fixture(scope="module")
def spoilt(new_place: Callable[[], Place]) -> Callable[[tuple[str, ...]], Place]:
    """Makes a lake of the hours in which only the files of some can be read."""

    def make(readable: tuple[str, ...]) -> Place:
        place = new_place()
        for lines, hour in enumerate(HOURS, 1):
            bring(place, hour, lines)
        run(place)
        for partition, items in live_files(place.lake, TABLE).items():
            if str(partition) not in readable:
                for item in items:
                    place.lake.store.write(item.key, b"PAR1 no such file PAR1".ljust(item.size_bytes))
        return place

    return make


@pytest.mark.parametrize(("start", "end", "hours"), RANGES.values(), ids=RANGES)
def test_hours_that_are_not_asked_for_stay_closed(
    start: str,
    end: str,
    hours: tuple[str, ...],
    spoilt: Callable[[tuple[str, ...]], Place],
    trino: Trino,
    engines: Engines,
) -> None:
    place = spoilt(hours)
    on_keys = HourRange(datetime.fromisoformat(f"{start}:00"), datetime.fromisoformat(f"{end}:00")).on_keys()
    rows = sum(HOURS.index(hour) + 1 for hour in hours)
    assert by_both(place, trino, f"{COUNT} WHERE {on_keys}") == [(rows, rows, 1500 * rows)]
    with pytest.raises(TrinoQueryError):
        trino.ask(COUNT, place.database)
    with pytest.raises(LoglakeError):
        run_sql(place.lake, COUNT)
    opened = trino.ask(f'SELECT DISTINCT "$path" FROM cloudfront_requests WHERE {on_keys}', place.database)
    assert {str(Partition.parse("/".join(path.split("/")[-5:-1]))) for (path,) in opened} == set(hours)
    note(engines, "hours that a predicate on the keys left closed, in both engines", len(HOURS) - len(hours))


def test_partitions_are_the_hours_that_there_are(place: Place, trino: Trino) -> None:
    for hour in HOURS:
        bring(place, hour)
    run(place)
    listed = trino.ask('SELECT * FROM "cloudfront_requests$partitions"', place.database)
    assert sorted(tuple(row) for row in listed) == [Partition.parse(hour) for hour in HOURS]


def test_columns_that_are_added_later_are_null_in_older_files(place: Place, trino: Trino, engines: Engines) -> None:
    added = ("host", "client_port", "is_mobile", "time_to_first_byte_s", "bytes_received", "extra", "source_modified")
    older = replace(TABLE, columns=tuple(column for column in TABLE if column.name not in added))
    values = {"c_port": "50001", "x_edge_location": "FRA60-P3"}
    bring(place, HOURS[0], **values)
    run(place, replace(SOURCE, tables=(older,)))
    assert not {name for name, *_ in trino.ask("DESCRIBE cloudfront_requests", place.database)} & set(added)
    bring(place, HOURS[1], **values)
    run(place)
    described = [name for name, *_ in trino.ask("DESCRIBE cloudfront_requests", place.database)]
    assert set(described) >= {*TABLE.column_names}
    sql = f"SELECT {', '.join(added)} FROM cloudfront_requests ORDER BY event_time"
    old, new = by_both(place, trino, sql)
    assert old == (None,) * len(added)
    assert new[:5] == ("www.example.com", 50001, False, 0.005, 100)
    assert new[6] is not None
    # A late row in the older hour: its new version holds both kinds of rows.
    bring(place, HOURS[0], name="b2", **values)
    run(place)
    sql = "SELECT hour, host, count(*) FROM cloudfront_requests GROUP BY hour, host ORDER BY hour, host"
    assert by_both(place, trino, sql) == [
        ("22", "www.example.com", 1),
        ("22", None, 1),
        ("23", "www.example.com", 1),
    ]
    note(engines, "columns added to a table, null in files from before in both engines", len(added))


def test_an_hour_that_is_replaced_and_one_that_is_dropped(place: Place, trino: Trino) -> None:
    bring(place, HOURS[0], lines=2)
    bring(place, HOURS[4], lines=3)
    run(place)
    by_hour = "SELECT month, hour, count(*), sum(bytes_sent) FROM cloudfront_requests GROUP BY month, hour ORDER BY 1"
    assert by_both(place, trino, by_hour) == [("10", "22", 2, 3000), ("12", "00", 3, 4500)]
    bring(place, HOURS[0], lines=1, sc_bytes="7")
    refinery = run(place)
    assert by_both(place, trino, by_hour) == [("10", "22", 1, 7), ("12", "00", 3, 4500)]
    raise_floor(place.lake.store, "cloudfront_requests", Partition.parse("2026-11-01T00"))
    refinery.withdraw()
    assert by_both(place, trino, by_hour) == [("12", "00", 3, 4500)]
    assert trino.ask('SELECT count(*) FROM "cloudfront_requests$partitions"', place.database) == [(1,)]
