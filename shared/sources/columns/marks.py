"""Values of a batch, and the faults of its rows that they show."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from shared.reasons import RowFlag
from shared.sources.columns.addresses import bad_addresses
from shared.sources.columns.nested import lists
from shared.sources.columns.numbers import to_decimals, to_integers
from shared.sources.columns.texts import Mask, to_text


@dataclass
class Marks:
    """Converts columns of bytes and keeps which rows had a fault."""

    rows: int
    _marks: dict[RowFlag, Mask] = field(default_factory=dict)

    def add(self, flag: RowFlag, rows: Mask | None) -> None:
        """Mark rows; None for no row."""
        if rows is not None:
            self._marks[flag] = self._marks[flag] | rows if flag in self._marks else rows

    def text(self, values: pa.Array) -> pa.Array:
        """Binary (or a dictionary of it) to string."""
        text, broken = to_text(values)
        self.add(RowFlag.INVALID_UTF8, broken)
        return text

    def address(self, values: pa.Array) -> pa.Array:
        """An IP address, kept as it stands also where it is none."""
        text = self.text(values)
        self.add(RowFlag.BAD_IP, bad_addresses(text))
        return text

    def number(self, values: pa.Array, kind: pa.DataType, *, exponents: bool = False) -> pa.Array:
        """An integer or a double, by its type."""
        if pa.types.is_floating(kind):
            numbers, bad = to_decimals(values, exponents=exponents)
        else:
            numbers, bad = to_integers(values, kind)
        self.add(RowFlag.BAD_NUMBER, bad)
        return numbers

    def flags(self) -> pa.Array:
        """The column `parse_flags`."""
        return lists({flag.value: self._marks[flag] for flag in RowFlag if flag in self._marks}, self.rows)
