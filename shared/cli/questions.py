"""The commands about the shipped questions: their arguments and help. `shared.cli.main` puts them beside the others."""

from __future__ import annotations

from typing import Annotated

import typer

from shared.cli.errors import fails_politely
from shared.cli.options import AsJson, CatalogName, Format, ResultFormat


@fails_politely
def questions(as_json: AsJson = False) -> None:
    """List the shipped questions: what each answers, and what can be set."""
    from shared.cli import shipped  # noqa: PLC0415

    shipped.questions(as_json=as_json)


@fails_politely
def ask(
    name: Annotated[str, typer.Argument(help="A question that `loglake questions` lists.", show_default=False)],
    lake: Annotated[str | None, typer.Option("--lake", help="The lake; not needed with --show-sql.")] = None,
    catalog: CatalogName = None,
    from_hour: Annotated[str | None, typer.Option("--from", help="First hour (UTC): 2026-11-01T10.")] = None,
    to_hour: Annotated[str | None, typer.Option("--to", help="... to before this hour. Default: all hours.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="name=value, e.g. limit=10; may be given again.")
    ] = None,
    show_sql: Annotated[bool, typer.Option("--show-sql", help="Print the SQL instead: paste it into Athena.")] = False,
    format_: ResultFormat = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Ask the lake a shipped question."""
    from shared.cli import shipped  # noqa: PLC0415

    if show_sql:
        shipped.show_sql(name, from_hour, to_hour, settings or [])
    elif lake is None:
        raise typer.BadParameter("give --lake, or --show-sql")
    else:
        shipped.question(name, from_hour, to_hour, settings or [], lake, catalog, "json" if as_json else format_.value)


COMMANDS = (questions, ask)
