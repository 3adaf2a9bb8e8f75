"""The stack itself: the engines answer through one another, nothing outlives a run, what is fetched is checked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared.storage import aws
from tests.e2e.conftest import Place, Trino
from tests.e2e.stack import parts
from tests.e2e.stack.parts import MissingToolError
from tests.e2e.stack.service import Service

_STARTER = """
import sys, time
from pathlib import Path
from tests.e2e.stack.service import Service
folder = Path(sys.argv[1])
program = "import os, pathlib, time; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(600)"
service = Service("sleeper", [sys.executable, "-c", program], folder, {})
service.wait_until(lambda: (folder / "pid").exists() and (folder / "pid").read_text() != "", 20)
print("started", flush=True)
time.sleep(600)
"""


def test_trino_reads_what_is_registered_in_glue(place: Place, trino: Trino) -> None:
    aws.client("glue").create_database(DatabaseInput={"Name": place.database})
    assert trino.ask("SHOW TABLES", place.database) == []
    asked = "SELECT 7 / 2, date_diff('hour', TIMESTAMP '2026-11-01 00:59', TIMESTAMP '2026-11-01 01:01')"
    assert trino.ask(asked, place.database) == [(3, 0)]


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_server_ends_with_whoever_started_it(blow: signal.Signals, tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", _STARTER, str(tmp_path)], cwd=parts.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"started\n"
    pid = int((tmp_path / "pid").read_text())
    os.kill(pid, 0)
    starter.send_signal(blow)
    starter.communicate()
    deadline = time.monotonic() + 20
    while _lives(pid):
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.05)


def test_a_server_that_does_not_start_shows_its_last_words(tmp_path: Path) -> None:
    service = Service("broken", [sys.executable, "-c", "raise SystemExit('no such disk')"], tmp_path, {})
    with pytest.raises(RuntimeError, match="broken has ended:\nno such disk"):
        service.wait_until(lambda: False, 20)
    service.stop()


def test_without_maven_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOGLAKE_E2E_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert parts.main() == 1
    assert "Install Maven" in capsys.readouterr().err
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo something else > trino-server-core-476.tar.gz", "not the file that was pinned"),
        ("echo no route to the repository; exit 1", "no route to the repository"),
    ],
)
def test_what_is_not_the_pinned_file_is_refused_with_what_maven_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, told: str
) -> None:
    maven = tmp_path / "mvn"
    maven.write_text(f"#!/bin/sh\n{script}\n")
    maven.chmod(0o755)
    monkeypatch.setenv("LOGLAKE_E2E_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(MissingToolError, match=told):
        parts.trino_home()
    assert list((tmp_path / "cache").iterdir()) == []


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
