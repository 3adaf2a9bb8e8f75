"""README.md tells the truth where a machine can check it."""

from __future__ import annotations

import re
from pathlib import Path

from shared.cli.main import app
from shared.engine.config import refine_settings

README = (Path(__file__).parents[2] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_every_settings_example_is_accepted_with_its_commented_lines_too(tmp_path: Path) -> None:
    (example,) = blocks("toml")
    uncommented = re.sub(r"(?m)^# ", "", example)
    assert uncommented != example
    for content in (example, uncommented):
        (tmp_path / "loglake.toml").write_text(content)
        settings = refine_settings({"raw_uri": "raw", "lake_uri": "lake", "config": str(tmp_path / "loglake.toml")})
        assert settings.source.resources == {"d111111abcdef8.cloudfront.net": "E1EXAMPLE00001"}
    assert settings.source.delimiter == "\t"
    assert settings.enrich.country_database == "GeoLite2-Country.mmdb"


def test_every_command_that_it_names_exists() -> None:
    named = set(re.findall(r"(?m)(?:^|`)loglake ([a-z]+)", README))
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    groups = {group.name for group in app.registered_groups}
    assert named <= known | groups
    assert {name for name in known if f"`{name}`" not in README} <= named
