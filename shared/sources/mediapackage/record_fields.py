"""The fields of a batch by their name, whatever the version and the spelling; their texts, each converted once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.sources.columns.batch import Batch
from shared.sources.columns.marks import Marks
from shared.sources.columns.texts import Mask, has_value, merged, only_where, padded_markers, plain
from shared.sources.mediapackage.fields import BY_WIRE

# Where a key was renamed, the plain one is of the envelope around the record.
_RENAMED = (("data.timestamp", "timestamp"), ("data.requestId", "request_id"))


class RecordFields:
    """What the records of a batch say.

    marks   takes the faults of texts
    wires   wire name to column of bytes, null markers as null
    """

    def __init__(self, batch: Batch, marks: Marks) -> None:
        self.marks, self._rows, self._present = marks, len(batch), batch.present
        self.wires = {wire: padded_markers(each) for wire, each in batch.columns.items()}
        self._fields = _by_name(self.wires)
        self._texts: dict[str, pa.Array] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __getitem__(self, name: str) -> pa.Array:
        """The bytes of a field, as a dictionary where its values repeat."""
        return self._fields[name]

    def text(self, name: str) -> pa.Array:
        """The field as string, or as dictionary<int32, string>."""
        if name not in self._texts:
            self._texts[name] = self.marks.text(self._fields[name])
        return self._texts[name]

    def texts(self, names: Iterable[str]) -> dict[str, pa.Array]:
        """The texts of those fields that there are."""
        return {name: self.text(name) for name in names if name in self}

    def was_there(self, name: str) -> Mask:
        """Rows that have a watched field, be it with a null marker."""
        there = np.zeros(self._rows, dtype=np.bool_)
        for wire, rows in self._present.items():
            if BY_WIRE[wire].name == name:
                there |= rows
        return there

    def empty_or_text(self, name: str) -> pa.Array:
        """A watched field as text that is null where the field is not there, and empty where it is there and empty."""
        text = self.text(name)
        empty = self.was_there(name) & ~has_value(text)
        if not empty.any():
            return text
        code = pa.scalar(len(text.dictionary), pa.int32())
        codes = pc.if_else(pa.array(empty), code, text.indices)
        return pa.DictionaryArray.from_arrays(codes, pa.concat_arrays([text.dictionary, pa.array([""])]))

    def beyond(self) -> dict[str, pa.Array]:
        """Texts by wire name of what is no field, and of fields in a second spelling where the first has a value."""
        found = {wire: plain(self.marks.text(each)) for wire, each in self.wires.items() if wire not in BY_WIRE}
        for wires in _spellings(self.wires).values():
            taken = has_value(self.wires[wires[0]])
            for wire in wires[1:]:
                doubled = taken & has_value(self.wires[wire])
                if doubled.any():
                    found[wire] = plain(only_where(doubled, self.marks.text(self.wires[wire])))
                taken |= has_value(self.wires[wire])
        return found


def _by_name(wires: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Of both versions' spellings the one that has a value, version 2's first."""
    columns = {name: merged([wires[wire] for wire in spelled]) for name, spelled in _spellings(wires).items()}
    fields = {name: column for name, column in columns.items() if column is not None}
    for renamed, name in _RENAMED:
        if renamed in fields:
            of_envelope = [fields[name]] if name in fields else []
            fields[name] = merged([fields.pop(renamed), *of_envelope])
    return fields


def _spellings(wires: Mapping[str, pa.Array]) -> dict[str, list[str]]:
    """Name of a field to the wire names under which it is there."""
    spelled: dict[str, list[str]] = {}
    for wire, field in BY_WIRE.items():
        if wire in wires:
            spelled.setdefault(field.name, []).append(wire)
    return spelled
