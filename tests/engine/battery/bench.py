"""What the scenarios share: where they run, what they look at, how a run is disturbed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.engine import refine
from shared.lake.lake import Lake
from shared.lake.layout import lease_key
from shared.query.live_files import live_files
from shared.query.tables import all_tables
from shared.storage import ObjectInfo, Prefix
from tests.conftest import Workshop, v1_object
from tests.engine.crashes import KEY, CrashError, crash_before

FILLED = ["10 - c3", "10 - c3", "10 a a1", "10 b a1", "11 c b2", "11 d c3"]
A, B, C = (KEY.format(hour=10, uid=uid) for uid in ("a1", "b2", "c3"))
LATER_S, LATEST_S = 1_793_540_000, 1_793_550_000


@dataclass(frozen=True)
class Bench:
    """Makes a raw folder and a lake of its own for each scenario; faults are injected through `monkeypatch`."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def workshop(self, name: str) -> Workshop:
        made = Workshop(self.folder / name, self.folder / name / "raw")
        made.raw.mkdir(parents=True)
        return made


Scenario = Callable[[Bench], None]


def held(workshop: Workshop) -> list[str]:
    """What readers see: hour, request and object of each row; nothing may be left to do."""
    assert workshop.run().batches == [], "a run found work that was done"
    return seen(workshop)


def seen(workshop: Workshop) -> list[str]:
    rows = workshop.rows()
    for table in all_tables():
        live_files(workshop.lake, table)
    return sorted(f"{r['partition'][-2:]} {r['request_id'] or '-'} {r['source_object'].split('.')[-2]}" for r in rows)


def put(workshop: Workshop, key: str, *lines: str, modified_s: int = LATER_S) -> str:
    return workshop.put(key, v1_object(*lines), modified_s=modified_s)


def crash(workshop: Workshop, step: str) -> None:
    with pytest.raises(CrashError):
        workshop.run(crash_before(step))


def retake_all(workshop: Workshop) -> None:
    refinery = workshop.refinery()
    refinery.retake_chosen(
        lambda ledger: [raw for entry in ledger.current() if (raw := refine.find_raw([entry])) is not None]
    )


def at(step: str, deed: Callable[[], None]) -> Callable[[str], None]:
    def before_step(name: str) -> None:
        if name == step:
            deed()

    return before_step


def steal(lake: Lake, name: str) -> None:
    lake.store.write(lease_key(name), b'{"holder": "a thief"}')


def key(item: ObjectInfo | Prefix) -> str:
    assert isinstance(item, ObjectInfo)
    return item.key
