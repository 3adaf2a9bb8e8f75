"""What S3's failures mean to the user."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError

from shared.errors import StorageError
from shared.storage.base import ObjectGoneError, ObjectUnavailableError
from shared.storage.s3_fetch import BrokenOffError

ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
FORBIDDEN = frozenset({"403", "AccessDenied", "AllAccessDisabled", "Forbidden"})
LOST = frozenset({"412", "PreconditionFailed"})
CONFLICT = frozenset({"409", "ConditionalRequestConflict", "OperationAborted"})
PASSING = frozenset({"InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "OperationAborted"})
"""Of single objects in an answer about many: sent again, these may succeed."""

# Attempt after attempt: something is wrong with the content of this object. An answer to HEAD has no such code: then it
# is not known whether the object is there, and it must not pass for gone.
_FAULTY = frozenset({"InternalError"})
_OF_ONE_OBJECT = FORBIDDEN | LOST | _FAULTY | {"InvalidObjectState"}

_SERVICE_FAILS = "the service failed through all attempts: run again later"
_REMEDIES = {
    "NoSuchBucket": "check the bucket's name, the account and AWS_ENDPOINT_URL_S3",
    "InvalidObjectState": "the object is archived: restore it first, or leave it out by a narrower prefix",
    "InvalidAccessKeyId": "check the credentials (AWS_PROFILE, role, AWS_ACCESS_KEY_ID)",
    "SignatureDoesNotMatch": "check the credentials (AWS_PROFILE, role, AWS_SECRET_ACCESS_KEY)",
    "ExpiredToken": "log in again: the session's credentials have expired",
    "PermanentRedirect": "the bucket is in another region: set AWS_REGION to it",
    "AuthorizationHeaderMalformed": "the bucket is in another region: set AWS_REGION to it",
    "SlowDown": "S3 is throttling and kept doing so through all attempts: run again later, or with fewer workers",
    "InternalError": _SERVICE_FAILS,
    "ServiceUnavailable": _SERVICE_FAILS,
    "500": _SERVICE_FAILS,
    "503": _SERVICE_FAILS,
}
_PERMISSIONS = "allow s3:ListBucket on the bucket and the object action on its objects (and kms:Decrypt for the key)"


def code(error: ClientError) -> str:
    """The service's code of a failure, e.g. `NoSuchKey`; the HTTP status where there is no body to say it."""
    return str(error.response.get("Error", {}).get("Code", ""))


def attempts(error: ClientError) -> int:
    """How often the request was sent; of all attempts but the last, the answer may have been lost after the deed."""
    return int(error.response.get("ResponseMetadata", {}).get("RetryAttempts") or 0) + 1


@contextmanager
def explained(uri: str, deed: str, *, one_object: bool = False) -> Iterator[None]:
    """Turn botocore's errors into `StorageError`, or its kinds where they concern `one_object` alone.

    The message names the URI, the service's answer, and how long it was tried.
    """
    began = time.monotonic()
    try:
        yield
    except ClientError as error:
        name, sent = code(error), attempts(error)
        remedy = _PERMISSIONS if name in FORBIDDEN else _REMEDIES.get(name, "check the URI; if it is right, run again")
        kind = _kind_of(name) if one_object else StorageError
        answer = f"{name} {error.response.get('Error', {}).get('Message', '')}".rstrip()
        tried = f" (tried {sent} times in {_seconds_since(began)} s)" if sent > 1 else ""
        raise kind(f"cannot {deed} {uri}: {answer}{tried}", remedy=remedy) from error
    except BrokenOffError as error:
        kind = ObjectUnavailableError if one_object else StorageError
        raise kind(
            f"cannot {deed} {uri}: {error} (tried for {_seconds_since(began)} s)",
            remedy="check the network; if only this object fails, bring it again; then run again",
        ) from error
    except KeyError as error:
        raise StorageError(
            f"cannot {deed} {uri}: the answer has no {error}, as no S3 service answers",
            remedy="check AWS_ENDPOINT_URL_S3, and whether a proxy answers in the service's place; then run again",
        ) from error
    except (BotoCoreError, ResponseParserError) as error:
        tried = f" (tried for {_seconds_since(began)} s)" if isinstance(error, HTTPClientError) else ""
        if isinstance(error, NoCredentialsError | PartialCredentialsError):
            remedy = "set AWS_PROFILE, or run where a role gives credentials"
        else:
            remedy = "check the network, AWS_REGION and AWS_ENDPOINT_URL_S3; then run again"
        raise StorageError(f"cannot {deed} {uri}: {error}{tried}", remedy=remedy) from error


def _kind_of(name: str) -> type[StorageError]:
    if name in ABSENT:
        return ObjectGoneError
    return ObjectUnavailableError if name in _OF_ONE_OBJECT else StorageError


def _seconds_since(began: float) -> int:
    return round(time.monotonic() - began)
