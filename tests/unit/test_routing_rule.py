"""The rule of routing as its contract reads: what an agent carries, whose turn it is, and who may serve whom."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.routing.model.capacity import COST, MAY_PAUSE, MOST_PAUSES, PAUSABLE, UNITS, is_pressing, packs
from chalicelib.routing.model.eligibility import Need, Profile, Ring, open_ring, opens_at, ring_of
from chalicelib.routing.model.share import (
    UNLIMITED,
    Key,
    Limits,
    Share,
    Turn,
    held_back,
    key_of,
    limits,
    over_share,
    turn_of,
)

TEAM, HELPERS = TeamId("shared"), TeamId("helpers")
A, B, C = TenantId("a"), TenantId("b"), TenantId("c")
CALL, CHAT = COST[Channel.VOICE], COST[Channel.CHAT]
PRIMARY, SECONDARY, OVERFLOW, ANYONE = Ring


# ---- what an agent carries ---------------------------------------------------------------------------------------


def test_a_call_takes_a_whole_agent_and_three_pieces_of_written_work_do() -> None:
    assert COST[Channel.VOICE] == UNITS
    assert {channel for channel in Channel if 3 * COST[channel] == UNITS} == set(Channel) - {Channel.VOICE}


def test_mails_and_letters_may_lie_twice_for_calls_and_chats() -> None:
    assert {Channel.EMAIL, Channel.POST} == PAUSABLE
    assert {Channel.VOICE, Channel.CHAT} == MAY_PAUSE
    assert MOST_PAUSES == 2


def test_a_contact_presses_when_less_than_half_of_its_target_is_left() -> None:
    assert not is_pressing(deadline=100, target_s=40, now=60)
    assert not is_pressing(deadline=100, target_s=40, now=80), "half is left, not less"
    assert is_pressing(deadline=100, target_s=40, now=nextafter(80, inf))
    assert is_pressing(deadline=100, target_s=40, now=1000)


@pytest.mark.parametrize(("signed_in", "whole"), [(0, 1), (1, 1), (10, 1), (19, 1), (20, 2), (29, 2), (200, 20)])
def test_written_work_leaves_a_tenth_of_the_agents_whole_and_at_least_one(signed_in: int, whole: int) -> None:
    assert packs(whole, 0, signed_in)
    assert not packs(whole + 1, 0, signed_in)


def test_each_waiting_call_keeps_one_more_agent_whole() -> None:
    assert not packs(5, 3, 10)
    assert packs(5, 4, 10)


# ---- whose turn it is --------------------------------------------------------------------------------------------

LIMIT = Limits(reserve=6, cap=9, ceiling=12)


@pytest.mark.parametrize(
    ("busy", "cost", "turn"),
    [
        (0, CALL, Turn.RESERVED),
        (5, CALL, Turn.RESERVED),
        (6, CALL, Turn.FAIR),  # the reserve is full
        (8, CALL, Turn.FAIR),
        (9, CALL, Turn.OVER),  # the cap is; a call still fits below the ceiling
        (10, CALL, Turn.BLOCKED),
        (11, CHAT, Turn.OVER),
        (12, CHAT, Turn.BLOCKED),
    ],
)
def test_a_turn_changes_when_a_reserve_or_cap_is_full_and_a_ceiling_would_be_passed(
    busy: int, cost: int, turn: Turn
) -> None:
    assert turn_of(busy, LIMIT, cost) is turn


def test_a_ceiling_holds_for_whoever_is_under_its_reserve_too() -> None:
    assert turn_of(1, replace(LIMIT, ceiling=3), CALL) is Turn.BLOCKED


def test_a_client_without_terms_is_always_within_its_share() -> None:
    assert turn_of(0, UNLIMITED, CALL) is turn_of(10**6, UNLIMITED, CALL) is Turn.FAIR


def key(busy: int, *, deadline: float = 0.0, order: int = 0, limit: Limits = LIMIT, cost: int = CHAT) -> Key:
    return key_of(busy, limit, cost, deadline, order)


def test_the_turn_comes_before_the_deadline() -> None:
    reserved, fair, over, blocked = key(5, deadline=4), key(8, deadline=3), key(11, deadline=2), key(12, deadline=1)
    assert reserved < fair < over < blocked


def test_of_those_over_their_share_the_least_over_it_goes_first() -> None:
    wide = Limits(reserve=0, cap=18)
    assert over_share(27, wide) == 1.5
    assert key(27, limit=wide, deadline=9) < key(15, limit=Limits(reserve=0, cap=9), deadline=1)
    assert key(27, limit=wide, deadline=1) < key(27, limit=wide, deadline=9)


@pytest.mark.parametrize(("less", "more"), [(0, 5), (6, 8)])
def test_within_a_share_only_the_deadline_counts_and_then_the_arrival(less: int, more: int) -> None:
    assert key(more, deadline=1, order=7) < key(less, deadline=2, order=3)
    assert key(more, deadline=1, order=3) < key(less, deadline=1, order=7)


def test_limits_are_the_terms_times_three_units_a_seat() -> None:
    terms = Share(weight=0.5, reserve=4, ceiling=7)
    assert limits({A: terms}, 10) == {A: Limits(reserve=12, cap=18, ceiling=21)}, "1.2 of 5 seats are 6"
    assert limits({A: replace(terms, cap=2, hard=True)}, 10) == {A: Limits(12, 30, 21, hard=True)}
    assert limits({A: Share(weight=0.5)}, 5) == {A: Limits(reserve=0, cap=9, ceiling=inf)}


def test_a_cap_is_never_below_the_reserve() -> None:
    few = limits({A: Share(weight=0.125, reserve=4)}, 8)[A]
    assert few == Limits(reserve=12, cap=12), "1.2 seats by weight, 4 promised"
    assert turn_of(11, few, CHAT) is Turn.RESERVED
    assert turn_of(12, few, CHAT) is Turn.OVER


def test_reserves_shrink_in_proportion_when_fewer_are_signed_in_than_promised() -> None:
    shares = {A: Share(weight=0, reserve=6), B: Share(weight=0, reserve=2), C: Share(weight=0)}
    assert [one.reserve for one in limits(shares, 9).values()] == [18, 6, 0]
    assert [one.reserve for one in limits(shares, 8).values()] == [18, 6, 0]
    assert [one.reserve for one in limits(shares, 4).values()] == [9, 3, 0]
    assert [one.cap for one in limits(shares, 4).values()] == [9, 3, 0], "the cap follows the reserve that is left"


def test_with_nobody_signed_in_nothing_is_promised_and_the_ceiling_stays() -> None:
    assert limits({A: Share(weight=0.5, reserve=2, ceiling=4)}, 0) == {A: Limits(reserve=0, cap=0, ceiling=12)}


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 50), st.floats(0, 3)), min_size=1, max_size=6), st.integers(0, 60)
)
def test_no_more_is_reserved_than_there_is_or_was_promised(terms: list[tuple[float, float, float]], seats: int) -> None:
    shares = {TenantId(f"t{n}"): Share(weight=w, reserve=r, cap=c) for n, (w, r, c) in enumerate(terms)}
    every = limits(shares, seats)
    assert sum(one.reserve for one in every.values()) <= seats * UNITS + 1e-9
    for tenant, one in every.items():
        assert 0 <= one.reserve <= shares[tenant].reserve * UNITS
        assert one.reserve <= one.cap


def test_a_client_of_weight_0_comes_after_all_others_and_is_not_shut_out() -> None:
    none = limits({A: Share(weight=0)}, 10)[A]
    assert turn_of(0, none, CALL) is Turn.OVER
    assert over_share(0, none) == inf
    assert key(11) < key(0, limit=none) < key(12)


def test_a_client_of_weight_0_has_its_reserve_and_no_more() -> None:
    little = limits({A: Share(weight=0, reserve=1)}, 10)[A]
    assert [turn_of(busy, little, CHAT) for busy in (2, 3)] == [Turn.RESERVED, Turn.OVER]
    assert over_share(3, little) == 1


@given(st.integers(0, 40), st.integers(0, 40), st.sampled_from([CHAT, CALL]))
def test_whoever_is_served_more_never_comes_earlier_for_it(busy: int, more: int, cost: int) -> None:
    assert key(busy, cost=cost)[:2] <= key(busy + more, cost=cost)[:2] or turn_of(busy + more, LIMIT, cost) is (
        Turn.BLOCKED
    )


# ---- hard reserves -----------------------------------------------------------------------------------------------

HARD = {A: Limits(reserve=6, cap=9, hard=True), B: Limits(reserve=6, cap=9), C: Limits(reserve=3, cap=9, hard=True)}


@pytest.mark.parametrize(("cost", "enough"), [(CALL, 9), (CHAT, 7)])
def test_what_hard_reserves_of_others_still_lack_stays_free(cost: int, enough: int) -> None:
    busy = {A: 2, C: 1}  # so 4 and 2 units are to stay free
    assert not held_back(B, cost, enough, busy, HARD)
    assert held_back(B, cost, enough - 1, busy, HARD)


def test_whoever_is_under_a_hard_reserve_of_its_own_is_not_held_back() -> None:
    assert not held_back(A, CALL, 3, {A: 5}, HARD)
    assert held_back(A, CALL, 3, {A: 6}, HARD), "its reserve is full, and that of c is not"


def test_a_soft_reserve_neither_keeps_nor_frees() -> None:
    soft = {A: replace(HARD[A], hard=False), B: HARD[B]}
    assert not held_back(B, CALL, 3, {}, soft)
    assert held_back(B, CALL, 3, {B: 0}, HARD), "under a soft reserve of its own"


def test_a_reserve_is_not_kept_from_its_own_client() -> None:
    assert not held_back(A, CALL, 3, {A: 20, C: 3}, HARD)


def test_what_one_has_beyond_its_hard_reserve_is_not_taken_off_the_others() -> None:
    assert held_back(B, CHAT, 3, {A: 20, C: 0}, HARD)
    assert not held_back(B, CHAT, 4, {A: 20, C: 0}, HARD)


def test_hard_reserves_are_kept_from_clients_without_terms() -> None:
    assert held_back(TenantId("new"), CHAT, 9, {}, HARD)
    assert not held_back(TenantId("new"), CHAT, 10, {}, HARD)


# ---- when rings open ---------------------------------------------------------------------------------------------


def ring_at(now: float, manned: set[Ring] = set(Ring), widest: Ring = ANYONE) -> Ring:  # noqa: B006
    """Of a contact that arrived at 60 and is due at 100."""
    return open_ring(100, 40, now, manned, widest)


def test_rings_open_at_0_25_50_and_100_percent_of_the_target() -> None:
    assert [opens_at(ring, 100, 40) for ring in Ring] == [60, 70, 80, 100]
    assert [ring_at(now) for now in (60, 70, 80, 100, 10**6)] == [PRIMARY, SECONDARY, OVERFLOW, ANYONE, ANYONE]
    assert [ring_at(nextafter(now, 0)) for now in (70, 80, 100)] == [PRIMARY, SECONDARY, OVERFLOW]


def test_the_first_ring_is_open_even_to_a_clock_that_is_behind() -> None:
    assert ring_at(59) is PRIMARY


def test_a_boost_brings_the_rings_forward_with_the_deadline() -> None:
    assert open_ring(100 - 10, 40, 60, set(Ring)) is SECONDARY
    assert open_ring(100 - 40, 40, 60, set(Ring)) is ANYONE


@pytest.mark.parametrize(
    ("manned", "rings"),
    [
        ({PRIMARY}, [PRIMARY, ANYONE, ANYONE, ANYONE]),
        ({SECONDARY}, [SECONDARY, SECONDARY, ANYONE, ANYONE]),
        ({PRIMARY, OVERFLOW}, [PRIMARY, OVERFLOW, OVERFLOW, ANYONE]),
        ({ANYONE}, [ANYONE] * 4),
        (set(), [ANYONE] * 4),
    ],
)
def test_a_ring_without_anybody_signed_in_is_skipped_at_once(manned: set[Ring], rings: list[Ring]) -> None:
    assert [ring_at(now, manned) for now in (60, 70, 80, 100)] == rings


@pytest.mark.parametrize("widest", Ring)
def test_no_ring_beyond_the_widest_is_ever_opened(widest: Ring) -> None:
    assert ring_at(10**6, widest=widest) is widest
    assert ring_at(10**6, {ANYONE}, widest) is widest
    assert ring_at(60, {ANYONE}, widest) is widest


@given(st.floats(0, 200), st.floats(0, 200), st.sets(st.sampled_from(Ring)), st.sampled_from(Ring))
def test_rings_only_ever_widen(one: float, other: float, manned: set[Ring], widest: Ring) -> None:
    early, late = ring_at(min(one, other), manned, widest), ring_at(max(one, other), manned, widest)
    assert early <= late <= widest


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 300))
def test_of_one_target_the_more_urgent_has_never_the_narrower_ring(one: float, other: float, now: float) -> None:
    urgent, calm = sorted([one, other])
    assert open_ring(urgent, 40, now, set(Ring)) >= open_ring(calm, 40, now, set(Ring))


# ---- who may serve whom ------------------------------------------------------------------------------------------

NEED = Need(tenant=A, team=TEAM, skill="x", level=3)


def agent(skill: str = "x", level: int = 3, *, team: TeamId = TEAM, **more: frozenset[str]) -> Profile:
    return Profile.of(team, {skill: level}, **more)


def test_a_lower_level_is_the_second_ring_and_no_skill_the_last() -> None:
    levels = [ring_of(agent(level=level), NEED) for level in (5, 3, 2, 1)]
    assert levels == [PRIMARY, PRIMARY, SECONDARY, SECONDARY]
    assert ring_of(agent("y", 5), NEED) is ANYONE
    assert ring_of(Profile(team=TEAM), NEED) is ANYONE


def test_without_a_skill_to_ask_for_anybody_of_the_team_is_the_first_ring() -> None:
    assert ring_of(Profile(team=TEAM), replace(NEED, skill="", level=5)) is PRIMARY


def test_a_team_that_helps_out_is_never_nearer_than_the_third_ring() -> None:
    helped = replace(NEED, overflow=frozenset({HELPERS}))
    skills = [("x", 5), ("x", 1), ("y", 5)]
    rings = [ring_of(agent(skill, level, team=HELPERS), helped) for skill, level in skills]
    assert rings == [OVERFLOW, OVERFLOW, ANYONE]
    assert ring_of(agent(team=HELPERS), replace(helped, skill="")) is OVERFLOW
    assert ring_of(agent(), helped) is PRIMARY


def test_a_team_that_was_not_asked_to_help_never_does() -> None:
    assert ring_of(agent(team=HELPERS), NEED) is None
    assert ring_of(agent(team=HELPERS), replace(NEED, overflow=frozenset({TeamId("others")}))) is None


@pytest.mark.parametrize("widest", Ring)
def test_the_contract_may_forbid_wider_rings(widest: Ring) -> None:
    helped = replace(NEED, overflow=frozenset({HELPERS}), widest=widest)
    able = [agent(), agent(level=1), agent(team=HELPERS), agent("y")]
    assert [ring_of(one, helped) for one in able] == [ring if ring <= widest else None for ring in Ring]


ASKING = replace(NEED, language="de", certifications=frozenset({"pci", "gdpr"}), overflow=frozenset({HELPERS}))
FIT = agent(languages=frozenset({"de", "en"}), certifications=frozenset({"pci", "gdpr", "iso"}))


@pytest.mark.parametrize("team", [TEAM, HELPERS])
@pytest.mark.parametrize("skills", [(("x", 5),), (("x", 1),), ()])
@pytest.mark.parametrize(
    "bar",
    [
        {"walls": frozenset({A})},
        {"certifications": frozenset({"pci"})},
        {"languages": frozenset({"en"})},
        {"tenants": frozenset({B})},
        {"walls": frozenset({A}), "tenants": frozenset({A})},
    ],
)
def test_no_wall_certification_language_or_dedication_is_ever_waived(
    bar: dict[str, frozenset[str]], skills: tuple[tuple[str, int], ...], team: TeamId
) -> None:
    fit = replace(FIT, skills=skills, team=team)
    assert ring_of(fit, ASKING) is not None
    assert ring_of(replace(fit, **bar), ASKING) is None  # type: ignore[arg-type]


def test_what_bars_from_other_clients_bars_from_none_of_this() -> None:
    assert ring_of(agent(walls=frozenset({B})), NEED) is PRIMARY
    assert ring_of(agent(tenants=frozenset({A, B})), NEED) is PRIMARY


def test_languages_that_were_not_recorded_are_no_bar() -> None:
    assert ring_of(replace(FIT, languages=frozenset()), ASKING) is PRIMARY
    assert ring_of(replace(FIT, languages=frozenset({"en"})), replace(ASKING, language="")) is PRIMARY


def test_dedicated_agents_are_asked_first_and_then_those_who_can_the_least_else() -> None:
    own, own_of_many = agent(tenants=frozenset({A})), Profile.of(TEAM, {"x": 3, "y": 1}, tenants=frozenset({A, B}))
    one, many = agent("y", 1), Profile.of(TEAM, {"x": 5, "y": 5})
    asked = sorted([many, own_of_many, one, own], key=lambda profile: profile.preference)
    assert asked == [own, own_of_many, one, many]
    assert agent(level=1).preference == agent(level=5).preference


def test_the_order_in_which_skills_are_named_makes_no_other_profile() -> None:
    assert Profile.of(TEAM, {"y": 1, "x": 3}) == Profile.of(TEAM, {"x": 3, "y": 1})
    assert Profile.of(TEAM, {"y": 1, "x": 3}).level("x") == 3
