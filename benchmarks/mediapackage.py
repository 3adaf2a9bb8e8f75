"""Time MediaPackage logs beside CloudFront's: `python -m benchmarks.mediapackage --size 0.5 --rounds 3`.

--size    GB of MediaPackage's text (default 0.5); CloudFront's samples have as many rows
--rounds  how often each runs (default 3); rounds interleave the samples
--samples comma-separated, of those below (default: all)
--readme  put the table into docs/benchmarks.md

mediapackage        objects of five minutes over 6 hours, v1 and v2, egress and ingress
mediapackage_dirty  the same with duplicates, malformed records and damaged objects
mediapackage_small  twice the text over 48 hours: thousands of objects
cloudfront_v1       tab-separated, in as many objects as `mediapackage`
cloudfront_json     v2 as JSON lines
cloudfront_small    v2 as JSON lines, in as many objects as `mediapackage_small`
All are whole processes into a new lake; a time counts only if the run finds what the generator says is there.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.command import Call, loglake
from benchmarks.readme import insert
from benchmarks.report import host_line, machine
from shared.synth import RawFormat, SampleSpec, write_cloudfront

BUILD = Path("build/bench")
HOURS, MANY_HOURS = 6, 48
_START = datetime(2026, 11, 20, 10)
_DISTRIBUTIONS = 2


@dataclass(frozen=True)
class Sample:
    """Raw objects on disk, and what a right reader finds in them."""

    name: str
    raw: Path
    objects: int
    rows: int
    duplicates: int
    quarantined: int
    bytes_uncompressed: int

    @property
    def source(self) -> str:
        """Whose logs they are."""
        return self.name.partition("_")[0]

    def fault_of(self, told: Mapping[str, int]) -> str | None:
        """What a run found wrong, if it did: its own counts beside the generator's."""
        for name in ("rows", "duplicates", "quarantined"):
            if told[name] != getattr(self, name):
                return f"{told[name]:,} {name} instead of {getattr(self, name):,}"
        return None


def _mediapackage(name: str, raw: Path, size: str, *more: object) -> Sample:
    words = ("sample", "mediapackage", "--out", raw, "--gigabytes", size, "--start", f"{_START:%Y-%m-%dT%H}", *more)
    told = loglake(*words, log=raw.with_name("sample.log")).told
    quarantined = sum(told["quarantined"].values())
    counts = told["objects"], told["distinct"], told["duplicates"], quarantined, told["bytes_uncompressed"]
    return Sample(name, raw, *counts)


def _cloudfront(name: str, raw: Path, like: Sample, format_: RawFormat, hours: int) -> Sample:
    files = max(1, round(like.objects / hours / _DISTRIBUTIONS))
    spec = SampleSpec(
        _START, like.rows, hours=hours, files_per_hour=files, formats={format_: 1.0}, diurnal=False, processes=2
    )
    report = write_cloudfront(raw, spec)
    quarantined = sum(report.quarantined.values())
    return Sample(name, raw, report.objects, report.distinct, report.duplicates, quarantined, report.bytes_uncompressed)


SAMPLES: Mapping[str, Callable[[str, Path, str], Sample]] = {
    "mediapackage": lambda name, raw, size: _mediapackage(name, raw, size, "--hours", HOURS),
    "mediapackage_dirty": lambda name, raw, size: _mediapackage(name, raw, size, "--hours", HOURS, "--dirty"),
    "mediapackage_small": lambda name, raw, size: _mediapackage(
        name, raw, f"{2 * float(size):g}", "--hours", MANY_HOURS, "--channels", 2
    ),
    "cloudfront_v1": lambda name, raw, size: _cloudfront(name, raw, sample("mediapackage", size), RawFormat.V1, HOURS),
    "cloudfront_json": lambda name, raw, size: _cloudfront(
        name, raw, sample("mediapackage", size), RawFormat.V2_JSON, HOURS
    ),
    "cloudfront_small": lambda name, raw, size: _cloudfront(
        name, raw, sample("mediapackage_small", size), RawFormat.V2_JSON, MANY_HOURS
    ),
}


def sample(name: str, size: str) -> Sample:
    """The sample of that name; made on first use."""
    home = BUILD / f"{name}-{size}"
    facts = home / "facts.json"
    if not facts.exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        made = SAMPLES[name](name, home / "raw", size)
        facts.write_text(json.dumps(asdict(made), default=str))
    return Sample(**{**json.loads(facts.read_text()), "raw": home / "raw"})


def run_once(of: Sample, folder: Path) -> Call:
    """One fresh process into a new lake, which is removed; RuntimeError where it finds something else than there is."""
    lake = folder / "lake"
    call = loglake("run", of.source, "--raw", of.raw, "--lake", lake, log=folder / "run.log")
    shutil.rmtree(lake)
    if fault := of.fault_of(call.told):
        raise RuntimeError(f"{of.name}: {fault}")
    return call


def markdown(runs: Mapping[str, tuple[Sample, Sequence[Call]]]) -> str:
    """A row for each sample: medians, and how its rows per CPU second stand to CloudFront's JSON and text."""
    speeds = {name: of.rows / median(call.cost.cpu_s for call in calls) for name, (of, calls) in runs.items()}
    lines = [
        "### MediaPackage beside CloudFront",
        "",
        host_line(machine()),
        "",
        "| sample | objects | MB of text | rows | wall s | CPU s | rows per CPU s | of CloudFront's JSON | of its v1 |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, (of, calls) in runs.items():
        json_name = "cloudfront_small" if name.endswith("_small") else "cloudfront_json"
        walls = [call.cost.wall_s for call in calls]
        cells = [
            name,
            f"{of.objects:,}",
            f"{of.bytes_uncompressed / 1e6:,.0f}",
            f"{of.rows:,}",
            f"**{median(walls):.1f}** ({' '.join(f'{wall:.1f}' for wall in walls)})",
            f"{median(call.cost.cpu_s for call in calls):.1f}",
            f"{speeds[name]:,.0f}",
            *(
                f"{speeds[name] / speeds[other]:.2f}" if other in speeds else ""
                for other in (json_name, "cloudfront_v1")
            ),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    note = (
        "Whole processes into a new lake. MediaPackage's are meant to reach half of CloudFront's rows per CPU second; "
        "those in small objects stand beside CloudFront's JSON in as many."
    )
    return "\n".join([*lines, "", note, ""])


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="0.5")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", default=",".join(SAMPLES))
    parser.add_argument("--readme", action="store_true")
    chosen = parser.parse_args(argv)
    names = chosen.samples.split(",")
    if unknown := set(names) - SAMPLES.keys():
        parser.error(f"unknown samples {sorted(unknown)}; known: {', '.join(SAMPLES)}")
    BUILD.mkdir(parents=True, exist_ok=True)
    runs: dict[str, tuple[Sample, list[Call]]] = {name: (sample(name, chosen.size), []) for name in names}
    for _ in range(chosen.rounds):
        for name, (of, calls) in runs.items():
            with TemporaryDirectory(prefix="mediapackage-", dir=BUILD) as folder:
                calls.append(run_once(of, Path(folder).absolute()))
            print(f"{name}: {calls[-1].cost.wall_s:.1f} s, {calls[-1].cost.cpu_s:.1f} CPU s", file=sys.stderr)
    table = markdown(runs)
    print(table)
    if chosen.readme:
        insert("mediapackage", table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
