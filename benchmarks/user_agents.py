"""Time engines for user agents on distinct strings: `python -m benchmarks.user_agents`.

--values   generated strings, to which those of the installed corpora come (default 20,000)
--rounds   how often each engine parses them all (default 3); rounds interleave the engines
--readme   put the table into docs/benchmarks.md
One thread, a few minutes. Each engine gives the twelve columns of `user_agents.parse`, ours four more in the same time.
It fails if one of the twelve differs between ours and that package for any string.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import resources
from statistics import median
from typing import Any, TypeAlias

import crawleruseragents
import numpy as np
import pyarrow.compute  # noqa: F401  # so that no engine's start has it: every run of loglake does
from ua_parser import BasicResolver, Re2Resolver, RegexResolver

from benchmarks.readme import insert
from benchmarks.report import host_line, machine
from shared.synth.agents import user_agents

Columns: TypeAlias = tuple[Any, ...]
Engine: TypeAlias = Callable[[str], Columns]
PACKAGE, OURS = "`user_agents.parse`", "**loglake**"
_COMPARED = 12  # the columns that the package knows


def _of_package(agent: Any) -> Columns:
    return (
        agent.browser.family or None,
        agent.browser.version_string or None,
        agent.os.family,
        agent.os.version_string or None,
        agent.device.family,
        agent.device.brand,
        agent.device.model,
        agent.is_mobile,
        agent.is_tablet,
        agent.is_pc,
        agent.is_touch_capable,
        agent.is_bot,
    )


def by_package() -> Engine:
    """The package as it is."""
    import user_agents as package  # noqa: PLC0415  # importing is a part of an engine's start

    return lambda text: _of_package(package.parse(text))


def by_resolver(resolver: Any) -> Engine:
    """A resolver of ua-parser, and the package's small functions on what it finds."""
    from ua_parser import Domain, load_lazy_builtins  # noqa: PLC0415
    from user_agents import parsers  # noqa: PLC0415

    resolve = resolver(load_lazy_builtins())

    def parse(text: str) -> Columns:
        found = resolve(text, Domain.ALL).complete().with_defaults()
        browser, system, device = found.user_agent, found.os, found.device
        agent = object.__new__(parsers.UserAgent)  # its constructor would parse again
        agent.ua_string = text
        agent.browser = parsers.parse_browser(browser.family, browser.major, browser.minor, browser.patch)
        agent.os = parsers.parse_operating_system(system.family, system.major, system.minor, system.patch)
        agent.device = parsers.parse_device(device.family, device.brand, device.model)
        return _of_package(agent)

    return parse


def by_loglake() -> Engine:
    """Ours: all sixteen columns are made."""
    from shared.enrich.user_agent import parse_user_agent  # noqa: PLC0415

    return parse_user_agent


ENGINES: dict[str, Callable[[], Engine]] = {
    PACKAGE: by_package,
    "ua-parser, one rule after another": lambda: by_resolver(BasicResolver),
    **({"ua-parser with re2": lambda: by_resolver(Re2Resolver)} if Re2Resolver else {}),
    **({"ua-parser in Rust": lambda: by_resolver(RegexResolver)} if RegexResolver else {}),
    OURS: by_loglake,
}


@dataclass
class Timing:
    """What an engine took.

    start_s    CPU seconds until it has parsed its first string, in a fresh process, each
    rounds_s   CPU seconds for all strings, each
    differing  strings of which a column differs from the package's
    """

    start_s: list[float] = field(default_factory=list)
    rounds_s: list[float] = field(default_factory=list)
    differing: int = 0


def strings(count: int) -> list[str]:
    """Distinct user agents: so many generated ones, browsers and crawlers of the wild.

    Less `-`, which a list of crawlers has: in a log that is the mark of a request without one, and gives nulls here.
    """
    lines = resources.files("fake_useragent").joinpath("data/browsers.jsonl").read_text("utf-8").splitlines()
    browsers = [json.loads(line)["useragent"] for line in lines]
    crawlers = [text for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA for text in entry["instances"]]
    generated = user_agents(count, np.random.default_rng(1))
    return [text for text in dict.fromkeys([*generated, *browsers, *crawlers]) if text != "-"]


def start_of(name: str) -> float:
    """CPU seconds until the engine has parsed one string, in this process."""
    began = time.process_time()
    ENGINES[name]()("curl/8.5.0")
    return time.process_time() - began


def timings(texts: Sequence[str], rounds: int, *, has_starts: bool = True) -> dict[str, Timing]:
    """Time each engine on all strings, in turns."""
    engines = {name: make() for name, make in ENGINES.items()}
    for engine in engines.values():
        engine("curl/8.5.0")
    found = {name: Timing() for name in engines}
    expected: list[Columns] = []
    for number in range(rounds):
        for name, engine in engines.items():
            if has_starts:
                found[name].start_s.append(_start_in_a_fresh_process(name))
            answers, taken_s = _timed(engine, texts)
            found[name].rounds_s.append(taken_s)
            if number == 0:
                expected = expected or answers  # the package is the first of all
                pairs = zip(answers, expected, strict=True)
                found[name].differing = sum(ours[:_COMPARED] != theirs for ours, theirs in pairs)
    return found


def _timed(engine: Engine, texts: Sequence[str]) -> tuple[list[Columns], float]:
    """The answers and the CPU seconds; without garbage collection, so that none pays for what the others have left."""
    gc.collect()
    gc.disable()
    try:
        began = time.process_time()
        return [engine(text) for text in texts], time.process_time() - began
    finally:
        gc.enable()


def _start_in_a_fresh_process(name: str) -> float:
    call = [sys.executable, "-m", "benchmarks.user_agents", "--start", name]
    return float(subprocess.run(call, check=True, stdout=subprocess.PIPE).stdout)


def markdown(count: int, found: dict[str, Timing]) -> str:
    """The table."""
    package_s = median(found[PACKAGE].rounds_s)
    lines = [
        f"### {count:,} distinct user agents, one thread",
        "",
        host_line(machine()),
        "",
        "| engine | CPU us per value | values per CPU s | times `user_agents.parse` | start, CPU s | differing |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, timing in found.items():
        middle_s = median(timing.rounds_s)
        all_us = " ".join(f"{taken_s / count * 1e6:.1f}" for taken_s in timing.rounds_s)
        start = f"{median(timing.start_s):.2f}" if timing.start_s else ""
        lines.append(
            f"| {name} | **{middle_s / count * 1e6:.1f}** ({all_us}) | {count / middle_s:,.0f} "
            f"| {package_s / middle_s:.1f} | {start} | {timing.differing:,} |"
        )
    note = (
        "Medians of interleaved rounds, all rounds in brackets. Start: imports, rules and the first value in a fresh "
        "process that has NumPy and Arrow. Differing: values of which one of the twelve columns is not the one that "
        "`user_agents.parse` gives. loglake makes four more columns in its time; ua-parser's resolvers have the "
        "package's functions behind them."
    )
    return "\n".join([*lines, "", note, ""])


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--values", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--readme", action="store_true")
    parser.add_argument("--start", choices=ENGINES, help=argparse.SUPPRESS)
    chosen = parser.parse_args(argv)
    if chosen.start:
        print(start_of(chosen.start))
        return 0

    texts = strings(chosen.values)
    found = timings(texts, chosen.rounds)
    table = markdown(len(texts), found)
    print(table)
    if found[OURS].differing:
        return 1
    if chosen.readme:
        insert("user agents", table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
