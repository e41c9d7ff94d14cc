"""What holds whatever happens on the floor. The twelve invariants of the routing rule, on days drawn from seeds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from heapq import heappop, heappush
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TenantId
from chalicelib.routing.model.capacity import UNITS
from chalicelib.routing.model.eligibility import Need, Profile, Ring, ring_of
from chalicelib.routing.model.pool import Pool
from chalicelib.routing.model.pool_why import Decided, decided
from chalicelib.routing.model.share import Share, Turn
from tests.unit.routing_play import TEAM, Day
from tests.unit.routing_reference import Reference

SEEDS = st.integers(0, 2**32)
KINDS = list(product([False, True], repeat=2))  # mail, priced
every_kind_of_day = pytest.mark.parametrize(("mail", "priced"), KINDS)


def days(count: int):  # type: ignore[no-untyped-def]
    return settings(derandomize=True, max_examples=count, deadline=None, database=None)


@every_kind_of_day
@days(30)
@given(seed=SEEDS)
def test_every_decision_of_the_pool_is_that_of_the_scan(mail: bool, priced: bool, seed: int) -> None:
    day = Day(seed, mail=mail, priced=priced)
    for verb in day.steps(70):
        assert day.pool.assigned == day.reference.assigned, verb
        assert day.pool.paused == day.reference.paused, verb
        assert day.pool.resumed == day.reference.resumed, verb


# Days on which a decision once came late: a contact began to press while new tables were made, or in its own line.
@pytest.mark.parametrize("seed", [28_255_005, 83_497_949, 89_698_526])
def test_days_that_were_once_decided_otherwise_are_decided_as_the_scan_does(seed: int) -> None:
    for mail, priced in KINDS:
        day = Day(seed, mail=mail, priced=priced)
        for verb in day.steps(70):
            assert day.pool.assigned == day.reference.assigned, verb
            assert day.pool.paused == day.reference.paused, verb


@every_kind_of_day
@days(6)
@given(seed=SEEDS)
def test_1_nobody_waits_for_an_agent_who_may_and_can_take_him(mail: bool, priced: bool, seed: int) -> None:
    """Left out, as the rule says: ceilings and hard reserves, drained agents, and who waits for an agent of his own."""
    day = Day(seed, mail=mail, priced=priced)
    for verb in day.steps(60):
        floor = day.reference
        drained = floor.drained()
        for contact in floor.in_lines():
            assert not floor.takers(contact, drained), verb
            assert not floor.room_makers(contact), verb
        for contact in floor.contacts:
            if contact.waits and contact.prefers is not None:
                assert not floor.takers(contact, drained), verb


@every_kind_of_day
@days(10)
@given(seed=SEEDS)
def test_2_5_the_smallest_key_goes_first_and_so_does_the_better_turn(mail: bool, priced: bool, seed: int) -> None:
    day = Day(seed, mail=mail, priced=priced)
    for _ in day.steps(70):
        assert day.pool.assigned == day.reference.assigned
    for choice in day.reference.choices:
        assert all(choice.key < other for other in choice.others)
        assert choice.key[0] < Turn.BLOCKED
        assert all(choice.key[0] <= other[0] for other in choice.others)


@every_kind_of_day
@days(10)
@given(seed=SEEDS)
def test_3_within_a_line_deadline_and_arrival_are_the_order(mail: bool, priced: bool, seed: int) -> None:
    day = Day(seed, mail=mail, priced=priced, punctual=True)
    waiting: dict[int, tuple[int, float]] = {}
    place: dict[int, tuple[int, float]] = {}
    sticky = set()
    for name, arguments, more in day.steps(70):
        if name == "arrive":
            number = len(day.reference.contacts) - 1
            deadline = day.reference.now + day.reference.lines[arguments[0]][2] - more["boost_s"]
            place[number] = waiting[number] = (arguments[0], deadline)
            if more["prefer"] is not None:
                sticky.add(number)
        if name == "abandon":
            waiting.pop(arguments[0], None)
        if name == "requeue":
            waiting[arguments[0]] = place[arguments[0]]
        for contact, _ in day.pool.assigned:
            line, deadline = waiting.pop(contact)
            if contact in sticky:
                continue
            ahead = [one for one, (its, due) in waiting.items() if its == line and (due, one) < (deadline, contact)]
            assert all(one in sticky for one in ahead)
        day.pool.assigned.clear()


@every_kind_of_day
@days(10)
@given(seed=SEEDS)
def test_4_nobody_carries_more_than_one_agent_can_and_units_add_up(mail: bool, priced: bool, seed: int) -> None:
    day = Day(seed, mail=mail, priced=priced)
    for _ in day.steps(70):
        pool, floor = day.pool, day.reference
        shared = 0
        for agent in floor.agents:
            load = pool.load(agent.number)
            assert 0 <= load <= UNITS
            assert load == agent.load
            if any(one.channel is Channel.VOICE for one in agent.active):
                assert len(agent.active) == 1
            shared += load * floor.counts(agent)
        busy = {tenant: pool.busy(tenant) for tenant in day.tenants}
        assert min(busy.values()) >= 0
        assert sum(busy.values()) == shared


@every_kind_of_day
@days(10)
@given(seed=SEEDS)
def test_6_nobody_is_lost_and_nobody_has_two_agents(mail: bool, priced: bool, seed: int) -> None:
    day = Day(seed, mail=mail, priced=priced, punctual=True)
    state: dict[int, str] = {}
    offered: Counter[tuple[str, Channel]] = Counter()
    for name, arguments, _ in day.steps(70):
        if name == "arrive":
            contact = day.reference.contacts[-1]
            state[contact.order] = "waits"
            offered[contact.need.tenant, contact.channel] += 1
        elif name == "release":
            state[arguments[0]] = "wrapped up"
        elif name == "requeue":
            state[arguments[0]] = "waits"
        elif name == "abandon" and state[arguments[0]] == "waits":
            state[arguments[0]] = "gone"
        for number, _ in day.pool.assigned:
            assert state[number] == "waits"
            state[number] = "served"
        day.pool.assigned.clear()
        assert day.pool.waiting == sum(one == "waits" for one in state.values())
        assert day.pool.waiting == sum(one.waits for one in day.reference.contacts)
        found = Counter((day.reference.contacts[one].need.tenant, day.reference.contacts[one].channel) for one in state)
        assert found == offered


@every_kind_of_day
@days(5)
@given(seed=SEEDS)
def test_7_the_same_day_gives_the_same_log(mail: bool, priced: bool, seed: int) -> None:
    logs = []
    for _ in range(2):
        day = Day(seed, mail=mail, priced=priced)
        assert list(day.steps(60))
        logs.append((day.pool.assigned, day.pool.paused, day.pool.resumed))
    assert logs[0] == logs[1]


def test_8_one_client_and_one_skill_are_first_come_first_served() -> None:
    """Exactly: the same waits, to the last bit, as a loop that knows neither shares nor skills."""
    draw = random.Random(8)
    servers, now, arrivals = 50, 0.0, []
    for _ in range(20_000):
        now += draw.expovariate(46 / 180)
        arrivals.append((now, draw.expovariate(1 / 180)))
    assert waits_of(one_skill(servers), arrivals) == waits_in_order(servers, arrivals)


@every_kind_of_day
@days(6)
@given(seed=SEEDS)
def test_9_the_names_of_clients_change_nothing_nor_does_an_idle_one(mail: bool, priced: bool, seed: int) -> None:
    day = Day(seed, mail=mail, priced=priced)
    assert list(day.steps(60))
    other = {tenant: TenantId(f"{9 - number}{tenant}") for number, tenant in enumerate(day.tenants)}
    shares = {other[tenant]: share for tenant, share in reversed(day.shares.items())}
    shares[TenantId("idle")] = Share(weight=0.0)
    pool = Pool(shares, drain=day.reference.drain)
    for need, channel, target_s in day.reference.lines:
        pool.line(replace(need, tenant=other[need.tenant]), channel, target_s)
    for name, arguments, more in day.verbs:
        if name == "sign_in":
            profile = arguments[0]
            sets = {what: frozenset(other[one] for one in getattr(profile, what)) for what in ("walls", "tenants")}
            arguments = (replace(profile, **sets), *arguments[1:])
        getattr(pool, name)(*arguments, **more)
    if not any(share.hard for share in shares.values()):  # sums of hard reserves may round in another order
        assert pool.assigned == day.pool.assigned


@pytest.mark.parametrize("better", [{"reserve": 6.0}, {"weight": 0.4}])
def test_10_a_larger_reserve_or_weight_does_not_lower_the_service(better: dict[str, float]) -> None:
    """Seeded: twelve busy hours of four clients on 20 agents, the first of them at more than its forecast."""
    before = after = 0.0
    for seed in range(12):
        shares = {TenantId(name): Share(weight=0.2, reserve=2.0) for name in "abcd"}
        before += in_target(shares, seed)
        after += in_target(shares | {TenantId("a"): replace(shares[TenantId("a")], **better)}, seed)  # type: ignore[arg-type]
    assert after / 12 > before / 12 - 0.01


def test_11_reserves_shrink_with_the_agents_and_a_sign_out_changes_whose_turn_it_is() -> None:
    """Two agents make 6 units of 4 + 4 seats promised: 3 units each. One signs out, and the reserve is 1.5 units."""
    pool = Pool({TenantId("a"): Share(weight=0.5, reserve=4), TenantId("b"): Share(weight=0.5, reserve=4)}, drain=False)
    agents = [pool.sign_in(Profile.of(TEAM, {}), 0) for _ in range(2)]
    chats = {name: pool.line(Need(tenant=TenantId(name), team=TEAM), Channel.CHAT, 100) for name in "ab"}
    for _ in range(2):
        pool.arrive(chats["a"], 0)
    for _ in range(4):
        pool.arrive(chats["b"], 0)
    early, late = pool.arrive(chats["b"], 1), pool.arrive(chats["a"], 2)
    pool.assigned.clear()
    assert pool.busy(TenantId("a")) == 2, "under its reserve of 3"
    served_by = {pool.why(contact).agent: contact for contact in range(6)}
    pool.release(served_by[agents[0]], 3)
    assert [contact for contact, _ in pool.assigned] == [late], "a is under its reserve, b is not"
    assert pool.why(late).turn is Turn.RESERVED
    pool.assigned.clear()
    pool.sign_out(agents[0], 4)
    again = pool.arrive(chats["a"], 5)
    pool.release(served_by[agents[1]], 6)
    assert [contact for contact, _ in pool.assigned] == [early], "now neither is, and the deadline decides"
    assert pool.waiting_in(chats["a"]) == 1
    assert again > early


@every_kind_of_day
@days(10)
@given(seed=SEEDS)
def test_12_deadline_and_arrival_survive_whatever_befalls_a_contact(mail: bool, priced: bool, seed: int) -> None:
    day = Day(seed, mail=mail, priced=priced)
    deadlines: dict[int, float] = {}
    for name, arguments, more in day.steps(70):
        if name == "arrive":
            target = day.reference.lines[arguments[0]][2]
            deadlines[len(deadlines)] = day.reference.now + target - more["boost_s"]
        for contact, agent in day.pool.assigned:
            decision = day.pool.why(contact) if day.reference.contacts[contact].agent else None
            assert decision is None or (decision.deadline, decision.agent) == (deadlines[contact], agent)
        day.pool.assigned.clear()


@every_kind_of_day
@days(10)
@given(seed=SEEDS)
def test_walls_and_certifications_are_never_broken(mail: bool, priced: bool, seed: int) -> None:
    day = Day(seed, mail=mail, priced=priced)
    for verb in day.steps(70):
        for number, agent in day.pool.assigned:
            need, profile = day.reference.contacts[number].need, day.reference.agents[agent].profile
            assert need.tenant not in profile.walls, verb
            assert need.certifications <= profile.certifications, verb
            ring = ring_of(profile, need)
            assert ring is not None, verb
            assert ring <= need.widest, verb
        day.pool.assigned.clear()


@every_kind_of_day
@days(15)
@given(seed=SEEDS)
def test_the_reason_names_the_true_cause(mail: bool, priced: bool, seed: int) -> None:
    day = Day(seed, mail=mail, priced=priced, explaining=True)
    told = 0
    for _ in day.steps(60):
        assert day.pool.assigned == day.reference.assigned
        for choice in day.reference.choices[told:]:
            contact = day.reference.contacts[choice.contact]
            if contact.agent is None or contact.agent.number != choice.agent:
                continue
            decision = day.pool.why(choice.contact)
            assert decision.turn == choice.key[0]
            assert decision.sticky == choice.sticky
            assert decision.chosen is choice.cause
            if choice.sticky:
                assert decision.decided is Decided.OWN_AGENT
            else:
                assert decision.decided is decided(choice.key, min(choice.others, default=None))
        told = len(day.reference.choices)


@days(20)
@given(seed=SEEDS)
def test_a_pool_that_explains_decides_as_one_that_does_not(seed: int) -> None:
    day = Day(seed, mail=True, priced=False)
    assert list(day.steps(60))
    pool = Pool(day.shares, drain=day.reference.drain, explaining=True)
    for kind in day.reference.lines:
        pool.line(*kind)
    for name, arguments, more in day.verbs:
        getattr(pool, name)(*arguments, **more)
    assert pool.assigned == day.pool.assigned


@days(25)
@given(seed=SEEDS)
def test_in_a_crowd_too_every_decision_is_that_of_the_scan(seed: int) -> None:
    """Many wait, agents are drained, clients go over their shares and back: where indexes would go wrong."""
    draw = random.Random(seed)
    shares = {TenantId(name): Share(weight=0.25, reserve=1, cap=draw.choice([0.5, 1.2])) for name in "abcd"}
    profiles = [Profile.of(TEAM, dict.fromkeys(draw.choice(["x", "y", "xy"]), 1)) for _ in range(draw.randint(3, 9))]
    profiles += [
        Profile.of(TEAM, {"x": 1, "y": 1}, tenants=frozenset({draw.choice("ab")})) for _ in range(draw.randint(0, 3))
    ]
    widest, busy = draw.choice([Ring.PRIMARY, Ring.ANYONE]), draw.choice([0.55, 0.6, 0.7])
    pool, reference = Pool(shares), Reference(shares)
    for engine in (pool, reference):
        for name, channel, skill in product("abcd", [Channel.VOICE, Channel.CHAT], "xy"):
            need = Need(tenant=TenantId(name), team=TEAM, skill=skill, widest=widest)
            engine.line(need, channel, 8.0 if name < "c" else 20.0)
        for profile in profiles:
            engine.sign_in(profile, 0)
    now = 0.0
    for _ in range(130):
        now += draw.choice([0, 0.25, 0.5])
        served = [one.order for one in reference.contacts if one.agent]
        if draw.random() < busy or not served:
            verb, number = "arrive", draw.randrange(16)
        else:
            verb, number = "release", draw.choice(served)
        for engine in (pool, reference):
            getattr(engine, verb)(number, now)
        assert pool.assigned == reference.assigned


def one_skill(servers: int) -> Pool:
    pool = Pool({})
    pool.line(Need(tenant=TenantId("a"), team=TEAM, skill="x"), Channel.VOICE, 20)
    for _ in range(servers):
        pool.sign_in(Profile.of(TEAM, {"x": 1}), 0)
    return pool


def waits_of(pool: Pool, arrivals: list[tuple[float, float]]) -> list[float]:
    waits = [-1.0] * len(arrivals)
    for contact, at in answered(pool, [(at, 0, handle) for at, handle in arrivals]):
        waits[contact] = at - arrivals[contact][0]
    return waits


def answered(pool: Pool, arrivals: list[tuple[float, int, float]]) -> Iterator[tuple[int, float]]:
    """Who is answered, and when. An arrival is (at, line, handle time)."""
    ends: list[tuple[float, int]] = []
    for at, line, handle in [*arrivals, (float("inf"), -1, 0.0)]:
        while ends and ends[0][0] <= at:
            end, contact = heappop(ends)
            pool.release(contact, end)
            for given_, _ in pool.assigned:
                heappush(ends, (end + arrivals[given_][2], given_))
                yield given_, end
            pool.assigned.clear()
        if line >= 0:
            pool.arrive(line, at)
            for given_, _ in pool.assigned:
                heappush(ends, (at + handle, given_))
                yield given_, at
            pool.assigned.clear()


def waits_in_order(servers: int, arrivals: list[tuple[float, float]]) -> list[float]:
    free = [0.0] * servers
    waits = []
    for at, handle in arrivals:
        start = max(at, heappop(free))
        waits.append(start - at)
        heappush(free, start + handle)
    return waits


def in_target(shares: dict[TenantId, Share], seed: int) -> float:
    """The part of the first client's calls that are answered within 20 s."""
    draw = random.Random(seed)
    pool = Pool(shares)
    lines = [pool.line(Need(tenant=tenant, team=TEAM, skill="x"), Channel.VOICE, 20) for tenant in shares]
    for _ in range(20):
        pool.sign_in(Profile.of(TEAM, {"x": 1}), 0)
    now, arrivals = 0.0, []
    while now < 3600:
        now += draw.expovariate(21 / 180)
        arrivals.append((now, draw.choice([lines[0], *lines]), draw.expovariate(1 / 180)))
    mine = {number: at for number, (at, line, _) in enumerate(arrivals) if line == lines[0]}
    good = sum(at - mine[contact] <= 20 for contact, at in answered(pool, arrivals) if contact in mine)
    return good / len(mine)
