"""The verbs of a pool, one small floor at a time: what they do, refuse, explain and keep."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest

from chalicelib.kernel.errors import Invalid, NotFound
from chalicelib.routing.model.eligibility import Need, Profile, Ring
from chalicelib.routing.model.pool import Pool
from chalicelib.routing.model.pool_why import Chosen, Decided
from chalicelib.routing.model.share import Share
from tests.unit.routing_small_team import (
    CALL,
    CHAT,
    HELPERS,
    MAIL,
    TARGET,
    TEAM,
    A,
    either_way,
    entries,
    given,
    knows,
    line,
    team,
)

# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shares", "field"),
    [
        ({"a": Share(weight=0.6), "b": Share(weight=0.5)}, "shares.weight"),
        ({"a": Share(weight=-0.1)}, "shares.a.weight"),
        ({"a": Share(weight=nan)}, "shares.a.weight"),
        ({"a": Share(weight=0.1), "b": Share(weight=0.1, reserve=-1)}, "shares.b.reserve"),
        ({"a": Share(weight=0.1, reserve=nan)}, "shares.a.reserve"),
        ({"a": Share(weight=0.1, cap=-1)}, "shares.a.cap"),
        ({"a": Share(weight=0.1, cap=nan)}, "shares.a.cap"),
        ({"a": Share(weight=0.1, reserve=inf)}, "shares.a.reserve"),
        ({"a": Share(weight=0.1, ceiling=-1)}, "shares.a.ceiling"),
        ({"a": Share(weight=0.1, ceiling=nan)}, "shares.a.ceiling"),
    ],
)
def test_impossible_shares_are_refused_by_name(shares: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        team(**shares)
    assert refused.value.field == field


def test_a_client_without_a_cap_is_served_with_a_weight_of_nothing_too() -> None:
    pool = team(1, a=Share(weight=0, cap=inf))
    calls = line(pool)
    first, second = pool.arrive(calls, 0), pool.arrive(calls, 0)
    pool.release(first, 1)
    assert pool.assigned == [(first, 0), (second, 0)]


def test_weights_that_only_rounding_puts_above_1_are_taken() -> None:
    team(a=Share(weight=0.5), b=Share(weight=0.5 + 1e-12))


def busy_floor() -> Pool:
    """At 10: agent 0 has contact 0, contact 1 waits for the next, and contact 2 was abandoned."""
    pool = team(1)
    calls = line(pool)
    for _ in range(3):
        pool.arrive(calls, 0)
    pool.abandon(2, 10)
    return pool


@pytest.mark.parametrize(
    ("verb", "error"),
    [
        (lambda pool: pool.line(Need(tenant=A, team=TEAM), "pigeon", 10), Invalid("channel", "", "")),
        (lambda pool: line(pool, target_s=0), Invalid("target_s", "", "")),
        (lambda pool: line(pool, target_s=-5), Invalid("target_s", "", "")),
        (lambda pool: line(pool, target_s=inf), Invalid("target_s", "", "")),
        (lambda pool: line(pool, target_s=nan), Invalid("target_s", "", "")),
        (lambda pool: pool.line(Need(tenant=A, team=HELPERS), CALL, 10), Invalid("need.team", "", "")),
        (lambda pool: pool.arrive(-1, 11), NotFound("line", "-1")),
        (lambda pool: pool.arrive(1, 11), NotFound("line", "1")),
        (lambda pool: pool.arrive(0, inf), Invalid("now", "", "")),
        (lambda pool: pool.arrive(0, nan), Invalid("now", "", "")),
        (lambda pool: pool.release(0, inf), Invalid("now", "", "")),
        (lambda pool: pool.sign_in(Profile(team=TEAM), inf), Invalid("now", "", "")),
        (lambda pool: pool.arrive(0, 11, boost_s=-1), Invalid("boost_s", "", "")),
        (lambda pool: pool.arrive(0, 11, boost_s=TARGET + 1), Invalid("boost_s", "", "")),
        (lambda pool: pool.arrive(0, 11, boost_s=nan), Invalid("boost_s", "", "")),
        (lambda pool: pool.arrive(0, 11, prefer=1), NotFound("agent", "1")),
        (lambda pool: pool.arrive(0, 11, prefer=-1), NotFound("agent", "-1")),
        (lambda pool: pool.pause(1, 11), NotFound("agent", "1")),
        (lambda pool: pool.resume(1, 11), NotFound("agent", "1")),
        (lambda pool: pool.sign_out(-1, 11), NotFound("agent", "-1")),
        (lambda pool: pool.load(1), NotFound("agent", "1")),
        (lambda pool: pool.abandon(3, 11), NotFound("contact", "3")),
        (lambda pool: pool.abandon(-1, 11), NotFound("contact", "-1")),
        (lambda pool: pool.requeue(1, 11), NotFound("contact in service", "1")),
        (lambda pool: pool.requeue(3, 11), NotFound("contact in service", "3")),
        (lambda pool: pool.release(1, 10), NotFound("contact in service", "1")),
        (lambda pool: pool.release(2, 10), NotFound("contact in service", "2")),
        (lambda pool: pool.release(3, 500), NotFound("contact in service", "3")),
        (lambda pool: pool.why(1), NotFound("contact in service", "1")),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(verb: Callable[[Pool], object], error: Exception) -> None:
    pool = busy_floor()
    before = pickle.dumps(pool)
    with pytest.raises(type(error)) as refused:
        verb(pool)
    if isinstance(error, NotFound):
        assert refused.value.args == error.args
    else:
        assert refused.value.field == error.field  # type: ignore[attr-defined]
    assert pickle.dumps(pool) == before


def test_nobody_is_released_twice() -> None:
    pool = busy_floor()
    pool.release(0, 20)
    with pytest.raises(NotFound):
        pool.release(0, 20)
    with pytest.raises(NotFound):
        pool.why(0)
    assert (given(pool), pool.load(0), pool.busy(A)) == ([(0, 0), (1, 0)], 3, 3)


def test_to_abandon_twice_or_too_late_is_silence() -> None:
    pool = busy_floor()
    before = pickle.dumps(pool)
    pool.abandon(2, 10)  # gone before
    pool.abandon(0, 10)  # is served
    assert pickle.dumps(pool) == before
    assert pool.why(0).agent == 0


def test_to_pause_resume_or_sign_out_again_changes_nothing() -> None:
    pool = team(2)
    pool.pause(0, 1)
    pool.pause(0, 2)
    pool.resume(0, 3)
    pool.resume(0, 9)
    pool.resume(1, 9)
    assert pool.arrive(line(pool), 9) == 0
    pool.sign_out(0, 10)
    pool.sign_out(0, 11)
    pool.resume(0, 12)
    pool.arrive(line(pool), 13)
    assert given(pool) == [(0, 1)], "agent 1 was idle since 0, and agent 0 is gone"
    assert pool.waiting == 1


# ---- verbs -----------------------------------------------------------------------------------------------------------


def test_the_same_line_has_the_same_number() -> None:
    pool = team()
    assert [line(pool), line(pool, "b"), line(pool), line(pool, target_s=5)] == [0, 1, 0, 2]


def test_a_clock_that_jumps_back_stands_still() -> None:
    pool = team(1)
    calls = line(pool)
    pool.arrive(calls, 50)
    pool.arrive(calls, 20)
    pool.wake(10)
    assert pool.now == 50
    pool.release(0, 30)
    assert pool.why(1).deadline == 150
    pool.sign_in(knows(), 0)
    assert pool.now == 50


@either_way
def test_a_boost_comes_off_the_deadline(explaining: bool) -> None:
    pool = team(1, explaining=explaining)
    calls = line(pool)
    for boost in (0, 0, 10, TARGET):
        pool.arrive(calls, 0, boost_s=boost)
    for contact in (0, 3, 2):
        pool.release(contact, 1)
    assert [contact for contact, _ in given(pool)] == [0, 3, 2, 1]
    assert pool.why(1).deadline == TARGET


def test_without_agents_everybody_waits_and_the_first_to_sign_in_takes_what_is_his() -> None:
    pool = team()
    x, y = (line(pool, skill=skill, widest=Ring.PRIMARY) for skill in "xy")
    contacts = [pool.arrive(one, now) for now, one in enumerate((x, y, y))]
    assert (pool.waiting, pool.waiting_in(x), pool.waiting_in(y), given(pool)) == (3, 1, 2, [])
    pool.sign_in(knows("y"), 5)
    assert given(pool) == [(contacts[1], 0)]
    pool.sign_in(knows("x"), 6)
    assert given(pool) == [(contacts[0], 1)]
    assert pool.waiting == 1


def test_a_paused_agent_keeps_what_he_has_and_is_given_nothing() -> None:
    pool = team(1)
    chats = line(pool, channel=CHAT)
    pool.arrive(chats, 0)
    pool.pause(0, 1)
    pool.arrive(chats, 2)
    assert (given(pool), pool.load(0), pool.waiting) == ([(0, 0)], 1, 1)
    pool.resume(0, 3)
    assert (given(pool), pool.load(0)) == ([(1, 0)], 2)


@either_way
def test_who_signs_out_finishes_what_he_has_and_is_gone(explaining: bool) -> None:
    pool = team(1, explaining=explaining)
    chats = line(pool, channel=CHAT)
    for _ in range(2):
        pool.arrive(chats, 0)
    pool.sign_out(0, 1)
    pool.arrive(chats, 2)
    assert (given(pool), pool.load(0), pool.busy(A)) == ([(0, 0), (1, 0)], 2, 2)
    pool.release(0, 3)
    pool.resume(0, 3)
    pool.release(1, 4)
    pool.resume(0, 5)
    assert (given(pool), pool.load(0), pool.busy(A), pool.waiting) == ([], 0, 0, 1)


@either_way
def test_who_was_not_answered_keeps_his_place_and_the_agent_is_paused(explaining: bool) -> None:
    pool = team(2, explaining=explaining)
    calls = line(pool)
    for now in range(4):
        pool.arrive(calls, now)
    pool.requeue(0, 10)
    assert (pool.waiting, pool.load(0)) == (3, 0), "agent 0 is not asked again"
    pool.release(1, 11)
    assert given(pool) == [(0, 0), (1, 1), (0, 1)]
    assert pool.why(0).deadline == TARGET
    pool.resume(0, 12)
    assert given(pool) == [(2, 0)]


# ---- why -------------------------------------------------------------------------------------------------------------


def test_without_explaining_what_it_turned_on_is_not_kept() -> None:
    assert (busy_floor().why(0).decided, busy_floor().why(0).chosen) == (None, None)


def test_who_comes_to_idle_agents_was_the_only_one_and_takes_who_waited_longest() -> None:
    pool = team(3, explaining=True)
    calls = line(pool)
    pool.pause(0, 0)
    pool.resume(0, 1)
    decisions = [pool.why(pool.arrive(calls, 2)) for _ in range(3)]
    assert [one.decided for one in decisions] == [Decided.ONLY] * 3
    assert [(one.agent, one.chosen) for one in decisions] == [
        (1, Chosen.LOWEST_NUMBER),
        (2, Chosen.LONGEST_IDLE),
        (0, Chosen.ONLY),
    ]


@pytest.mark.parametrize(
    ("terms", "busy", "first", "then", "why"),
    [
        ({"b": Share(weight=0.5, reserve=1)}, "aa", "ab", 3, Decided.RESERVE),
        ({"a": Share(weight=0.25), "b": Share(weight=0.5)}, "aa", "ab", 3, Decided.OVER_SHARE),
        ({"a": Share(weight=0.2), "b": Share(weight=0.05)}, "aaab", "ba", 5, Decided.OVER_SHARE),
        ({}, "aa", "ba", 2, Decided.DEADLINE),
        ({"b": Share(weight=0.5, reserve=1)}, "aa", "bba", 2, Decided.DEADLINE),  # the next one is of b too
    ],
)
def test_why_a_contact_came_first(terms: dict[str, Any], busy: str, first: str, then: int, why: Decided) -> None:
    pool = team(len(busy), explaining=True, **terms)
    for name in busy:
        pool.arrive(line(pool, name), 0)
    for now, name in enumerate(first, 1):
        pool.arrive(line(pool, name), now)
    given(pool)
    pool.release(0, 9)
    assert [contact for contact, _ in given(pool)] == [then]
    assert pool.why(then).decided is why


def test_of_one_deadline_the_first_to_arrive_comes_first() -> None:
    pool = team(1, explaining=True)
    for name in "aab":
        pool.arrive(line(pool, name), 0)
    pool.release(0, 1)
    assert (pool.why(1).decided, pool.why(1).chosen) == (Decided.ARRIVAL, Chosen.ONLY)


def test_why_an_agent_was_asked_first() -> None:
    shared, skilled, own = knows("x"), knows("x", "y"), knows("x", "y", "z", tenants=frozenset({A}))
    pool = team(explaining=True)
    for profile in (skilled, shared, own):
        pool.sign_in(profile, 0)
    decisions = [pool.why(pool.arrive(line(pool, skill="x"), 1)) for _ in range(3)]
    assert [(one.agent, one.chosen) for one in decisions] == [
        (2, Chosen.DEDICATED),
        (1, Chosen.FEWEST_SKILLS),
        (0, Chosen.ONLY),
    ]


def test_why_an_agent_with_less_or_with_more_to_do_was_asked() -> None:
    pool = team(2, explaining=True)
    for _ in range(2):
        pool.sign_in(knows("x"), 0)
    chats = line(pool, channel=CHAT)
    decisions = [pool.why(pool.arrive(chats, 1)) for _ in range(3)]
    pool.pause(3, 2)
    decisions.append(pool.why(pool.arrive(chats, 3)))
    assert [(one.agent, one.chosen) for one in decisions] == [
        (0, Chosen.LOWEST_NUMBER),
        (1, Chosen.LEAST_LOADED),
        (0, Chosen.LOWEST_NUMBER),
        (0, Chosen.MOST_LOADED),  # only one is idle now
    ]


def test_why_an_agent_with_something_to_do_came_before_an_idle_one() -> None:
    pool = team(2, explaining=True)
    chats = line(pool, channel=CHAT)
    chosen = [pool.why(pool.arrive(chats, 1)).chosen for _ in range(2)]
    assert chosen == [Chosen.LOWEST_NUMBER, Chosen.MOST_LOADED]


def test_why_his_own_agent_took_it() -> None:
    pool = team(2, explaining=True)
    contact = pool.arrive(line(pool), 0, prefer=1)
    assert (pool.why(contact).decided, pool.why(contact).chosen) == (Decided.OWN_AGENT, Chosen.OWN_AGENT)
    assert pool.why(contact).agent == 1


def test_why_one_who_made_room_took_it() -> None:
    pool = team(1, explaining=True)
    pool.arrive(line(pool, channel=MAIL), 0)
    call = pool.arrive(line(pool), 0)
    pool.wake(51)
    assert (pool.why(call).decided, pool.why(call).chosen) == (Decided.ONLY, Chosen.MADE_ROOM)


# ---- what is kept ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("explaining", "contacts"), [(False, 20_000), (True, 3_000)])
def test_after_thousands_of_contacts_the_books_are_as_long_as_after_a_few(explaining: bool, contacts: int) -> None:
    """Twenty are there at any time. Whoever is not served by then hangs up."""
    draw = random.Random(1)
    pool = team(2, explaining=explaining, a=Share(weight=0.5, reserve=1), b=Share(weight=0.5))
    for level in (2, 1, 2, 1):
        pool.sign_in(knows("x", level=level), 0)
    lines = [line(pool, name, channel, 20, skill="x", level=2) for name in "ab" for channel in (CALL, CHAT, MAIL)]
    there: list[int] = []
    served: set[int] = set()

    def leave(contact: int, now: int) -> None:
        (pool.release if contact in served else pool.abandon)(contact, now)
        served.update(contact for contact, _ in given(pool))
        served.discard(contact)
        pool.paused.clear()
        pool.resumed.clear()

    longest = []
    for now in range(contacts):
        there.append(pool.arrive(draw.choice(lines), now, prefer=draw.choice([None, None, 2])))
        served.update(contact for contact, _ in given(pool))
        if len(there) > 20:
            leave(there.pop(draw.randrange(20)), now)
        if now % 250 == 249:
            longest.append(entries(pool))
    assert max(longest) < 2 * max(longest[:8])

    for contact in there:
        leave(contact, contacts)
    pool.wake(contacts + 1_000)
    assert (pool.waiting, pool.next_wake) == (0, inf)
    assert entries(pool) < max(longest[:8])


@pytest.mark.parametrize("tenant", ["a", "b"])
def test_who_hung_up_behind_one_who_stays_is_forgotten(tenant: str) -> None:
    pool = team(1)
    for _ in range(2):
        pool.arrive(line(pool), 0)
    for _ in range(1_000):
        pool.abandon(pool.arrive(line(pool, tenant), 1), 1)
    assert pool.waiting == 1
    assert entries(pool) < 1_000


def test_a_group_at_which_nobody_looks_forgets_who_was_served() -> None:
    pool = team(1)
    pool.pause(pool.sign_in(knows(of=HELPERS), 0), 0)
    calls = line(pool, skill="x", overflow=frozenset({HELPERS}))
    for contact in range(1_000):
        pool.arrive(calls, contact)
        if contact > 2:
            pool.release(contact - 3, contact)
            given(pool)
    assert entries(pool) < 1_000
