"""Reading bytes from S3 to their end."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

from shared.storage import aws

ATTEMPTS = 4
_BROKEN_OFF = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)


def fetch(**request: Any) -> bytes:
    """Body of a GetObject request.

    botocore retries the request but not the body: a connection that breaks off in the middle is begun again here.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return aws.client("s3").get_object(**request)["Body"].read()
        except _BROKEN_OFF:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("the loop returns or raises")
