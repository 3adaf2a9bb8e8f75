from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from shared.engine.config import parse_hour, refine_settings
from shared.engine.plan import BatchLimits
from shared.engine.settings import RefineSettings
from shared.errors import UsageError

PLACES = {"raw_uri": "raw", "lake_uri": "lake"}


def test_places_alone_give_the_defaults() -> None:
    assert refine_settings(PLACES) == RefineSettings("raw", "lake")


def test_every_argument_reaches_the_settings() -> None:
    given = {
        **PLACES,
        "catalog": "glue:logs",
        "since": "2026-11-01T10",
        "batch_bytes": "1000",
        "batch_objects": "7",
        "viewer_key": "secretsmanager:viewers",
    }
    settings = refine_settings(given)
    assert settings.catalog == "glue:logs"
    assert settings.since == datetime(2026, 11, 1, 10)
    assert settings.limits == BatchLimits(1000, 7)
    assert settings.viewer_key == "secretsmanager:viewers"


@pytest.mark.parametrize("text", ["2026-11-01T10", "2026-11-01T1", "2026-11-01"])
def test_hours_and_days_are_naive_utc(text: str) -> None:
    hour = parse_hour(text, "since")
    assert hour.tzinfo is None
    assert hour.date().isoformat() == "2026-11-01"


@pytest.mark.parametrize("text", ["", "now", "2026-13-01", "2026-11-01T24", "2026-11-01T10:00", "01.11.2026"])
def test_what_is_no_hour_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(UsageError, match="since is") as caught:
        parse_hour(text, "since")
    assert "2026-11-01T10" in caught.value.remedy


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "1e6", "many", "", "²"])
@pytest.mark.parametrize("name", ["batch_bytes", "batch_objects"])
def test_limits_are_whole_numbers_above_zero(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=name):
        refine_settings({**PLACES, name: text})


def configured(tmp_path: Path, content: str) -> RefineSettings:
    path = tmp_path / "loglake.toml"
    path.write_text(content)
    return refine_settings({**PLACES, "config": str(path)})


def test_the_file_sets_source_privacy_and_enrichment(tmp_path: Path) -> None:
    settings = configured(
        tmp_path,
        """
        [source]
        resources = {"d111111abcdef8.cloudfront.net" = "E1EXAMPLE00001"}
        fields = ["date", "time"]
        delimiter = "\\t"
        [privacy]
        client_ip = "hash"
        redact_query_keys = ["token"]
        [enrichment]
        user_agent_max_length = 200
        """,
    )
    assert settings.source.resources == {"d111111abcdef8.cloudfront.net": "E1EXAMPLE00001"}
    assert settings.source.fields == ("date", "time")
    assert settings.source.delimiter == "\t"
    assert settings.enrich.client_ip == "hash"
    assert settings.enrich.redact_query_keys == ("token",)
    assert settings.enrich.user_agent_max_length == 200


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert configured(tmp_path, "") == refine_settings(PLACES)


def test_a_file_of_the_working_folder_needs_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    configured(tmp_path, "[privacy]\ncookies = 'keep'")
    assert refine_settings({**PLACES, "config": "loglake.toml"}).enrich.cookies == "keep"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("[privacy", "TOML"),
        ("[sources]", r"\[sources\]"),
        ("source = 3", "source is no section"),
        ("[source]\nfeilds = []", "feilds"),
        ("[source]\nfields = 'date'", "fields cannot be 'date'"),
        ("[source]\nfields = [1]", "fields"),
        ("[source]\ndelimiter = 9", "delimiter"),
        ("[source]\nresources = ['a']", "resources"),
        ("[source]\nresources = {a = 1}", "resources"),
        ("[privacy]\nclient_ip = 'shred'", "shred"),
        ("[privacy]\nclient_ip = true", "client_ip"),
        ("[privacy]\nredact_query_keys = 'token'", "redact_query_keys"),
        ("[enrichment]\nuser_agent_max_length = '9'", "user_agent_max_length"),
        ("[enrichment]\nuser_agent_max_length = true", "user_agent_max_length"),
        ("[enrichment]\nuser_agent_max_length = 0", "user_agent_max_length"),
    ],
)
def test_mistakes_in_the_file_are_named(tmp_path: Path, content: str, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        configured(tmp_path, content)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml"):
        refine_settings({**PLACES, "config": str(tmp_path / "none.toml")})
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"bytes\.toml"):
        refine_settings({**PLACES, "config": str(tmp_path / "bytes.toml")})
