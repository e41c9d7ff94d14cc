"""The simulated floor: repeatable, nobody lost, agents only within their shifts, two rules compared on the same day."""

from collections import Counter
from dataclasses import replace
from math import inf, isnan, nan, sqrt
from statistics import fmean, stdev

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.routing.model.share import Share
from chalicelib.routing.service.outcome import Tally
from chalicelib.routing.service.simulator import Step, simulate
from chalicelib.routing.service.study import Estimate, study
from chalicelib.routing.service.traffic import Handle, Scenario, Traffic
from tests.unit.routing_days import ACME, BOLT, HOUR, agents, calls, day

BUSY_DAY = day(
    calls(rates=(0.05, 0.02), patience_s=90.0),
    calls(BOLT, rates=(0.01, 0.04), handle=Handle(mean_s=90.0, cv=0.5, shape="lognormal")),
    calls(rates=(0.03, 0.03), channel=Channel.EMAIL, target_s=HOUR),
    calls(BOLT, rates=(0.02, 0.05), channel=Channel.CHAT, target_s=60.0, patience_s=200.0),
    crews=(agents(6), agents(3, 1000.0, 5000.0)),
    shares={ACME: Share(weight=0.5, reserve=2.0), BOLT: Share(weight=0.5)},
)


def logged(scenario: Scenario, seed: int = 1) -> list[Step]:
    log: list[Step] = []
    simulate(scenario, seed, log)
    return log


def test_the_same_seed_gives_the_same_day() -> None:
    log = logged(BUSY_DAY)
    assert {what for _, what, _, _ in log} >= {"arrives", "connects", "wraps up", "gives up", "comes on", "goes off"}
    assert log == logged(BUSY_DAY)
    assert simulate(BUSY_DAY, 1) == simulate(BUSY_DAY, 1)
    assert log != logged(BUSY_DAY, 2)


def test_time_never_runs_back() -> None:
    times = [at for at, *_ in logged(BUSY_DAY)]
    assert times == sorted(times)


@settings(max_examples=60, derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    loads=st.tuples(*[st.floats(0.0, 0.06)] * 4),
    seats=st.integers(1, 8),
    off=st.floats(100.0, 2 * HOUR),
    drain=st.booleans(),
)
@example(seed=349, loads=(0.02693760682395113, 0.032459783411859844, 0.0078125, 0.0), seats=5, off=812.0, drain=False)
def test_every_contact_is_accounted_for(
    seed: int, loads: tuple[float, ...], seats: int, off: float, drain: bool
) -> None:
    sources = tuple(replace(one, rates=(load, load)) for one, load in zip(BUSY_DAY.sources, loads, strict=True))
    crews = (agents(seats), agents(2, 50.0, off))
    log: list[Step] = []
    run = simulate(replace(BUSY_DAY, sources=sources, crews=crews, drain=drain), seed, log)
    for place in range(len(sources)):
        tally = run.tally(source=place)
        assert tally.offered == tally.wrapped + tally.in_service + tally.abandoned + tally.waiting
        assert tally.answered == tally.wrapped + tally.in_service
        assert tally.at_once <= tally.in_target <= tally.answered
    happened = Counter(what for _, what, _, _ in log)
    whole = run.tally()
    counted = (whole.offered, whole.answered, whole.wrapped, whole.abandoned)
    assert counted == tuple(happened[what] for what in ("arrives", "connects", "wraps up", "gives up"))
    assert max(Counter(contact for _, what, contact, _ in log if what == "connects").values(), default=0) <= 1
    assert run.idle_while_waiting_s() == 0


def test_an_agent_works_only_within_the_shift_and_finishes_what_he_has() -> None:
    scenario = day(calls(rates=(0.05,) * 2), crews=(agents(3), agents(4, 600.0, 3000.0)))
    log: list[Step] = []
    run = simulate(scenario, 3, log)
    on = {agent: at for at, what, _, agent in log if what == "comes on"}
    off = {agent: at for at, what, _, agent in log if what == "goes off"}
    assert sorted(on.values()) == [0.0] * 3 + [600.0] * 4
    assert list(off.values()) == [3000.0] * 4
    for at, what, _, agent in log:
        if what == "connects":
            assert on[agent] <= at < off.get(agent, inf)
    ends = {agent: at for at, what, _, agent in log if what == "wraps up"}
    late = {agent: ends[agent] - 3000.0 for agent in off if ends[agent] > 3000.0}
    assert late, "somebody was in a call when the shift ended"
    staffed = sum(floor.staffed_s for floor in run.floors)
    assert staffed == pytest.approx(3 * 2 * HOUR + 4 * 2400.0 + sum(late.values()))


