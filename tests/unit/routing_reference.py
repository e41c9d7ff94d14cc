"""The routing rule as a plain scan over everybody who waits and everybody who works: slow, and easy to believe.

It has the verbs of `Pool` and none of its indexes. After each verb it looks for the pair of contact and agent that
the rule names next, until there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import TenantId
from chalicelib.routing.model.capacity import COST, MAY_PAUSE, MOST_PAUSES, PAUSABLE, UNITS, is_pressing, packs
from chalicelib.routing.model.eligibility import Need, Profile, Ring, open_ring, ring_of
from chalicelib.routing.model.pool_why import Chosen
from chalicelib.routing.model.share import UNLIMITED, Key, Limits, Share, Turn, held_back, key_of, limits, turn_of


@dataclass(slots=True, kw_only=True, eq=False)
class Contact:
    order: int
    need: Need
    channel: Channel
    target_s: float
    deadline: float
    waits: bool = True
    agent: Agent | None = None  # who serves it, or has laid it aside
    aside: bool = False
    pauses: int = 0
    prefers: Agent | None = None  # only while it waits for him alone
    until: float = inf  # how long it does

    @property
    def line(self) -> tuple[Need, Channel, float]:
        return (self.need, self.channel, self.target_s)

    @property
    def cost(self) -> int:
        return COST[self.channel]


@dataclass(slots=True, kw_only=True, eq=False)
class Agent:
    number: int
    profile: Profile
    since: float
    available: bool = True
    signed_in: bool = True
    contacts: list[Contact] = field(default_factory=list)

    @property
    def active(self) -> list[Contact]:
        return [one for one in self.contacts if not one.aside]

    @property
    def load(self) -> int:
        return sum(one.cost for one in self.active)

    @property
    def layable(self) -> list[Contact]:
        return [one for one in self.active if one.channel in PAUSABLE and one.pauses < MOST_PAUSES]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a decision saw: the keys of the others that this agent could have been given."""

    contact: int
    agent: int
    key: Key
    others: tuple[Key, ...]
    sticky: bool
    made_room: bool
    cause: Chosen  # of the agent


