"""Options that several commands share, with one meaning and one help text each."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How the result of a query is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def _cores(text: str) -> str:
    if not re.fullmatch(r"\*|[1-9]\d*", text):
        raise typer.BadParameter("give a number, or * for all")
    return text


SourceName = Annotated[str, typer.Argument(help="The source, e.g. cloudfront.", show_default=False)]
LakeUri = Annotated[str, typer.Option("--lake", help="The lake: a folder or s3://bucket/prefix.", show_default=False)]
CatalogName = Annotated[
    str | None,
    typer.Option(
        "--catalog",
        help="glue, glue:DATABASE, or a local catalog file. Default: Glue for s3:// lakes, else a file in the lake.",
        show_default=False,
    ),
]
ResultFormat = Annotated[Format, typer.Option("--format", help="How to print the result.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
ConfigFile = Annotated[
    str | None, typer.Option("--config", help="TOML file with source, privacy and enrichment settings.")
]
Cores = Annotated[
    str, typer.Option("--cores", help="Worker processes on this machine; * for one per core.", callback=_cores)
]
BatchBytes = Annotated[int | None, typer.Option(help="Raw bytes that one committed batch may take in.")]
BatchObjects = Annotated[int | None, typer.Option(help="Raw objects that one committed batch may take in.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be touched.")]
Restart = Annotated[bool, typer.Option("--restart", help="Read all again, also what an interrupted call has done.")]
ViewerKey = Annotated[
    str | None, typer.Option(help="secretsmanager:ID of the key of viewer pseudonyms. Default: the lake's own.")
]
SweepNow = Annotated[
    bool,
    typer.Option(
        "--sweep-now",
        help="Also remove the files of replaced versions at once; a query that still reads them fails.",
    ),
]
SampleFolder = Annotated[Path, typer.Option("--out", help="Folder to write to.", show_default=False)]
SampleGigabytes = Annotated[float | None, typer.Option(help="Size as uncompressed text instead, in GB.")]
SampleStart = Annotated[str, typer.Option(help="First hour (UTC).")]
SampleHours = Annotated[int, typer.Option(min=1, help="Hours to spread them over.")]
SampleSeed = Annotated[int, typer.Option(help="Equal seeds give equal bytes.")]
SampleLate = Annotated[bool, typer.Option(help="What arrives a day later for the same call: late rows, repeats.")]
SampleAsJson = Annotated[bool, typer.Option("--json", help="Print the truth about what was made as JSON.")]
