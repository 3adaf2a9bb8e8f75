"""Persons to be erased, and the rows that are theirs: pure functions.

A person is kept as a mark, never as what it was named by: an address by its pseudonym (the viewer_id of its rows), a
session or a participant by a keyed hash. Without the lake's viewer key a mark says nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shared.enrich.addresses import read_addresses
from shared.enrich.pseudonyms import PSEUDONYM_HEX_DIGITS, pseudonyms
from shared.errors import UsageError
from shared.tables import SubjectColumn, SubjectKind, Table

VIEWER: Final = "viewer"  # names an address by its pseudonym, as it stands in viewer_id
ERASED: Final = "the text is erased: it named an erased person"
# Where a person may be named in a text: whatever stands between blanks, quotes and separators, and what looks like an
# address between anything.
_WORDS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"[\w.:~@+-]+",
        r"""[^\s"',;&=]+=*""",
        r"""[^\s"',;&=:]+=*""",
        r'(?<=")[^"]+(?=")',
        r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9])",
    )
)
_IPV6: Final = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]+")
_ESCAPES: Final = re.compile(r"\\u00([0-9A-Fa-f]{2})|\\[a-z\"]")

Mask = npt.NDArray[np.bool_]


class Subject(NamedTuple):
    """A person, marked."""

    kind: SubjectKind
    mark: str


def subject(kind: str, text: str, key: bytes) -> Subject:
    """The subject that a user names: `address 203.0.113.7`, `viewer <viewer_id>`, `session <id>`, `participant <name>`.

    Raises UsageError, which repeats nothing of it: it is personal data.
    """
    if kind == VIEWER:
        if not re.fullmatch(f"[0-9a-f]{{{PSEUDONYM_HEX_DIGITS}}}", text):
            raise UsageError(
                "A viewer to be erased is no viewer_id.", remedy=f"give its {PSEUDONYM_HEX_DIGITS} hexadecimal digits"
            )
        return Subject(SubjectKind.ADDRESS, text)
    if kind not in set(SubjectKind):
        kinds = ", ".join((*SubjectKind, VIEWER))
        raise UsageError("A subject begins with no kind of subject.", remedy=f"write its kind first: {kinds}")
    if not text:
        raise UsageError(f"A subject of kind {kind} is empty.", remedy="write who it is behind its kind")
    (mark,) = _marks(SubjectKind(kind), pa.array([text]), key).to_pylist()
    if mark is None or (kind == SubjectKind.ADDRESS and "%" in text):  # a zone is of one host alone
        raise UsageError("An address to be erased is none.", remedy="give an IPv4 or IPv6 address, not a network")
    return Subject(SubjectKind(kind), mark)


def _marks(kind: SubjectKind, texts: pa.Array, key: bytes) -> pa.Array:
    """The mark of each text; null for a null, and for an address that is none."""
    if kind is not SubjectKind.ADDRESS:
        return pa.array([None if text is None else _mark(kind, text, key) for text in texts.to_pylist()], pa.string())
    addresses = read_addresses(texts.fill_null(""))
    return pc.if_else(pa.array(addresses.version != 0), pseudonyms(addresses.packed, key), None)


def _mark(kind: SubjectKind, text: str, key: bytes) -> str:
    short_key = hashlib.blake2b(key, digest_size=32, person=b"loglake subject").digest()
    return hashlib.blake2b(
        f"{kind}\0{text}".encode("utf-8", "surrogateescape"), digest_size=16, key=short_key
    ).hexdigest()


@dataclass(frozen=True)
class Erasures:
    """All subjects that a lake has erased, and the key of their marks; falsy when there are none."""

    subjects: frozenset[Subject]
    key: bytes = field(repr=False)

    def __bool__(self) -> bool:
        return bool(self.subjects)

    @cached_property
    def _marks(self) -> Mapping[SubjectKind, pa.Array]:
        return {
            kind: pa.array(sorted(s.mark for s in self.subjects if s.kind is kind), pa.string()) for kind in SubjectKind
        }

    def columns(self, table: Table) -> list[str]:
        """The columns that `rows_of` looks at."""
        concerned = [column for column in table.subjects if any(s.kind is column.kind for s in self.subjects)]
        return list(dict.fromkeys(name for c in concerned for name in (c.name, c.where) if name is not None))

    def rows_of(self, rows: pa.Table, table: Table) -> Mask:
        """Which rows are an erased subject's; the rows need only have `columns`."""
        theirs = np.zeros(rows.num_rows, np.bool_)
        marks = self._marks
        for column in table.subjects:
            if len(marks[column.kind]):
                theirs |= self._in_column(rows, column, marks[column.kind])
        return theirs

    def _in_column(self, rows: pa.Table, column: SubjectColumn, marks: pa.Array) -> Mask:
        values = rows[column.name].combine_chunks()
        if isinstance(values, pa.ChunkedArray):
            values = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)
        if pa.types.is_list(values.type):
            in_lists = np.flatnonzero(self._are_marked(pc.list_flatten(values), column, marks))
            theirs = np.zeros(len(values), np.bool_)
            theirs[pc.list_parent_indices(values).to_numpy()[in_lists]] = True
        else:
            if column.member is not None:
                values = pc.map_lookup(values, pa.scalar(column.member), "first")
            theirs = self._are_marked(values, column, marks)
        if column.where is not None:
            theirs &= _array(rows[column.where].is_valid())
        return theirs

    def _are_marked(self, values: pa.Array, column: SubjectColumn, marks: pa.Array) -> Mask:
        encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        texts = encoded.dictionary
        is_marked = pc.is_in(texts if column.is_pseudonym else _marks(column.kind, texts, self.key), marks)
        return _array(pc.fill_null(is_marked.take(encoded.indices), False))

    def blank(self, details: list[str | None], texts: list[str | None]) -> tuple[list[str | None], list[str | None]]:
        """Details and raw texts of quarantined records, without those that name a subject."""
        words = [_words(f"{detail or ''} {text or ''}") for detail, text in zip(details, texts, strict=True)]
        subjects = self._named_among(sorted(set[str]().union(*words)))
        named = [not each.isdisjoint(subjects) for each in words]
        return (
            [ERASED if is_named else detail for detail, is_named in zip(details, named, strict=True)],
            [None if is_named else text for text, is_named in zip(texts, named, strict=True)],
        )

    def _named_among(self, words: list[str]) -> set[str]:
        texts = pa.array(words, pa.string())
        # A pseudonym may stand in the place of its address.
        is_named = _array(pc.is_in(texts, self._marks[SubjectKind.ADDRESS]))
        for kind, marks in self._marks.items():
            if len(marks):
                is_named |= _array(pc.is_in(_marks(kind, texts, self.key), marks))
        return {words[at] for at in np.flatnonzero(is_named).tolist()}


def _words(text: str) -> set[str]:
    """What may name a person in a text, as it stands and decoded."""
    decoded = _ESCAPES.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", unquote(unquote(text)))
    words: set[str] = set()
    for form in (text, decoded):
        words.update(word for pattern in _WORDS for word in pattern.findall(form))
        words.update(address for found in _IPV6.findall(form) for address in (found, found.strip("."), found[1:]))
    return words | {word.rstrip("=.:") for word in words}


def _array(mask: pa.Array | pa.ChunkedArray) -> Mask:
    return np.asarray(mask.to_numpy(zero_copy_only=False) if isinstance(mask, pa.Array) else mask.to_numpy(), np.bool_)
