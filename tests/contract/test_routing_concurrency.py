"""Fifty clients bring contacts to forty agents who take, refuse, miss, finish and vanish, all at once.

On the emulator, each client and agent with a router of its own, as every Lambda has. Afterwards every contact is
accounted for: wrapped up once, or given up by its customer; nobody is in two places, and the books agree. A small
crowd by default, two thousand contacts with `make crowd`.
"""

from __future__ import annotations

import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from chalicelib.aws.dynamo import DynamoDatabase
from chalicelib.contacts.model.contact import Arrival, Contact, State
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, Unavailable
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.routing.model.share import Share
from chalicelib.routing.service.router import Router
from chalicelib.routing.service.safety_net import SafetyNet
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.workforce.model import Agent, Status
from tests.fakes.queues import KeptQueue
from tests.fakes.terms import terms

CLIENTS, AGENTS = 50, 40
EACH = int(os.environ.get("ROUTING_CROWD", "200")) // CLIENTS
TENANTS = tuple(TenantId(name) for name in ("clinic", "plumber", "shop"))
LIMIT_S = 300 + CLIENTS * EACH  # a floor that stands still is a fault, however slow the machine


@dataclass
class Floor:
    database: DynamoDatabase
    team: TeamId = field(default_factory=lambda: TeamId(f"crowd-{uuid.uuid4().hex[:8]}"))
    opened: list[Contact] = field(default_factory=list)
    wrapped: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    failures: list[BaseException] = field(default_factory=list)
    waits: int = 0  # after claims that were lost
    lock: threading.Lock = field(default_factory=threading.Lock)
    until: float = field(default_factory=lambda: time.monotonic() + LIMIT_S)

    def router(self, seed: int) -> Router:
        dice = random.Random(seed)

        def wait(tries: int) -> int:
            with self.lock:
                self.waits += 1
            time.sleep(dice.uniform(0, 0.02 * 2 ** min(tries, 5)))
            return dice.randrange(2 ** min(tries, 4))

        return Router(RoutingStore(self.database), KeptQueue(), wait)

    def all_done(self) -> bool:
        return len(self.opened) == CLIENTS * EACH and len(self.wrapped) + len(self.left) >= CLIENTS * EACH

    def guarded(self, work: Callable[[], None]) -> threading.Thread:
        def does() -> None:
            try:
                work()
            except BaseException as failure:
                self.failures.append(failure)

        return threading.Thread(target=does, daemon=True)


def now() -> datetime:
    return datetime.now(UTC)


def brings(floor: Floor, number: int) -> None:
    dice, router = random.Random(number), floor.router(number)
    contacts = Contacts(ContactStore(floor.database))
    for _ in range(EACH):
        time.sleep(dice.uniform(0, 5))
        tenant, channel = dice.choice(TENANTS), dice.choice([Channel.VOICE, Channel.CHAT, Channel.EMAIL])
        arrival = Arrival(channel=channel, entry_point="e", customer="c", source_id=uuid.uuid4().hex)
        contact = contacts.open(tenant, arrival, now())
        with floor.lock:
            floor.opened.append(contact)
        asked = terms(tenant, floor.team, skill=dice.choice(["", "sales"]), target_s=dice.choice([20, 600]))
        router.enqueue(contact, asked, now=now())
        if dice.random() < 0.05:
            try:
                router.abandon(tenant, contact.contact, "", now())
            except Conflict:
                continue  # an agent was faster
            with floor.lock:
                floor.left[contact.contact] += 1


def works(floor: Floor, agent: Agent, number: int) -> None:
    dice, router = random.Random(1000 + number), floor.router(1000 + number)
    contacts = Contacts(ContactStore(floor.database))
    router.set_status(agent, Status.AVAILABLE, now())
    while not floor.all_done() and time.monotonic() < floor.until:
        seat = router.seat(floor.team, agent.agent)
        if not seat.available:
            router.set_status(agent, Status.AVAILABLE, now())
        elif dice.random() < 0.02:
            router.set_status(agent, Status.OFFLINE, now(), "vanished")
        for contact in contacts.get_many([(held.tenant, name) for name, held in seat.contacts.items()]):
            try:
                serves(floor, router, contacts, contact, agent, dice)
            except (Conflict, Unavailable):
                continue  # given back, abandoned or laid aside in that moment
        if not seat.contacts:
            time.sleep(0.3)


