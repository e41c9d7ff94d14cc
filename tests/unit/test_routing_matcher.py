"""The live matcher names the same pair of contact and agent as the plain scan of the rule, on any floor."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.routing.model.board import Board, Queue
from chalicelib.routing.model.capacity import COST, PAUSABLE, UNITS
from chalicelib.routing.model.eligibility import Need, Profile, Ring
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.matcher import Choice, drained_of, key, lines_for, seats_for
from chalicelib.routing.model.seat import Seat, SeatContact, signature
from chalicelib.routing.model.share import Share
from chalicelib.workforce.model import Status
from tests.unit.routing_reference import Agent, Contact, Reference

SHARED, HELPERS = TeamId("shared"), TeamId("helpers")
TENANTS = tuple(TenantId(name) for name in ("clinic", "plumber", "shop"))
BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp()
_NEEDS = [
    Need(
        tenant=tenant,
        team=SHARED,
        skill=skill,
        level=level,
        certifications=frozenset(proof),
        overflow=helped,
        widest=ring,
    )
    for tenant in TENANTS
    for skill, level in (("", 1), ("sales", 3))
    for proof in ((), ("iso",))
    for helped in (frozenset[TeamId](), frozenset({HELPERS}))
    for ring in (Ring.SECONDARY, Ring.ANYONE)
]
_PROFILES = sorted(
    [
        Profile.of(team, skills, certifications=frozenset(proofs), walls=frozenset(walls), tenants=frozenset(own))
        for team in (SHARED, HELPERS)
        for skills in ({}, {"sales": 2}, {"sales": 4}, {"care": 5}, {"sales": 5, "care": 1})
        for proofs in ((), ("iso",))
        for walls in ((), ("shop",))
        for own in ((), ("plumber",))
    ],
    key=signature,
)


def at(seconds: float) -> str:
    return stamp(datetime.fromtimestamp(seconds, UTC))


@dataclass
class Floor:
    """The same floor twice: for the plain scan, and as the live router sees it."""

    now: float
    reference: Reference
    board: Board
    seats: list[Seat]
    personal: dict[AgentId, list[Waiting]] = field(default_factory=lambda: defaultdict(list))

    def name(self, number: int) -> AgentId:
        return AgentId(f"a{number:02}")

    def choose(self) -> Choice | None:
        drained = drained_of(self.seats, self.board, self.now)
        found: list[Choice] = []
        for queue in self.board.queues.values():
            found += seats_for(queue.heads[0], self.seats, self.board, self.now, drained=drained)[:1]
        for seat in self.seats:
            own = {waiting.contact for waiting in self.personal[seat.agent]}
            found += [choice for choice in self.fed(seat, drained) if choice.waiting.contact in own][:1]
        return min(found, key=lambda choice: key(choice.waiting, self.board), default=None)

    def fed(self, seat: Seat, drained: frozenset[AgentId]) -> list[Choice]:
        return lines_for(seat, self.board, self.now, personal=self.personal[seat.agent], drained=drained)


def shares(dice: random.Random) -> dict[TenantId, Share]:
    weights = [dice.random() for _ in TENANTS]
    return {
        tenant: Share(
            weight=weight / sum(weights),
            reserve=dice.choice([0, 0, 1, 2]),
            cap=dice.choice([1.0, 1.2, 2.0]),
            ceiling=dice.choice([None, None, 1, 2]),
            hard=dice.random() < 0.2,
        )
        for tenant, weight in zip(TENANTS, weights, strict=True)
    }


def floor(seed: int) -> Floor:
    dice = random.Random(seed)
    now = BEGIN + 1000
    known = shares(dice)
    reference = Reference(known)
    reference.now = now
    reference.line(_NEEDS[0], Channel.CHAT, 60)  # the scan takes its team from the first line
    _agents(dice, reference, now)
    _contacts(dice, reference, now)
    return _as_seen(reference, known, now)


def _agents(dice: random.Random, reference: Reference, now: float) -> None:
    profiles = dice.sample(_PROFILES, k=4)
    reference.seen = sorted(profiles, key=signature)
    for number in range(dice.randint(1, 7)):
        agent = Agent(number=number, profile=dice.choice(profiles), since=now - dice.randint(0, 50))
        agent.signed_in = dice.random() < 0.9
        agent.available = agent.signed_in and dice.random() < 0.85
        reference.agents.append(agent)
        if dice.random() < 0.2:
            _serves(dice, reference, agent, Channel.VOICE, now)
        for _ in range(dice.choice([0, 0, 1, 2, 3])):
            channel = dice.choice([Channel.CHAT, Channel.EMAIL, Channel.POST])
            aside = agent.load == UNITS and channel in PAUSABLE
            if aside or agent.load < UNITS:
                _serves(dice, reference, agent, channel, now, aside=aside)


def _serves(
    dice: random.Random, reference: Reference, agent: Agent, channel: Channel, now: float, *, aside: bool = False
) -> None:
    contact = _contact(dice, reference, channel, now)
    contact.waits, contact.agent, contact.aside = False, agent, aside
    contact.pauses = 1 if aside else dice.choice([0, 0, 1, 2])
    agent.contacts.append(contact)


def _contact(dice: random.Random, reference: Reference, channel: Channel, now: float) -> Contact:
    target = dice.choice([40, 200])
    contact = Contact(
        order=len(reference.contacts),
        need=dice.choice(_NEEDS),
        channel=channel,
        target_s=target,
        deadline=now - dice.randint(0, 2 * target) + target,
    )
    reference.contacts.append(contact)
    return contact


def _contacts(dice: random.Random, reference: Reference, now: float) -> None:
    for _ in range(dice.randint(1, 10)):
        contact = _contact(dice, reference, dice.choice(list(Channel)), now)
        if dice.random() < 0.15:
            agent = dice.choice(reference.agents)
            if agent.signed_in:
                contact.prefers, contact.until = agent, now + 5
    # Arrival decides between equal deadlines of different lines, so the order is that of arrival.
    waiting = [one for one in reference.contacts if one.waits]
    for number, one in enumerate(sorted(waiting, key=lambda one: one.deadline - one.target_s)):
        one.order = 100 + number
    by_order = sorted(reference.contacts, key=lambda one: one.order)
    reference.contacts[:] = by_order


def _as_seen(reference: Reference, known: dict[TenantId, Share], now: float) -> Floor:
    def name(contact: Contact) -> ContactId:
        return ContactId(f"c{contact.order:04}")

    seats = []
    for agent in reference.agents:
        held = {
            name(one): SeatContact(
                tenant=one.need.tenant,
                channel=one.channel,
                team=SHARED,
                counted=reference.counts(agent),
                paused=one.aside,
                pauses=one.pauses,
                deadline=at(one.deadline),
            )
            for one in agent.contacts
        }
        status = Status.AVAILABLE if agent.available else Status.PAUSED if agent.signed_in else Status.OFFLINE
        seats.append(
            Seat(
                agent=AgentId(f"a{agent.number:02}"),
                team=agent.profile.team,
                status=status,
                profile=agent.profile,
                contacts=held,
                units=agent.load,
                idle_since=at(agent.since),
            )
        )
    lines: dict[Line, list[Waiting]] = defaultdict(list)
    personal: dict[AgentId, list[Waiting]] = defaultdict(list)
    for one in reference.contacts:
        if one.waits:
            line = Line(need=one.need, channel=one.channel, target_s=int(one.target_s))
            mine = AgentId(f"a{one.prefers.number:02}") if one.prefers else AgentId("")
            place = Waiting(
                line=line,
                contact=name(one),
                deadline=at(one.deadline),
                since=at(one.deadline - one.target_s),
                prefer=mine,
            )
            (personal[mine] if mine else lines[line]).append(place)
    queues = {}
    for line, places in lines.items():
        places.sort(key=lambda place: place.key)
        queues[line.id] = Queue(line=line, waiting=len(places), heads=tuple(places))
    signed_in = [agent.profile for agent in reference.agents if agent.signed_in]
    free = sum(UNITS - agent.load for agent in reference.agents if agent.available and reference.counts(agent))
    busy = {tenant: reference.busy(tenant) for tenant in TENANTS}
    board = Board(
        team=SHARED,
        shares=known,
        profiles={profile: signed_in.count(profile) for profile in signed_in if profile.team == SHARED},
        helpers=frozenset(profile for profile in signed_in if profile.team != SHARED),
        busy=busy,
        claimed={tenant: busy[tenant] + reference.busy(tenant, aside=True) for tenant in TENANTS},
        queues=queues,
        free=free,
    )
    return Floor(
        now=now, reference=reference, board=board, seats=[seat for seat in seats if seat.free], personal=personal
    )


@given(st.integers(min_value=0, max_value=10**9))
@settings(max_examples=600)
def test_the_next_pair_is_that_of_the_plain_scan(seed: int) -> None:
    seen = floor(seed)
    drained = drained_of(seen.seats, seen.board, seen.now)
    assert drained == {seen.name(agent.number) for agent in seen.reference.drained()}
    mine = seen.choose()
    if not seen.reference.give_next():
        assert mine is None
        return
    assert mine is not None
    (contact, agent), laid = seen.reference.assigned[0], seen.reference.paused
    assert (mine.waiting.contact, mine.seat.agent) == (f"c{contact:04}", seen.name(agent))
    assert list(mine.laid_aside) == [f"c{one:04}" for one in laid]
    # The agent, asked for himself, names the same contact.
    assert seen.fed(mine.seat, drained)[0].waiting == mine.waiting


def test_the_cases_above_meet_every_part_of_the_rule() -> None:
    """Or the comparison would prove little: in these floors calls make room, agents are drained, options hold back."""
    met: dict[str, int] = defaultdict(int)
    for seed in range(600):
        seen = floor(seed)
        drained = drained_of(seen.seats, seen.board, seen.now)
        met["drained"] += bool(drained)
        choice = seen.choose()
        if choice is not None:
            met[choice.reason.turn.name] += 1
            met[choice.reason.ring.name] += 1
            met["laid aside"] += bool(choice.laid_aside)
            met["packed"] += choice.reason.packed
            met["personal"] += choice.reason.personal
            met["dedicated"] += choice.reason.dedicated
        else:
            met["nobody"] += 1
        for seat in seen.seats:
            met["passed over"] += any(one.reason.passed_over for one in seen.fed(seat, drained))
    asked = ["RESERVED", "FAIR", "OVER", "PRIMARY", "SECONDARY", "OVERFLOW", "ANYONE"]
    asked += ["drained", "laid aside", "packed", "personal", "dedicated", "nobody", "passed over"]
    assert {name: met[name] for name in asked if met[name] < 5} == {}


@pytest.mark.parametrize("channel", list(Channel))
def test_an_agent_on_a_break_gets_nothing(channel: Channel) -> None:
    line = Line(need=Need(tenant=TENANTS[0], team=SHARED), channel=channel, target_s=60)
    waiting = Waiting(line=line, contact=ContactId("c"), deadline=at(BEGIN), since=at(BEGIN - 60))
    board = Board(team=SHARED, queues={line.id: Queue(line=line, waiting=1, heads=(waiting,))})
    seat = Seat(agent=AgentId("maria"), team=SHARED, status=Status.PAUSED, profile=Profile(team=SHARED))
    assert COST[channel] <= UNITS
    assert lines_for(seat, board, BEGIN + 500) == []
    assert seats_for(waiting, [seat], board, BEGIN + 500) == []
