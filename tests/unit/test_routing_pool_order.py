"""Whom a pool gives to whom, one small floor at a time."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from chalicelib.kernel.channel import Channel
from chalicelib.routing.model.eligibility import Ring
from chalicelib.routing.model.pool import Pool
from chalicelib.routing.model.share import Limits, Share, Turn
from tests.unit.routing_small_team import CALL, CHAT, HELPERS, MAIL, TARGET, A, B, either_way, given, knows, line, team

# ---- whose turn ------------------------------------------------------------------------------------------------------


@either_way
def test_reserves_first_then_deadlines_then_the_least_over_its_share(explaining: bool) -> None:
    """Of 10 seats, a is promised 2 and has a cap of 6; b and c have caps of 3 seats, 9 units, and no reserve."""
    a, b, c = Share(weight=0.5, reserve=2), Share(weight=0.25), Share(weight=0.25)
    pool = team(10, explaining=explaining, a=a, b=b, c=c)
    of = {name: line(pool, name) for name in "abc"}
    for name in "bbbbbbccca":
        pool.arrive(of[name], 0)
    of_b, of_c, of_a, late, later = (pool.arrive(of[name], now) for now, name in enumerate("bcaaa", 1))
    given(pool)

    pool.release(0, 10)
    assert pool.assigned[-1][0] == of_a, "a has 3 of its 6 units, the others are over their caps"
    assert (pool.why(of_a).turn, pool.why(of_a).busy, pool.why(of_a).limit) == (Turn.RESERVED, 3, Limits(6.0, 18.0))
    pool.release(1, 11)
    pool.release(2, 12)
    assert [contact for contact, _ in given(pool)] == [of_a, late, later]
    assert [pool.why(one).turn for one in (late, later)] == [Turn.FAIR] * 2

    pool.release(of_a, 13)
    assert [contact for contact, _ in given(pool)] == [of_b], "b has 9 units as c has, and came first"
    pool.release(late, 14)
    assert [contact for contact, _ in given(pool)] == [of_c]
    assert (pool.why(of_c).turn, pool.why(of_c).busy, pool.why(of_c).limit.cap) == (Turn.OVER, 9, 9.0)


def test_the_least_over_its_share_goes_before_one_who_waits_longer() -> None:
    pool = team(8, a=Share(weight=0.25, cap=1.0), b=Share(weight=0.25, cap=1.0), c=Share(weight=0.5))
    of = {name: line(pool, name) for name in "abc"}
    for name in "aaaabbbc":  # 12 of 6 units, 9 of 6, 3 of 14.4
        pool.arrive(of[name], 0)
    pool.arrive(of["a"], 1)
    pool.arrive(of["b"], 2)
    given(pool)
    pool.release(7, 3)
    assert [contact for contact, _ in given(pool)] == [9], "1.5 is less than 2"


def test_a_client_that_bursts_comes_last() -> None:
    share = Share(weight=0.25)
    pool = team(8, a=share, b=share, c=share, d=share)
    of = {name: line(pool, name) for name in "abcd"}
    burst = [pool.arrive(of["d"], now) for now in range(30)]
    others = [pool.arrive(of[name], 40) for name in "abc"]
    given(pool)
    for contact in burst[:4]:
        pool.release(contact, 41)
    assert [contact for contact, _ in given(pool)] == [*others, burst[8]]


def test_beyond_a_ceiling_a_client_waits_before_idle_agents_and_others_pass() -> None:
    pool = team(4, a=Share(weight=0.5, ceiling=2), b=Share(weight=0.5))
    calls, chats, others = line(pool), line(pool, channel=CHAT), line(pool, "b")
    for one in (calls, calls, calls, chats, others):
        pool.arrive(one, 0)
    assert [contact for contact, _ in given(pool)] == [0, 1, 4]
    assert (pool.busy(A), pool.waiting) == (6, 2)
    pool.release(0, 1)
    assert [contact for contact, _ in given(pool)] == [2]


def test_what_does_not_fit_under_a_ceiling_leaves_room_for_what_does() -> None:
    pool = team(3, a=Share(weight=1, ceiling=1))
    calls, chats = line(pool), line(pool, channel=CHAT)
    pool.arrive(chats, 0)
    pool.arrive(calls, 0)
    pool.arrive(chats, 1)
    pool.arrive(chats, 1)
    pool.arrive(chats, 1)
    assert [contact for contact, _ in given(pool)] == [0, 2, 3]
    assert (pool.why(3).turn, pool.why(3).busy, pool.why(3).limit.ceiling) == (Turn.FAIR, 2, 3)


def test_a_hard_reserve_keeps_seats_free_until_it_is_full() -> None:
    pool = team(4, a=Share(weight=0.5, reserve=2, hard=True), b=Share(weight=0.5))
    own, others = line(pool), line(pool, "b")
    for _ in range(3):
        pool.arrive(others, 0)
    assert [contact for contact, _ in given(pool)] == [0, 1], "of 6 free units, 6 are kept"
    for _ in range(3):
        pool.arrive(own, 1)
    assert [contact for contact, _ in given(pool)] == [3, 4]
    pool.release(0, 2)
    assert [contact for contact, _ in given(pool)] == [2], "the reserve is full, so the deadline decides"


def test_a_release_under_a_hard_reserve_keeps_the_seat() -> None:
    pool = team(2, a=Share(weight=0.5, reserve=1, hard=True), b=Share(weight=0.5))
    pool.arrive(line(pool), 0)
    for _ in range(2):
        pool.arrive(line(pool, "b"), 0)
    pool.release(0, 1)
    assert (pool.waiting, given(pool)) == (1, [(0, 0), (1, 1)])


# ---- rings -----------------------------------------------------------------------------------------------------------


@either_way
def test_rings_widen_as_their_time_comes(explaining: bool) -> None:
    pool = team(explaining=explaining)
    expert, pupil = pool.sign_in(knows("x", level=3), 0), pool.sign_in(knows("x", level=1), 0)
    helper, other = pool.sign_in(knows("x", level=3, of=HELPERS), 0), pool.sign_in(knows(), 0)
    calls = line(pool, skill="x", level=3, overflow=frozenset({HELPERS}))
    for _ in range(4):
        pool.arrive(calls, 0)
    assert given(pool) == [(0, expert)]
    for opens, agent, contact in ((25, pupil, 1), (50, helper, 2), (100, other, 3)):
        assert pool.next_wake == opens
        pool.wake(opens - 0.001)
        assert given(pool) == []
        pool.wake(opens)
        assert given(pool) == [(contact, agent)]
        assert pool.why(contact).deadline == TARGET
    assert [pool.why(contact).ring for contact in range(4)] == list(Ring)
    assert pool.next_wake == inf


def test_a_skill_that_nobody_has_does_not_make_anybody_wait() -> None:
    pool = team(1)
    pool.arrive(line(pool, skill="x"), 0)
    assert given(pool) == [(0, 0)]
    assert pool.why(0).ring is Ring.ANYONE


def test_who_may_have_no_other_waits_until_somebody_with_the_skill_signs_in() -> None:
    pool = team(1)
    pool.arrive(line(pool, skill="x", widest=Ring.PRIMARY), 0)
    pool.wake(10**9)
    assert (given(pool), pool.waiting, pool.next_wake) == ([], 1, inf)
    agent = pool.sign_in(knows("x"), 10**9)
    assert given(pool) == [(0, agent)]


def test_when_the_last_with_the_skill_signs_out_nobody_waits_for_him() -> None:
    pool = team(1)
    expert = pool.sign_in(knows("x"), 0)
    calls = line(pool, skill="x")
    pool.arrive(calls, 0)
    pool.arrive(calls, 1)
    assert given(pool) == [(0, expert)]
    pool.sign_out(expert, 2)
    assert given(pool) == [(1, 0)]


def test_dedicated_agents_come_before_shared_ones_and_take_no_share_of_the_seats() -> None:
    pool = team(1)
    a, b = line(pool), line(pool, "b")
    own = pool.sign_in(knows("x", tenants=frozenset({A})), 5)
    for one in (b, a):
        pool.arrive(one, 6)
    too = pool.sign_in(knows("x", tenants=frozenset({A})), 6)
    for one in (a, b):
        pool.arrive(one, 6)
    assert given(pool) == [(0, 0), (1, own), (2, too)]
    assert (pool.busy(A), pool.busy(B), pool.waiting) == (0, 3, 1)
    pool.release(1, 7)
    assert given(pool) == [], "he is not for b"


# ---- the agent who knows the case ------------------------------------------------------------------------------------


def sticky_floor(**more: Any) -> tuple[Pool, int]:
    """Both agents are busy with contacts 0 and 1, and 2 waits for agent 0 until 25."""
    pool = team(2, **more)
    calls = line(pool)
    for prefer in (None, None, 0):
        pool.arrive(calls, 0, prefer=prefer)
    given(pool)
    return pool, calls


@either_way
def test_waiting_for_ones_own_agent_blocks_nobody_and_ends_after_a_quarter_of_the_target(explaining: bool) -> None:
    pool, calls = sticky_floor(explaining=explaining)
    for now in (10, 11):
        pool.arrive(calls, now)
    assert (pool.next_wake, pool.waiting, pool.waiting_in(calls)) == (25, 3, 2)
    pool.release(1, 24)
    assert given(pool) == [(3, 1)], "he who waits for agent 0 is passed"
    pool.wake(25)
    assert pool.waiting_in(calls) == 2
    pool.release(3, 26)
    assert given(pool) == [(2, 1)], "and has his old place in the line"
    assert (pool.why(2).sticky, pool.why(2).deadline) == (False, TARGET)


def test_he_goes_to_his_own_agent_though_another_is_idle() -> None:
    pool, _ = sticky_floor()
    pool.release(1, 5)
    assert given(pool) == []
    pool.release(0, 6)
    assert given(pool) == [(2, 0)]
    assert pool.why(2).sticky


def test_he_joins_the_line_when_his_own_agent_signs_out() -> None:
    pool, _ = sticky_floor()
    pool.release(1, 5)
    pool.sign_out(0, 6)
    assert given(pool) == [(2, 1)]


def test_nobody_waits_for_an_agent_who_is_gone_or_may_not_serve_him() -> None:
    pool = team(2)
    barred = pool.sign_in(knows(walls=frozenset({A})), 0)
    pool.sign_out(0, 1)
    for prefer in (0, barred):
        pool.arrive(line(pool, channel=CHAT), 2, prefer=prefer)
    assert given(pool) == [(0, 1), (1, 1)]


def test_who_waits_for_his_own_agent_can_hang_up() -> None:
    pool, _ = sticky_floor()
    pool.abandon(2, 5)
    pool.release(0, 6)
    assert (given(pool), pool.waiting) == ([], 0)


# ---- calls and written work ------------------------------------------------------------------------------------------


def test_a_mail_is_laid_aside_for_a_pressing_call_and_taken_up_after_it_at_most_twice() -> None:
    pool = team(1)
    mails, calls = line(pool, channel=MAIL, target_s=10_000), line(pool)
    mail = pool.arrive(mails, 0)
    for start in (0, 1000):
        call = pool.arrive(calls, start)
        pool.wake(start + 50)
        assert pool.waiting == 1, "exactly half of the target is left"
        assert pool.next_wake == pytest.approx(start + 50)
        pool.wake(start + 50.001)
        assert (pool.paused, pool.waiting, pool.load(0), pool.why(mail).agent) == ([mail], 0, 3, 0)
        pool.release(call, start + 100)
        assert (pool.resumed, pool.load(0)) == ([mail], 1)
        pool.paused.clear()
        pool.resumed.clear()
    call = pool.arrive(calls, 2000)
    pool.wake(3000)
    assert (pool.paused, pool.waiting) == ([], 1), "a third time it is finished first"
    pool.release(mail, 3001)
    assert pool.assigned[-1] == (call, 0)


def test_for_a_chat_only_the_least_urgent_mail_is_laid_aside() -> None:
    pool = team(1)
    urgent, calm, chats = line(pool, channel=MAIL, target_s=500), line(pool, channel=MAIL), line(pool, channel=CHAT)
    for one in (calm, urgent, calm, chats):
        pool.arrive(one, 0)
    pool.wake(51)
    assert (pool.paused, pool.load(0)) == ([1], 3)


def test_what_was_laid_aside_is_taken_up_again_the_most_urgent_first() -> None:
    pool = team(1)
    for target_s in (500.0, 400.0):
        pool.arrive(line(pool, channel=MAIL, target_s=target_s), 0)
    call = pool.arrive(line(pool), 0)
    pool.wake(51)
    assert (sorted(pool.paused), pool.load(0)) == ([0, 1], 3)
    pool.release(call, 60)
    assert (pool.resumed, pool.load(0)) == ([1, 0], 2)


def test_neither_chats_nor_messages_are_laid_aside() -> None:
    pool = team(1)
    for channel in (CHAT, Channel.MESSAGE, CALL):
        pool.arrive(line(pool, channel=channel), 0)
    pool.wake(99)
    assert (pool.paused, pool.waiting) == ([], 1)


@pytest.mark.parametrize("drain", [False, True])
def test_while_a_call_presses_an_agent_is_kept_free_of_new_chats_that_do_not(drain: bool) -> None:
    pool = team(1, drain=drain)
    chats, calls = line(pool, channel=CHAT), line(pool)
    pool.arrive(chats, 0)
    call = pool.arrive(calls, 0)
    pool.wake(60)
    pool.arrive(chats, 60)
    assert pool.waiting_in(chats) == drain
    pool.abandon(call, 61)
    assert (pool.waiting_in(chats), pool.load(0)) == (0, 2)


def test_a_chat_that_presses_as_the_call_does_is_served() -> None:
    pool = team(1)
    chats = line(pool, channel=CHAT)
    pool.arrive(chats, 0)
    pool.arrive(line(pool), 0)
    pool.arrive(chats, 60)
    pool.wake(110)
    assert pool.waiting_in(chats) == 1
    pool.wake(110.001)
    assert pool.waiting_in(chats) == 0


def test_written_work_spreads_until_a_tenth_of_the_agents_is_idle_and_then_piles_up() -> None:
    pool = team(20)
    chats = line(pool, channel=CHAT)
    for _ in range(21):
        pool.arrive(chats, 0)
    assert [agent for _, agent in given(pool)] == [*range(18), 0, 0, 1]


@either_way
def test_as_long_as_others_are_idle_the_least_loaded_of_those_asked_first_is(explaining: bool) -> None:
    pool = team(2, explaining=explaining)
    for _ in range(2):
        pool.sign_in(knows("x"), 0)
    for _ in range(4):
        pool.arrive(line(pool, channel=CHAT), 1)
    assert [agent for _, agent in given(pool)] == [0, 1, 0, 1]
