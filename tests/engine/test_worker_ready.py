from __future__ import annotations

import subprocess
import sys
import textwrap


def run(code: str) -> str:
    """What a fresh process prints: imports and allocator settings are of a process."""
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_arrow_does_not_look_for_pandas_until_it_is_needed() -> None:
    answer = run(
        """
        import sys
        from shared.engine.worker_ready import without_pandas
        without_pandas()
        import pyarrow as pa
        rows = pa.table({"a": pa.array([1, None]), "b": ["x", "y"]})
        before = "pandas" in sys.modules
        print(before, list(rows.to_pandas()["b"]), "pandas" in sys.modules)
        """
    )
    assert answer == "False ['x', 'y'] True"


def test_what_tasks_need_is_loaded_and_memory_is_kept() -> None:
    answer = run(
        """
        import sys
        from shared.engine.worker_ready import keep_freed_memory, load
        keep_freed_memory()
        load()
        import pyarrow as pa
        import resource
        import numpy as np
        sum(np.ones(8 << 20, np.uint8)[-1] for _ in range(2))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        sum(np.ones(8 << 20, np.uint8)[-1] for _ in range(20))
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
        print("shared.engine.task" in sys.modules, pa.cpu_count(), sys.platform != "linux" or faults < 2000)
        """
    )
    assert answer == "True 1 True"


def test_numpy_starts_no_threads() -> None:
    answer = run(
        """
        from shared.engine.worker_ready import without_blas_threads
        without_blas_threads()
        import numpy, psutil
        print(psutil.Process().num_threads())
        """
    )
    assert answer == "1"
