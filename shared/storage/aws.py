"""AWS clients: the one module that imports boto3.

Region, credentials and endpoints come from where every AWS tool takes them (`AWS_REGION`, `AWS_PROFILE`,
`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`, the shared config files, the role of the job), so a fake or another S3
service is used by setting one variable.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Literal, overload
from urllib.parse import urlsplit

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, NoCredentialsError

from shared.errors import UsageError
from shared.storage.aws_retries import Patience, repeats

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

CONNECTIONS = 32


# A minute of throttling and half a minute of errors are ridden out; a service that answers nothing is given up after
# 6 minutes.
USUAL = Patience(connect_s=5, answer_s=30, attempts=11)
# Of small objects that decide who may go on (lease, marks of the ledger): the answer takes milliseconds or is lost, and
# several attempts have to fit into the term of a lease. Given up after 3 minutes.
QUICK = Patience(connect_s=3, answer_s=10, attempts=11)

_OTHER_SERVERS = Config(
    s3={"addressing_style": "path"},  # they have no DNS name for each bucket
    request_checksum_calculation="when_required",  # and not all know the checksums that AWS added in 2025
    response_checksum_validation="when_required",
)
_clients: dict[tuple[object, ...], Any] = {}
_making = threading.Lock()


@overload
def client(service: Literal["s3"], *, is_quick: bool = False) -> S3Client: ...
@overload
def client(service: Literal["glue"], *, is_quick: bool = False) -> GlueClient: ...
@overload
def client(service: str, *, is_quick: bool = False) -> Any: ...
def client(service: str, *, is_quick: bool = False) -> Any:
    """Give the client of a service, made once for each process and each setting of the `AWS_*` variables.

    is_quick  with the patience of `QUICK` instead of `USUAL`

    A forked worker gets its own: connections of the parent must not be shared. Making one costs tens of milliseconds,
    and sessions are not thread-safe while they make it, hence the lock. Raises `UsageError` when the AWS settings do
    not suffice (no region).
    """
    settings = hash(tuple(sorted(item for item in os.environ.items() if item[0].startswith("AWS_"))))
    patience = QUICK if is_quick else USUAL
    wanted = (os.getpid(), settings, service, patience)
    if wanted not in _clients:
        with _making:
            if wanted not in _clients:
                _clients[wanted] = _make(service, patience)
    return _clients[wanted]


def transfer(*, multipart_above_bytes: int, part_bytes: int) -> TransferConfig:
    """Settings of a managed upload or copy: one request up to a size, several parallel parts above it."""
    return TransferConfig(
        multipart_threshold=multipart_above_bytes, multipart_chunksize=part_bytes, max_concurrency=CONNECTIONS // 4
    )


def _make(service: str, patience: Patience) -> Any:
    settings = Config(
        max_pool_connections=CONNECTIONS,
        connect_timeout=patience.connect_s,
        read_timeout=patience.answer_s,
        retries={"mode": "standard", "total_max_attempts": 1},  # repeats are ours
    )
    try:
        # botocore reads AWS_DEFAULT_REGION alone; every other SDK, and Lambda, go by AWS_REGION.
        session = boto3.session.Session(region_name=os.environ.get("AWS_REGION") or None)
        made = session.client(service, config=settings)  # type: ignore[call-overload]
        if service == "s3" and not is_amazons(made.meta.endpoint_url):
            made = session.client("s3", config=settings.merge(_OTHER_SERVERS))
        made.meta.events.register(f"needs-retry.{made.meta.service_model.service_id.hyphenize()}", repeats(patience))
    except (BotoCoreError, ValueError) as error:
        raise UsageError(
            f"cannot set up the AWS client for {service}: {error}",
            remedy="set AWS_REGION (and AWS_PROFILE or a role); AWS_ENDPOINT_URL, if set, must be an http(s) URL",
        ) from error
    return made


def credentials() -> tuple[str | None, str | None, str | None]:
    """Key id, secret and session token that requests are signed with now; `NoCredentialsError` when there are none."""
    found = boto3.session.Session().get_credentials()
    if found is None:
        raise NoCredentialsError
    frozen = found.get_frozen_credentials()
    return frozen.access_key, frozen.secret_key, frozen.token


def is_amazons(endpoint: str) -> bool:
    """Whether an endpoint is AWS's own, and not another server that speaks S3."""
    host = urlsplit(endpoint).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"))
