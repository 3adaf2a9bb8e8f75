"""Samples beside each other, and runs that find something else than there is."""

from __future__ import annotations

from pathlib import Path

from benchmarks.command import Call
from benchmarks.measure import Measurement
from benchmarks.mediapackage import Sample, markdown
from benchmarks.readme import tables


def sample(name: str, rows: int) -> Sample:
    return Sample(name, Path("raw"), 10, rows, 2, 1, 5_000_000)


def calls(*cpu_s: float) -> list[Call]:
    return [Call(Measurement(0, each / 2, each, 0, 0, 0, 0), {}) for each in cpu_s]


def test_a_run_is_held_against_the_generator() -> None:
    told = {"rows": 100, "duplicates": 2, "quarantined": 1}
    assert sample("mediapackage", 100).fault_of(told) is None
    assert sample("mediapackage", 101).fault_of(told) == "100 rows instead of 101"
    assert sample("mediapackage", 100).fault_of(told | {"quarantined": 0}) == "0 quarantined instead of 1"
    assert sample("mediapackage_dirty", 100).source == "mediapackage"


def test_each_sample_stands_beside_cloudfront_in_objects_of_its_size() -> None:
    runs = {
        "mediapackage": (sample("mediapackage", 1_000), calls(2, 9, 4)),
        "mediapackage_small": (sample("mediapackage_small", 1_000), calls(10)),
        "cloudfront_v1": (sample("cloudfront_v1", 1_000), calls(1)),
        "cloudfront_json": (sample("cloudfront_json", 1_000), calls(2)),
        "cloudfront_small": (sample("cloudfront_small", 1_000), calls(5)),
    }
    (rows,) = tables(markdown(runs))
    assert {row["sample"]: (row["rows per CPU s"], row["of CloudFront's JSON"], row["of its v1"]) for row in rows} == {
        "mediapackage": ("250", "0.50", "0.25"),
        "mediapackage_small": ("100", "0.50", "0.10"),
        "cloudfront_v1": ("1,000", "2.00", "1.00"),
        "cloudfront_json": ("500", "1.00", "0.50"),
        "cloudfront_small": ("200", "1.00", "0.20"),
    }
