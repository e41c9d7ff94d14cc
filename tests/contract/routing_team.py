"""A routing team of its own on the fake store or the emulator, and what can happen on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.aws.table import Database
from chalicelib.contacts.model.contact import Arrival, Contact
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.routing.model.capacity import UNITS
from chalicelib.routing.model.offer import Outcome
from chalicelib.routing.service.router import Router
from chalicelib.routing.service.safety_net import REPAIRS, SafetyNet
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.workforce.model import Agent, Status
from chalicelib.workforce.service import Workforce
from chalicelib.workforce.store import WorkforceStore
from tests.fakes.clock import Clock
from tests.fakes.memory import MemoryDatabase
from tests.fakes.queues import KeptQueue
from tests.fakes.terms import terms

TENANTS = (TenantId("plumber"), TenantId("shop"), TenantId("clinic"))
SHOP = TENANTS[1]
NOTHING = dict.fromkeys(REPAIRS, 0)


@dataclass
class Floor:
    """A team of its own, so that tests share the emulator's tables and not their contents."""

    database: Database
    clock: Clock
    team: TeamId
    later: KeptQueue
    store: RoutingStore
    router: Router
    net: SafetyNet
    contacts: Contacts
    workforce: Workforce

    def agent(self, name: str, status: Status = Status.AVAILABLE, **more: Any) -> Agent:
        """`more` is of `Agent`: skills with their levels, languages, certifications, walls, dedicated."""
        agent = Agent(agent=AgentId(f"{name}-{self.team}"), name=name, team=self.team, **more)
        self.router.set_status(agent, status, self.clock.passes(1))
        return agent

    def arrives(
        self, channel: Channel = Channel.CHAT, *, tenant: TenantId = SHOP, prefer: str = "", **asked: Any
    ) -> tuple[Contact, Outcome]:
        arrival = Arrival(channel=channel, entry_point="e", customer="c", source_id=uuid.uuid4().hex)
        contact = self.contacts.open(tenant, arrival, self.clock.passes(1))
        wanted = terms(tenant, self.team, **{"target_s": 20, **asked})
        outcome = self.router.enqueue(contact, wanted, now=self.clock(), prefer=prefer)
        return contact, outcome

    def now_of(self, contact: Contact) -> Contact:
        return self.contacts.get(contact.tenant, contact.contact)

    def handle(self, contact: Contact, agent: Agent) -> None:
        self.router.accept(contact.tenant, contact.contact, agent=agent.agent, now=self.clock.passes(1))
        self.contacts.end(contact.tenant, contact.contact, by="customer", now=self.clock.passes(1))
        self.finish(contact, agent)

    def finish(self, contact: Contact, agent: Agent) -> None:
        self.router.finish(
            contact.tenant, contact.contact, contact.channel,
            agent=agent.agent, team=self.team, disposition="solved", now=self.clock.passes(1),
        )  # fmt: skip

    def check_books(self) -> None:
        """Every seat's units are the sum of its contacts, and each of those is with that agent."""
        for seat in self.router.seats(self.team):
            held = [self.contacts.get(one.tenant, contact) for contact, one in seat.contacts.items()]
            assert seat.units == sum(UNITS if contact.channel is Channel.VOICE else 1 for contact in held) <= UNITS
            assert all(contact.agent == seat.agent for contact in held)


class Meanwhile(MemoryDatabase):
    """Something happens in the moment in which a contact is written."""

    deed: Callable[[], object] | None = None

    def transact(self, writes) -> None:  # type: ignore[no-untyped-def]
        if self.deed is not None:
            deed, self.deed = self.deed, None
            deed()
        super().transact(writes)


def floor_of(database: Database) -> Floor:
    later = KeptQueue()
    store = RoutingStore(database)
    router = Router(store, later)
    team = TeamId(f"team-{uuid.uuid4().hex[:8]}")
    workforce = Workforce(WorkforceStore(database))
    net = SafetyNet(router, store, lambda: [team], list)
    return Floor(database, Clock(), team, later, store, router, net, Contacts(ContactStore(database)), workforce)


def seat_of(floor: Floor, agent: Agent) -> tuple[int, list[str]]:
    seat = floor.router.seat(floor.team, agent.agent)
    return seat.units, sorted(seat.contacts)


def check(floor: Floor) -> None:
    """Nothing for the sweep to mend, and every seat holds what its agent has and knows who waits for him."""
    for seat in floor.router.seats(floor.team):
        held = floor.store.contacts([(one.tenant, contact) for contact, one in seat.contacts.items()])
        assert seat.units == sum(one.load for one in seat.contacts.values()) <= 3
        assert all(contact.agent == seat.agent for contact in held)
        assert seat.personal == len(floor.store.personal(floor.team, seat.agent))
    assert floor.net.sweep_team(floor.team, floor.clock()) == NOTHING


def calls_out(floor: Floor, target_s: int = 4 * 3600, prefer: str = "") -> tuple[Contact, Outcome]:
    arrival = Arrival(
        channel=Channel.VOICE, entry_point="e", customer="+15550123456", source_id=uuid.uuid4().hex,
        direction="outbound", outreach="campaign:checkups",
    )  # fmt: skip
    contact = floor.contacts.open(SHOP, arrival, floor.clock.passes(1))
    wanted = terms(SHOP, floor.team, target_s=20).calling_out(target_s)
    return contact, floor.router.enqueue(contact, wanted, now=floor.clock(), prefer=prefer)
