"""Presence tiles time: whatever comes in, every instant has one status."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.agent_time import conserve
from chalicelib.kernel.clock import second
from chalicelib.kernel.ids import AgentId
from chalicelib.workforce.model import Interval, Status, StatusBegan, intervals
from chalicelib.workforce.service import Workforce
from chalicelib.workforce.store import WorkforceStore, status_put
from tests.fakes.clock import MONDAY
from tests.fakes.memory import MemoryDatabase

MARIA, JONAS = AgentId("maria"), AgentId("jonas")


def at(ms: int) -> datetime:
    return MONDAY + timedelta(milliseconds=ms)


def began(ms: int, status: Status, reason: str = "", agent: AgentId = MARIA) -> StatusBegan:
    return StatusBegan(agent=agent, status=status, at=at(ms), reason=reason)


def told(tiled: list[Interval]) -> list[tuple[str, str, float, float]]:
    return [
        (one.status.value, one.reason, (one.start - MONDAY).total_seconds(), (one.end - MONDAY).total_seconds())
        for one in tiled
    ]


# Instants from before the start to after the end, few enough to be equal often; a pause with its reasons.
facts = st.lists(
    st.builds(
        began,
        st.integers(-20, 80).map(lambda n: n * 250),
        st.sampled_from(Status),
        st.sampled_from(("", "lunch", "break")),
        st.sampled_from((MARIA, MARIA, JONAS)),
    ),
    max_size=25,
)
END = 12_250


def test_a_day_reads_as_it_was() -> None:
    day = [
        began(0, Status.AVAILABLE),
        began(4000, Status.PAUSED, "lunch"),
        began(6000, Status.PAUSED, "training"),
        began(7000, Status.AVAILABLE),
        began(8000, Status.AVAILABLE),
        began(9000, Status.OFFLINE),
    ]
    assert told(intervals(MARIA, day, at(-1000), at(10_000))) == [
        ("offline", "", -1, 0),
        ("available", "", 0, 4),
        ("paused", "lunch", 4, 6),
        ("paused", "training", 6, 7),
        ("available", "", 7, 9),
        ("offline", "", 9, 10),
    ]


def test_what_began_before_holds_at_the_start() -> None:
    before = [began(-5000, Status.AVAILABLE), began(-9000, Status.PAUSED, "lunch")]
    assert told(intervals(MARIA, before, at(0), at(1000))) == [("available", "", 0, 1)]


def test_what_begins_at_the_end_belongs_to_what_follows() -> None:
    both = [began(0, Status.AVAILABLE), began(1000, Status.OFFLINE), began(2000, Status.AVAILABLE)]
    assert told(intervals(MARIA, both, at(0), at(1000))) == [("available", "", 0, 1)]


def test_of_two_at_one_instant_the_one_told_last_holds() -> None:
    both = [began(0, Status.PAUSED, "break"), began(0, Status.AVAILABLE)]
    assert told(intervals(MARIA, both, at(0), at(1000))) == [("available", "", 0, 1)]
    assert told(intervals(MARIA, both[::-1], at(0), at(1000))) == [("paused", "break", 0, 1)]


def test_nothing_is_known_of_nobody_and_of_no_time() -> None:
    assert told(intervals(MARIA, [began(0, Status.AVAILABLE, agent=JONAS)], at(0), at(1000))) == [("offline", "", 0, 1)]
    assert intervals(MARIA, [began(0, Status.AVAILABLE)], at(0), at(0)) == []
    assert intervals(MARIA, [began(0, Status.AVAILABLE)], at(5), at(0)) == []


@given(facts)
def test_intervals_tile_the_time_whatever_order_the_facts_come_in(begun: list[StatusBegan]) -> None:
    tiled = intervals(MARIA, begun, at(0), at(END))
    assert (tiled[0].start, tiled[-1].end) == (at(0), at(END))
    for one, following in pairwise(tiled):
        assert one.end == following.start
        assert (one.status, one.reason) != (following.status, following.reason)
    assert all(one.start < one.end and one.agent == MARIA for one in tiled)


@given(facts, st.integers(0, END))
def test_at_every_instant_the_last_status_that_began_holds(begun: list[StatusBegan], ms: int) -> None:
    (holds,) = [one for one in intervals(MARIA, begun, at(0), at(END + 1)) if one.start <= at(ms) < one.end]
    own = [one for one in begun if one.agent == MARIA and one.at <= at(ms)]
    last = max(enumerate(own), key=lambda pair: (pair[1].at, pair[0]), default=None)
    assert (holds.status, holds.reason) == ((last[1].status, last[1].reason) if last else (Status.OFFLINE, ""))


@given(facts, st.permutations(range(25)))
def test_neither_order_nor_repetition_changes_anything_but_at_one_instant(
    begun: list[StatusBegan], order: list[int]
) -> None:
    apart = list({one.at: one for one in begun}.values())
    mixed = [apart[n] for n in order if n < len(apart)]
    assert intervals(MARIA, mixed + mixed, at(0), at(END)) == intervals(MARIA, apart, at(0), at(END))


@given(facts, st.integers(0, 999), st.integers(1, 30_000))
def test_the_seconds_of_all_statuses_are_the_seconds_there_were(begun: list[StatusBegan], start: int, ms: int) -> None:
    tiled = intervals(MARIA, begun, at(start), at(start + ms))
    assert sum(one.seconds for one in tiled) == second(at(start + ms)) - second(at(start))
    assert all(one.seconds >= 0 for one in tiled)


@given(facts)
def test_the_seconds_are_those_that_the_cost_of_agents_counts(begun: list[StatusBegan]) -> None:
    own = [one for one in begun if one.agent == MARIA]
    start, end = at(0), at(12_000)
    time = conserve(MARIA, own, [], second(start), second(end))
    seconds = Counter[Status]()
    for one in intervals(MARIA, own, start, end):
        seconds[one.status] += one.seconds
    assert time.idle == seconds[Status.AVAILABLE]
    assert time.pause == seconds[Status.PAUSED] + seconds[Status.MISSED]
    assert time.login == 12 - seconds[Status.OFFLINE]


def test_a_shift_over_the_turn_of_the_month_is_whole() -> None:
    """The first minutes of the new month (UTC) belong to a period that began at midnight in Berlin."""
    database = MemoryDatabase()
    midnight = datetime(2026, 12, 1, tzinfo=UTC)
    for minutes, status in ((-90, Status.AVAILABLE), (-10, Status.PAUSED), (10, Status.AVAILABLE)):
        database.write(
            status_put(StatusBegan(agent=MARIA, status=status, at=midnight + timedelta(minutes=minutes), reason=""))
        )
    workforce = Workforce(WorkforceStore(database))
    tiled = workforce.intervals(MARIA, midnight - timedelta(hours=1), midnight + timedelta(minutes=30))
    assert [(one.status, one.seconds) for one in tiled] == [
        (Status.AVAILABLE, 50 * 60), (Status.PAUSED, 20 * 60), (Status.AVAILABLE, 20 * 60),
    ]  # fmt: skip
