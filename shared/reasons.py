"""Why a record or an object is not in its table: the closed list of quarantine reasons, and the flags of good rows.

The names are part of the `quarantine` table and of every report, so a name is never reused for another meaning.
"""

from __future__ import annotations

from enum import StrEnum


class BadReason(StrEnum):
    """One reason for each quarantined record or object."""

    TOO_FEW_FIELDS = "too_few_fields"  # fewer values than any known layout of the format has
    FIELD_COUNT_MISMATCH = "field_count_mismatch"  # an ambiguous delimiter: reading on would shift columns
    BAD_TIMESTAMP = "bad_timestamp"  # no usable event time, so the row belongs to no hour
    NOT_JSON = "not_json"  # the line is cut or no JSON
    NOT_OBJECT = "not_object"  # JSON, but not an object
    WRONG_SCHEMA = "wrong_schema"  # none of the fields of the format
    WRONG_FAMILY = "wrong_family"  # a log of another family (connection logs) in this prefix
    UNSUPPORTED_DATASET = "unsupported_dataset"  # a retired format (RTMP streaming logs)
    UNKNOWN_LAYOUT = "unknown_layout"  # no header and a field count that no known layout has
    LINE_TOO_LONG = "line_too_long"  # longer than the line limit; nothing we read writes such lines
    CUT_LINE = "cut_line"  # part of a line beside a damaged place
    TRUNCATED_GZIP = "truncated_gzip"  # the object ends inside a gzip member
    CORRUPT_GZIP = "corrupt_gzip"  # deflate data or checksum of a gzip member is wrong
    CORRUPT_ARCHIVE = "corrupt_archive"  # a ZIP, tar or Zstandard, or a file in it, that is damaged
    TRUNCATED_PARQUET = "truncated_parquet"  # Parquet magic at the head only, or an unreadable footer
    UNKNOWN_CONTAINER = "unknown_container"  # bytes of no known kind
    UNSUPPORTED_COMPRESSION = "unsupported_compression"  # bzip2, xz, ...: known, not read
    UNKNOWN_MESSAGE_TYPE = "unknown_message_type"  # an envelope of CloudWatch Logs that is neither data nor control
    UNREADABLE_PAYLOAD = "unreadable_payload"  # what Firehose could not process, and what cannot be opened here either
    DEPTH_CAP = "depth_cap"  # wrapped more times than any real object is
    SIZE_CAP = "size_cap"  # expands beyond the limit on one object
    PARSER_FAILED = "parser_failed"  # a fault of loglake; the object is taken in whole by a mended version
    VANISHED = "vanished"  # listed, but gone or forbidden when it was read


class RowFlag(StrEnum):
    """A fault that a good row carries in `parse_flags`; the faulty value itself is null or kept as it stands."""

    SHORT_ROW = "short_row"  # fewer values than the header names; the missing ones are null
    LONG_ROW = "long_row"  # more values than names; the rest is in `extra`
    BAD_NUMBER = "bad_number"  # a number column held something else; null
    BAD_IP = "bad_ip"  # the client address is no IP address; kept as text, not enriched
    INVALID_UTF8 = "invalid_utf8"  # bytes that are no UTF-8 became U+FFFD
