"""Versions made from the files that lie in the lake: what a run registered, told by footers alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.lake.rebuild import list_versions, read_contents, version_of
from shared.sources.cloudfront import SOURCE
from tests.conftest import Workshop, v1_line, v1_object

TABLE = SOURCE.tables[0]


@pytest.fixture
def filled(workshop: Workshop) -> Workshop:
    workshop.put("E1EXAMPLE00001.2026-11-01-10.a1.gz", v1_object(v1_line("a"), v1_line("b", time="11:00:00")))
    workshop.run()
    workshop.put("E1EXAMPLE00001.2026-11-01-10.b2.gz", v1_object(v1_line("c")))
    workshop.run()
    return workshop


def test_every_version_in_the_catalog_can_be_made_again_from_its_files(filled: Workshop) -> None:
    lake = filled.lake
    versions = list_versions(lake.store, TABLE)
    current = lake.catalog.partitions(TABLE.name)
    for partition, version in current.items():
        parts = versions[partition][version.run_id].parts
        contents = read_contents(lake.store, TABLE, partition, parts)
        assert contents.faults == ()
        assert version_of(TABLE, partition, version.run_id, contents.whole)[0] == version
    assert [len(versions[partition]) for partition in sorted(versions)] == [2, 1], "replaced versions lie there, too"


def test_a_file_of_another_hour_or_of_no_lake_is_no_part_of_a_version(filled: Workshop) -> None:
    lake = filled.lake
    ten, eleven = (v for _, v in sorted(lake.catalog.partitions(TABLE.name).items()))
    folder = Path(lake.uri) / ten.location
    stranger = next((Path(lake.uri) / eleven.location).glob("part-*.parquet"))
    (folder / "part-stranger.parquet").write_bytes(stranger.read_bytes())
    (folder / "part-text.parquet").write_text("no Parquet")
    (folder / "notes.txt").write_text("a note")
    (folder / ".hidden").write_text("hidden")
    files = list_versions(lake.store, TABLE)[ten.partition][ten.run_id]
    contents = read_contents(lake.store, TABLE, ten.partition, files.parts)
    assert [fault.split()[0].rpartition("/")[2] for fault in contents.faults] == [
        "part-stranger.parquet",
        "part-text.parquet",
    ]
    assert contents.rows == ten.rows
    assert [item.key.rpartition("/")[2] for item in files.foreign] == ["notes.txt"]
