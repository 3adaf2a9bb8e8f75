"""The work of `loglake catalog check` and `rebuild`: hold a catalog against its lake, and make it what that says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from shared.cli.console import err, out, say
from shared.cli.values import print_json
from shared.engine.catalog_rebuild import rebuild
from shared.lake.check_catalog import compare
from shared.lake.difference import Difference
from shared.lake.lake import open_lake
from shared.lake.lease import holders
from shared.sources.registry import SOURCES

_SHOWN = 5  # differences of one kind for people; JSON has them all


def check(uri: str, catalog: str | None, *, as_json: bool) -> None:
    """Say in what the catalog differs from the lake; exit code 1 when it does."""
    lake = open_lake(uri, catalog)
    found = compare(lake, list(SOURCES.values())).differences
    at_work = [] if _is_equal(found) else holders(lake.store)
    if as_json:
        print_json({"differences": [_facts(each) for each in found], "at_work": at_work})
    else:
        _tell(found)
        if at_work:
            say(f"Run {at_work[0]} is at work, or died: look again once it has ended.")
        say("The catalog is what the lake says." if _is_equal(found) else _counted(found))
    _end(found)


def rebuild_catalog(uri: str, catalog: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Make the catalog what the lake says; exit code 1 when something is left that it cannot mend."""
    lake, sources = open_lake(uri, catalog), list(SOURCES.values())
    if dry_run:
        found, put_aside = compare(lake, sources).differences, None
    else:
        made = rebuild(lake, sources, on_wait=lambda what: err.print(what, markup=False))
        found, put_aside = [*made.done, *made.left], made.put_aside
    done, left = [d for d in found if d.is_mendable], [d for d in found if not d.is_mendable]
    if as_json:
        facts = {"put_aside": put_aside, "mended": [*map(_facts, done)], "left": [*map(_facts, left)]}
        print_json({"dry_run": dry_run, **facts})
    else:
        if put_aside is not None:
            say(f"The file that could not be used is now {put_aside}.")
        _tell(done, is_to_be_told=False)
        _tell(left)
        say(_outcome(len(done), dry_run=dry_run))
    _end(left)


def _is_equal(found: Sequence[Difference]) -> bool:
    return all(difference.is_information for difference in found)


def _end(found: Sequence[Difference]) -> None:
    if not _is_equal(found):
        out.file.flush()
        raise typer.Exit(1)


def _counted(found: Sequence[Difference]) -> str:
    count = sum(not difference.is_information for difference in found)
    return f"{count:,} found. Nothing was changed."


def _outcome(count: int, *, dry_run: bool) -> str:
    if not count:
        return "Nothing to mend: the catalog was not changed."
    return f"{count:,} would be mended. Nothing was changed." if dry_run else f"{count:,} mended."


def _tell(found: Sequence[Difference], *, is_to_be_told: bool = True) -> None:
    for kind in dict.fromkeys(difference.kind for difference in found):
        alike = [difference for difference in found if difference.kind is kind]
        say(f"{kind} ({len(alike):,})")
        for difference in alike[:_SHOWN]:
            say(f"  {difference.subject}: {difference.what}")
        if len(alike) > _SHOWN:
            say(f"  and {len(alike) - _SHOWN:,} more; --json lists all")
        if is_to_be_told:
            for remedy in dict.fromkeys(difference.remedy for difference in alike):
                say(f"  what to do: {remedy}")
        say("")


def _facts(difference: Difference) -> dict[str, Any]:
    return {
        "kind": difference.kind.value,
        "subject": difference.subject,
        "table": difference.table or None,
        "partition": str(difference.partition) if difference.partition else None,
        "what": difference.what,
        "remedy": difference.remedy,
        "is_information": difference.is_information,
        "is_mendable": difference.is_mendable,
    }
