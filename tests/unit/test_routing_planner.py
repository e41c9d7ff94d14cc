"""The planner: agents per interval, dedicated, pooled and in between; formulas, and the real matcher beside them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid, TooLarge
from chalicelib.routing.model.erlang import delay
from chalicelib.routing.model.erlang.patience import impatient
from chalicelib.routing.model.forecast import Demand, Forecast, Interval, clock
from chalicelib.routing.service import planning
from chalicelib.routing.service.plan_document import document
from chalicelib.routing.service.planner import Plan, Policy, Pool, plan, pool_for
from chalicelib.routing.service.planning import Planning
from chalicelib.routing.service.rehearsal import Setting, apportion, contacts_of, rehearse

HALF_HOUR = 1800.0
ANY = Policy(occupancy_limit=1.0)


def demand(erlang: float = 8.5, client: str = "shop", **more: Any) -> Demand:
    """So many Erlang of one client's handle time, in half an hour."""
    aht_s = more.pop("aht_s", 240)
    usual = {"channel": Channel.VOICE, "level": 0.8, "within_s": 20}
    return Demand(client=client, contacts=erlang * HALF_HOUR / aht_s, aht_s=aht_s, **{**usual, **more})


def forecast(*intervals: list[Demand]) -> Forecast:
    return Forecast(
        interval_s=HALF_HOUR,
        intervals=tuple(
            Interval(start=clock(8 * 3600 + place * HALF_HOUR), demands=tuple(demands))
            for place, demands in enumerate(intervals)
        ),
    )


def twenty(erlang: float = 8.5, **more: Any) -> Forecast:
    return forecast([demand(erlang, f"client-{place}", **more) for place in range(20)])


def pool(*demands: Demand, policy: Policy = ANY) -> Pool:
    return pool_for(demands, HALF_HOUR, policy)


@pytest.mark.parametrize(
    ("erlang", "aht_s", "dedicated", "pooled"),
    [
        (1, 180, 60, 24),
        (1, 240, 60, 25),
        (2, 240, 80, 46),
        (4.25, 240, 140, 92),
        (8.5, 180, 240, 178),
        (8.5, 240, 240, 179),
        (8.5, 300, 240, 180),
        (10, 240, 280, 209),
        (20, 180, 480, 410),
        (20, 240, 500, 411),
        (50, 240, 1120, 1013),
        (50, 300, 1140, 1015),
    ],
)
def test_twenty_clients_apart_and_together(erlang: float, aht_s: float, dedicated: int, pooled: int) -> None:
    staffed = plan(twenty(erlang, aht_s=aht_s), ANY).staffed[0]
    assert (staffed.dedicated_agents, staffed.pooled_agents) == (dedicated, pooled)


def test_the_saving_and_what_a_limit_of_occupancy_leaves_of_it() -> None:
    free = plan(twenty(), ANY).staffed[0]
    assert round(free.saved, 3) == 0.254
    assert free.pooled is not None
    assert round(free.pooled.expected.occupancy, 3) == 0.95
    limited = plan(twenty(), Policy(occupancy_limit=0.85)).staffed[0]
    assert limited.pooled is not None
    assert (limited.dedicated_agents, limited.pooled_agents, limited.pooled.for_target) == (240, 200, 179)
    assert round(limited.pooled.expected.service_level, 3) == 0.999
    assert plan(twenty()).staffed[0].pooled_agents == 194  # the usual limit, 0.88


def test_figures_are_those_of_erlang_c() -> None:
    expected = pool(demand()).expected
    assert expected.service_level == pytest.approx(delay.service_level(8.5, 12, 240, 20))
    assert expected.asa_s == pytest.approx(delay.asa(8.5, 12, 240))
    assert expected.occupancy == pytest.approx(8.5 / 12)
    assert expected.abandoned == 0


def test_known_patience_is_planned_by_erlang_a_and_says_what_patient_people_would_need() -> None:
    own = pool(demand(patience_s=120))
    queue = impatient(8.5 / 240, 240, 120, own.agents)
    assert own.erlang_a is not None
    assert own.expected is own.erlang_a
    assert own.expected.service_level == pytest.approx(queue.service_level(20))
    assert (own.expected.asa_s, own.expected.abandoned) == pytest.approx((queue.wait_s, queue.p_abandon))
    assert own.agents < own.if_patient == 12
    assert impatient(8.5 / 240, 240, 120, own.agents - 1).service_level(20) < 0.8


