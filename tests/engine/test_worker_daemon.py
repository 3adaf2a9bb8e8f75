from __future__ import annotations

import subprocess
import sys


def test_spark_can_talk_to_it() -> None:
    command = [sys.executable, "-m", "shared.engine.worker_daemon"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as daemon:
        assert daemon.stdin is not None
        assert daemon.stdout is not None
        port = int.from_bytes(daemon.stdout.read(4), "big")
        daemon.stdin.close()  # Spark's way to say that it is over
        daemon.wait(timeout=20)
    assert 1024 <= port < 65536