class Reference:
    def __init__(self, shares: Mapping[TenantId, Share], *, drain: bool = True) -> None:
        self.shares = dict(shares)
        self.drain = drain
        self.now = -inf
        self.lines: list[tuple[Need, Channel, float]] = []
        self.agents: list[Agent] = []
        self.contacts: list[Contact] = []
        self.assigned: list[tuple[int, int]] = []
        self.paused: list[int] = []
        self.resumed: list[int] = []
        self.choices: list[Choice] = []
        self.seen: list[Profile] = []

    # ---- verbs

    def line(self, need: Need, channel: Channel, target_s: float) -> int:
        line = (need, channel, target_s)
        if line not in self.lines:
            self.lines.append(line)
        return self.lines.index(line)

    def sign_in(self, profile: Profile, now: float) -> int:
        self.at(now)
        if profile not in self.seen:
            self.seen.append(profile)
        self.agents.append(Agent(number=len(self.agents), profile=profile, since=self.now))
        self.settle()
        return len(self.agents) - 1

    def pause(self, agent: int, now: float) -> None:
        self.at(now)
        self.agents[agent].available = False
        self.settle()

    def resume(self, agent: int, now: float) -> None:
        self.at(now)
        one = self.agents[agent]
        if one.signed_in and not one.available:
            one.available, one.since = True, self.now
            self.settle()

    def sign_out(self, agent: int, now: float) -> None:
        self.at(now)
        one = self.agents[agent]
        one.signed_in = one.available = False
        for contact in self.contacts:
            if contact.prefers is one:
                contact.prefers = None
        self.settle()

    def arrive(self, line: int, now: float, *, boost_s: float = 0.0, prefer: int | None = None) -> int:
        self.at(now)
        need, channel, target_s = self.lines[line]
        contact = Contact(
            order=len(self.contacts),
            need=need,
            channel=channel,
            target_s=target_s,
            deadline=self.now + target_s - boost_s,
        )
        if prefer is not None and self.agents[prefer].signed_in and self.may_serve(self.agents[prefer], contact):
            contact.prefers, contact.until = self.agents[prefer], self.now + 0.25 * target_s
        self.contacts.append(contact)
        self.settle()
        return contact.order

    def release(self, contact: int, now: float) -> None:
        self.at(now)
        agent = self.put_down(contact)
        agent.since = self.now
        self.take_up(agent)
        self.settle()

    def requeue(self, contact: int, now: float) -> None:
        self.at(now)
        agent = self.put_down(contact)
        agent.available = False
        self.take_up(agent)
        self.contacts[contact].waits = True
        self.settle()

    def abandon(self, contact: int, now: float) -> None:
        self.at(now)
        self.contacts[contact].waits = False
        self.settle()

    def wake(self, now: float) -> None:
        self.at(now)

    # ---- what verbs share

    def at(self, now: float) -> None:
        self.now = max(self.now, now)
        for contact in self.contacts:
            if contact.until <= self.now:
                contact.prefers = None
        self.settle()

    def put_down(self, contact: int) -> Agent:
        one = self.contacts[contact]
        agent = one.agent
        assert agent is not None
        agent.contacts.remove(one)
        one.agent, one.aside = None, False
        return agent

    def take_up(self, agent: Agent) -> None:
        laid = sorted((one for one in agent.contacts if one.aside), key=lambda one: (one.deadline, one.order))
        for one in laid:
            if agent.load + one.cost <= UNITS:
                one.aside = False
                self.resumed.append(one.order)

    # ---- what is true now

    def counts(self, agent: Agent) -> bool:
        """Whether his seat is one that the shares divide."""
        return not agent.profile.dedicated and agent.profile.team == self.lines[0][0].team

    def busy(self, tenant: TenantId, aside: bool = False) -> int:
        return sum(
            one.cost
            for agent in self.agents
            if self.counts(agent)
            for one in agent.contacts
            if one.need.tenant == tenant and one.aside is aside
        )

    def shared_signed_in(self) -> int:
        return sum(agent.signed_in and self.counts(agent) for agent in self.agents)

    def limits(self) -> dict[TenantId, Limits]:
        return limits(self.shares, self.shared_signed_in())

    def limit(self, tenant: TenantId) -> Limits:
        """What is laid aside keeps its claim on the ceiling."""
        limit = self.limits().get(tenant, UNLIMITED)
        return replace(limit, ceiling=limit.ceiling - self.busy(tenant, aside=True))

    def key(self, contact: Contact) -> Key:
        tenant = contact.need.tenant
        return key_of(self.busy(tenant), self.limit(tenant), contact.cost, contact.deadline, contact.order)

    def blocked(self, contact: Contact) -> bool:
        tenant = contact.need.tenant
        return turn_of(self.busy(tenant), self.limit(tenant), contact.cost) is Turn.BLOCKED

    def ring(self, contact: Contact) -> Ring:
        manned = {ring_of(agent.profile, contact.need) for agent in self.agents if agent.signed_in} - {None}
        need = contact.need
        return open_ring(contact.deadline, contact.target_s, self.now, manned, need.widest)  # type: ignore[arg-type]

    def may_serve(self, agent: Agent, contact: Contact) -> bool:
        ring = ring_of(agent.profile, contact.need)
        return ring is not None and ring <= self.ring(contact)

    def kept(self, agent: Agent, contact: Contact, laid: int = 0) -> bool:
        """Whether the hard reserves of others keep the agent from it. What he lays aside for it was not free."""
        if not self.counts(agent):
            return False
        free = sum(UNITS - one.load for one in self.agents if one.available and self.counts(one))
        every = self.limits()
        busy = {tenant: self.busy(tenant) for tenant in every}
        return held_back(contact.need.tenant, contact.cost - laid, free, busy, every)

    def in_lines(self) -> list[Contact]:
        return [one for one in self.contacts if one.waits and one.prefers is None]

    def drained(self) -> list[Agent]:
        """Who gets no new written contact, so that he is free for a call."""
        calls = [one for one in self.in_lines() if one.channel is Channel.VOICE and not self.blocked(one)]
        staff = [agent for agent in self.agents if agent.signed_in]
        calls = [one for one in calls if is_pressing(one.deadline, one.target_s, self.now)]
        if not self.drain or not calls:
            return []
        idle = [agent for agent in self.agents if agent.available and not agent.load]
        first: dict[object, Contact] = {}
        for call in calls:
            first[call.line] = min(call, first.get(call.line, call), key=lambda one: (one.deadline, one.order))
        calls = [call for call in calls if any(self.may_serve(agent, first[call.line]) for agent in staff)]
        able = [
            agent
            for agent in self.agents
            if agent.available
            and 0 < agent.load < UNITS
            and any(self.may_serve(agent, first[call.line]) for call in calls)
        ]
        able.sort(
            key=lambda one: (one.load, one.profile.preference, self.seen.index(one.profile), -one.since, -one.number)
        )
        unserved = sum(not any(self.may_serve(agent, first[call.line]) for agent in idle) for call in calls)
        return able[:unserved]

    # ---- the rule

    def takers(self, contact: Contact, drained: list[Agent]) -> list[Agent]:
        """The agents with room for the contact, best first."""
        if self.blocked(contact):
            return []
        able = [agent for agent in self.agents if agent.available and agent.load + contact.cost <= UNITS]
        if contact.prefers is not None:
            able = [agent for agent in able if agent is contact.prefers]
        else:
            able = [agent for agent in able if self.may_serve(agent, contact)]
        if contact.channel is not Channel.VOICE and not is_pressing(contact.deadline, contact.target_s, self.now):
            able = [agent for agent in able if agent not in drained]
        able = [agent for agent in able if not self.kept(agent, contact)]
        most_first = self.packs(contact)
        return sorted(able, key=lambda one: self.agent_key(one, most_first))

    def packs(self, contact: Contact) -> bool:
        """Whether written work goes to the most loaded."""
        if contact.channel is Channel.VOICE:
            return False
        idle = [agent for agent in self.agents if agent.available and not agent.load]
        whole = [agent for agent in idle if not agent.profile.dedicated and self.may_serve(agent, contact)]
        calls = sum(one.channel is Channel.VOICE for one in self.in_lines())
        return packs(len(whole), calls, self.shared_signed_in())

    def agent_key(self, agent: Agent, most_first: bool) -> tuple[tuple[bool, int], int, float, int]:
        load = -agent.load if most_first else agent.load
        return (agent.profile.preference, load, agent.since, agent.number)

    def room_makers(self, contact: Contact) -> list[Agent]:
        """The agents who may lay work aside for the contact, best first."""
        if contact.prefers is not None or contact.channel not in MAY_PAUSE or self.blocked(contact):
            return []
        if not is_pressing(contact.deadline, contact.target_s, self.now):
            return []
        able = [agent for agent in self.agents if agent.available and self.may_serve(agent, contact) and agent.layable]
        if contact.channel is Channel.VOICE:
            able = [agent for agent in able if sum(one.cost for one in agent.layable) == agent.load]
        else:
            able = [agent for agent in able if agent.load == UNITS]
        able = [agent for agent in able if not self.kept(agent, contact, min(agent.load, contact.cost))]
        return sorted(able, key=lambda one: (one.profile.preference, one.load, one.since, one.number))

    def settle(self) -> None:
        while self.give_next():
            continue

    def give_next(self) -> bool:
        drained = self.drained()
        waiting = sorted((one for one in self.contacts if one.waits), key=self.key)
        takers = {one.order: self.takers(one, drained) for one in waiting}
        makers = {one.order: [] if takers[one.order] else self.room_makers(one) for one in waiting}
        for contact in waiting:
            agents = takers[contact.order] or makers[contact.order]
            if agents:
                agent = agents[0]
                others = [one for one in waiting if one is not contact and agent in takers[one.order]]
                choice = Choice(
                    contact.order,
                    agent.number,
                    self.key(contact),
                    tuple(self.key(one) for one in others),
                    contact.prefers is not None,
                    not takers[contact.order],
                    self.cause(contact, takers[contact.order]),
                )
                self.choices.append(choice)
                if choice.made_room:
                    self.lay_aside(agent, contact)
                contact.waits, contact.agent, contact.prefers = False, agent, None
                contact.until = inf
                agent.contacts.append(contact)
                self.assigned.append((contact.order, agent.number))
                return True
        return False

    def lay_aside(self, agent: Agent, contact: Contact) -> None:
        mails = sorted(agent.layable, key=lambda one: (one.deadline, one.order))
        for one in mails if contact.channel is Channel.VOICE else mails[-1:]:
            one.aside = True
            one.pauses += 1
            self.paused.append(one.order)

    def cause(self, contact: Contact, takers: list[Agent]) -> Chosen:
        """What the first of the takers has over the second."""
        if contact.prefers is not None:
            return Chosen.OWN_AGENT
        if not takers:
            return Chosen.MADE_ROOM
        if len(takers) == 1:
            return Chosen.ONLY
        first, second = takers[:2]
        if first.profile.dedicated and not second.profile.dedicated:
            return Chosen.DEDICATED
        if len(first.profile.skills) < len(second.profile.skills):
            return Chosen.FEWEST_SKILLS
        if first.load != second.load:
            return Chosen.LEAST_LOADED if first.load < second.load else Chosen.MOST_LOADED
        return Chosen.LONGEST_IDLE if first.since < second.since else Chosen.LOWEST_NUMBER
