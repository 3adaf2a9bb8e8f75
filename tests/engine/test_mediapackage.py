"""MediaPackage's samples through the engine: whatever the container, each record is in one table or in quarantine."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from shared.engine.reprocess import Selection, preview
from shared.engine.run_log import BatchReport
from shared.sources.base import SourceSettings
from shared.sources.mediapackage import EGRESS, INGRESS, SOURCE
from tests.conftest import SAMPLES, Workshop

FILES: dict[str, dict[str, Any]] = json.loads((SAMPLES / "mediapackage/expected.json").read_text())
CONTAINERS: dict[str, dict[str, Any]] = json.loads((SAMPLES / "containers/expected.json").read_text())
HEADERLESS = "v2_egress_plain_no_header.log"
FIELDS = (
    "resource_arn event_timestamp client_ip time_to_first_byte status_code received_bytes sent_bytes method"
    " request_uri_base request_query_params"
)
# Records with the identity of another one of the same file.
REPEATED = {"v1_egress_edge.ndjson": 1, "v1_ingress.ndjson": 1}
# Objects with records of other services, which are no rows here: rows, and reasons of the others.
OF_OTHERS = {
    "a1_mixed_log_groups": (3, {"not_json": 2, "wrong_schema": 1}),
    "b_account_policy_extracted_fields.json": (0, {"unknown_layout": 1}),
    "c_native_lines.log": (0, {"unknown_layout": 2}),
    "e_export/demo-task-id/conf01.example.com/000000.gz": (0, {"unknown_layout": 3}),
    "g_cloudfront_w3c_two_members.gz": (0, {"wrong_schema": 2}),
    "dup/first_delivery": (2, {"not_json": 1}),
    "dup/second_delivery": (1, {"not_json": 1}),
}
SKIPPED = {name for name, facts in CONTAINERS.items() if facts.get("skipped") and name != "zero_bytes"}


@pytest.fixture
def workshop(workshop: Workshop) -> Workshop:
    return replace(workshop, source=SOURCE)


def alone(workshop: Workshop, folder: str, name: str) -> Workshop:
    """A lake and a raw folder with this sample only."""
    made = replace(workshop, folder=workshop.folder / "alone", raw=workshop.folder / "alone/raw")
    target = made.raw / name
    target.parent.mkdir(parents=True)
    shutil.copy(SAMPLES / folder / name, target)
    return made


def rows_of(workshop: Workshop) -> list[dict[str, Any]]:
    return [*workshop.rows(EGRESS.name), *workshop.rows(INGRESS.name)]


def assert_all_is_accounted_for(workshop: Workshop, batch: BatchReport) -> None:
    assert batch.records == batch.rows + batch.duplicates + batch.quarantined + batch.ignored
    assert len(rows_of(workshop)) == batch.rows
    assert len(workshop.rows("quarantine")) == batch.quarantined


@pytest.mark.parametrize("name", FILES)
def test_each_sample_ends_as_its_expectation_says(workshop: Workshop, name: str) -> None:
    facts, tried = FILES[name], alone(workshop, "mediapackage", name)
    settings = SourceSettings(tuple(FIELDS.split()), "|") if name == HEADERLESS else SourceSettings()
    (batch,) = tried.run(source=settings).batches
    repeated = REPEATED.get(name, 0)
    assert (batch.rows, batch.duplicates) == (facts["good"] - repeated, repeated)
    # Between JSON records a blank line is white space.
    assert (batch.quarantined, batch.ignored) == (facts["quarantine"], 0 if ".ndjson" in name else facts["ignored"])
    assert_all_is_accounted_for(tried, batch)


@pytest.mark.parametrize("name", sorted(CONTAINERS.keys() - SKIPPED))
def test_each_container_ends_as_its_expectation_says(workshop: Workshop, name: str) -> None:
    facts, tried = CONTAINERS[name], alone(workshop, "containers", name)
    (batch,) = tried.run().batches
    rows, reasons = OF_OTHERS.get(name, (facts["records"], None))
    assert batch.rows + batch.duplicates == rows
    blank = name.startswith("expansion_")
    assert batch.ignored == facts.get("control_messages", 0) + facts.get("header_lines", 0) + blank
    if reasons is None:
        assert batch.quarantined == facts["quarantined"]
    else:
        assert dict(batch.reasons) == reasons
    assert_all_is_accounted_for(tried, batch)


def test_markers_and_probes_are_not_even_read(workshop: Workshop) -> None:
    for name in SKIPPED:
        workshop.put(name, (SAMPLES / "containers" / name).read_bytes())
    assert workshop.run().batches == []


def test_all_samples_together_are_one_lake_in_any_order(workshop: Workshop) -> None:
    """The same events came by several routes: which copy stays does not depend on the order."""
    parts = {"mediapackage": "v1_*", "again": "v2_*", "containers": "*"}
    lakes = []
    for number, order in enumerate(permutations(parts)):
        tried = replace(workshop, folder=workshop.folder / str(number), raw=workshop.folder / str(number) / "raw")
        tried.raw.mkdir(parents=True)
        accounted: Counter[str] = Counter()
        for part in order:
            _deliver(tried, part, parts[part])
            for batch in tried.run().batches:
                accounted.update(rows=batch.rows - batch.rows_removed, records=batch.records)
        seen = [{k: v for k, v in row.items() if k != "source_object"} for row in rows_of(tried)]
        places = [row["source_object"].removeprefix(str(tried.raw)) for row in rows_of(tried)]
        assert len(seen) == accounted["rows"]
        lakes.append((seen, places, accounted["records"]))
    assert all(lake == lakes[0] for lake in lakes)


def _deliver(workshop: Workshop, part: str, pattern: str) -> None:
    folder = SAMPLES / ("containers" if part == "containers" else "mediapackage")
    for path in sorted(folder.rglob(pattern)):
        if path.is_file() and path.name not in {"README.md", "expected.json"}:
            _put(workshop, Path(part) / path.relative_to(folder), path)


def _put(workshop: Workshop, name: Path, path: Path) -> None:
    workshop.put(str(name), path.read_bytes())


def test_an_event_that_came_by_two_routes_is_one_row(workshop: Workshop) -> None:
    for name in ("a1_multimember.gz", "c_message_extracted.ndjson", "e_export/demo-task-id/demo-stream/000000.gz"):
        workshop.put(name, (SAMPLES / "containers" / name).read_bytes())
    (batch,) = workshop.run().batches
    assert batch.rows == len({(row["request_id"], row["status"]) for row in rows_of(workshop)})
    assert batch.duplicates > 0
    assert batch.conflicting == 0


def test_one_object_fills_both_tables_and_a_replay_changes_neither(workshop: Workshop) -> None:
    mixed = (SAMPLES / "mediapackage/v2_egress.ndjson").read_bytes() + (
        SAMPLES / "mediapackage/v2_ingress.ndjson"
    ).read_bytes()
    workshop.put("mixed.ndjson", mixed)
    (batch,) = workshop.run().batches
    before = [workshop.rows(table.name) for table in SOURCE.tables]
    assert [len(rows) for rows in before] == [27, 8]
    assert (batch.partitions, batch.quarantined) == (len({row["partition"] for row in before[0]}) + 1, 1)
    workshop.put("mixed.ndjson", mixed + b"\n", modified_s=1_793_540_000)
    workshop.run()
    after = [workshop.rows(table.name) for table in SOURCE.tables]
    assert [[row | {"source_modified": 0} for row in rows] for rows in after] == [
        [row | {"source_modified": 0} for row in rows] for rows in before
    ]


def test_a_preview_names_the_hours_of_each_table(workshop: Workshop) -> None:
    workshop.put("a.ndjson", (SAMPLES / "mediapackage/v2_ingress.ndjson").read_bytes())
    workshop.run()
    refinery = workshop.refinery()
    found = preview(replace(refinery.settings, raw_uri=""), SOURCE, Selection(patterns=("*",)))
    assert found.rows == {(INGRESS.name, "2026-03-01T12"): 8}


def test_rows_of_an_object_leave_both_tables_when_it_is_replaced(workshop: Workshop) -> None:
    egress = (SAMPLES / "mediapackage/v2_egress.ndjson").read_bytes()
    workshop.put("a.ndjson", egress + (SAMPLES / "mediapackage/v2_ingress.ndjson").read_bytes())
    workshop.run()
    workshop.put("a.ndjson", egress, modified_s=1_793_540_000)
    (batch,) = workshop.run().batches
    assert len(workshop.rows(EGRESS.name)) == 27
    assert workshop.rows(INGRESS.name) == []
    assert (batch.rows, batch.rows_removed) == (27, 27 + 8)
