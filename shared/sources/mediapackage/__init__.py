"""MediaPackage access logs: version 1 (live and VOD) and version 2, egress and ingress, in every format."""

from shared.sources.base import Source
from shared.sources.mediapackage.keys import read_key
from shared.sources.mediapackage.parser import MediapackageParser
from shared.sources.mediapackage.split import split
from shared.sources.mediapackage.table import EGRESS, INGRESS, PARSED_SCHEMA

SOURCE = Source(
    name="mediapackage",
    tables=(EGRESS, INGRESS),
    parser_version=1,
    read_key=read_key,
    new_parser=MediapackageParser,
    split=split,
)

__all__ = ["EGRESS", "INGRESS", "PARSED_SCHEMA", "SOURCE", "MediapackageParser"]
