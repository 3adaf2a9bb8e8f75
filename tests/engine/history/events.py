"""What can happen to a lake: the events of a history, and the strategies that draw them.

A history is a list of events. Whatever it holds, the lake ends as the newest versions of the raw objects say.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TypeVar

from hypothesis import strategies as st

from shared.engine import batch, withdraw
from shared.lake.tables import QUARANTINE
from shared.sources.cloudfront import SOURCE
from tests.engine.history.faults import OPERATIONS, AtOperation, AtStep, Crash

HOURS = (10, 11, 8)  # objects are named after the first two: rows of the last come late
_FLOORS = ("2026-11-01T10", "2026-11-01T11", "2026-11-01T12")
_DELIVERY_FLOORS = ("2026-11-01T11", "2026-11-01T12")
CLIENTS = ("192.0.2.10", "198.51.100.7")


class Form(StrEnum):
    """The format of an object, by the name that its rows carry."""

    V1 = "v1"
    V2_JSON = "v2_json"
    V2_W3C = "v2_w3c"


class Slot(Enum):
    """A raw object that versions are delivered of: its key, its format and the distribution that its key names."""

    V1_AT_10 = "E1EXAMPLE00001.2026-11-01-10.a1.gz", Form.V1, "E1EXAMPLE00001"
    V1_AT_11 = "E1EXAMPLE00001.2026-11-01-11.b2.gz", Form.V1, "E1EXAMPLE00001"
    V1_OF_ANOTHER = "E2EXAMPLE00002.2026-11-01-11.c3.gz", Form.V1, "E2EXAMPLE00002"
    JSON = "v2/d4.jsonl.gz", Form.V2_JSON, None
    W3C = "v2/e5.log.gz", Form.V2_W3C, None

    def __init__(self, key: str, form: Form, distribution: str | None) -> None:
        self.key, self.form, self.distribution = key, form, distribution


@dataclass(frozen=True)
class Record:
    """A request. One without id (`-`) is told from others by its values; JSON says whose it is only if `knows`."""

    request_id: str = "a"
    hour: int = 10
    size: int = 1
    client: str = CLIENTS[0]
    knows: bool = False


class Noise(StrEnum):
    """A line that gives no row."""

    BROKEN = "broken"
    TIMELESS = "timeless"  # a record without a time
    COMMENT = "comment"
    BLANK = "blank"


class Damage(StrEnum):
    """What is wrong with one gzip member of an object."""

    CHECKSUM = "checksum"
    CUT = "cut"  # the last member, and with it the object, ends early


Line = Record | Noise


@dataclass(frozen=True)
class Content:
    """What an object holds: lines, in one plain text or in gzip members of which one may be damaged."""

    members: tuple[tuple[Line, ...], ...] = ((),)
    damage: Damage | None = None
    damaged: int = 0

    @property
    def damaged_member(self) -> int | None:
        """Index of the damaged member."""
        if self.damage is None:
            return None
        return len(self.members) - 1 if self.damage is Damage.CUT else self.damaged % len(self.members)


@dataclass(frozen=True)
class Deliver:
    """A version of an object arrives."""

    slot: Slot
    content: Content


@dataclass(frozen=True)
class DeliverAgain:
    """The same content arrives once more, as a new version."""

    slot: Slot


@dataclass(frozen=True)
class Restore:
    """The version before the newest comes back, as it was, with its old time."""

    slot: Slot


@dataclass(frozen=True)
class Run:
    """A run with batches of so many objects and bytes, during which an object may be unreadable."""

    max_objects: int = 100
    max_bytes: int = 1 << 30
    unreadable: Slot | None = None
    crash: Crash | None = None


@dataclass(frozen=True)
class Reprocess:
    """Objects that are in are taken in again."""

    slots: tuple[Slot, ...]
    max_objects: int = 100
    crash: Crash | None = None


@dataclass(frozen=True)
class Sweep:
    """All that no partition points at is removed, at once."""

    crash: Crash | None = None


@dataclass(frozen=True)
class Erase:
    """The rows of an address go, and never come back."""

    client: str
    crash: Crash | None = None


@dataclass(frozen=True)
class Expire:
    """The hours of a table before one go, and never come back."""

    table: str
    hour: str
    crash: Crash | None = None


Event = Deliver | DeliverAgain | Restore | Run | Reprocess | Sweep | Erase | Expire

T = TypeVar("T")


def _weighted(*weights: tuple[int, st.SearchStrategy[T]]) -> st.SearchStrategy[T]:
    """One of several strategies, so often each. `one_of` would not count one that stands twice."""
    return st.sampled_from([strategy for weight, strategy in weights for _ in range(weight)]).flatmap(lambda s: s)


_SLOTS = st.sampled_from(Slot)
_RECORDS = st.builds(
    Record,
    st.sampled_from(["a", "b", "-"]),
    st.sampled_from(HOURS),
    st.integers(1, 2),
    st.sampled_from(CLIENTS),
    st.booleans(),
)
_MEMBERS = st.lists(_weighted((4, _RECORDS), (1, st.sampled_from(Noise))), max_size=5).map(tuple)
_CONTENTS = _weighted(
    (3, st.builds(Content, st.tuples(_MEMBERS))),
    (
        1,
        st.builds(
            Content,
            st.lists(_MEMBERS, min_size=1, max_size=3).map(tuple),
            st.none() | st.sampled_from(Damage),
            st.integers(0, 2),
        ),
    ),
)


def _crashes(steps: tuple[str, ...]) -> st.SearchStrategy[Crash | None]:
    at_step = st.builds(AtStep, st.sampled_from(steps), nth=st.integers(0, 1), is_kill=st.booleans())
    return _weighted((1, st.none()), (2, at_step), (2, _AT_OPERATION))


_AT_OPERATION: st.SearchStrategy[Crash | None] = st.sampled_from(sorted(OPERATIONS)).flatmap(
    lambda kind: st.builds(
        AtOperation, st.just(kind), nth=st.integers(0, OPERATIONS[kind]), after=st.booleans(), is_kill=st.booleans()
    )
)
_DELIVERIES: st.SearchStrategy[Event] = st.builds(Deliver, _SLOTS, _CONTENTS)
_ARRIVALS = _weighted((6, _DELIVERIES), (1, st.builds(DeliverAgain, _SLOTS)), (1, st.builds(Restore, _SLOTS)))
_RUNS = st.builds(
    Run,
    st.sampled_from([100, 1, 2, 3]),
    st.sampled_from([1 << 30, 1, 1500]),
    _weighted((4, st.none()), (1, _SLOTS)),
    _crashes(batch.STEPS),
)
_ACTIONS: st.SearchStrategy[Event] = _weighted(
    (8, _RUNS),
    (
        2,
        st.builds(
            Reprocess,
            st.lists(_SLOTS, min_size=1, max_size=3, unique=True).map(tuple),
            st.integers(1, 3),
            _crashes(batch.STEPS),
        ),
    ),
    (2, st.builds(Sweep, _weighted((2, st.none()), (1, _AT_OPERATION)))),
    (2, st.builds(Erase, st.sampled_from(CLIENTS), _crashes(withdraw.STEPS))),
    (1, st.builds(Expire, st.just(SOURCE.tables[0].name), st.sampled_from(_FLOORS), _crashes(withdraw.STEPS))),
    (1, st.builds(Expire, st.just(QUARANTINE.name), st.sampled_from(_DELIVERY_FLOORS), _crashes(withdraw.STEPS))),
)


@st.composite
def schedules(draw: st.DrawFn) -> list[Event]:
    """Some rounds of arrivals and what is done about them. The first event is a delivery: empty folders are refused."""
    events: list[Event] = []
    for _ in range(draw(st.integers(1, 3))):
        events.append(draw(_DELIVERIES))
        events += draw(st.lists(_ARRIVALS, max_size=3))
        events += draw(st.lists(_ACTIONS, min_size=1, max_size=2))
    return events