def test_with_short_patience_there_may_be_fewer_agents_than_load_and_erlang_c_then_says_nothing() -> None:
    own = pool(demand(100, level=0.3, patience_s=30))
    assert own.agents <= own.load
    assert own.erlang_c is None
    assert own.if_patient > own.load


def test_who_hardly_ever_gives_up_is_planned_as_if_patient() -> None:
    own = pool(demand(patience_s=1e9))
    assert own.agents == own.if_patient == 12


def test_patience_of_some_is_patience_of_none() -> None:
    shared = pool(demand(client="a", patience_s=120), demand(client="b"))
    assert shared.erlang_a is None
    assert plan(forecast(list(shared.demands))).notes[-1].startswith("the patience of some is not known")


def test_the_strictest_target_of_a_pool_is_met_too() -> None:
    easy, strict = demand(client="easy", within_s=120), demand(client="strict", level=0.95, within_s=10)
    shared = pool(easy, strict)
    assert delay.service_level(17, shared.agents, 240, 10) >= 0.95 > delay.service_level(17, shared.agents - 1, 240, 10)
    assert shared.expected.levels[0] > shared.expected.levels[1] >= 0.95


def test_chats_go_three_to_an_agent() -> None:
    chats = pool(demand(9, channel=Channel.CHAT, aht_s=600, within_s=60))
    assert chats.load == pytest.approx(3)
    places = delay.agents_for(9, level=0.8, within_s=60, aht_s=600)
    assert (chats.agents - 1) * 3 < places <= chats.agents * 3
    assert chats.expected.service_level == pytest.approx(delay.service_level(9, chats.agents * 3, 600, 60))


def test_calls_and_chats_are_staffed_side_by_side_as_a_call_needs_a_whole_agent() -> None:
    calls, chats = demand(8), demand(9, channel=Channel.CHAT, aht_s=600, within_s=60)
    both = pool(calls, chats)
    assert both.agents == pool(calls).agents + pool(chats).agents
    assert both.load == pytest.approx(8 + 3)
    assert both.expected.levels == pytest.approx((*pool(calls).expected.levels, *pool(chats).expected.levels))


def test_mails_give_way_so_that_calls_do_not_see_them_but_they_are_work() -> None:
    calls = demand(8)
    mails = demand(9, channel=Channel.EMAIL, aht_s=600, within_s=12 * 3600, level=0.9)
    both = pool(calls, mails)
    assert both.agents == 12  # more than 8 + 3 Erlang, and enough for the calls alone
    assert both.expected.levels[0] == pytest.approx(delay.service_level(8, 12, 240, 20))
    assert both.expected.occupancy == pytest.approx(11 / 12)
    limited = pool(calls, mails, policy=Policy(occupancy_limit=0.8))
    assert limited.agents == 14


@given(
    st.lists(
        st.builds(
            demand,
            st.floats(0.1, 30),
            channel=st.sampled_from(Channel),
            level=st.floats(0.5, 0.95),
            within_s=st.floats(10, 600),
            aht_s=st.floats(60, 900),
            patience_s=st.none() | st.floats(30, 900),
        ),
        min_size=1,
        max_size=4,
    ),
    st.floats(0.6, 1.0),
)
@settings(max_examples=60)
def test_every_plan_meets_its_targets_and_its_limit(demands: list[Demand], busiest: float) -> None:
    shared = pool(*demands, policy=Policy(occupancy_limit=busiest))
    assert shared.expected.occupancy <= busiest + 1e-9
    for one, level in zip(demands, shared.expected.levels, strict=True):
        assert level >= one.level - 1e-9
    assert shared.agents >= shared.for_target


def test_shrinkage_says_how_many_to_schedule() -> None:
    staffed = plan(twenty(), Policy(occupancy_limit=1.0, shrinkage=0.3)).staffed[0]
    assert staffed.pooled is not None
    assert staffed.pooled.positions == 256  # 179 / 0.7
    assert [own.positions for own in staffed.dedicated] == [18] * 20


def test_an_interval_without_contacts_needs_nobody() -> None:
    day = plan(forecast([demand()], [], [demand()]))
    assert [staffed.pooled_agents for staffed in day.staffed] == [12, 0, 12]
    assert day.staffed[1].saved == 0
    assert day.hours([12, 0, 12]) == 12


@pytest.mark.parametrize("level", [0.0, 1.0, 1.5])
def test_a_target_of_everybody_is_refused(level: float) -> None:
    with pytest.raises(Invalid, match=r"percent.*shop"):
        plan(forecast([demand(level=level)]))


