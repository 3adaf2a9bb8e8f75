"""Time loglake on an S3 server against folders: `python -m benchmarks.s3 --size 0.9 --rounds 3`.

--size    0.9 (default), or another size of `benchmarks.run`
--rounds  how often each runs (default 3); rounds interleave the two
--readme  put the table into docs/benchmarks.md
The server is SeaweedFS, on this machine and on its cores; raw objects are brought before the clock runs. The catalog is
a local file for both, so that only the store differs. Needs the packages of `make e2e`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil

from benchmarks.datasets import DataSet, data_set
from benchmarks.measure import measure
from benchmarks.readme import insert
from benchmarks.report import Run, host_line, machine
from benchmarks.run import with_content_checked
from benchmarks.verify import examine
from shared.lake.lake import Lake, open_lake
from shared.query.live_files import live_files
from shared.sources.cloudfront import SOURCE
from shared.storage import ObjectInfo, open_store
from tests.e2e.stack import servers
from tests.e2e.stack.service import Service

BUILD = Path("build/bench")
BUCKET = "benchmark"
_START_WITHIN_S = 60.0
_HEADINGS = ("store", "wall s", "MB/s", "of folders", "CPU s of the run", "CPU s of the server")


@dataclass(frozen=True)
class Contender:
    """Where raw objects and lake are; the server, where there is one."""

    name: str
    raw_uri: str
    lake_uri: str
    server: Service | None = None


@dataclass(frozen=True)
class Timed:
    """A run, and what the server took for it."""

    run: Run
    server_cpu_s: float


@contextmanager
def s3_server(folder: Path) -> Iterator[Service]:
    """SeaweedFS with an empty bucket; the environment of this process names it."""
    server, url = servers.start_s3(folder)
    try:
        os.environ.update(
            AWS_ACCESS_KEY_ID=servers.ACCESS_KEY,
            AWS_SECRET_ACCESS_KEY=servers.SECRET_KEY,
            AWS_REGION=servers.REGION,
            AWS_ENDPOINT_URL_S3=url,
        )
        server.wait_until(lambda: servers.takes_objects(BUCKET), _START_WITHIN_S)
        yield server
    finally:
        server.stop()


def bring(raw: Path, uri: str) -> None:
    """Put the raw objects of a folder on S3."""
    store = open_store(uri)
    for file in sorted(path for path in raw.rglob("*") if path.is_file()):
        store.write(file.relative_to(raw).as_posix(), file.read_bytes())


def run_once(contender: Contender, data: DataSet, number: int, folder: Path) -> Timed:
    """One fresh process into an empty lake, which is examined and removed."""
    catalog, log = folder / "catalog.sqlite", folder / f"{contender.name}-{number}.log"
    catalog.unlink(missing_ok=True)
    command = [str(Path(sys.executable).with_name("loglake")), "run", "cloudfront"]
    places = ["--raw", contender.raw_uri, "--lake", contender.lake_uri, "--catalog", str(catalog)]
    before = _cpu_s(contender.server)
    measurement = measure([*command, *places], log)
    server_cpu_s = _cpu_s(contender.server) - before
    fault = f"exit code {measurement.exit_code}: {log.read_text()[-500:]}" if measurement.exit_code else None
    files: list[Path] = []
    if not fault:
        files = _fetched(open_lake(contender.lake_uri, str(catalog)), folder / "fetched")
    output = examine(files)
    if not fault and output.rows != data.rows:
        fault = f"{output.rows:,} rows instead of {data.rows:,}"
    shutil.rmtree(folder / "fetched", ignore_errors=True)
    lake = open_store(contender.lake_uri)
    lake.delete([item.key for item in lake.list() if isinstance(item, ObjectInfo)])
    return Timed(Run(contender.name, number, measurement, output, fault), server_cpu_s)


def _cpu_s(server: Service | None) -> float:
    if server is None:
        return 0.0
    times = [process.cpu_times() for process in psutil.Process(server.pid).children(recursive=True)]
    return sum(each.user + each.system for each in times)


def _fetched(lake: Lake, folder: Path) -> list[Path]:
    """The files that readers see, as local ones."""
    folder.mkdir()
    found = []
    for files in live_files(lake, SOURCE.tables[0]).values():
        for item in files:
            found.append(folder / item.key.replace("/", "_"))
            found[-1].write_bytes(lake.store.read(item.key))
    return found


def markdown(data: DataSet, timed: Sequence[Timed]) -> str:
    """A row for each store: medians, and all wall times."""
    gigabytes = data.bytes_uncompressed / 1e9
    lines = [
        f"### {data.name} on S3: {gigabytes:.2f} GB of text, {data.rows:,} rows in {data.files:,} gzip files",
        "",
        host_line(machine()),
        "",
        f"| {' | '.join(_HEADINGS)} |",
        f"|{'---|' * len(_HEADINGS)}",
    ]
    faults = [each.run for each in timed if each.run.fault]
    good = [each for each in timed if not each.run.fault]
    usual = median(each.run.measurement.wall_s for each in good if each.run.contender == "folders")
    for name in dict.fromkeys(each.run.contender for each in good):
        mine = [each for each in good if each.run.contender == name]
        wall_s = median(each.run.measurement.wall_s for each in mine)
        cells = [
            name,
            f"**{wall_s:.1f}** ({' '.join(f'{each.run.measurement.wall_s:.1f}' for each in mine)})",
            f"{data.bytes_uncompressed / 1e6 / wall_s:.0f}",
            f"{usual / wall_s:.2f}",
            f"{median(each.run.measurement.cpu_s for each in mine):.1f}",
            f"{median(each.server_cpu_s for each in mine):.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [f"| {run.contender} | does not count: {run.fault} {'|' * (len(_HEADINGS) - 1)}" for run in faults]
    return "\n".join([*lines, "", "Raw objects and lake on SeaweedFS, on the cores of the run, against folders.", ""])


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="0.9")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--readme", action="store_true")
    chosen = parser.parse_args(argv)
    data = data_set(chosen.size, BUILD)
    timed: list[Timed] = []
    with TemporaryDirectory(prefix="s3-", dir=BUILD) as temporary:
        folder = Path(temporary).absolute()
        with s3_server(folder) as server:
            contenders = [
                Contender("folders", str(data.raw), str(folder / "lake")),
                Contender("s3", f"s3://{BUCKET}/raw", f"s3://{BUCKET}/lake", server),
            ]
            bring(data.raw, contenders[1].raw_uri)
            for number in range(1, chosen.rounds + 1):
                for contender in contenders:
                    timed.append(run_once(contender, data, number, folder))
                    cost, fault = timed[-1].run.measurement, timed[-1].run.fault
                    print(f"{contender.name} {number}: {cost.wall_s:.1f} s {fault or ''}", file=sys.stderr)
    checked = with_content_checked([each.run for each in timed])
    timed = [Timed(run, each.server_cpu_s) for run, each in zip(checked, timed, strict=True)]
    table = markdown(data, timed)
    print(table)
    if chosen.readme:
        insert("s3", table)
    return 1 if any(each.run.fault for each in timed) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
