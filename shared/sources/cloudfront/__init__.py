"""CloudFront standard logs: version 1 of every vintage, version 2 as w3c, plain, raw, json and Parquet."""

from shared.sources.base import Source
from shared.sources.cloudfront.keys import read_key
from shared.sources.cloudfront.parser import CloudfrontParser
from shared.sources.cloudfront.table import PARSED_SCHEMA, TABLE

SOURCE = Source(name="cloudfront", tables=(TABLE,), parser_version=1, read_key=read_key, new_parser=CloudfrontParser)

__all__ = ["PARSED_SCHEMA", "SOURCE", "TABLE", "CloudfrontParser"]
