"""From raw records to columns of bytes, and from those to values: what the parsers of several sources share."""
