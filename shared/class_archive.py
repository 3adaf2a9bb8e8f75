"""A class data archive for the JVM of local sessions: the first session leaves it behind, later ones map it.

Half of Spark's start goes into reading and verifying the same ten thousand classes. The JVM checks that the archive
fits its version and class path and does without where it does not, or where somebody is still writing it.
"""

from __future__ import annotations

import os
import subprocess
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

_QUIET = "-Xlog:disable"  # that a class cannot be archived, or an archive no longer fits, is no news
CACHE_VARIABLE = "XDG_CACHE_HOME"


def archive_options(java_home: Path) -> str:
    """Options that use the archive, or make it (about 70 MB) when the session's JVM ends; none where it has no place.

    One archive for each installation of Java and of Spark, in the user's cache folder.
    """
    spark = find_spec("pyspark")
    if spark is None or spark.origin is None:
        return ""
    jars = Path(spark.origin).parent / "jars"
    folder = Path(os.environ.get(CACHE_VARIABLE) or "~/.cache").expanduser() / "loglake"
    try:
        installed = [(str(path), path.stat().st_mtime_ns) for path in (jars, java_home.resolve() / "lib" / "modules")]
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # RuntimeError: a user without a home
        return ""
    archive = folder / f"spark-{blake2b(repr(installed).encode(), digest_size=8).hexdigest()}.jsa"
    if any(letter in str(archive) for letter in " \"'\\"):  # Spark splits its options as a shell does
        return ""
    if archive.exists():
        return f"-XX:SharedArchiveFile={archive} {_QUIET}"
    return f"-XX:ArchiveClassesAtExit={archive} {_QUIET}" if _has_base_archive(java_home / "bin" / "java") else ""


def _has_base_archive(java: Path) -> bool:
    """Whether the JVM can map an archive of its own classes: without one it will not start with another to make."""
    try:
        command = [str(java), "-Xshare:on", "-XX:+UseSerialGC", "-version"]
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False
