"""The parser of one object of MediaPackage access logs, whatever its version, direction and format."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from shared.sources.base import KeyFacts, Parsed, SourceSettings
from shared.sources.columns.batch import Batch
from shared.sources.columns.object_parser import LineParser
from shared.sources.columns.rejects import Rejects
from shared.sources.mediapackage.convert import to_rows
from shared.sources.mediapackage.dialect import MediapackageDialect
from shared.sources.mediapackage.origin import Origins
from shared.sources.mediapackage.table import PARSED_SCHEMA


class MediapackageParser(LineParser):
    """Parses one object piece by piece.

    Rows have PARSED_SCHEMA: the columns of both tables that the parser fills, and the direction of the row.
    """

    def __init__(self, facts: KeyFacts, settings: SourceSettings) -> None:  # noqa: ARG002 - keys tell nothing of rows
        self._origins = Origins()
        self._before_records = 0
        self._copies: dict[bytes, int] = {}
        super().__init__(MediapackageDialect(settings), self._rows, PARSED_SCHEMA)

    def _parse_alike(self, records: pa.Table, parse: Callable[[bytes], Parsed]) -> Parsed:
        # Their wrappings say a time, an id and a log group of each.
        self._origins, self._before_records = Origins.of(records), self.lines_read
        try:
            return super()._parse_alike(records, parse)
        finally:
            self._origins = Origins()

    def _rows(self, batch: Batch, rejects: Rejects) -> pa.Table:
        # While records are read, each is a line.
        origins = self._origins.at(batch.numbers - 1 - self._before_records)
        return to_rows(batch, origins, self._copies, rejects)
