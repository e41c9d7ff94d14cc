from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.agent_time import AgentTime, Seat, Share, conserve
from chalicelib.billing.model.ledger import Engagement
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import second
from chalicelib.kernel.ids import TenantId
from chalicelib.workforce.model import Status, StatusBegan
from tests.fakes.usage import CLINIC, MARIA, PLUMBER, SHOP, engaged, status

EIGHT = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)
START, END = second(EIGHT), second(EIGHT) + 3600


def at(minute: float) -> datetime:
    return EIGHT + timedelta(minutes=minute)


def hour(statuses: Sequence[StatusBegan], engagements: Sequence[Engagement]) -> AgentTime:
    return conserve(MARIA, statuses, engagements, START, END)


def minutes(time: AgentTime) -> dict[Share, float]:
    return {share: seconds / 60 for share, seconds in time.shares.items()}


def test_the_shared_agents_hour_is_split_and_conserved() -> None:
    time = hour(
        [status(at(0), Status.AVAILABLE)],
        [
            engaged(at(0), 10, contact="a", tenant=PLUMBER),
            engaged(at(5), 15, contact="b", tenant=SHOP, channel=Channel.CHAT),
            engaged(at(30), 10, contact="c", tenant=CLINIC, channel=Channel.EMAIL),
        ],
    )
    assert minutes(time) == {Share(PLUMBER, "voice"): 7.5, Share(SHOP, "chat"): 12.5, Share(CLINIC, "email"): 10}
    assert (time.login, time.idle, time.pause) == (3600, 1800, 0)


def test_a_pause_is_nobodys_until_a_contact_is_worked_on_in_it() -> None:
    time = hour(
        [status(at(0), Status.AVAILABLE), status(at(20), Status.PAUSED), status(at(50), Status.AVAILABLE)],
        [engaged(at(15), 10, contact="a")],  # five minutes of wrap-up run into the pause
    )
    assert (time.occupied, time.idle, time.pause) == (600, 1500, 1500)
    assert time.login == 3600


def test_an_agent_who_serves_one_client_alone_from_now_on_was_everybodys_before() -> None:
    """Whatever his record says today: each status tells it. What told nothing goes by today's record."""
    shared, alone = frozenset[TenantId](), frozenset({SHOP})
    told = [
        status(at(0), Status.AVAILABLE),
        replace(status(at(10), Status.AVAILABLE), dedicated=shared),
        replace(status(at(30), Status.PAUSED), dedicated=alone),
    ]
    for today, first in ((frozenset({PLUMBER}), {Seat(PLUMBER, "idle"): 600}), (shared, {})):
        time = conserve(MARIA, told, [], START, END, today)
        assert time.seats == first | {Seat(SHOP, "pause"): 1800}
        assert (time.idle, time.login) == (1800 - sum(first.values()), 3600)


def test_an_agent_who_missed_an_offer_is_logged_in_but_not_idle() -> None:
    time = hour([status(at(0), Status.AVAILABLE), status(at(30), Status.MISSED)], [])
    assert (time.idle, time.pause, time.login) == (1800, 1800, 3600)


def test_work_outside_of_any_log_in_counts_to_its_tenant_and_as_log_in() -> None:
    time = hour([status(at(0), Status.OFFLINE)], [engaged(at(10), 6, contact="a")])
    assert time.of(SHOP) == {"voice": 360}
    assert time.login == 360


def test_the_status_before_the_period_holds_at_its_start() -> None:
    time = hour(
        [status(at(-600), Status.AVAILABLE), status(at(-30), Status.PAUSED), status(at(15), Status.OFFLINE)], []
    )
    assert (time.pause, time.login) == (900, 900)


def test_of_two_statuses_in_one_second_the_later_holds() -> None:
    twice = [status(at(0), Status.PAUSED), status(at(0) + timedelta(milliseconds=300), Status.AVAILABLE)]
    assert hour(twice, []).idle == 3600
    assert hour(twice[::-1], []).idle == 3600


def test_a_contact_told_twice_is_one_contact() -> None:
    once = [engaged(at(0), 10, contact="a"), engaged(at(0), 10, contact="b", tenant=PLUMBER)]
    again = [*once, engaged(at(0), 10, contact="a"), engaged(at(4), 6, contact="a")]
    assert hour([], once) == hour([], again)


