"""A Python as a cluster's machines have it: all that loglake needs, and nothing of loglake."""

from __future__ import annotations

import subprocess
import sysconfig
import venv
from pathlib import Path


def make_bare_python(folder: Path) -> Path:
    """An environment of its own with the installed packages of this one, less its editable ones; its Python."""
    venv.EnvBuilder(symlinks=True).create(folder)
    python = folder / "bin" / "python"
    own = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    # Of a folder that is named so, Python does not read the .pth files, by which editable packages are found.
    (Path(own) / "installed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def can_import(python: Path, name: str, folder: Path) -> bool:
    """Whether that Python, started in a folder, finds a package."""
    done = subprocess.run([python, "-c", f"import {name}"], cwd=folder, env={}, capture_output=True, check=False)
    return done.returncode == 0
