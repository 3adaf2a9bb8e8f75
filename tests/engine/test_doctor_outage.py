"""The doctor while the store fails: what cannot be read is no damage, and nothing intact is touched."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.engine.doctor import Doctor, Treatment
from shared.engine.executor import InlineExecutor
from shared.engine.settings import viewer_key
from shared.errors import StorageError
from shared.lake.lease import Lease
from shared.lake.ledger import Ledger
from shared.lake.subjects import subject
from shared.lake.withheld import add_subjects, raise_floor
from shared.sources.cloudfront import SOURCE
from shared.tables.partitions import Partition
from tests.conftest import Workshop, v1_line, v1_object
from tests.engine.crashes import KEY, CrashError, crash_before
from tests.engine.outage import Outage

TABLE = "cloudfront_requests"
TRIALS = 10  # so many requests of a repair fail in turn, of several hundred


def fill(workshop: Workshop) -> None:
    """Three runs over three hours, an index of the ledger, a retention floor and an erasure without a row."""
    workshop.put(KEY.format(hour=10, uid="a1"), v1_object(v1_line("a"), v1_line("b"), "not a line\n"))
    workshop.put(KEY.format(hour=11, uid="c3"), v1_object(v1_line("d", time="11:59:59"), v1_line("a", sc_bytes="9")))
    workshop.run()
    workshop.put(KEY.format(hour=11, uid="b2"), v1_object(v1_line("c", time="11:05:00"), v1_line("a", sc_bytes="7")))
    add_subjects(workshop.lake.store, [subject("address", "192.0.2.99", viewer_key(workshop.lake, None))])
    raise_floor(workshop.lake.store, TABLE, Partition.parse("2026-10-01T00"))
    workshop.run()
    Ledger.load(workshop.lake.store, "cloudfront").checkpoint()
    workshop.put(KEY.format(hour=12, uid="e5"), v1_object(v1_line("e", time="12:00:00")))
    workshop.run()


def doctor(workshop: Workshop, *, is_deep: bool = False) -> Doctor:
    return Doctor([SOURCE], workshop.refinery(raw_uri="").settings, InlineExecutor(), is_deep=is_deep)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def contents(workshop: Workshop) -> dict[str, object]:
    return {table: workshop.rows(table) for table in (TABLE, "quarantine")}


def clean_contents(workshop: Workshop) -> dict[str, object]:
    clean = workshop.another("clean")
    clean.run()
    return contents(clean)


@dataclass(frozen=True)
class Trial:
    """What came of a repair of which one request (or all after it, too) met no answer."""

    requests: list[str]
    struck: str
    answer: Treatment | StorageError


def repair(workshop: Workshop, outage: Outage) -> Trial:
    """Repair behind an outage, looking into all footers."""
    with outage.installed():
        try:
            answer: Treatment | StorageError = doctor(workshop, is_deep=True).repair()
        except StorageError as error:
            answer = error
    return Trial(outage.requests, outage.struck, answer)


@pytest.mark.parametrize("is_lasting", [False, True])
def test_whatever_cannot_be_read_ends_the_doctor_and_changes_nothing(workshop: Workshop, is_lasting: bool) -> None:
    fill(workshop)
    before = everything(workshop.folder / "lake")
    undisturbed = repair(workshop, Outage())
    for number in range(len(undisturbed.requests)):
        trial = repair(workshop, Outage(number, is_lasting=is_lasting))
        assert isinstance(trial.answer, StorageError), trial.struck
        assert trial.struck.partition(" ")[2] in trial.answer.what
        assert trial.answer.remedy == "run again later"
        assert everything(workshop.folder / "lake") == before, trial.struck
    read = {request.rpartition(".")[2] for request in undisturbed.requests if request.startswith("read")}
    assert read == {"parquet", "arrow", "json"}


def ledger_objects(workshop: Workshop) -> list[Path]:
    return sorted((workshop.folder / "lake/_loglake/ledger/cloudfront").glob("*.parquet"))


def files(workshop: Workshop, hour: int, table: str = TABLE) -> list[Path]:
    """The part files of the current version of an hour."""
    lake = workshop.lake
    (version,) = [v for p, v in lake.catalog.partitions(table).items() if p.hour == f"{hour:02d}"]
    return sorted((Path(lake.uri) / version.location).glob("part-*.parquet"))


def cut(path: Path) -> Path:
    """Replace a file, as a copy made with a link may share its content with others."""
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[:-100])
    return path


def cut_record(workshop: Workshop) -> list[Path]:
    return [cut(ledger_objects(workshop)[1])]


def lose_record(workshop: Workshop) -> list[Path]:
    lost = ledger_objects(workshop)[0]
    lost.unlink()
    return [lost]


def cut_file(workshop: Workshop) -> list[Path]:
    return [cut(files(workshop, 11)[0])]


def drop_partition(workshop: Workshop) -> list[Path]:
    catalog = workshop.lake.catalog
    catalog.swap(TABLE, [], dropped=[p for p in catalog.partitions(TABLE) if p.hour == "10"])
    return []


def lose_quarantine(workshop: Workshop) -> list[Path]:
    files(workshop, 10, "quarantine")[0].unlink()
    return []


def die(workshop: Workshop) -> list[Path]:
    workshop.put(KEY.format(hour=10, uid="a1"), v1_object(v1_line("x", time="12:00:00")), modified_s=1_793_540_000)
    with pytest.raises(CrashError):
        workshop.run(crash_before("swap"))
    return []


def die_before_the_line(workshop: Workshop) -> list[Path]:
    workshop.put(KEY.format(hour=12, uid="f6"), v1_object(v1_line("f", time="12:00:00")))
    with pytest.raises(CrashError):
        workshop.run(crash_before("report"))
    return []


AILMENTS: dict[str, list[Callable[[Workshop], list[Path]]]] = {
    "record cut": [cut_record],
    "record lost": [lose_record],
    "file cut": [cut_file],
    "partition lost": [drop_partition],
    "all at once": [die_before_the_line, die, cut_record, cut_file, drop_partition, lose_quarantine],
}


def trials(workshop: Workshop) -> Iterator[Trial]:
    """Repairs, each with the lake as it was and another request unanswered."""
    lake, kept = workshop.folder / "lake", workshop.folder / "kept"
    shutil.copytree(lake, kept)
    count = len(repair(workshop, Outage()).requests)
    for number in range(0, count, count // TRIALS):
        shutil.rmtree(lake)
        shutil.copytree(kept, lake)
        trial = repair(workshop, Outage(number))
        assert trial.struck
        yield trial


@pytest.mark.parametrize("ailment", AILMENTS)
def test_whatever_fails_while_a_lake_is_repaired_nothing_intact_goes_and_the_next_repair_ends_it(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, ailment: str
) -> None:
    monkeypatch.setattr(Lease, "_stays", lambda *_: True)  # one that could not be given back is taken over at once
    fill(workshop)
    broken = {path for harm in AILMENTS[ailment] for path in harm(workshop)}
    broken |= {path.with_suffix(".committed") for path in broken}
    lake = workshop.folder / "lake"
    changes = (
        "catalog.sqlite",
        "_loglake/lease/",
        "_loglake/ledger-index/",
        *(str(p.relative_to(lake)) for p in broken),
    )
    intact = {name: data for name, data in everything(lake).items() if not name.startswith(changes)}
    clean = clean_contents(workshop)
    for trial in trials(workshop):
        now = everything(lake)
        assert intact.items() <= now.items(), trial.struck
        aside = {Path(name).name for name in now if name.startswith("_loglake/damaged/ledger/")}
        assert aside <= {path.name for path in broken}, trial.struck
        assert isinstance(trial.answer, StorageError) or "_loglake/lease/" in trial.struck, trial.struck
        doctor(workshop).repair()
        workshop.run()
        assert contents(workshop) == clean, trial.struck
        left = [finding for finding in doctor(workshop).examine().findings if not finding.is_information]
        assert left == [], trial.struck