def test_nobody_is_served_before_the_first_agent_comes() -> None:
    run = simulate(day(calls(rates=(0.05,) * 2), crews=(agents(20, on=HOUR),)), 5)
    first, second = run.cells[0]
    assert first.offered == first.answered + first.waiting + first.abandoned > 100
    assert first.at_once == 0
    assert first.mean_wait_s > 1000
    assert run.floors[0].staffed_s == 0
    assert isnan(run.occupancy(until=HOUR))
    assert second.at_once > 0


def sojourns(log: list[Step]) -> dict[int, tuple[float, float]]:
    """Per contact that was wrapped up: when it came, how long it kept its agent."""
    came = {contact: at for at, what, contact, _ in log if what == "arrives"}
    began = {contact: at for at, what, contact, _ in log if what == "connects"}
    return {contact: (came[contact], at - began[contact]) for at, what, contact, _ in log if what == "wraps up"}


def test_two_rules_are_compared_on_the_same_contacts() -> None:
    scenario = day(calls(), calls(BOLT), crews=(agents(13),))
    first = {ACME: Share(weight=0.5, reserve=6.0, cap=1.0), BOLT: Share(weight=0.5)}
    second = {ACME: Share(weight=0.5, cap=0.1), BOLT: Share(weight=0.5, reserve=6.0)}
    one, other = (logged(replace(scenario, shares=shares), 4) for shares in (first, second))
    assert one != other
    done, others_done = sojourns(one), sojourns(other)
    both = done.keys() & others_done.keys()
    assert len(both) > 250
    for contact in both:
        assert done[contact] == pytest.approx(others_done[contact])


def test_a_source_keeps_its_day_whatever_else_arrives() -> None:
    alone = Traffic(day(calls()), 7).of(0)
    beside = Traffic(day(calls(), calls(BOLT)), 7).of(0)
    assert alone == [one for one in beside if one[1] == 0]
    impatient = Traffic(day(calls(patience_s=60.0)), 7).of(0)
    assert [one[:3] for one in alone] == [one[:3] for one in impatient]
    assert {one[3] for one in alone} == {inf}
    longer = Traffic(day(calls(handle=Handle(mean_s=240.0))), 7).of(0)
    assert [one[2] * 2 for one in alone] == pytest.approx([one[2] for one in longer])
    steadier = Traffic(day(calls(handle=Handle(mean_s=120.0, cv=0.3, shape="lognormal"))), 7).of(0)
    assert [one[0] for one in alone] == [one[0] for one in steadier]


def test_two_sources_of_one_kind_have_different_days() -> None:
    arriving = Traffic(day(calls(patience_s=60.0), calls(patience_s=60.0)), 7).of(0)
    for what in (0, 2, 3):  # when, for how long, how patient
        first, second = ({one[what] for one in arriving if one[1] == source} for source in (0, 1))
        assert not first & second


def test_the_length_of_an_interval_changes_no_arrival() -> None:
    whole = Traffic(day(calls(rates=(0.05,)), interval_s=2 * HOUR, length_s=2 * HOUR), 7)
    halves = Traffic(day(calls(rates=(0.05, 0.05))), 7)
    both = [*halves.of(0), *halves.of(1)]
    expected = whole.of(0)
    assert len(both) == len(expected) > 300
    for one, other in zip(both, expected, strict=True):
        assert one == pytest.approx(other)


def test_arrivals_follow_their_rates() -> None:
    rates = (0.05, 0.0, 0.2, 0.01)
    scenario = day(calls(rates=rates))
    counts = [
        [len(traffic.of(interval)) for interval in range(4)] for traffic in (Traffic(scenario, n) for n in range(60))
    ]
    for interval, rate in enumerate(rates):
        numbers = [row[interval] for row in counts]
        expected = rate * HOUR
        assert abs(fmean(numbers) - expected) <= 4 * sqrt(expected / 60)
        if rate:  # Poisson: the variance is the mean
            assert 0.5 < stdev(numbers) ** 2 / expected < 1.7


@pytest.mark.parametrize("handle", [Handle(mean_s=80.0), Handle(mean_s=80.0, cv=0.5, shape="lognormal")])
def test_handle_times_have_the_mean_and_spread_asked_for(handle: Handle) -> None:
    times = [one[2] for one in Traffic(day(calls(rates=(6.0,), handle=handle)), 1).of(0)]
    assert len(times) > 20_000
    assert fmean(times) == pytest.approx(80.0, rel=0.03)
    assert stdev(times) == pytest.approx(80.0 * handle.cv, rel=0.04)


