"""Who takes part in the benchmarks: how each is called, and what it does less than loglake."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders.entry import ON_DIRTY

_PROMISES = (
    "no duplicate check, quarantine, lineage, privacy, country, catalog, or percent-decoding of paths and queries"
)


@dataclass(frozen=True)
class Contender:
    """A contender.

    command     from the folder of raw objects and the folder to write into
    less        what it does not do, as a clause for the note below the table; "" for loglake
    least_rows  0: it gets all objects; else as many of the first ones as hold that many rows, as all would take hours
    has_rows    whether it writes rows, which are compared with those of the others
    on_dirty    what it is set to where lines are malformed, as a clause; "" where it takes no setting
    """

    name: str
    command: Callable[[Path, Path], list[str]]
    less: str = _PROMISES
    least_rows: int = 0
    has_rows: bool = True
    on_dirty: str = ""

    def command_on_dirty(self, raw: Path, out: Path) -> list[str]:
        """The command for raw objects with malformed lines: told to go on where it can."""
        return [*self.command(raw, out), *([ON_DIRTY] if self.on_dirty else [])]


def _peer(module: str) -> Callable[[Path, Path], list[str]]:
    return lambda raw, out: [sys.executable, "-m", f"benchmarks.contenders.{module}", str(raw), str(out)]


def _loglake(raw: Path, out: Path) -> list[str]:
    command = Path(sys.executable).with_name("loglake")
    return [str(command), "run", "cloudfront", "--raw", str(raw), "--lake", str(out)]


def _job(raw: Path, out: Path) -> list[str]:
    script = Path(__file__).parents[2] / "glue_jobs" / "refine_cloudfront.py"
    return [sys.executable, str(script), "--raw_uri", str(raw), "--lake_uri", str(out)]


CONTENDERS: Mapping[str, Contender] = {
    contender.name: contender
    for contender in (
        Contender("loglake", _loglake, ""),
        Contender("loglake_on_spark", _job, ""),
        Contender(
            "polars",
            _peer("polars_batches"),
            on_dirty="`ignore_errors`, `truncate_ragged_lines`, `extra_columns='ignore'`, "
            "`missing_columns='insert'`, `encoding='utf8-lossy'`",
        ),
        Contender(
            "duckdb",
            _peer("duckdb_sql"),
            on_dirty="`store_rejects` (which ignores errors), `null_padding`, `strict_mode = false`, all read as text, "
            "`TRY_CAST`",
        ),
        Contender(
            "chdb",
            _peer("chdb_sql"),
            on_dirty="`input_format_allow_errors_num` and `_ratio`, "
            "`input_format_tsv_allow_variable_number_of_columns`, numbers read as text, `accurateCastOrNull`, "
            "`toValidUTF8`",
        ),
        Contender(
            "native_spark",
            _peer("native_spark"),
            on_dirty="`try_cast`, and of each line the fields that it has, as its csv reader does in mode `PERMISSIVE`",
        ),
        Contender(
            "row_parser",
            _peer("row_parser"),
            f"{_PROMISES}, nor kind, name and operator of the client; as all objects would take it too long, it gets a "
            "share of them: compare its rows per CPU s",
            least_rows=20_000,
            on_dirty="a line that raises is passed over and counted, `errors='replace'`",
        ),
        Contender(
            "arrow_limit",
            _peer("arrow_limit"),
            f"two processes that only parse and write: {_PROMISES}",
            on_dirty="`invalid_row_handler` that skips; for values that cannot be converted it has no option",
        ),
        Contender("gunzip", _peer("gunzip"), "two processes that only decompress", has_rows=False),
    )
}
