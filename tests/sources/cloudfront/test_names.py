"""Names in another case or mangled are the same fields: engines on the way rewrite them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.sources.cloudfront.fields import CONNECTION_NAMES, SPELLINGS, WIRE_NAMES, mangled, wire_names


def spelled(wire: Any, spell: Any) -> dict[str, str]:
    return {spell(name): value for name, value in wire.values.items()}


def own(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "source_format": None, "source_line": None}


def test_every_spelling_is_one_field() -> None:
    assert wire_names(tuple(map(str.lower, WIRE_NAMES))) == WIRE_NAMES
    assert wire_names(tuple(mangled(name).upper() for name in WIRE_NAMES)) == WIRE_NAMES
    assert len(set(SPELLINGS.values())) == len(WIRE_NAMES)


def test_names_of_nobody_and_of_other_families_stay() -> None:
    names = ("x-new", "X_New", *sorted(CONNECTION_NAMES))
    assert wire_names(names) == names


def test_two_spellings_of_one_name_stay_two() -> None:
    assert wire_names(("cs(Cookie)", "CS(COOKIE)")) == ("cs(Cookie)", "CS(COOKIE)")
    assert wire_names(("cs_cookie", "cs(cookie)")) == ("cs_cookie", "cs(cookie)")


@pytest.mark.parametrize("spell", [str.lower, str.upper, mangled, lambda name: mangled(name).lower()])
@pytest.mark.parametrize("count", [1, 20])
def test_json_and_headers_of_any_spelling_give_the_same_rows(spell: Any, count: int, wire: Any) -> None:
    (plain,) = wire.rows(wire.line())
    fields = spelled(wire, spell)
    record = "\t".join(wire.values.values()) + "\n"
    for text in (
        (json.dumps(fields) + "\n") * count,
        f"#Fields: {' '.join(fields)}\n" + record * count,
        "\t".join(fields) + "\n" + record * count,
    ):
        parsed = wire.parse(text.encode())
        assert [own(row) for row in parsed.rows.to_pylist()] == [own(plain)] * count


def test_a_repeated_header_of_lower_case_is_no_record(wire: Any) -> None:
    for first in ("cs(host)", "x-edge-request-id"):
        others = [name for name in wire.values if name.lower() != first]
        header = "\t".join([first, *map(str.lower, others)]) + "\n"
        record = "\t".join(["www.example.com", *(wire.values[name] for name in others)]) + "\n"
        parsed = wire.parse((header + record * 20).encode() * 2)
        assert (parsed.rows.num_rows, parsed.rejects.num_rows, parsed.ignored) == (40, 0, {"header": 2})


def test_lines_in_two_spellings_are_read_each_by_itself(wire: Any) -> None:
    texts = [json.dumps(spelled(wire, spell)) + "\n" for spell in (str, str.lower)]
    rows = wire.parse("".join(texts * 10).encode()).rows.to_pylist()
    assert len(rows) == 20
    assert {row["cookie"] for row in rows} == {"session=secret"}
    assert {row["extra"] for row in rows} == {None}


@pytest.mark.parametrize("name", ["cs(Cookie)", "cs(cookie)", "cs_cookie", "cs_Cookie", "cs-cookie"])
def test_cookie_of_any_spelling_does_not_reach_quarantine(name: str, wire: Any) -> None:
    for line in ({"date": "-", "time": "-", name: "uid=hidden", "c-ip": "-"}, {name: "uid=hidden"}):
        (text,) = wire.parse(json.dumps(line).encode()).rejects["raw_text"].to_pylist()
        assert "hidden" not in text
