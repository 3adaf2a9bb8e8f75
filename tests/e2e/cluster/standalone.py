"""Spark's standalone cluster: a master and two workers, each with a folder of its own and one core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from tests.e2e.stack.service import Service, free_ports

# Two names of one machine: Spark tries a task a second time only on another host.
_HOSTS = ("127.0.0.1", "localhost")
_START_WITHIN_S = 60.0


@dataclass(frozen=True)
class Cluster:
    """The running cluster."""

    master_url: str
    workers: tuple[Service, ...]

    def process_of(self, client_port: int) -> psutil.Process:
        """The process of a worker's that has a connection from this port."""
        for worker in self.workers:
            for process in psutil.Process(worker.pid).children(recursive=True):
                if any(found.laddr.port == client_port for found in process.net_connections("tcp")):
                    return process
        raise LookupError(f"no process of the cluster asks from port {client_port}")


def executor_of(process: psutil.Process) -> psutil.Process:
    """The executor that a Python worker works for."""
    return next(parent for parent in process.parents() if parent.name() == "java")


@contextmanager
def standalone(folder: Path, environment: Mapping[str, str]) -> Iterator[Cluster]:
    """Start the cluster; it ends with the block. Programs get this environment alone."""
    port, *ports = free_ports(2 + len(_HOSTS))
    master_url = f"spark://{_HOSTS[0]}:{port}"
    with ExitStack() as stack:

        def start(name: str, *words: str) -> Service:
            home = folder / name
            home.mkdir(parents=True)
            settings = {**environment, "SPARK_LOCAL_DIRS": str(home / "local"), "SPARK_WORKER_DIR": str(home / "work")}
            service = Service(name, ["spark-class", *words], home, settings, inherits=False)
            stack.callback(service.stop)
            return service

        places = ["--host", _HOSTS[0], "--port", str(port), "--webui-port", str(ports.pop())]
        master = start("master", "org.apache.spark.deploy.master.Master", *places)
        master.wait_until(partial(_has_said, master, "I have been elected leader"), _START_WITHIN_S)
        workers = []
        for number, (host, web_port) in enumerate(zip(_HOSTS, ports, strict=True)):
            places = ["--host", host, "--webui-port", str(web_port), "--cores", "1", "--memory", "1g"]
            workers.append(start(f"worker{number}", "org.apache.spark.deploy.worker.Worker", *places, master_url))
        for worker in workers:
            worker.wait_until(partial(_has_said, worker, "Successfully registered with master"), _START_WITHIN_S)
        yield Cluster(master_url, tuple(workers))
        for service in (*workers, master):
            service.end()  # all at once


def _has_said(service: Service, words: str) -> bool:
    return words in service.log.read_text(errors="replace")
