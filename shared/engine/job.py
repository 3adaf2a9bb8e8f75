"""What every refine job script does: read the arguments, refine the source on Spark, say what became of it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence

from shared.engine.config import refine_settings
from shared.engine.executor import SparkExecutor
from shared.engine.refine import Refinery
from shared.engine.report import summary
from shared.errors import LoglakeError
from shared.interrupts import INTERRUPTED
from shared.runtime import job_arguments, job_session
from shared.sources.base import Source

REQUIRED = ("raw_uri", "lake_uri")
OPTIONAL = ("catalog", "since", "batch_bytes", "batch_objects", "config", "viewer_key")


def run_job(name: str, source: Source, argv: Sequence[str]) -> int:
    """Run the refine job of a source with Glue-style arguments; the process's exit code."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    log = logging.getLogger(name)
    log.setLevel(logging.INFO)  # ours alone: libraries' INFO is noise in the job's log
    try:
        settings = refine_settings(job_arguments(argv, REQUIRED, OPTIONAL))
        with job_session(name) as session:
            report = Refinery(
                source,
                settings,
                SparkExecutor(session),
                on_wait=log.info,
                after_batch=lambda batch: log.info("committed %s", json.dumps(summary([batch]))),
            ).refine()
        for sentence in report.withdrawn.sentences():
            log.info("%s", sentence)
        log.info("done %s", json.dumps(summary(report.batches)))
    except LoglakeError as error:
        log.error("%s", error)
        return error.exit_code
    except KeyboardInterrupt:
        log.error("interrupted; what was committed stays, the rest is taken in by the next run")
        return INTERRUPTED
    if report.parser_failures:
        log.error("the parser failed on %d objects, first %s", len(report.parser_failures), report.parser_failures[0])
        return 1
    return 0
