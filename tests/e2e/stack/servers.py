"""The three servers: SeaweedFS for S3, moto for the Glue API, Trino for Athena."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from shared.storage import aws
from tests.e2e.stack.parts import trino_home, trino_java_home
from tests.e2e.stack.service import Service, free_ports

REGION = "us-east-1"
ACCESS_KEY, SECRET_KEY = "e2e-access-key", "e2e-secret-key"  # of servers that live for one test run
_PROGRAMS = Path(sys.executable).parent
_NOT_NEEDED = ("-admin.ui=false", "-webdav=false", "-s3.iam=false", "-master.telemetry=false")
# Each bucket takes some volumes for itself. By default there are as many as full ones would fit on the disk: few.
_MANY_VOLUMES = "-volume.max=1000"
_NOT_NEEDED_PORTS = ("-s3.port.iceberg=0", "-s3.port.lance=0")


def start_s3(folder: Path) -> tuple[Service, str]:
    """SeaweedFS over an empty folder; the service and its URL."""
    data = folder / "s3"
    data.mkdir()
    names = [
        f"{server}.port{kind}" for server in ("master", "volume", "filer", "s3", "admin") for kind in ("", ".grpc")
    ]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    chosen = [f"-{name}={port}" for name, port in ports.items()]
    command = [
        *(_PROGRAMS / "weed", "mini", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
        *_NOT_NEEDED,
        *_NOT_NEEDED_PORTS,
        _MANY_VOLUMES,
        *chosen,
    ]
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    return Service("seaweedfs", command, folder, keys), f"http://127.0.0.1:{ports['s3.port']}"


def takes_objects(bucket: str) -> bool:
    """Whether a bucket can be made and written to: S3's port is open before the volumes are there."""
    client = aws.client("s3")
    with suppress(Exception):  # it may be there from the last attempt
        client.create_bucket(Bucket=bucket)
    try:
        client.put_object(Bucket=bucket, Key="first", Body=b"1")
    except Exception:
        return False
    return True


def start_glue(folder: Path) -> tuple[Service, str]:
    """Moto's server; the service and its URL."""
    (port,) = free_ports(1)
    command = [_PROGRAMS / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
    return Service("glue", command, folder, {}), f"http://127.0.0.1:{port}"


def start_trino(folder: Path, s3_url: str, glue_url: str) -> tuple[Service, int]:
    """Trino over both; the service and its port. It serves some seconds later (`is_trino_ready`)."""
    (port,) = free_ports(1)
    home, server = folder / "trino", trino_home()
    (home / "catalog").mkdir(parents=True)
    for name, settings in _trino_settings(home, server, port, s3_url, glue_url).items():
        (home / name).write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    command = [
        *(trino_java_home() / "bin" / "java", "-server", "-Xmx1500M", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        *(
            "-Djdk.attach.allowAttachSelf=true",
            "-XX:+EnableDynamicAgentLoading",
            f"-Dconfig={home / 'config.properties'}",
        ),
        *("-Dnode.environment=e2e", "-Dnode.id=e2e", f"-Dnode.data-dir={home}"),
        *("-cp", f"{server / 'lib'}/*", "io.trino.server.TrinoServer"),
    ]
    return Service("trino", command, folder, {}), port


def is_trino_ready(service: Service) -> bool:
    """Whether Trino takes queries."""
    return "SERVER STARTED" in service.log.read_text(errors="replace")


def _trino_settings(
    home: Path, server: Path, port: int, s3_url: str, glue_url: str
) -> Mapping[str, Mapping[str, object]]:
    """Trino's settings by file. The catalog has the name that Athena gives its own."""
    config = {
        "coordinator": "true",
        "node-scheduler.include-coordinator": "true",
        "http-server.http.port": port,
        "discovery.uri": f"http://127.0.0.1:{port}",
        "query.max-memory": "1GB",
        "query.max-memory-per-node": "600MB",
        "catalog.config-dir": home / "catalog",
        "plugin.dir": server / "plugin",
    }
    catalog = {
        "connector.name": "hive",
        "hive.metastore": "glue",
        "hive.metastore.glue.region": REGION,
        "hive.metastore.glue.endpoint-url": glue_url,
        "hive.metastore.glue.aws-access-key": ACCESS_KEY,
        "hive.metastore.glue.aws-secret-key": SECRET_KEY,
        "fs.native-s3.enabled": "true",
        "s3.endpoint": s3_url,
        "s3.region": REGION,
        "s3.path-style-access": "true",
        "s3.aws-access-key": ACCESS_KEY,
        "s3.aws-secret-key": SECRET_KEY,
        # moto answers column statistics with an error, which the client repeats for seconds.
        "hive.table-statistics-enabled": "false",
    }
    return {"config.properties": config, "catalog/awsdatacatalog.properties": catalog}
