"""What a run is told: places, limits, and the user's choices about the source, enrichment and privacy."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.engine.plan import BatchLimits
from shared.enrich.settings import EnrichSettings
from shared.errors import LoglakeError, UsageError
from shared.lake.lake import Lake
from shared.lake.layout import CONTROL
from shared.sources.base import SourceSettings

VIEWER_KEY_VARIABLE = "LOGLAKE_VIEWER_KEY"
SECRET_PREFIX = "secretsmanager:"  # noqa: S105 - a scheme, not a secret
_KEY_OBJECT = f"{CONTROL}/viewer.key"
_FINGERPRINT_OBJECT = f"{CONTROL}/viewer.fingerprint"
_MIN_KEY_BYTES = 16


@dataclass(frozen=True)
class RefineSettings:
    """One run of a source's job.

    since           only objects of this hour (UTC) and later, by their keys, are listed; None: all of the prefix
    retention_days  tables to the days that they keep; a table that is not named keeps all
    viewer_key      `secretsmanager:<id>` of the key for viewer pseudonyms; None: the environment's, else the lake's own
    """

    raw_uri: str
    lake_uri: str
    catalog: str | None = None
    since: datetime | None = None
    limits: BatchLimits = field(default_factory=BatchLimits)
    source: SourceSettings = field(default_factory=SourceSettings)
    enrich: EnrichSettings = field(default_factory=EnrichSettings)
    retention_days: Mapping[str, int] = field(default_factory=dict)
    viewer_key: str | None = None


def viewer_key(lake: Lake, reference: str | None) -> bytes:
    """The key of the viewer pseudonyms.

    From AWS Secrets Manager when a reference is given, else from the environment (LOGLAKE_VIEWER_KEY), else made once
    and kept in the lake's control folder, which no table reader needs to see. Equal keys give equal pseudonyms, so a
    lake keeps to one: UsageError for another.
    """
    return _of_this_lake(lake, _viewer_key(lake, reference))


def _viewer_key(lake: Lake, reference: str | None) -> bytes:
    if reference is not None:
        return _secret(reference)
    if given := os.environ.get(VIEWER_KEY_VARIABLE):
        return _checked(given.encode(), VIEWER_KEY_VARIABLE)
    if not lake.store.exists(_FINGERPRINT_OBJECT):
        lake.store.create(_KEY_OBJECT, secrets.token_hex(32).encode())
    elif not lake.store.exists(_KEY_OBJECT):
        raise _another_key()
    return lake.store.read(_KEY_OBJECT)


def _of_this_lake(lake: Lake, key: bytes) -> bytes:
    """The key, once it is known to be the one that the lake's pseudonyms are made with."""
    fingerprint = hashlib.blake2b(key, digest_size=16, person=b"loglake print").hexdigest().encode()
    lake.store.create(_FINGERPRINT_OBJECT, fingerprint)
    if lake.store.read(_FINGERPRINT_OBJECT) != fingerprint:
        raise _another_key()
    return key


def _another_key() -> UsageError:
    return UsageError(
        "This is not the viewer key that the lake was made with: its viewer_ids would no longer fit together.",
        remedy=f"give the former key (--viewer-key, or {VIEWER_KEY_VARIABLE}), or none if the lake has its own; "
        "with a new key make a new lake",
    )


def _secret(reference: str) -> bytes:
    if not reference.startswith(SECRET_PREFIX):
        raise UsageError(
            "The viewer key must not stand in an argument: arguments are logged.",
            remedy=f"put it into AWS Secrets Manager and give {SECRET_PREFIX}<its id>, or set {VIEWER_KEY_VARIABLE}",
        )
    # Only this way of keeping the key needs AWS's library, which takes half a second to import.
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from shared.storage.aws import client  # noqa: PLC0415

    try:
        answer = client("secretsmanager").get_secret_value(SecretId=reference.removeprefix(SECRET_PREFIX))
    except (BotoCoreError, ClientError) as error:
        raise LoglakeError(
            f"The viewer key {reference} cannot be read: {error}.",
            remedy="check its id and region, and allow secretsmanager:GetSecretValue on it",
        ) from error
    key = answer["SecretString"].encode() if "SecretString" in answer else answer["SecretBinary"]
    return _checked(key, reference)


def _checked(key: bytes, origin: str) -> bytes:
    if len(key) < _MIN_KEY_BYTES:
        raise UsageError(
            f"The viewer key in {origin} has {len(key)} bytes; addresses could be found by trying keys.",
            remedy=f"use at least {_MIN_KEY_BYTES} random bytes",
        )
    return key
