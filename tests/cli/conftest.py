from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shared.cli import ingest
from shared.cli.main import app
from shared.engine.executor import InlineExecutor, Progress

Loglake = Callable[..., Result]


@contextmanager
def inline(_cores: str, progress: Progress) -> Iterator[InlineExecutor]:
    """The executor of a run in this process: worker processes would take longer to start than it."""
    yield InlineExecutor(progress)


def call(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def loglake(monkeypatch: pytest.MonkeyPatch) -> Loglake:
    """Call the command in this process, without Spark."""
    monkeypatch.setattr(ingest, "executor", inline)
    return call


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with raw logs, good and bad ones, in `raw` and their lake in `lake`. Not to be changed."""
    folder = tmp_path_factory.mktemp("cli")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest, "executor", inline)
        options = ("--rows", 2000, "--hours", 2, "--files-per-hour", 2, "--dirty")
        assert call("sample", "cloudfront", "--out", folder / "raw", *options).exit_code == 0
        ran = call("run", "cloudfront", "--raw", folder / "raw", "--lake", folder / "lake")
        assert ran.exit_code == 0, ran.output
    return folder
