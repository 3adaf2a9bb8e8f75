"""The work of `loglake doctor`: say what is wrong with a lake, and repair it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from shared.cli import ingest
from shared.cli.console import err, out, say
from shared.cli.progress import progress_bar
from shared.cli.values import print_json
from shared.engine.config import refine_settings
from shared.engine.doctor import Doctor, Treatment
from shared.lake.check import Finding
from shared.lake.examine import Examination
from shared.sources.registry import SOURCES

_SHOWN = 5  # findings of one kind for people; JSON has them all


def doctor(
    arguments: Mapping[str, str], *, repair: bool, accept_loss: bool, deep: bool, cores: str, as_json: bool
) -> None:
    """Examine a lake, and repair it if asked to; exit code 1 when something wrong is left."""
    settings = refine_settings({"raw_uri": "", **arguments})
    treatment = None
    with progress_bar() as bar, ingest.executor(cores, bar) as tasks:
        physician = Doctor(
            list(SOURCES.values()),
            settings,
            tasks,
            on_wait=lambda what: err.print(what, markup=False),
            accepts_loss=accept_loss,
            is_deep=deep,
        )
        if repair:
            treatment = physician.repair()
        seen = treatment.after if treatment else physician.examine()
    if as_json:
        print_json(_facts(seen, treatment))
    else:
        _tell(seen, treatment)
    if any(not finding.is_information for finding in seen.findings):
        out.file.flush()
        raise typer.Exit(1)


def _facts(seen: Examination, treatment: Treatment | None) -> dict[str, Any]:
    deeds = treatment or Treatment()
    return {
        "findings": [
            {
                "kind": finding.kind.value,
                "subject": finding.subject,
                "what": finding.what,
                "remedy": finding.remedy,
                "is_information": finding.is_information,
                "is_repairable": finding.is_repairable,
            }
            for finding in seen.findings
        ],
        "done": [deed._asdict() for deed in deeds.done],
        "refused": [deed._asdict() for deed in deeds.refused],
    }


def _tell(seen: Examination, treatment: Treatment | None) -> None:
    if treatment is not None:
        for deed in treatment.done:
            say(f"{deed.subject}: {deed.what}")
        for deed in treatment.refused:
            say(f"left alone: {deed.subject}: {deed.what}")
    wrong = [finding for finding in seen.findings if not finding.is_information]
    known = [finding for finding in seen.findings if finding.is_information]
    _tell_findings(wrong)
    _tell_findings(known)
    if not wrong:
        say("The lake is well." if not known else "The lake is well; what is above needs nothing but what it says.")
    elif treatment is None and any(finding.is_repairable for finding in wrong):
        say(f"{len(wrong):,} found. Nothing was changed.")
    else:
        say(f"{len(wrong):,} left.")


def _tell_findings(findings: Sequence[Finding]) -> None:
    for kind in dict.fromkeys(finding.kind for finding in findings):
        alike = [finding for finding in findings if finding.kind is kind]
        say(f"{kind} ({len(alike):,})")
        for finding in alike[:_SHOWN]:
            say(f"  {finding.subject}: {finding.what}")
        if len(alike) > _SHOWN:
            say(f"  and {len(alike) - _SHOWN:,} more; --json lists all")
        say(f"  what to do: {alike[0].remedy}")
        say("")
