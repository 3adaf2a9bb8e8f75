from __future__ import annotations

import pytest

from shared.sources.mediapackage import read_key

UUID = "0a1b2c3d-0000-4000-8000-00000000abcd"


@pytest.mark.parametrize(
    ("key", "account", "date", "hour"),
    [
        (f"egress/2026/03/01/12/my-stream-1-2026-03-01-12-05-00-{UUID}", None, "2026-03-01", 12),
        (f"egress/dt=2026-03-01/hh=12/s-3-2026-03-01-11-59-59-{UUID}.gz", None, "2026-03-01", 11),
        ("AWSLogs/111122223333/mediapackage/2026/03/01/12/x.gz", "111122223333", "2026-03-01", 12),
        (
            "AWSLogs/aws-account-id=111122223333/mediapackage/region=us-east-1/year=2026/month=03/day=01/hour=07/x",
            *("111122223333", "2026-03-01", 7),
        ),
        ("year=2026/month=03/day=01/x.parquet", None, "2026-03-01", None),
        ("exportedlogs/0f0e0d0c-0000/stream/000000.gz", None, None, None),
        ("anything", None, None, None),
    ],
)
def test_what_a_key_says(key: str, account: str | None, date: str | None, hour: int | None) -> None:
    facts = read_key(key)
    assert (facts.is_log, facts.account_id, facts.date, facts.hour) == (True, account, date, hour)


@pytest.mark.parametrize(
    "key", ["egress/", "egress/_SUCCESS", "a/.hidden", "a/README.md", "export/aws-logs-write-test", "a/b.crc"]
)
def test_markers_and_notes_are_no_logs(key: str) -> None:
    assert not read_key(key).is_log
