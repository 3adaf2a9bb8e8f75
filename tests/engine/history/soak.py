"""Play thousands of histories on all cores and tell what happened; exit code 1 when one ends with a wrong lake.

python -m tests.engine.history.soak --schedules 10000
    --processes N   as many as there are cores
    --seed N        begin with other histories
    --readme        put the table into README.md, between its marks for `reliability`
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence

from benchmarks.readme import insert
from shared.engine.executor import local_cores
from tests.engine.history.hunt import hunts
from tests.engine.history.play import MISSED

_HISTORIES_AT_ONCE = 100  # in one hunt: few enough that the last ones do not keep a single core busy for long


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=local_cores())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--readme", action="store_true")
    chosen = parser.parse_args(arguments)
    began, tally = time.monotonic(), Counter[str]()
    for found in hunts(chosen.schedules, chosen.processes, chosen.seed, _HISTORIES_AT_ONCE):
        tally += found.tally
        if found.failure is not None:
            sys.stdout.write(f"{found.failure}\n")
            return 1
        minutes = (time.monotonic() - began) / 60
        sys.stdout.write(f"{tally['schedules']:,} histories in {minutes:.1f} min, {tally['crashes']:,} crashes\n")
        sys.stdout.flush()
    sys.stdout.write("".join(f"{tally[name]:>9,}  {name}\n" for name in sorted(tally)))
    if chosen.readme:
        insert("reliability", table(tally))
    return 0


def table(tally: Counter[str]) -> str:
    """The README's table."""
    at_steps = sum(count for name, count in tally.items() if name.startswith("crash step "))
    lines = [
        ("random histories, each ended with the lake that its raw objects say", tally["schedules"]),
        ("raw objects delivered", tally["objects delivered"]),
        ("of these, replacing an earlier version", tally["objects replaced"]),
        ("runs, reprocesses, erasures and expiries", tally["runs"]),
        ("duplicates among the records", tally["duplicates"]),
        ("crashes between the steps of the protocol", at_steps),
        ("crashes around a single storage or catalog operation", tally["crashes"] - at_steps),
        ("rows compared with an independent reference", tally["rows compared"]),
        ("histories after which the doctor missed an hour that an erasure had emptied", tally[MISSED]),
        ("rows lost, doubled or wrong", 0),
    ]
    return "".join(["| | |\n|---|---:|\n", *(f"| {what} | {count:,} |\n" for what, count in lines)])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
