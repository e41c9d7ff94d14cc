"""Floors on which several things happen at once, and the real router on them, its requests in the order of a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.aws.table import Item, Key
from chalicelib.contacts.model.contact import OUTBOUND, Contact, State
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, NotAllowed
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.routing.model.share import Share
from chalicelib.routing.model.terms import Terms
from chalicelib.routing.service.router import Router
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.workforce.model import Agent, Status
from tests.fakes.baton import Baton
from tests.fakes.clock import MONDAY
from tests.fakes.memory import MemoryDatabase
from tests.fakes.queues import KeptQueue
from tests.fakes.terms import terms
from tests.unit.routing_floor import Books, arrived, put

EACH = 20  # tries of a floor; some of them come upon the same order
NOW = MONDAY + timedelta(hours=1)
TEAM = TeamId("shared")
TENANTS = (TenantId("plumber"), TenantId("shop"))
SHARES: tuple[dict[TenantId, Share], ...] = (
    {},
    {TENANTS[0]: Share(weight=0.5, reserve=1), TENANTS[1]: Share(weight=0.5)},
    {TENANTS[0]: Share(weight=0.5, ceiling=1), TENANTS[1]: Share(weight=0.5, reserve=1)},
    {TENANTS[0]: Share(weight=0.5, reserve=1, hard=True), TENANTS[1]: Share(weight=0.5)},
)

Event = Callable[[Router], object]


@dataclass
class Start:
    """A floor on which something is about to happen."""

    tables: dict[str, dict[Key, Item]]
    events: list[Event]

    def copy(self, database: MemoryDatabase) -> None:
        # The fake never changes an item that it holds, so they can be shared by all runs.
        database.tables = {name: dict(table) for name, table in self.tables.items()}


@dataclass
class Floor:
    """Builds one, by the router itself."""

    dice: random.Random
    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    later: KeptQueue = field(default_factory=KeptQueue)
    agents: list[Agent] = field(default_factory=list)
    known: list[Contact] = field(default_factory=list)
    at: datetime = MONDAY

    def __post_init__(self) -> None:
        self.router = Router(RoutingStore(self.database), self.later)
        self.contacts = Contacts(ContactStore(self.database))
        shares = self.dice.choice(SHARES)
        self.capped = any(share.ceiling is not None for share in shares.values())
        self.router.set_terms(TEAM, shares, frozenset())

    def passes(self) -> datetime:
        self.at += timedelta(seconds=self.dice.randint(1, 30))
        return self.at

    def hires(self) -> None:
        number = len(self.agents)
        skills = self.dice.choice([{}, {}, {"sales": 5}, {"sales": 2}])
        own = frozenset({TENANTS[0]}) if self.dice.random() < 0.15 else frozenset[TenantId]()
        agent = Agent(agent=AgentId(f"a{number}"), name="", team=TEAM, skills=skills, dedicated=own)
        self.agents.append(agent)
        if self.dice.random() < 0.8:
            status = self.dice.choice([Status.AVAILABLE] * 4 + [Status.PAUSED])
            self.router.set_status(agent, status, self.passes())

    def asked(self, tenant: TenantId) -> Terms:
        skill = self.dice.choice(["", "", "", "sales"])
        return terms(tenant, TEAM, skill=skill, level=3 if skill else 1, target_s=self.dice.choice([600, 40_000]))

    def brings(self) -> Contact:
        tenant = self.dice.choice(TENANTS)
        channel = self.dice.choice([Channel.CHAT, Channel.CHAT, Channel.EMAIL, Channel.VOICE])
        came = arrived(tenant, channel, f"s{len(self.known)}", self.passes())
        if channel is Channel.VOICE and self.dice.random() < 0.3:
            came = replace(came, direction=OUTBOUND)  # of a campaign: it waits for an agent, too
        contact = put(self.database, came)
        self.known.append(contact)
        return contact

    def called_back(self, contact: Contact) -> None:
        """Its caller has hung up, and waits for our call."""
        asked = {"number": "+1", "attempts": 2, "retry_s": 60}
        with suppress(Conflict):  # an agent was found before he asked
            self.contacts.ask_callback(contact.tenant, contact.contact, now=self.passes(), **asked)  # type: ignore[arg-type]

    def fills(self) -> None:
        for _ in range(self.dice.randint(0, 5)):
            contact = self.brings()
            prefer = self.dice.choice(self.agents).agent if self.dice.random() < 0.1 else ""
            self.router.enqueue(contact, self.asked(contact.tenant), now=self.passes(), prefer=prefer)
            if contact.outbound and self.dice.random() < 0.4:
                self.dials(contact)
            elif contact.channel is Channel.VOICE and self.dice.random() < 0.4:
                self.called_back(contact)
            if self.dice.random() < 0.6:
                self.goes_on(contact)

    def dials(self, contact: Contact) -> None:
        with suppress(Conflict):  # it waits still
            agent = self.contacts.get(contact.tenant, contact.contact).agent
            told = {"to": "customer", "call": f"c-{contact.contact}", "agent": agent, "offered": True}
            self.contacts.dialled(contact.tenant, contact.contact, now=self.passes(), **told)  # type: ignore[arg-type]

    def goes_on(self, contact: Contact) -> None:
        standing = self.contacts.get(contact.tenant, contact.contact)
        if standing.state is State.OFFERED:
            self.router.accept(contact.tenant, contact.contact, agent=standing.agent, now=self.passes())
            if self.dice.random() < 0.7:
                self.contacts.end(contact.tenant, contact.contact, by="customer", now=self.passes())

    def comes_to_now(self) -> None:
        """What time has changed since the contacts came is settled; the offers hold, as if just made."""
        for contact in self.known:
            self.router.again(contact.tenant, contact.contact, NOW)
        self.router.stir(TEAM, NOW)

    def events(self) -> list[Event]:
        """What may happen now, as the floor stands."""
        found = [self.arrival() for _ in range(3)]
        found += [self.own_call() for _ in range(2)]
        for agent in self.agents:
            found += [self.status(agent) for _ in range(2)]
        for contact in self.known:
            standing = self.contacts.get(contact.tenant, contact.contact)
            found += [event for event in (self.of(standing) for _ in range(2)) if event is not None]
        self.dice.shuffle(found)
        return found[: self.dice.choice([2, 3, 3, 4])]

    def arrival(self) -> Event:
        contact = self.brings()
        asked = self.asked(contact.tenant)
        prefer = self.dice.choice(self.agents).agent if self.dice.random() < 0.15 else ""
        return lambda router: router.enqueue(contact, asked, now=NOW, prefer=prefer)

    def own_call(self) -> Event:
        tenant, agent = self.dice.choice(TENANTS), self.dice.choice(self.agents)
        call = arrived(tenant, Channel.VOICE, f"s{len(self.known)}", self.passes())
        contact = put(self.database, replace(call, direction=OUTBOUND))
        self.known.append(contact)
        asked = self.asked(tenant)
        if self.dice.random() < 0.3:  # it is under way already
            with suppress(Conflict, NotAllowed):
                self.router.claim_own(contact, asked, agent, self.passes())
        return lambda router: router.claim_own(contact, asked, agent, NOW)

    def answers(self, contact: Contact) -> Event:
        """Somebody picks it up whom nobody had asked; so that no ceiling counts for him."""
        agent = self.dice.choice(self.agents).agent
        return lambda router: router.take(contact.tenant, contact.contact, agent, NOW)

    def status(self, agent: Agent) -> Event:
        chosen = self.dice.choice([Status.AVAILABLE, Status.AVAILABLE, Status.PAUSED, Status.OFFLINE])
        if self.dice.random() < 0.15:
            page = f"page-{self.dice.randint(1, 3)}"
            return lambda router: router.connect(TEAM, agent.agent, page, NOW)
        return lambda router: router.set_status(agent, chosen, NOW)

    def of(self, contact: Contact) -> Event | None:
        tenant, name, agent = contact.tenant, contact.contact, contact.agent
        telephone = self.by_telephone(contact)
        if telephone is not None and self.dice.random() < 0.5:
            return telephone
        leaves: Event = lambda router: router.abandon(tenant, name, "", NOW)  # noqa: E731
        match contact.state:
            case State.ARRIVED if self.dice.random() < 0.3:  # while it is queued, or dialled
                return leaves
            case State.QUEUED:
                return self.dice.choice([leaves, lambda router: router.again(tenant, name, NOW)])
            case State.OFFERED:
                offer = contact.offer
                choices: list[Event] = [
                    leaves,
                    lambda router: router.miss(tenant, name, offer, NOW),
                    lambda router: router.decline(tenant, name, agent=agent, now=NOW),
                    lambda router: router.accept(tenant, name, agent=agent, now=NOW),
                ]
                return self.dice.choice(choices)
            case State.ENDED:
                return lambda router: router.finish(
                    tenant, name, contact.channel, agent=agent, team=TEAM, disposition="solved", now=NOW
                )
        return None

    def unanswered(self, contact: Contact) -> Event:
        attempt = self.dice.choice(["c-1", "c-2"])
        return lambda router: router.not_reached(contact.tenant, contact.contact, NOW, id=attempt)

    def by_telephone(self, contact: Contact) -> Event | None:
        if contact.channel is not Channel.VOICE or contact.state not in (State.QUEUED, State.OFFERED):
            return None
        found: list[Event] = []
        if not self.capped and not contact.outbound:
            found.append(self.answers(contact))
        if contact.outbound:
            found.append(lambda router: router.abandon(contact.tenant, contact.contact, "withdrawn", NOW))
        if contact.callback:
            found.append(self.unanswered(contact))
        return self.dice.choice(found) if found else None


def start(seed: int) -> Start:
    floor = Floor(dice=random.Random(seed))
    for _ in range(floor.dice.randint(1, 3)):
        floor.hires()
    floor.fills()
    floor.comes_to_now()
    events = floor.events()
    return Start(floor.database.tables, events)


@dataclass
class Runner:
    """`broken` takes something from the router or its store, for the mutants."""

    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    router_of: Callable[[RoutingStore, KeptQueue], Router] = Router
    baton: Baton = field(default_factory=lambda: Baton(4))

    def faults(self, begin: Start, seed: int) -> list[str]:
        begin.copy(self.database)
        later = KeptQueue()
        router = self.router_of(RoutingStore(self.database), later)
        self.database.before = self.baton.before
        self.baton.run([lambda event=event: event(router) for event in begin.events], seed)
        self.database.before = lambda operation: None
        self._deliver(router, later)
        surprises = [repr(failure) for failure in self.baton.failures if not isinstance(failure, Conflict | NotAllowed)]
        books = Books.of(self.database, [TEAM])
        return surprises or books.faults() or books.sleepers(TEAM, NOW.timestamp())

    def _deliver(self, router: Router, later: KeptQueue) -> None:
        """What is due at once: the rest is for later moments."""
        for message, delay_s in later.sent:
            if delay_s <= 1:
                router.due(message, NOW)


def run(first: int, floors: int) -> tuple[int, list[str]]:
    """How many different orders there were, and the first fault of each floor on which there is one."""
    runner, orders, found = Runner(), 0, []
    for number in range(first, first + floors):
        begin, seen = start(number), set()
        for seed in range(EACH):
            faults = runner.faults(begin, seed)
            seen.add(tuple(runner.baton.order))
            if faults:
                found.append(f"floor {number}, order {seed}: {'; '.join(faults)}")
                break
        orders += len(seen)
    return orders, found
