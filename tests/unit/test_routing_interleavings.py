"""The real router on the fake store, with the requests of several actors in every order that a seed comes upon.

Each run starts from a floor (agents in some state, contacts that wait, are offered or are over), lets two to four
things happen at once, and then asks the books: nothing lost, nobody doubled, nobody sleeps while an agent is free.
The mutants show that the books would notice. Some thousand orders by default, a hundred thousand with `make crowd`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing import get_context

import pytest

from chalicelib.aws.table import Check, Item, Key, Write
from chalicelib.contacts.model.contact import OUTBOUND, Contact, State
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict, NotAllowed
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.routing.model.eligibility import Ring
from chalicelib.routing.model.line import Line, Waiting
from chalicelib.routing.model.offer import Offered, Outcome
from chalicelib.routing.model.seat import Seat
from chalicelib.routing.model.share import Share
from chalicelib.routing.model.terms import Terms
from chalicelib.routing.service.looking import Looking
from chalicelib.routing.service.router import Router
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.workforce.model import Agent, Status
from tests.fakes.baton import Baton
from tests.fakes.clock import MONDAY
from tests.fakes.memory import MemoryDatabase
from tests.fakes.queues import KeptQueue
from tests.fakes.terms import terms
from tests.unit.routing_floor import Books, arrived, put

ORDERS = int(os.environ.get("ROUTING_ORDERS", "16000"))  # all different
EACH = 20  # tries of a floor; some of them come upon the same order
FLOORS = ORDERS // 18
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
        contact = put(self.database, arrived(tenant, channel, f"s{len(self.known)}", self.passes()))
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
            if contact.channel is Channel.VOICE and self.dice.random() < 0.4:
                self.called_back(contact)
            if self.dice.random() < 0.6:
                self.goes_on(contact)

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
        match contact.state:
            case State.QUEUED:
                leaves: Event = lambda router: router.abandon(tenant, name, "", NOW)  # noqa: E731
                return self.dice.choice([leaves, lambda router: router.again(tenant, name, NOW)])
            case State.OFFERED:
                offer = contact.offer
                choices: list[Event] = [
                    lambda router: router.abandon(tenant, name, "", NOW),
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


@pytest.mark.timeout(1800)
def test_whatever_the_order_nobody_is_lost_doubled_or_left_asleep() -> None:
    workers = min(4, os.cpu_count() or 1)
    each = FLOORS // (workers * 5) + 1
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(run, first, min(each, FLOORS - first)) for first in range(0, FLOORS, each)]
        done = [job.result() for job in jobs]
    assert [fault for _, faults in done for fault in faults] == []
    assert sum(orders for orders, _ in done) >= ORDERS


# What the books would notice


class Careless(MemoryDatabase):
    """Forgets the conditions of some writes."""

    def __init__(self, forgets: Callable[[Write | Check], bool]) -> None:
        super().__init__()
        self._forgets = forgets

    def _demand(self, writes: Sequence[Write | Check]) -> None:
        super()._demand([write for write in writes if not self._forgets(write)])


def of_seats(write: Write | Check) -> bool:
    return write.key[1].startswith("SEAT#")


def of_contacts(write: Write | Check) -> bool:
    return write.table == "contacts" or "#WAIT#" in write.key[0]


def of_standings(write: Write | Check) -> bool:
    return write.key[1].startswith("LINE#") and write.key[1].count("#") == 1


def of_lines(write: Write | Check) -> bool:
    return write.key[1].startswith("LINE#") and write.key[1].count("#") == 2


class Blind(Looking):
    """An agent who has room does not look."""

    def for_agent(self, seat: Seat, now: datetime) -> bool:
        return False

    def for_team(self, team: TeamId, now: datetime) -> None:
        return None


class Deaf(Looking):
    """A contact that has come does not look."""

    def for_contact(self, waiting: Waiting, now: datetime) -> tuple[Offered | None, bool]:
        return None, False


class Hasty(Router):
    """Looks first, and writes then."""

    def enqueue(self, contact: Contact, terms: Terms, *, now: datetime, prefer: AgentId | str = "") -> Outcome:
        line = Line.of(terms, contact.channel)
        own = Waiting(line=line, contact=contact.contact, deadline=stamp(line.deadline(now)), since=stamp(now))
        seen = self._store.look(terms.need.team)
        heads = (*(seen.board.queues[line.id].heads if line.id in seen.board.queues else ()), own)
        seen = replace(seen, board=seen.board.with_heads(line, heads, len(heads) + 1))
        self.looking = Looking(Stale(self._store, seen), self._later, self._wait)  # type: ignore[arg-type]
        return super().enqueue(contact, terms, now=now, prefer=prefer)


class Stale:
    """A store whose first look at a team is an old one."""

    def __init__(self, store: object, seen: object) -> None:
        self._store, self._seen = store, [seen]

    def look(self, team: TeamId) -> object:
        return self._seen.pop() if self._seen else self._store.look(team)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def looking(kind: type[Looking]) -> Callable[[RoutingStore, KeptQueue], Router]:
    def build(store: RoutingStore, later: KeptQueue) -> Router:
        router = Router(store, later)
        router.looking = kind(store, later, lambda tries: 0)
        return router

    return build


def two_free_agents_and_one_seat_left_below_the_ceiling() -> Start:
    floor = Floor(dice=random.Random(0))
    floor.router.set_terms(TEAM, {TENANTS[0]: Share(weight=1, ceiling=1)}, frozenset())
    agents = []
    for skill in ("care", "sales"):
        call = put(floor.database, arrived(TENANTS[0], Channel.VOICE, skill, floor.passes()))
        asked = terms(TENANTS[0], TEAM, skill=skill, target_s=40_000, widest=Ring.SECONDARY)
        floor.router.enqueue(call, asked, now=NOW)
        agents.append(Agent(agent=AgentId(skill), name="", team=TEAM, skills={skill: 5}))
    comes: list[Event] = [lambda router, who=who: router.set_status(who, Status.AVAILABLE, NOW) for who in agents]  # type: ignore[misc]
    return Start(floor.database.tables, comes)


def one_comes_back_to_its_line_while_its_head_is_taken() -> Start:
    floor = Floor(dice=random.Random(0))
    first, second = (Agent(agent=AgentId(name), name="", team=TEAM) for name in ("a0", "a1"))
    floor.router.set_status(first, Status.AVAILABLE, floor.passes())
    calls = [
        put(floor.database, arrived(TENANTS[0], Channel.VOICE, f"s{number}", floor.passes())) for number in range(3)
    ]
    for call in calls:
        floor.router.enqueue(call, terms(TENANTS[0], TEAM, target_s=40_000), now=floor.passes())
    offered = calls[0].contact
    declines: Event = lambda router: router.decline(TENANTS[0], offered, agent=first.agent, now=NOW)  # noqa: E731
    comes: Event = lambda router: router.set_status(second, Status.AVAILABLE, NOW)  # noqa: E731
    return Start(floor.database.tables, [declines, comes])


def some_floors() -> list[Start]:
    return [start(number) for number in range(60)]


Mutant = tuple[Callable[[], Runner], Callable[[], list[Start]]]
MUTANTS: dict[str, Mutant] = {
    "an agent who does not look": (lambda: Runner(router_of=looking(Blind)), some_floors),
    "a contact that does not look": (lambda: Runner(router_of=looking(Deaf)), some_floors),
    "a contact that looks before it writes": (lambda: Runner(router_of=Hasty), some_floors),
    "a claim that does not ask for the agent": (lambda: Runner(database=Careless(of_seats)), some_floors),
    "a claim that does not ask for the contact": (lambda: Runner(database=Careless(of_contacts)), some_floors),
    "a claim that does not ask for the ceiling": (
        lambda: Runner(database=Careless(of_standings)),
        lambda: [two_free_agents_and_one_seat_left_below_the_ceiling()],
    ),
    "a claim that does not ask for the line": (
        lambda: Runner(database=Careless(of_lines)),
        lambda: [one_comes_back_to_its_line_while_its_head_is_taken()],
    ),
}


@pytest.mark.parametrize("mutant", sorted(MUTANTS))
def test_a_router_that_is_less_careful_is_caught(mutant: str) -> None:
    broken, starts = MUTANTS[mutant]
    floors, runner = starts(), broken()
    assert any(runner.faults(begin, seed) for seed in range(60) for begin in floors), f"{mutant} made no difference"
    whole = Runner()
    assert not any(whole.faults(begin, seed) for seed in range(60) for begin in floors[:3])
