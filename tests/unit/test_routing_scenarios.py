"""Days on which something is wrong: seats that sit idle, scenarios that cannot be run, and odd ones."""

from dataclasses import replace
from math import inf, nan

import pytest

from chalicelib.kernel.errors import Invalid
from chalicelib.routing.model.eligibility import Need, Profile, Ring
from chalicelib.routing.model.share import Share
from chalicelib.routing.service.simulator import simulate
from chalicelib.routing.service.study import study
from chalicelib.routing.service.traffic import Crew, Handle, Scenario, Source, check
from chalicelib.routing.service.watch import Watch
from tests.unit.routing_days import ACME, BOLT, HOUR, PARTNER, TEAM, UNIVERSAL, agents, calls, day

# What sits idle


def test_a_hard_reserve_is_seen_to_idle_seats() -> None:
    hard = {ACME: Share(weight=0.5), BOLT: Share(weight=0.5, reserve=3.0, hard=True)}
    scenario = day(calls(), calls(BOLT, rates=(0.001,)), crews=(agents(6),), shares=hard)
    run = simulate(scenario, 1)
    assert run.idle_while_waiting_s(ACME) > HOUR / 2
    assert run.idle_while_waiting_s(ACME) <= run.idle_while_waiting_s() <= 3 * HOUR
    soft = replace(scenario, shares={ACME: Share(weight=0.5), BOLT: Share(weight=0.5, reserve=3.0)})
    assert simulate(soft, 1).idle_while_waiting_s() == 0


def test_the_watch_sees_a_seat_that_is_forgotten() -> None:
    watch = Watch(
        day(calls(), calls(BOLT), crews=(agents(2), agents(1, profile=replace(UNIVERSAL, walls=frozenset({ACME})))))
    )
    watch.wait(0, 1, 10.0)
    assert watch.stuck(11.0) == {}
    watch.staff(1, 1)
    watch.free(1, 1)  # behind a wall
    assert watch.stuck(11.0) == {}
    watch.wait(1, 2, 10.0)
    assert watch.stuck(11.0) == {BOLT: 1, None: 1}
    watch.staff(0, 2)
    watch.free(0, 2)
    assert watch.stuck(11.0) == {ACME: 2, BOLT: 3, None: 3}
    watch.leave(0, 1)
    watch.free(0, -2)
    assert watch.stuck(11.0) == {BOLT: 1, None: 1}


def test_the_watch_waits_for_a_ring_to_open() -> None:
    need = Need(tenant=ACME, team=TEAM, skill="loans", level=3)
    junior = Profile.of(TEAM, {"loans": 1})
    senior = Profile.of(TEAM, {"loans": 4})
    watch = Watch(
        day(replace(calls(target_s=20.0), need=need), crews=(agents(1, profile=junior), agents(1, profile=senior)))
    )
    watch.staff(0, 1)
    watch.free(0, 1)
    watch.staff(1, 1)
    watch.wait(0, 1, 100.0)
    assert watch.stuck(104.0) == {}
    assert watch.stuck(105.0) == {ACME: 1, None: 1}
    watch.staff(1, -1)  # nobody left in the first ring: the next is open at once
    assert watch.stuck(104.0) == {ACME: 1, None: 1}


def test_a_client_at_its_ceiling_waits_for_no_seat() -> None:
    shares = {ACME: Share(weight=0.5, ceiling=1.0)}
    watch = Watch(day(calls(), crews=(agents(3),), shares=shares))
    watch.staff(0, 3)
    watch.free(0, 2)
    watch.work(0, 0, 3)
    watch.wait(0, 1, 10.0)
    assert watch.stuck(11.0) == {}
    watch.work(0, 0, -3)
    assert watch.stuck(11.0) == {ACME: 2, None: 2}


# Scenarios that cannot be run, and odd ones


@pytest.mark.parametrize(
    ("scenario", "field"),
    [
        (day(calls(), crews=()), "crews"),
        (day(calls(), crews=(Crew(profile=UNIVERSAL, shifts=()),)), "crews"),
        (day(calls(), crews=(agents(1, 100.0, 50.0),)), r"crews\[0\]\.shifts\[0\]"),
        (day(calls(), crews=(agents(1, -1.0),)), r"crews\[0\]\.shifts\[0\]"),
        (replace(day(calls()), sources=()), "sources"),
        (day(calls(), interval_s=0.0), "interval_s"),
        (replace(day(calls()), length_s=inf), "length_s"),
        (day(calls(rates=(-0.1,))), r"sources\[0\]\.rates\[0\]"),
        (day(calls(rates=(nan,))), r"sources\[0\]\.rates\[0\]"),
        (day(calls(rates=(0.1, 0.1)), length_s=HOUR), r"sources\[0\]\.rates: has 2 of 1"),
        (day(calls(), calls(target_s=0.0)), r"sources\[1\]\.target_s"),
        (day(calls(patience_s=0.0)), "patience_s"),
        (day(calls(boost_s=21.0)), "boost_s"),
        (day(calls(handle=Handle(mean_s=-5.0))), r"handle\.mean_s"),
        (day(calls(handle=Handle(mean_s=5.0, cv=0.5))), r"handle\.cv"),
        (day(calls(handle=Handle(mean_s=5.0, cv=0.0, shape="lognormal"))), r"handle\.cv"),
        (day(calls(), shares={ACME: Share(weight=0.7), BOLT: Share(weight=0.4)}), "shares: add up to 110 %"),
        (day(calls(), shares={ACME: Share(weight=1.2)}), r"shares\['acme'\]\.weight"),
        (day(calls(), shares={ACME: Share(weight=0.2, reserve=-1.0)}), r"shares\['acme'\]\.reserve"),
        (day(calls(), shares={ACME: Share(weight=0.2, cap=-1.0)}), r"shares\['acme'\]\.cap"),
        (day(calls(), shares={ACME: Share(weight=0.2, ceiling=0.0)}), r"shares\['acme'\]\.ceiling"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(scenario: Scenario, field: str) -> None:
    with pytest.raises(Invalid, match=field):
        simulate(scenario, 1)


def skilled(skill: str, widest: Ring = Ring.ANYONE) -> Source:
    return replace(calls(), need=Need(tenant=ACME, team=TEAM, skill=skill, widest=widest))


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        (day(skilled("loans")), "nobody has the skill 'loans'"),
        (day(skilled("loans", Ring.OVERFLOW)), "no agent may ever serve acme with skill 'loans'"),
        (day(calls(), crews=(agents(1, profile=Profile(team=PARTNER)),)), "no agent may ever serve acme"),
        (day(calls(), shares={BOLT: Share(weight=0.5)}), "acme has no share"),
        (day(calls(), shares={ACME: Share(weight=0.5, reserve=9.0)}), "9 seats of 5 agents"),
        (day(calls(rates=(0.1, 0.1)), crews=(agents(5, off=HOUR),)), "interval 1: contacts arrive and no agent"),
    ],
)
def test_what_is_odd_is_run_and_told(scenario: Scenario, words: str) -> None:
    assert any(words in warning for warning in check(scenario)), check(scenario)
    assert study(scenario, [1]).warnings == check(scenario)


def test_a_line_that_nobody_may_serve_only_waits() -> None:
    run = simulate(day(skilled("loans", Ring.OVERFLOW)), 1)
    assert run.tally().answered == 0
    assert run.tally().waiting == run.tally().offered > 0
    assert run.tally().service_level == 0
    assert run.idle_while_waiting_s() == 0
