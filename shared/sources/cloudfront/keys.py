"""Reading an object's key: which distribution, which account, which hour; or no log at all.

Version 1 has a flat name with distribution and hour. Version 2 has whatever path its user chose, Hive style or not. A
key never overrules a row: rows carry their own time, and version 2's may carry their own distribution.
"""

from __future__ import annotations

import re

from shared.sources.base import KeyFacts
from shared.sources.key_parts import (
    firehose_hour,
    hive_account,
    hive_elements,
    hive_hour,
    hour_of,
    is_marker,
    path_account,
    path_hour,
)

V1 = "v1"
V2_HIVE = "v2 hive path"
V2_PLAIN = "v2 plain path"
REALTIME = "real-time via Firehose (arrival hour)"

_V1_NAME = re.compile(
    r"(?P<distribution>E[A-Z0-9]+)\.(?P<date>\d{4}-\d{2}-\d{2})-(?P<hour>\d{2})\.[A-Za-z0-9]+(?:\.gz)?"
)
_DISTRIBUTION = re.compile(r"E(?=[A-Z]*[0-9])[A-Z0-9]{8,}")  # no word in capitals: all known ids have digits


def read_key(key: str) -> KeyFacts:
    """What a key below the raw prefix says. A key that says nothing is still a log, unless it is a marker or a note.

    >>> read_key("logs/E1EXAMPLE00001.2026-11-01-10.0a1b2c3d.gz").resource_id
    'E1EXAMPLE00001'
    """
    *folders, name = key.split("/")
    if is_marker(name):
        return KeyFacts(key, is_log=False)
    if match := _V1_NAME.fullmatch(name):
        return KeyFacts(
            key, layout=V1, resource_id=match["distribution"], date=match["date"], hour=hour_of(match["hour"])
        )
    if arrived := firehose_hour(name):
        return KeyFacts(key, layout=REALTIME, date=arrived.date, hour=arrived.hour)
    if hive := hive_elements(folders):
        date, hour = hive_hour(hive)
        return KeyFacts(
            key,
            layout=V2_HIVE,
            resource_id=hive.get("distributionid"),
            account_id=hive_account(hive),
            date=date,
            hour=hour,
        )
    return _plain_path(key, folders)


def _plain_path(key: str, folders: list[str]) -> KeyFacts:
    distribution = next((folder for folder in folders if _DISTRIBUTION.fullmatch(folder)), None)
    account, (date, hour) = path_account(folders), path_hour(folders)
    told = distribution or account or date
    return KeyFacts(
        key, layout=V2_PLAIN if told else None, resource_id=distribution, account_id=account, date=date, hour=hour
    )
