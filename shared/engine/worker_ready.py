"""A process made ready for tasks: what every task needs is loaded once, before workers are forked from it.

Nothing depends on it: where nobody calls it (Glue, a cluster) workers load the same things themselves, each at its
first task.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from importlib.abc import MetaPathFinder

_KEPT_BYTES = 1 << 30
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h


def keep_freed_memory() -> None:
    """Freed memory stays with the process and is used again; to be called before Arrow is loaded.

    Tasks want blocks of the same sizes over and over, and the kernel's zeroing of fresh pages is a tenth of their time.
    """
    os.environ.setdefault("MIMALLOC_PURGE_DELAY", "-1")  # read by Arrow's allocator when it is loaded
    # What NumPy and Python allocate; another C library has no such settings.
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def without_blas_threads() -> None:
    """Let NumPy start no threads for matrices, of which there are none: they wait for them by spinning.

    To be called before NumPy is loaded; children inherit it.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def load() -> None:
    """Import what tasks import, build the user-agent rules, and leave parallelism to whoever schedules."""
    import pyarrow as pa  # noqa: PLC0415

    from shared.engine import task  # noqa: F401, PLC0415 - after the allocator's settings
    from shared.enrich.user_agent import parse_user_agent  # noqa: PLC0415

    parse_user_agent("loglake")
    pa.set_cpu_count(1)


class _NoPandas(MetaPathFinder):
    def find_spec(self, fullname: str, _path: object, _target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def without_pandas() -> None:
    """Let Arrow find no pandas where it only wants to know whether a list may be a Series: a task has none.

    Arrow asks once, at its first array, and that import takes as long as all others together. Conversions to pandas
    still import it.
    """
    import pyarrow as pa  # noqa: PLC0415

    blocked = _NoPandas()
    sys.meta_path.insert(0, blocked)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(blocked)


def make_ready() -> None:
    """All of it, for a process that others are forked from."""
    keep_freed_memory()
    without_blas_threads()
    without_pandas()
    load()
    gc.freeze()  # pages that the collector does not touch stay shared
