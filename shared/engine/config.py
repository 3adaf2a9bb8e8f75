"""Settings from names and values: the arguments of a job or a command, and the optional TOML file beside them.

The file holds what belongs under version control rather than in arguments:

    [source]        resources (domain to distribution id), fields (wire names in order), delimiter
    [privacy]       client_ip (truncate, keep, hash), cookies (drop, keep), redact_query_keys
    [enrichment]    country_database, asn_database (.mmdb files), user_agent_max_length
    [retention]     table name to days: older hours are dropped by every run, and by `loglake expire`

README.md shows one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, get_origin, get_type_hints

from shared.engine.plan import BatchLimits
from shared.engine.settings import RefineSettings
from shared.enrich.settings import EnrichSettings
from shared.errors import StorageError, UsageError
from shared.lake.tables import LAKE_TABLES
from shared.sources.base import SourceSettings
from shared.sources.registry import SOURCES
from shared.storage import open_store

T = TypeVar("T")

_SECTIONS = ("source", "privacy", "enrichment", "retention")


def refine_settings(arguments: Mapping[str, str]) -> RefineSettings:
    """Settings from textual arguments; the names are those of `RefineSettings` and `BatchLimits`.

    Raises UsageError that names the argument and what it may be.
    """
    source, enrich, retention_days = (
        _from_file(arguments["config"]) if "config" in arguments else (SourceSettings(), EnrichSettings(), {})
    )
    defaults = BatchLimits()
    return RefineSettings(
        raw_uri=arguments["raw_uri"],
        lake_uri=arguments["lake_uri"],
        catalog=arguments.get("catalog"),
        since=parse_hour(arguments["since"], "since") if "since" in arguments else None,
        limits=BatchLimits(
            _positive(arguments, "batch_bytes", defaults.max_bytes),
            _positive(arguments, "batch_objects", defaults.max_objects),
        ),
        source=source,
        enrich=enrich,
        retention_days=retention_days,
        viewer_key=arguments.get("viewer_key"),
    )


def parse_hour(text: str, name: str) -> datetime:
    """An hour or day in UTC, naive as in object keys: `2026-11-01T10` or `2026-11-01`."""
    for form in ("%Y-%m-%dT%H", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).replace(tzinfo=None)
        except ValueError:
            continue
    raise UsageError(f"{name} is {text!r}, which is no hour.", remedy="give it as 2026-11-01T10 or 2026-11-01 (UTC)")


def _positive(arguments: Mapping[str, str], name: str, default: int) -> int:
    text = arguments.get(name, str(default))
    if not text.isdecimal() or int(text) == 0:
        raise UsageError(f"{name} is {text!r}.", remedy="give a whole number above 0")
    return int(text)


def _from_file(uri: str) -> tuple[SourceSettings, EnrichSettings, Mapping[str, int]]:
    root, slash, name = uri.rpartition("/")
    try:
        content = tomllib.loads(open_store(root or slash or ".").read(name).decode())
    except StorageError as error:
        raise UsageError(f"The settings file {uri} cannot be read: {error.what}", remedy="check --config") from error
    except ValueError as error:
        raise UsageError(f"The settings file {uri} is no TOML: {error}.", remedy="mend the file") from error
    if unknown := set(content) - set(_SECTIONS):
        raise UsageError(
            f"{uri}: unknown section [{sorted(unknown)[0]}].", remedy=f"sections are {', '.join(_SECTIONS)}"
        )
    sections = {}
    for section in _SECTIONS:
        sections[section] = content.get(section, {})
        if not isinstance(sections[section], dict):
            raise UsageError(f"{uri}: {section} is no section.", remedy=f"write [{section}] on a line of its own")
    source = _section(SourceSettings, sections["source"], uri)
    enrich = _section(EnrichSettings, {**sections["privacy"], **sections["enrichment"]}, uri)
    of_sources = (table for source in SOURCES.values() for table in source.tables)
    tables = {table.name for table in (*of_sources, *LAKE_TABLES)}
    for table, days in sections["retention"].items():
        if table not in tables:
            raise UsageError(
                f"{uri}: there is no table {table!r} to be kept.", remedy=f"tables are {', '.join(sorted(tables))}"
            )
        if not isinstance(days, int) or isinstance(days, bool) or days < 1:
            raise UsageError(f"{uri}: {table} cannot be kept for {days!r} days.", remedy="give a whole number above 0")
    return source, enrich, sections["retention"]


def _section(kind: type[T], values: Mapping[str, Any], uri: str) -> T:
    types = get_type_hints(kind)
    if unknown := set(values) - set(types):
        raise UsageError(
            f"{uri}: unknown setting {sorted(unknown)[0]!r}.", remedy=f"known are {', '.join(sorted(types))}"
        )
    return kind(**{name: _setting(value, types[name], f"{uri}: {name}") for name, value in values.items()})


def _setting(value: Any, wanted: Any, name: str) -> Any:
    """The TOML value as the type that the settings declare."""
    origin = get_origin(wanted) or wanted
    if origin is tuple:
        is_right, form = isinstance(value, list) and all(isinstance(item, str) for item in value), 'a list of "texts"'
    elif origin is Mapping:
        is_right = isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
        form = '{"name" = "text", ...}'
    elif origin is int:
        is_right, form = isinstance(value, int) and not isinstance(value, bool), "a whole number"
    else:
        is_right, form = isinstance(value, str), 'a "text"'
    if not is_right:
        raise UsageError(f"{name} cannot be {value!r}.", remedy=f"give {form}")
    return tuple(value) if origin is tuple else value
