from __future__ import annotations

from urllib.parse import quote

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources.cloudfront.cmcd import client_data


def data_of(*queries: str | None) -> list[dict[str, str] | None]:
    found = client_data(pa.array(queries, pa.string()))
    found.validate(full=True)
    return [None if row is None else dict(row) for row in found.to_pylist()]


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("CMCD=br%3D3200%2Cbs%2Csid%3D%22a%22", {"br": "3200", "bs": "true", "sid": "a"}),
        ("v=1&CMCD=ot%3Dv&w=2", {"ot": "v"}),
        ("CMCD=ot=v,su", {"ot": "v", "su": "true"}),
        ('CMCD=cid="a,b=c",br=1', {"cid": "a,b=c", "br": "1"}),
        ('CMCD=cid="a,b', {"cid": '"a,b'}),
        ("CMCD=br=1,br=2", {"br": "2"}),
        ("CMCD=,,br=", {"br": ""}),
        ("CMCD=", None),
        ("XCMCD=br=1", None),
        ("cmcd=br=1", None),
        (None, None),
    ],
)
def test_argument(query: str | None, data: dict[str, str] | None) -> None:
    assert data_of(query) == [data]
    assert data_of(None, 'CMCD=x="1,2"', query, "a=b") == [None, {"x": "1,2"}, data, None]


KEYS = st.text("abcdefgh", min_size=1, max_size=3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(KEYS, st.text("ab,=&% é", max_size=6), min_size=1, max_size=4), max_size=5))
def test_what_a_player_sends_comes_back(sent: list[dict[str, str]]) -> None:
    queries = ["a=1&CMCD=" + quote(",".join(f'{key}="{text}"' for key, text in data.items())) for data in sent]
    assert data_of(*queries) == sent
