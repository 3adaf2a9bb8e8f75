"""MediaPackage access logs: version 1 (live and VOD) and version 2, egress and ingress, in every format."""

from shared.sources.mediapackage.keys import read_key
from shared.sources.mediapackage.parser import MediapackageParser
from shared.sources.mediapackage.split import split
from shared.sources.mediapackage.table import EGRESS, INGRESS, PARSED_SCHEMA

__all__ = ["EGRESS", "INGRESS", "PARSED_SCHEMA", "MediapackageParser", "read_key", "split"]
