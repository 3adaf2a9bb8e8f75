"""What S3's failures mean to the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from shared.errors import StorageError
from shared.storage.base import ObjectUnavailableError

ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
FORBIDDEN = frozenset({"403", "AccessDenied", "AllAccessDisabled", "Forbidden"})
LOST = frozenset({"412", "PreconditionFailed"})
CONFLICT = frozenset({"409", "ConditionalRequestConflict"})

_REMEDIES = {
    "NoSuchBucket": "check the bucket's name, the account and AWS_ENDPOINT_URL_S3",
    "InvalidObjectState": "the object is archived: restore it first, or leave it out by a narrower prefix",
    "InvalidAccessKeyId": "check the credentials (AWS_PROFILE, role, AWS_ACCESS_KEY_ID)",
    "SignatureDoesNotMatch": "check the credentials (AWS_PROFILE, role, AWS_SECRET_ACCESS_KEY)",
    "ExpiredToken": "log in again: the session's credentials have expired",
    "PermanentRedirect": "the bucket is in another region: set AWS_REGION to it",
    "AuthorizationHeaderMalformed": "the bucket is in another region: set AWS_REGION to it",
    "SlowDown": "S3 is throttling and kept doing so through all retries: run again later, or with fewer workers",
}
_PERMISSIONS = "allow s3:ListBucket on the bucket and the object action on its objects (and kms:Decrypt for the key)"


def code(error: ClientError) -> str:
    """The service's code of a failure, e.g. `NoSuchKey`; the HTTP status where there is no body to say it."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def explained(uri: str, deed: str, *, one_object: bool = False) -> Iterator[None]:
    """Turn botocore's errors into `StorageError`, or `ObjectUnavailableError` where they concern `one_object` alone."""
    try:
        yield
    except ClientError as error:
        name = code(error)
        remedy = _REMEDIES.get(name, "check the URI; if it is right, run again later")
        if name in FORBIDDEN:
            remedy = _PERMISSIONS
        single = one_object and name in ABSENT | FORBIDDEN | LOST | {"InvalidObjectState"}
        kind = ObjectUnavailableError if single else StorageError
        message = error.response.get("Error", {}).get("Message", "")
        raise kind(f"cannot {deed} {uri}: {name} {message}".rstrip(), remedy=remedy) from error
    except BotoCoreError as error:
        if isinstance(error, NoCredentialsError | PartialCredentialsError):
            remedy = "set AWS_PROFILE, or run where a role gives credentials"
        else:
            remedy = "check the network, AWS_REGION and AWS_ENDPOINT_URL_S3; then run again"
        raise StorageError(f"cannot {deed} {uri}: {error}", remedy=remedy) from error
