"""The parser of one object of CloudFront standard logs, whatever its format."""

from __future__ import annotations

import pyarrow as pa

from shared.reasons import BadReason
from shared.sources.base import KeyFacts, SourceSettings
from shared.sources.cloudfront.convert import Conversion, split_by_time, to_rows
from shared.sources.cloudfront.dialect import CloudfrontDialect
from shared.sources.cloudfront.table import PARSED_SCHEMA
from shared.sources.columns.batch import Batch
from shared.sources.columns.object_parser import LineParser
from shared.sources.columns.rejects import Rejects


class CloudfrontParser(LineParser):
    """Parses one object piece by piece. Rows have PARSED_SCHEMA: the columns of the table that the parser fills."""

    def __init__(self, facts: KeyFacts, settings: SourceSettings) -> None:
        self._conversion = Conversion(facts.resource_id, settings.resources)
        super().__init__(CloudfrontDialect(facts, settings), self._rows, PARSED_SCHEMA.empty_table())

    def _rows(self, batch: Batch, rejects: Rejects) -> pa.Table:
        timely, times, timeless = split_by_time(batch)
        for row in timeless:
            rejects.add(batch.numbers[row], BadReason.BAD_TIMESTAMP, batch.redact(batch.raw(row)))
        return to_rows(timely, times, self._conversion)
