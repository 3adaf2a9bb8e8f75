from __future__ import annotations

from urllib.parse import quote

import pyarrow as pa
import pytest
import user_agents
from ua_parser import BasicResolver, load_lazy_builtins
from ua_parser.core import Domain

from shared.enrich import user_agent as module
from shared.enrich.user_agent import NO_AGENT, AgentColumns, parse_user_agent, rules_version, user_agent_columns
from shared.tables.vocabulary import USER_AGENT
from shared.text import decode_user_agents

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.3.1 Mobile/15E148 Safari/604.1"
)


def by_the_package(text: str) -> tuple[object, ...]:
    agent = user_agents.parse(text)
    return (
        agent.browser.family,
        agent.browser.version_string or None,
        agent.os.family,
        agent.os.version_string or None,
        agent.device.family,
        agent.device.brand,
        agent.device.model,
        agent.is_mobile,
        agent.is_tablet,
        agent.is_pc,
        agent.is_touch_capable,
        agent.is_bot,
    )


def test_the_whole_corpus_gets_the_answers_of_the_package(corpus: list[str]) -> None:
    logged = pa.array([quote(text, safe="/;:()+,=@!*") for text in corpus])
    decoded = decode_user_agents(logged).to_pylist()
    differing = [text for text in decoded if parse_user_agent(text)[:12] != by_the_package(text)]
    assert differing == []
    assert len(corpus) > 2500


def test_the_fields_are_the_vocabulary() -> None:
    assert AgentColumns._fields == tuple(column.name for column in USER_AGENT)


def test_a_phone_is_read() -> None:
    columns = parse_user_agent(PHONE)
    assert columns[:7] == ("Mobile Safari", "18.3.1", "iOS", "18.3.2", "iPhone", "Apple", "iPhone")
    assert (columns.is_mobile, columns.is_tablet, columns.is_pc, columns.is_bot) == (True, False, False, False)
    assert columns.ua_rules_version == rules_version()


@pytest.mark.parametrize("text", ["", "-"])
def test_no_user_agent_gives_nulls(text: str) -> None:
    assert parse_user_agent(text) == NO_AGENT == (None,) * len(USER_AGENT)


VALUES = [PHONE, None, "curl/8.5.0", PHONE, "-"]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(VALUES),
        pa.array(VALUES).dictionary_encode(),
        pa.chunked_array([pa.array(VALUES[:2]).dictionary_encode(), pa.array(VALUES[2:]).dictionary_encode()]),
        pa.array(["unused", *VALUES]).dictionary_encode()[1:],
        pa.array(VALUES, pa.large_string()),
    ],
    ids=["strings", "dictionary", "chunks with their own dictionaries", "slice", "large strings"],
)
def test_columns_follow_the_rows_in_the_declared_types(column: pa.Array | pa.ChunkedArray) -> None:
    columns = user_agent_columns(column, max_length=1024)
    assert {name: values.type for name, values in columns.items()} == {c.name: c.arrow for c in USER_AGENT}
    for name, values in columns.items():
        values.validate(full=True)
        assert values.to_pylist() == [getattr(parse_user_agent(text or "-"), name) for text in VALUES]


def test_dictionaries_hold_each_text_once(corpus: list[str]) -> None:
    columns = user_agent_columns(pa.array(corpus[:300]), max_length=1024)
    for column in USER_AGENT:
        if column.few_values:
            texts = columns[column.name].dictionary.to_pylist()
            assert len(texts) == len(set(texts))
    assert columns["ua_rules_version"].dictionary.to_pylist() == [rules_version()]


@pytest.mark.parametrize("column", [pa.array([], pa.string()), pa.chunked_array([], pa.string()), pa.nulls(3)])
def test_columns_of_nothing(column: pa.Array | pa.ChunkedArray) -> None:
    columns = user_agent_columns(column, max_length=1024)
    assert {name: values.type for name, values in columns.items()} == {c.name: c.arrow for c in USER_AGENT}
    assert all(len(values) == values.null_count == len(column) for values in columns.values())


def test_each_distinct_value_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def counting(text: str) -> AgentColumns:
        parsed.append(text)
        return parse_user_agent(text)

    monkeypatch.setattr(module, "parse_user_agent", counting)
    column = pa.array(["OnlyHere/1", "OnlyHere/2", "OnlyHere/1"])
    user_agent_columns(column, max_length=1024)
    user_agent_columns(column.dictionary_encode(), max_length=1024)
    assert sorted(parsed) == ["OnlyHere/1", "OnlyHere/2"]


def test_only_the_start_of_a_hostile_value_is_parsed() -> None:
    hostile = PHONE + "a" * 100_000
    columns = user_agent_columns(pa.array([hostile]), max_length=len(PHONE))
    assert columns["browser_version"].to_pylist() == ["18.3.1"]


def test_non_ascii_strings_get_the_answers_of_the_sequential_resolver() -> None:
    text = "Mozilla/5.0 (Linux; Android 13; K; wv) Version/4.0 Chrome/119.0.3458.٣04 Mobile Safari/537.36"
    browser = BasicResolver(load_lazy_builtins())(text, Domain.USER_AGENT).user_agent
    assert browser is not None
    assert parse_user_agent(text).browser_family == browser.family
