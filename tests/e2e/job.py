"""The refine job as it is started on AWS: by spark-submit, with nothing of loglake in its environment."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.runtime import java_home
from tests.e2e.conftest import Place
from tests.e2e.stack.service import Service

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "glue_jobs" / "refine_cloudfront.py"
_OF_AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_GLUE")


@dataclass(frozen=True)
class Job:
    """A job at work."""

    process: Service

    def report(self, within_s: float = 120) -> dict[str, Any]:
        """What it says that it did; AssertionError with its last words when it fails."""
        code, said = self.process.exit_code(within_s), self.process.log.read_text(errors="replace")
        assert code == 0, said[-5000:]
        (total,) = (line for line in said.splitlines() if " refine_cloudfront done " in line)
        found: dict[str, Any] = json.loads(total.partition(" done ")[2])
        return found


def submit(
    place: Place,
    folder: Path,
    options: Sequence[str | Path] = (),
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    script: Path = SCRIPT,
) -> Job:
    """Start the job in a folder; `options` are spark-submit's, `arguments` the job's own besides the places."""
    command = [
        *("spark-submit", *options, script),
        *("--raw_uri", place.raw_uri, "--lake_uri", place.lake_uri, "--catalog", place.catalog, *arguments),
    ]
    return Job(Service("job", command, folder, environment_of_jobs() | (environment or {}), inherits=False))


def environment_of_jobs() -> dict[str, str]:
    """Endpoints, credentials and region, and where Spark's programs and their Java are."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    found = {
        "PATH": programs,
        "HOME": os.environ["HOME"],
        "JAVA_HOME": str(java_home()),
        "JAVA_TOOL_OPTIONS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",  # no JVM lives long enough for more
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    return found | {name: os.environ[name] for name in _OF_AWS}
