"""Reading an object's key: which account, which hour; or no log at all.

The hour is that of the delivery, in names of Firehose as in the paths of vended logs; records carry their own time.
"""

from __future__ import annotations

from shared.sources.base import KeyFacts
from shared.sources.key_parts import (
    firehose_hour,
    hive_account,
    hive_elements,
    hive_hour,
    is_marker,
    path_account,
    path_hour,
)

FIREHOSE = "Firehose (arrival hour)"
HIVE = "hive path"
PATH = "plain path"

_EXPORT_PROBE = "aws-logs-write-test"


def read_key(key: str) -> KeyFacts:
    """What a key below the raw prefix says. A key that says nothing is still a log, unless it is a marker or a note.

    >>> read_key("egress/2026/03/01/12/stream-1-2026-03-01-12-05-00-0a1b2c3d-0000-4000-8000-00000000abcd").hour
    12
    """
    *folders, name = key.split("/")
    if is_marker(name) or name == _EXPORT_PROBE:
        return KeyFacts(key, is_log=False)
    hive = hive_elements(folders)
    account = hive_account(hive) or path_account(folders)
    if arrived := firehose_hour(name):
        return KeyFacts(key, layout=FIREHOSE, account_id=account, date=arrived.date, hour=arrived.hour)
    date, hour = hive_hour(hive)
    layout = HIVE if hive else None
    if date is None:
        date, hour = path_hour(folders)
        layout = layout or (PATH if date or account else None)
    return KeyFacts(key, layout=layout, account_id=account, date=date, hour=hour)
