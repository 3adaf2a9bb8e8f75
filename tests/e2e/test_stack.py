"""The engines answer, and one query goes through all three."""

from __future__ import annotations

from shared.storage import aws
from tests.e2e.conftest import Place, Trino


def test_trino_reads_what_is_registered_in_glue(place: Place, trino: Trino) -> None:
    aws.client("glue").create_database(DatabaseInput={"Name": place.database})
    assert trino.ask("SHOW TABLES", place.database) == []
    assert trino.ask(
        "SELECT 7 / 2, date_diff('hour', TIMESTAMP '2026-11-01 00:59', TIMESTAMP '2026-11-01 01:01')", place.database
    ) == [(3, 0)]