@pytest.mark.parametrize("policy", [{"occupancy_limit": 0}, {"occupancy_limit": 1.1}, {"shrinkage": 1.0}])
def test_a_policy_beyond_reason_is_refused_by_name(policy: dict[str, float]) -> None:
    with pytest.raises(Invalid, match=next(iter(policy))):
        Policy(**policy)


# The rehearsal


def small(clients: int = 4, erlang: float = 3.0, **more: Any) -> Plan:
    return plan(forecast([demand(erlang, f"client-{place}", **more) for place in range(clients)]), ANY)


def test_the_matcher_with_own_agents_agrees_with_erlang_c() -> None:
    planned = small(clients=2)
    seen = rehearse(planned, Setting(seeds=tuple(range(1, 9)), hours=8)).dedicated
    expected = planned.staffed[0].dedicated[0].expected
    assert seen.agents == (2 * planned.staffed[0].dedicated[0].agents,)
    assert seen.overall.service_level.agrees(expected.service_level)
    assert seen.overall.asa_s.agrees(expected.asa_s)
    assert seen.overall.occupancy.agrees(expected.occupancy)
    assert seen.met


def test_the_matcher_with_one_pool_and_people_who_give_up_agrees_with_erlang_a() -> None:
    planned = small(clients=1, erlang=8, patience_s=90)
    seen = rehearse(planned, Setting(seeds=tuple(range(1, 9)), hours=8)).pooled
    expected = planned.staffed[0].pooled
    assert expected is not None
    assert seen.overall.service_level.agrees(expected.expected.service_level)
    assert seen.overall.abandoned.agrees(expected.expected.abandoned)


def test_agents_who_know_two_clients_are_in_between_and_those_who_know_all_are_the_pool() -> None:
    planned = small(clients=6)
    rehearsal = rehearse(planned, Setting(seeds=(1, 2, 3), hours=4, known=(2, 6)))
    dedicated, pooled = rehearsal.dedicated.agents[0], rehearsal.pooled.agents[0]
    assert pooled <= rehearsal.known[6].agents[0] <= rehearsal.known[2].agents[0] < dedicated
    assert rehearsal.known[2].met
    assert pooled < rehearsal.known[2].agents[0]


def test_a_day_is_played_interval_by_interval_with_the_agents_of_each() -> None:
    planned = plan(forecast([demand(2)], [demand(12)], []), ANY)
    played = rehearse(planned, Setting(seeds=tuple(range(1, 16)))).pooled
    assert played.agents == tuple(staffed.pooled_agents for staffed in planned.staffed)
    assert len(played.intervals) == 3
    assert played.intervals[1].occupancy.mean > played.intervals[0].occupancy.mean
    assert played.intervals[2].service_level.n == 0  # nobody came
    # An hour before, and what was expected.
    assert played.contacts == pytest.approx(15 * (2 * 15 + 15 + 90), rel=0.1)


def test_the_same_seeds_give_the_same_rehearsal() -> None:
    planned, setting = small(), Setting(seeds=(4, 5), hours=1, known=(2,))
    assert document(planned, rehearse(planned, setting)) == document(planned, rehearse(planned, setting))


def test_what_a_rehearsal_costs_is_known_before() -> None:
    planned = small()
    setting = Setting(seeds=(1, 2, 3), hours=4)
    rehearsal = rehearse(planned, setting)
    assert contacts_of(planned, setting) == pytest.approx(
        rehearsal.dedicated.contacts + rehearsal.pooled.contacts, rel=0.1
    )
    assert contacts_of(planned, replace(setting, known=(2,))) > 2 * contacts_of(planned, setting)


@given(st.integers(0, 500), st.lists(st.floats(0, 50), min_size=1, max_size=30).filter(sum))
def test_seats_are_given_whole_and_in_proportion(seats: int, loads: list[float]) -> None:
    given = apportion(seats, loads)
    assert sum(given) == seats
    assert all(abs(got - seats * load / sum(loads)) < 1 for got, load in zip(given, loads, strict=True))


@pytest.mark.parametrize(
    ("setting", "field"), [({"seeds": ()}, "seeds"), ({"hours": 0}, "hours"), ({"known": (0,)}, "known_tenants")]
)
def test_a_rehearsal_beyond_reason_is_refused_by_name(setting: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid, match=field):
        Setting(**setting)


