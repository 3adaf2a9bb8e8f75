"""Reading an object's key: which distribution, which account, which hour; or no log at all.

Version 1 has a flat name with distribution and hour. Version 2 has whatever path its user chose, Hive style or not. A
key never overrules a row: rows carry their own time, and version 2's may carry their own distribution.
"""

from __future__ import annotations

import re

from shared.sources.base import KeyFacts

V1 = "v1"
V2_HIVE = "v2 hive path"
V2_PLAIN = "v2 plain path"
REALTIME = "real-time via Firehose (arrival hour)"

_V1_NAME = re.compile(
    r"(?P<distribution>E[A-Z0-9]+)\.(?P<date>\d{4}-\d{2}-\d{2})-(?P<hour>\d{2})\.[A-Za-z0-9]+(?:\.gz)?"
)
_FIREHOSE_NAME = re.compile(
    r".+-\d+-(?P<date>\d{4}-\d{2}-\d{2})-(?P<hour>\d{2})-\d{2}-\d{2}-[0-9a-f-]{36}(?:\.[a-z]+)?"
)
_HIVE = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_-]*)=(?P<value>.*)")
_DISTRIBUTION = re.compile(r"E(?=[A-Z]*[0-9])[A-Z0-9]{8,}")  # no word in capitals: all known ids have digits
_ACCOUNT = re.compile(r"\d{12}")
_NO_LOG = re.compile(r"(?:[_.].*|readme(?:\..*)?|.*\.(?:crc|tmp|md|html))?", re.IGNORECASE)


def read_key(key: str) -> KeyFacts:
    """What a key below the raw prefix says. A key that says nothing is still a log, unless it is a marker or a note.

    >>> read_key("logs/E1EXAMPLE00001.2026-11-01-10.0a1b2c3d.gz").resource_id
    'E1EXAMPLE00001'
    """
    *folders, name = key.split("/")
    if _NO_LOG.fullmatch(name):
        return KeyFacts(key, is_log=False)
    if match := _V1_NAME.fullmatch(name):
        return KeyFacts(
            key, layout=V1, resource_id=match["distribution"], date=match["date"], hour=_hour(match["hour"])
        )
    if match := _FIREHOSE_NAME.fullmatch(name):
        return KeyFacts(key, layout=REALTIME, date=match["date"], hour=_hour(match["hour"]))
    hive = {match["name"].lower(): match["value"] for folder in folders if (match := _HIVE.fullmatch(folder))}
    if hive:
        return KeyFacts(
            key,
            layout=V2_HIVE,
            resource_id=hive.get("distributionid"),
            account_id=hive.get("aws-account-id", hive.get("accountid")),
            date=_date(hive.get("year"), hive.get("month"), hive.get("day")),
            hour=_hour(hive.get("hour")),
        )
    return _plain_path(key, folders)


def _plain_path(key: str, folders: list[str]) -> KeyFacts:
    distribution = next((folder for folder in folders if _DISTRIBUTION.fullmatch(folder)), None)
    after_mark = folders[folders.index("AWSLogs") + 1 :] if "AWSLogs" in folders else []
    account = next((folder for folder in after_mark[:1] if _ACCOUNT.fullmatch(folder)), None)
    date, hour = None, None
    for at, folder in enumerate(folders):
        if len(folder) == 4 and (date := _date(*folders[at : at + 3])):
            hour = _hour(folders[at + 3] if len(folders) > at + 3 else None)
            break
    told = distribution or account or date
    return KeyFacts(
        key, layout=V2_PLAIN if told else None, resource_id=distribution, account_id=account, date=date, hour=hour
    )


def _date(year: str | None = None, month: str | None = None, day: str | None = None) -> str | None:
    text = f"{year}-{month}-{day}"
    return text if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None


def _hour(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[01]\d|2[0-3]", text) else None
