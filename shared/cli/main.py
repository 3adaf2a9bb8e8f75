"""The command `loglake`: raw logs to answers, on a laptop or against S3 and Glue."""

from __future__ import annotations

import typer

from shared.cli import inspect, maintain, run, sample

app = typer.Typer(
    name="loglake",
    help="CloudFront, MediaPackage, Amplify and Pexip logs as a queryable lake of Parquet.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(sample.app, name="sample")
app.command()(run.run)
app.command()(inspect.query)
app.command()(inspect.tables)
app.command()(inspect.status)
app.command()(inspect.quarantine)
app.command()(run.reprocess)
app.command()(maintain.sweep)


def main() -> None:
    """Entry point of the installed command."""
    app()


if __name__ == "__main__":
    main()
