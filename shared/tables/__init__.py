"""Tables as data: declarations and what is rendered from them."""

from shared.tables.declaration import PARTITION_KEYS, Column, ColumnType, SubjectColumn, SubjectKind, Table

__all__ = ["PARTITION_KEYS", "Column", "ColumnType", "SubjectColumn", "SubjectKind", "Table"]
