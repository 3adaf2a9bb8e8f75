"""The pure parts: encoding, populations, damage, plan."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import unquote, unquote_to_bytes

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.synth.cloudfront.damage import KINDS
from shared.synth.cloudfront.encoding import logged
from shared.synth.cloudfront.plan import plan_objects
from shared.synth.cloudfront.population import populations
from shared.synth.cloudfront.render import FIELDS, header, lines, mangled
from shared.synth.cloudfront.requests import Distribution, Requests, draw_requests
from shared.synth.cloudfront.spec import MIXED, RawFormat, SampleSpec
from shared.synth.damage import Damages
from shared.synth.slices import Slice

START = datetime(2026, 11, 20, 10)


def some_requests(count: int = 200) -> Requests:
    rng = np.random.default_rng(5)
    return draw_requests(rng, populations(7), Distribution.number(0), Slice(START, 0, 3600), count=count)


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_encoding_is_undone_by_decoding_once_and_leaves_no_separator(value: str) -> None:
    value = value.encode("utf-8", "ignore").decode()
    assert unquote_to_bytes(logged(value)) == value.encode()
    assert not set(logged(value)) & set("\t\n\r \"'\\#~^`{}[]|<>")


def test_plus_and_parentheses_stay() -> None:
    assert logged("a+b (c; d)") == "a+b%20(c;%20d)"
    assert logged("x%2Cy") == "x%252Cy"


def test_user_agent_tail_is_heavy() -> None:
    pools = populations(7)
    shares = np.diff(pools.agents.cumulative, prepend=0)
    assert len(pools.agents.values) == 20_000
    assert shares[:10].sum() == pytest.approx(0.21, abs=0.03)
    assert shares[:1000].sum() == pytest.approx(0.72, abs=0.03)


@pytest.mark.parametrize("format_", [RawFormat.V1, RawFormat.V2_W3C, RawFormat.V2_PLAIN])
def test_lines_have_a_value_for_every_name_of_the_header(format_: RawFormat) -> None:
    names = header(format_).decode().splitlines()[-1].removeprefix("#Fields: ").split()
    assert tuple(names) == FIELDS[format_]
    for line in lines(format_, some_requests()).to_pylist():
        assert line.endswith("\n")
        assert len(line.rstrip("\n").split("\t")) == len(names)


def test_requests_stay_in_their_slice() -> None:
    rng = np.random.default_rng(1)
    requests = draw_requests(rng, populations(7), Distribution.number(1), Slice(START, 600, 900), count=500)
    times = requests.columns["time"].to_pylist()
    assert min(times) >= "10:10:00"
    assert max(times) <= "10:14:59"
    assert times == sorted(times)


@pytest.mark.parametrize("format_", list(KINDS))
def test_damage_touches_only_the_chosen_lines(format_: RawFormat) -> None:
    text = lines(format_, some_requests())
    damages = Damages.draw(np.random.default_rng(2), KINDS[format_], len(text), 0.3)
    assert set(damages.kinds) == set(KINDS[format_])
    before = [line.rstrip("\n").encode() for line in text.to_pylist()]
    after = damages.apply(text).split(b"\n")[:-1]
    assert len(after) == len(before)
    changed = [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert changed == damages.places.tolist()
    assert damages.is_good(len(text)).sum() == len(text) - sum(not kind.is_good for kind in damages.kinds)


def test_plan_adds_up_and_spreads_the_formats() -> None:
    spec = SampleSpec(start=START, rows=12_345, hours=5, distributions=3, files_per_hour=7, formats=MIXED)
    planned = plan_objects(spec)
    assert sum(one.rows for one in planned) == 12_345
    for format_, share in MIXED.items():
        assert sum(one.format == format_ for one in planned) / len(planned) == pytest.approx(share, abs=0.03)
    keys = [one.place(spec, "object 0")[0] for one in planned]
    assert len(set(keys)) == len(keys)


def test_more_files_than_rows_leaves_out_empty_objects() -> None:
    planned = plan_objects(SampleSpec(start=START, rows=5, files_per_hour=50))
    assert sum(one.rows for one in planned) == 5
    assert all(one.rows for one in planned)


def test_parquet_names() -> None:
    assert [mangled(name) for name in ("cs(Host)", "timestamp(ms)", "x-edge-location", "DistributionId")] == [
        "cs_Host",
        "timestamp_ms",
        "x_edge_location",
        "DistributionId",
    ]


def test_cmcd_decodes_to_what_a_player_sends() -> None:
    values = populations(7).media_queries.values.to_pylist()
    query = next(value for value in values if value.startswith("CMCD"))
    sent = unquote(query)
    assert "," in unquote(sent)
    assert 'cid="show-' in unquote(sent)