def test_nothing_expected_is_nothing_to_play() -> None:
    with pytest.raises(Invalid, match="nothing to simulate"):
        rehearse(plan(forecast([])), Setting())


# As the API has it


def body(**more: Any) -> dict[str, Any]:
    tenants = [{"tenant": f"client-{place}", "contacts": [63.75], "aht_s": 240} for place in range(20)]
    return {"interval_min": 30, "start": "09:00", "tenants": tenants, **more}


def test_the_document_says_all_of_it() -> None:
    told = Planning().plan(body(occupancy_limit=0.85, shrinkage=0.3))
    (interval,) = told["intervals"]
    assert interval["start"] == "09:00"
    assert interval["load_erl"] == 170
    assert interval["dedicated"]["agents"] == 240
    assert {key: interval["pooled"][key] for key in ("agents", "agents_for_target", "positions", "by")} == {
        "agents": 200,
        "agents_for_target": 179,
        "positions": 286,
        "by": "erlang_c",
    }
    assert interval["saved"] == 0.1667
    assert len(interval["tenants"]) == 20
    assert interval["tenants"][3]["target"] == {"percent": 80, "within_s": 20}
    assert interval["tenants"][3]["dedicated"]["agents"] == 12
    assert told["total"]["agent_hours"] == {"dedicated": 120, "pooled": 100, "known": {}}
    assert "every abandoned contact is a miss" in told["service_level"]
    assert "simulation" not in told


def test_the_document_is_plain_json_even_where_nothing_is_known() -> None:
    request = {"tenants": [{"tenant": "a", "contacts": [12, 0], "aht_s": 240}], "simulate": {"seeds": 1}}
    told = json.loads(json.dumps(Planning().plan(request), allow_nan=False))
    assert told["intervals"][1]["pooled"] is None
    seen = told["simulation"]["pooled"]["intervals"]
    assert seen[1]["service_level"] == {"mean": None, "error": None}
    assert seen[0]["service_level"]["error"] is None  # of one seed


def test_a_simulation_is_played_when_asked_for_and_small_enough() -> None:
    tenants = [{"tenant": f"c{place}", "contacts": [15], "aht_s": 240} for place in range(3)]
    told = Planning().plan({"tenants": tenants, "simulate": {"seeds": 2, "hours": 1}, "known_tenants": [2]})
    simulation = told["simulation"]
    assert simulation["seeds"] == [1, 2]
    assert set(simulation["known"]) == {"2"}
    assert told["intervals"][0]["known"]["2"]["agents"] == simulation["known"]["2"]["agents"][0]
    assert 0 <= simulation["pooled"]["worst"]["service_level"]["mean"] <= 1


def test_what_would_not_be_ready_in_time_is_refused_with_the_limit() -> None:
    with pytest.raises(TooLarge, match=rf"contacts to simulate.*{planning.MOST_CONTACTS}"):
        Planning().plan(body(simulate={"seeds": 50, "hours": 10}))
    long = [{"tenant": f"c{place}", "contacts": [1.0] * 200, "aht_s": 240} for place in range(20)]
    with pytest.raises(TooLarge, match=rf"tenants x intervals.*{planning.MOST_POOLS}"):
        Planning().plan({"tenants": long, "interval_min": 5})
    with pytest.raises(TooLarge, match="Erlang"):
        Planning().plan({"tenants": [{"tenant": "a", "contacts": [1e6], "aht_s": 3600}]})


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"occupancy_limit": 1.2}, "occupancy_limit"),
        ({"shrinkage": "much"}, "shrinkage"),
        ({"known_tenants": [2]}, "known_tenants: is found by simulation"),
        ({"simulate": {"seeds": 0}}, "simulate.seeds"),
        ({"simulate": {"days": 2}}, "simulate.days: is no key here"),
        ({"occupancy": 0.8}, "occupancy: is no key here"),
        ({"tenants": []}, "tenants: are none"),
        ({"tenants": [{"tenant": "a", "contacts": [1]}]}, r"tenants\[1\].aht_s: is missing"),
        ({"tenants": [{"tenant": "a", "contacts": [-1], "aht_s": 60}]}, r"tenants\[1\].contacts"),
        ({"tenants": [{"tenant": "a", "contacts": [1], "aht_s": 60, "percent": 100}]}, "percent"),
        ({"tenants": [{"tenant": "a", "contacts": [1], "aht_s": 60, "channel": "pigeon"}]}, "channel"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_by_its_field(wish: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        Planning().plan(body(**wish))
