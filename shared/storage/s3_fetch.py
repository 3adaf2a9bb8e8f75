"""Reading bytes from S3 to their end."""

from __future__ import annotations

from typing import Any, NamedTuple

from botocore.exceptions import FlexibleChecksumError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError
from urllib3.exceptions import HTTPError

from shared.storage import aws
from shared.storage.aws_retries import pause

ATTEMPTS = 5
_BROKEN_OFF = (
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
    FlexibleChecksumError,  # other bytes than were stored
    HTTPError,  # what botocore does not translate, such as a broken TLS record
)


class BrokenOffError(Exception):
    """The body of an answer did not arrive whole, however often it was asked for."""


class Fetched(NamedTuple):
    """The bytes of an object, and the etag (without quotes) of the version that they are of."""

    data: bytes
    etag: str


def fetch(**request: Any) -> Fetched:
    """Body of a GetObject request.

    botocore repeats a request but not the reading of the body: a connection that breaks off in the middle is begun
    again here, after a pause. Raises `BrokenOffError` when no attempt gave all of it, and what botocore raises for the
    request itself.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            pause(attempt)
        found = aws.client("s3").get_object(**request)
        try:
            return Fetched(found["Body"].read(), found["ETag"].strip('"'))
        except _BROKEN_OFF as error:
            found["Body"].close()
            broken = error
    raise BrokenOffError(f"the answer broke off {ATTEMPTS} times, last with: {broken}") from broken