def test_mail_that_is_laid_aside_keeps_its_place_and_its_work() -> None:
    mail = calls(rates=(1.0,), channel=Channel.EMAIL, target_s=HOUR, handle=Handle(mean_s=600.0))
    scenario = day(mail, calls(BOLT, rates=(0.02,)), crews=(agents(4),))
    log = logged(scenario, 2)
    handle = {contact: one[2] for contact, one in enumerate(Traffic(scenario, 2).of(0))}
    first = min(contact for _, what, contact, _ in log if what == "arrives")
    worked: Counter[int] = Counter()
    since: dict[int, float] = {}
    for at, what, contact, _ in log:
        if what in ("connects", "takes up"):
            since[contact] = at
        elif what in ("lays aside", "wraps up"):
            worked[contact] += at - since.pop(contact)  # type: ignore[assignment]
    interrupted = {contact for _, what, contact, _ in log if what == "lays aside"}
    done = {contact for _, what, contact, _ in log if what == "wraps up"}
    assert len(interrupted & done) > 5
    for contact in done:
        assert worked[contact] == pytest.approx(handle[contact - first])


def test_areas_agree_with_waits_and_handle_times() -> None:
    scenario = day(calls(rates=(0.05,), patience_s=300.0), calls(BOLT), crews=(agents(6),))
    log: list[Step] = []
    run = simulate(scenario, 1, log)
    whole = run.tally()
    assert min(whole.abandoned, whole.waiting, whole.in_service) > 0
    waits = whole.answered_after_s + whole.abandoned_after_s + whole.waiting_s
    assert whole.queue_s == pytest.approx(waits)
    assert run.queue() == pytest.approx(waits / HOUR)
    began = {contact: at for at, what, contact, _ in log if what == "connects"}
    ended = {contact: at for at, what, contact, _ in log if what == "wraps up"}
    engaged = sum(ended.get(contact, HOUR) - at for contact, at in began.items())
    assert run.occupancy() == pytest.approx(engaged / (6 * HOUR))


def test_waits_are_held_against_the_target() -> None:
    scenario = day(calls(patience_s=40.0), crews=(agents(4),))
    log: list[Step] = []
    run = simulate(scenario, 1, log)
    came = {contact: at for at, what, contact, _ in log if what == "arrives"}
    within = Counter(what for at, what, contact, _ in log if contact >= 0 and at - came[contact] <= 20.0)
    at_once = sum(what == "connects" and at == came[contact] for at, what, contact, _ in log)
    tally = run.tally()
    assert (tally.in_target, tally.abandoned_in_target) == (within["connects"], within["gives up"])
    assert tally.at_once == at_once
    assert 0 < tally.at_once < tally.in_target < tally.answered
    assert 0 < tally.abandoned_in_target < tally.abandoned


def test_four_service_levels_of_one_day() -> None:
    """The example of KPI handbooks: 1000 answered, 860 of them in 20 s; 60 abandoned, 20 of them in 20 s."""
    tally = Tally(offered=1060, answered=1000, in_target=860, abandoned=60, abandoned_in_target=20, wrapped=1000)
    assert round(100 * tally.service_level, 2) == 81.13
    assert round(100 * tally.within_of_answered, 2) == 86.00
    assert round(100 * tally.within_of_answered_or_late, 2) == 82.69
    assert round(100 * tally.left_queue_within, 2) == 83.02
    assert tally.abandonment == pytest.approx(60 / 1060)


def test_where_nobody_came_there_is_no_service_level() -> None:
    empty = Tally()
    figures = (empty.service_level, empty.within_of_answered, empty.left_queue_within, empty.asa_s, empty.abandonment)
    assert all(isnan(figure) for figure in figures)


def test_a_contact_counts_in_the_interval_in_which_it_came() -> None:
    run = simulate(day(calls(rates=(0.05, 0.0)), crews=(agents(1, on=HOUR),)), 1)
    assert run.tally(since=HOUR).offered == 0
    assert run.tally(until=HOUR).answered > 0
    assert run.tally(until=HOUR).asa_s > 0
    assert run.tally(BOLT).offered == 0
    assert run.tally(channel=Channel.EMAIL).offered == 0


def test_estimates_leave_out_days_without_a_figure() -> None:
    estimate = Estimate.of([1.0, 2.0, nan, 3.0])
    assert (estimate.mean, estimate.n) == (2.0, 3)
    assert estimate.error == pytest.approx(1 / sqrt(3))
    assert estimate.agrees(3.7)
    assert not estimate.agrees(3.8)
    assert isnan(Estimate.of([]).mean)


def test_a_study_is_the_mean_of_its_days() -> None:
    scenario = day(calls(), crews=(agents(7),))
    found = study(scenario, [1, 2, 3])
    levels = [simulate(scenario, seed).tally().service_level for seed in (1, 2, 3)]
    assert found.service_level().mean == pytest.approx(fmean(levels))
    assert found.service_level().error == pytest.approx(stdev(levels) / sqrt(3))
    assert found.warnings == ()
    assert "every abandoned contact is a miss" in found.definition


@pytest.mark.parametrize("seeds", [[], [1, 1]])
def test_a_study_needs_different_seeds(seeds: list[int]) -> None:
    with pytest.raises(Invalid, match="seeds"):
        study(day(calls()), seeds)