def test_a_turn_that_runs_over_the_edge_is_cut_there() -> None:
    late = engaged(at(50), 30, contact="a")
    now = conserve(MARIA, [], [late], START, END)
    following = conserve(MARIA, [], [late], END, END + 3600)
    assert (now.occupied, following.occupied) == (600, 1200)


def test_seconds_that_do_not_divide_are_given_out_whole() -> None:
    three = [engaged(at(0), 1 / 60 * 100, contact=name, tenant=tenant) for name, tenant in
             (("a", PLUMBER), ("b", SHOP), ("c", CLINIC))]  # fmt: skip
    time = hour([], three)
    assert sorted(time.shares.values()) == [33, 33, 34]


def test_several_agents_add_up() -> None:
    one = hour([status(at(0), Status.AVAILABLE)], [engaged(at(0), 10, contact="a")])
    both = one + one
    assert both.login == 7200
    assert both.of(SHOP) == {"voice": 1200}


statuses = st.lists(
    st.builds(
        lambda offset, kind: status(EIGHT + timedelta(milliseconds=offset), kind),
        st.integers(-4_000_000, 5_000_000),
        st.sampled_from(Status),
    ),
    max_size=12,
)
engagements = st.lists(
    st.builds(
        lambda offset, length, contact, tenant, channel: engaged(
            EIGHT + timedelta(seconds=offset), length / 60, contact=f"{tenant}{contact}", tenant=tenant, channel=channel
        ),
        st.integers(-4000, 4000),
        st.integers(1, 3000),
        st.integers(0, 6),
        st.sampled_from([PLUMBER, SHOP, CLINIC]),
        st.sampled_from([Channel.VOICE, Channel.CHAT, Channel.EMAIL]),
    ),
    max_size=14,
)


@given(statuses, engagements)
def test_every_second_logged_in_goes_to_exactly_one_place(began: list[StatusBegan], turns: list[Engagement]) -> None:
    time = hour(began, turns)
    assert sum(time.shares.values()) + time.idle + time.pause == time.login
    assert 0 <= time.login <= 3600
    assert min([time.idle, time.pause, *time.shares.values()]) >= 0


@given(statuses, engagements)
def test_agent_time_is_what_a_count_second_by_second_gives(began: list[StatusBegan], turns: list[Engagement]) -> None:
    time = hour(began, turns)
    exact: dict[Share, Fraction] = {}
    idle = pause = 0
    ordered = sorted(began, key=lambda one: one.at)
    for now in range(START, END, 1):
        here = {(Share(t.tenant, t.channel.value), t.contact) for t in turns if t.start <= now < t.end}
        for share, _ in here:
            exact[share] = exact.get(share, Fraction()) + Fraction(1, len(here))
        if not here:
            in_force = [one.status for one in ordered if second(one.at) <= now]
            standing = in_force[-1] if in_force else Status.OFFLINE
            idle += standing is Status.AVAILABLE
            pause += standing in (Status.PAUSED, Status.MISSED)
    assert (time.idle, time.pause) == (idle, pause)
    assert set(time.shares) == set(exact)
    assert all(abs(time.shares[share] - seconds) < 2 for share, seconds in exact.items())


@given(engagements, st.randoms(use_true_random=False))
def test_the_order_in_which_work_is_told_changes_nothing(turns: list[Engagement], random: object) -> None:
    mixed = list(turns)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert hour([], turns) == hour([], mixed)


@given(statuses, engagements, st.integers(1, 3599))
def test_two_periods_that_touch_tell_the_log_in_time_of_both(
    began: list[StatusBegan], turns: list[Engagement], cut: int
) -> None:
    whole = hour(began, turns)
    parts = conserve(MARIA, began, turns, START, START + cut) + conserve(MARIA, began, turns, START + cut, END)
    assert (parts.login, parts.idle, parts.pause) == (whole.login, whole.idle, whole.pause)


@pytest.mark.parametrize("chats", [1, 2, 6, 8])
def test_many_chats_at_once_are_never_more_hours_than_the_agent_worked(chats: int) -> None:
    turns = [
        engaged(at(0), 60, contact=f"c{n}", tenant=[SHOP, CLINIC][n % 2], channel=Channel.CHAT) for n in range(chats)
    ]
    assert hour([], turns).occupied == 3600
