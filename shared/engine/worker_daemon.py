"""Spark's Python daemon, made ready before it forks.

Named by `spark.python.daemon.module` in local sessions.
"""

from __future__ import annotations

from shared.engine.worker_ready import make_ready

if __name__ == "__main__":
    make_ready()  # before anything of Spark: Arrow's allocator reads its settings when it is loaded
    from pyspark import daemon

    daemon.manager()  # type: ignore[no-untyped-call]
