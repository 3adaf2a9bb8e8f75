"""What keys of several sources have in common: markers and notes that are no logs, dates, Firehose's names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_FIREHOSE_NAME = re.compile(
    r".+-\d+-(?P<date>\d{4}-\d{2}-\d{2})-(?P<hour>\d{2})-\d{2}-\d{2}-[0-9a-f-]{36}(?:\.[a-z]+)*"
)
_HIVE = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_-]*)=(?P<value>.*)")
_ACCOUNT = re.compile(r"\d{12}")
_NO_LOG = re.compile(r"(?:[_.].*|readme(?:\..*)?|.*\.(?:crc|tmp|md|html))?", re.IGNORECASE)


class Hour(NamedTuple):
    """A day, `YYYY-MM-DD`, and an hour of it, as far as a key tells them."""

    date: str | None = None
    hour: int | None = None


def is_marker(name: str) -> bool:
    """Whether the last element of a key says that the object is no log.

    >>> is_marker("_SUCCESS"), is_marker(""), is_marker("README.md"), is_marker("000000.gz")
    (True, True, True, False)
    """
    return _NO_LOG.fullmatch(name) is not None


def firehose_hour(name: str) -> Hour | None:
    """The time in a name that Firehose gave (arrival of the oldest record), None where the name is another."""
    match = _FIREHOSE_NAME.fullmatch(name)
    return Hour(match["date"], hour_of(match["hour"])) if match else None


def hive_elements(folders: Sequence[str]) -> dict[str, str]:
    """Elements like `year=2026`, names in lower case."""
    return {match["name"].lower(): match["value"] for folder in folders if (match := _HIVE.fullmatch(folder))}


def hive_hour(elements: Mapping[str, str]) -> Hour:
    """The time in `year=`, `month=`, `day=` and `hour=`."""
    date = date_of(elements.get("year"), elements.get("month"), elements.get("day"))
    return Hour(date, hour_of(elements.get("hour")))


def hive_account(elements: Mapping[str, str]) -> str | None:
    """The account in `aws-account-id=` or `accountid=`."""
    return elements.get("aws-account-id", elements.get("accountid"))


def path_hour(folders: Sequence[str]) -> Hour:
    """The time in elements `2026/11/01/10` that follow each other."""
    for at, folder in enumerate(folders):
        if len(folder) == 4 and (date := date_of(*folders[at : at + 3])):
            return Hour(date, hour_of(folders[at + 3] if len(folders) > at + 3 else None))
    return Hour()


def path_account(folders: Sequence[str]) -> str | None:
    """The account behind `AWSLogs/`."""
    after_mark = folders[folders.index("AWSLogs") + 1 :] if "AWSLogs" in folders else []
    return next((folder for folder in after_mark[:1] if _ACCOUNT.fullmatch(folder)), None)


def date_of(year: str | None = None, month: str | None = None, day: str | None = None) -> str | None:
    """A day of its parts, None where they are none."""
    text = f"{year}-{month}-{day}"
    return text if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None


def hour_of(text: str | None) -> int | None:
    """An hour of two digits, None for other text."""
    return int(text) if text and re.fullmatch(r"[01]\d|2[0-3]", text) else None
