from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.enrich.addresses import read_addresses
from shared.enrich.pseudonyms import pseudonyms
from shared.errors import UsageError
from shared.lake.subjects import ERASED, Erasures, Subject, subject
from shared.tables import Column, ColumnType, SubjectColumn, SubjectKind, Table

KEY = b"a key for tests only"
TABLE = Table(
    "t",
    "Rows with persons in them.",
    (
        Column("event_time", ColumnType.TIMESTAMP, "When."),
        Column("viewer_id", ColumnType.STRING, "Who.", few_values=True),
        Column("forwarded_ips", ColumnType.STRINGS, "Through whom."),
        Column("x_forwarded_for", ColumnType.STRING, "As sent."),
        Column("cmcd", ColumnType.STRING_MAP, "Media client data."),
        Column("participant", ColumnType.STRING, "Name."),
    ),
    "event_time",
    subjects=(
        SubjectColumn(SubjectKind.ADDRESS, "viewer_id", is_pseudonym=True),
        SubjectColumn(SubjectKind.ADDRESS, "forwarded_ips", where="x_forwarded_for"),
        SubjectColumn(SubjectKind.SESSION, "cmcd", member="sid"),
        SubjectColumn(SubjectKind.PARTICIPANT, "participant"),
    ),
)


def erasures(*named: tuple[str, str]) -> Erasures:
    return Erasures(frozenset(subject(kind, text, KEY) for kind, text in named), KEY)


def viewer(address: str) -> str:
    return str(pseudonyms(read_addresses(pa.array([address])).packed, KEY)[0])


def rows(**columns: list[object]) -> pa.Table:
    count = len(next(iter(columns.values())))
    return pa.table(
        {
            column.name: pa.array(columns.get(column.name, [None] * count), column.type.arrow).cast(column.arrow)
            for column in TABLE
            if column.name != "event_time"
        }
    )


def test_an_address_is_found_by_its_pseudonym_however_it_is_spelled() -> None:
    theirs = rows(viewer_id=[viewer("2001:db8::7"), None, "x"])
    for text in ("2001:db8::7", "2001:DB8:0:0:0:0:0:7"):
        assert erasures(("address", text)).rows_of(theirs, TABLE).tolist() == [True, False, False]
    assert subject("address", "::ffff:203.0.113.7", KEY) == subject("address", "203.0.113.7", KEY)
    assert subject("viewer", viewer("203.0.113.7"), KEY) == subject("address", "203.0.113.7", KEY)


def test_forwarded_addresses_count_where_they_are_whole() -> None:
    found = erasures(("address", "203.0.113.0")).rows_of(
        rows(
            forwarded_ips=[["192.0.2.1", "203.0.113.0"], ["203.0.113.0"], None, []],
            x_forwarded_for=["192.0.2.1, 203.0.113.0", None, None, "nonsense"],
        ),
        TABLE,
    )
    assert found.tolist() == [True, False, False, False]


def test_members_of_maps_and_plain_names_are_found_by_keyed_hashes() -> None:
    named = erasures(("session", "one"), ("participant", "Alice"))
    found = named.rows_of(
        rows(
            cmcd=[{"sid": "one"}, {"cid": "one"}, None, {"sid": "two"}, {}],
            participant=["Bob", "Alice", None, None, "one"],
        ),
        TABLE,
    )
    assert found.tolist() == [True, True, False, False, False]
    assert not any(text in str(s.mark) for s in named.subjects for text in ("one", "Alice"))
    assert subject("session", "one", KEY) != subject("session", "one", KEY + b"2")
    assert subject("session", "one", KEY).mark != subject("participant", "one", KEY).mark


def test_only_the_columns_that_tell_the_erased_are_read() -> None:
    assert erasures().columns(TABLE) == []
    assert erasures(("session", "one")).columns(TABLE) == ["cmcd"]
    assert erasures(("address", "192.0.2.1")).columns(TABLE) == ["viewer_id", "forwarded_ips", "x_forwarded_for"]
    only = rows(cmcd=[{"sid": "one"}]).select(["cmcd"])
    assert erasures(("session", "one")).rows_of(only, TABLE).tolist() == [True]


def test_chunks_and_no_rows_are_columns_like_any_other() -> None:
    named = erasures(("address", "203.0.113.7"))
    part = rows(viewer_id=[viewer("203.0.113.7"), "x"])
    assert named.rows_of(pa.concat_tables([part, part.slice(1), part]), TABLE).tolist() == [
        True,
        False,
        False,
        True,
        False,
    ]
    assert named.rows_of(part.slice(0, 0), TABLE).tolist() == []


@pytest.mark.parametrize(
    "text",
    [
        "GET /\t203.0.113.7\t200",
        "for=203.0.113.7:4711;proto=https",
        '"x-forwarded-for": "192.0.2.1, 203.0.113.7"',
        "x=1&ip=203.0.113.7.",
        "CMCD=sid%3D%22one%22",
        "CMCD=sid%253D%2522one%2522",
        '{"sid":"one"}',
        "user@203.0.113.7",
        "ip:203.0.113.7",
        "x_203.0.113.7-x",
        r"x\t203.0.113.7\n",
        "for=[2001:db8::7]:443",
        r"2001\u003adb8::7",
        "sid=aGVsbG8=&x",
        'sid="two words"',
    ],
)
def test_a_text_that_names_a_subject_is_blanked(text: str) -> None:
    people = (
        ("address", "203.0.113.7"),
        ("address", "2001:db8::7"),
        *(("session", s) for s in ("one", "aGVsbG8=", "two words")),
    )
    details, texts = erasures(*people).blank(["bad", None], [text, "another"])
    assert (details, texts) == ([ERASED, None], [None, "another"])


@pytest.mark.parametrize("text", ["203.0.113.70", "1203.0.113.7", "someone", "one-way", ""])
def test_a_part_of_a_word_is_another_word(text: str) -> None:
    assert erasures(("address", "203.0.113.7"), ("session", "one")).blank([None], [text]) == ([None], [text])


def test_a_pseudonym_in_a_text_names_its_address() -> None:
    text = f"c-ip\t{viewer('203.0.113.7')}\t200"
    assert erasures(("address", "203.0.113.7")).blank([None], [text]) == ([ERASED], [None])


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_any_text_can_be_looked_through(text: str) -> None:
    assert erasures(("session", "one")).blank([text], [f"{text} one {text}"]) == ([ERASED], [None])


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("address", "203.0.113.0/24", "An address to be erased is none"),
        ("address", "2001:db8::7%eth0", "An address to be erased is none"),
        ("session", "", "A subject of kind session is empty"),
        ("viewer", "ABCDEF", "no viewer_id"),
        ("203.0.113.7", "", "begins with no kind of subject"),
    ],
)
def test_what_names_nobody_is_refused_without_being_repeated(kind: str, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        subject(kind, text, KEY)
    assert "203.0.113" not in str(caught.value)


def test_the_key_is_not_shown() -> None:
    assert "tests only" not in repr(Erasures(frozenset({Subject(SubjectKind.SESSION, "0")}), KEY))