def serves(
    floor: Floor, router: Router, contacts: Contacts, contact: Contact, agent: Agent, dice: random.Random
) -> None:
    tenant, name = contact.tenant, contact.contact
    if contact.agent != agent.agent or contact.state is State.HELD:
        return
    if contact.state is State.OFFERED:
        fate = dice.random()
        if fate < 0.04:
            router.decline(tenant, name, agent=agent.agent, now=now())
            return
        if fate < 0.08:
            router.miss(tenant, name, contact.offer, now())
            return
        contact = router.accept(tenant, name, agent=agent.agent, now=now())
        time.sleep(dice.uniform(0, 0.3))
    if contact.state is State.CONNECTED:
        contacts.end(tenant, name, by="customer", now=now())
    done = router.finish(
        tenant, name, contact.channel, agent=agent.agent, team=floor.team, disposition="solved", now=now()
    )
    if done:
        with floor.lock:
            floor.wrapped[name] += 1


@pytest.mark.timeout(LIMIT_S + 120)
def test_a_crowd_loses_nobody_and_gives_nobody_twice(emulated: DynamoDatabase) -> None:
    floor, began = Floor(emulated), time.monotonic()
    boss = floor.router(0)
    boss.set_terms(floor.team, {tenant: Share(weight=1 / 3, reserve=5) for tenant in TENANTS}, frozenset())
    skills = ({}, {"sales": 2}, {"sales": 5}, {})
    agents = [
        Agent(agent=AgentId(f"a{number}-{floor.team}"), name="", team=floor.team, skills=skills[number % 4])
        for number in range(AGENTS)
    ]
    threads = [floor.guarded(lambda number=number: brings(floor, number)) for number in range(CLIENTS)]  # type: ignore[misc]
    threads += [
        floor.guarded(lambda agent=agent, number=number: works(floor, agent, number))  # type: ignore[misc]
        for number, agent in enumerate(agents)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S + 60)
    assert floor.failures == []
    assert floor.all_done(), f"{len(floor.wrapped) + len(floor.left)} of {CLIENTS * EACH} are over after {LIMIT_S} s"
    print(f"{CLIENTS * EACH} contacts in {time.monotonic() - began:.0f} s, {floor.waits} waits after lost claims")
    assert floor.waits, "nobody was in anybody's way"

    ends = Contacts(ContactStore(emulated))
    states = Counter[State]()
    for start in range(0, len(floor.opened), 100):
        asked = [(contact.tenant, contact.contact) for contact in floor.opened[start : start + 100]]
        for contact in ends.get_many(asked):
            states[contact.state] += 1
            wraps = sum(fact.kind == "wrapped" for fact in contact.facts)
            connections = sum(fact.kind == "connected" for fact in contact.facts)
            assert (wraps, connections) == ((1, 1) if contact.state is State.WRAPPED else (0, 0)), contact
    assert states == {State.WRAPPED: len(floor.wrapped), State.ABANDONED: len(floor.left)}
    assert states.total() == CLIENTS * EACH
    assert set(floor.wrapped.values()) == {1}
    assert not set(floor.wrapped) & set(floor.left)

    store = RoutingStore(emulated)
    board = store.board(floor.team)
    assert [queue.waiting for queue in board.queues.values() if queue.waiting] == []
    assert {*board.busy.values(), *board.claimed.values()} == {0}
    assert all((seat.units, seat.contacts) == (0, {}) for seat in store.seats(floor.team))
    net = SafetyNet(boss, store, lambda: [floor.team], list)
    assert sum(net.sweep_team(floor.team, now()).values()) == 0
