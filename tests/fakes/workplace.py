"""An agent's workplace in a test: the sample clients, the shared team, its pages, the pipe of what is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from chalicelib import wiring as house
from chalicelib.aws.pages import Pages
from chalicelib.contacts.model.contact import Arrival, Contact
from chalicelib.contacts.model.conversation import Draft, Message
from chalicelib.contacts.model.told import tellings
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.desk import wiring
from chalicelib.desk.service.cards import Cards
from chalicelib.desk.service.colleagues import Colleagues
from chalicelib.desk.service.desk import Desk
from chalicelib.desk.service.live import Knock, Live
from chalicelib.desk.service.outreach import DeskOutreach
from chalicelib.desk.service.pushes import Pushes, Told
from chalicelib.desk.service.switchboard import Switchboard
from chalicelib.desk.store.book import PageStore
from chalicelib.desk.store.drawing import DeskDrawing
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.outreach import wiring as outreach_wiring
from chalicelib.routing.service.router import Router
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.tenancy.model.caller import Caller, Role, Scope
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.directory import Listing
from chalicelib.tenancy.service.tickets import Tickets
from chalicelib.tenancy.store.sessions import TicketStore
from chalicelib.workforce.service import Workforce
from chalicelib.workforce.store import WorkforceStore
from tests.fakes.clock import Clock
from tests.fakes.desk_calls import Calls, Recorder, Tapes
from tests.fakes.memory import MemoryDatabase
from tests.fakes.queues import KeptQueue
from tests.fakes.tenants import sample
from tests.fakes.terms import terms

SHOP, PLUMBER, CLINIC = TenantId("shop"), TenantId("plumber"), TenantId("clinic")
SHARED = TeamId("shared")


def agent(name: str) -> Caller:
    return Caller(
        user=f"{name}@manyline.example",
        role=Role.AGENT,
        name=name.capitalize(),
        scope=Scope.of(["shop", "plumber"]),
        agent=AgentId(name),
        team=SHARED,
    )


MARIA, JONAS = agent("maria"), agent("jonas")


class Clients:
    def __init__(self) -> None:
        self.known: dict[str, Tenant] = {name: sample(name) for name in (SHOP, PLUMBER, CLINIC)}

    def get(self, tenant: TenantId) -> Tenant:
        return self.known[tenant]

    def asked(self, kind: str, text: str) -> Tenant | None:
        found = (one for one in self.known.values() if text in one.entry_points.phones)
        return next(found, None) if kind == "phone" else None

    def listings(self, scope: Scope) -> list[Listing]:
        return [
            Listing(
                tenant=client.id,
                name=client.name,
                tier=client.tier,
                status=client.status,
                team=client.team_id,
                colour=client.brand.colour,
                routing=client.routing,
            )
            for client in self.known.values()
            if scope.tenants is None or client.id in scope.tenants
        ]


class OpenPages:
    """Connections that are open, and what came out at each."""

    def __init__(self) -> None:
        self.open: set[str] = set()
        self.came: dict[str, list[dict[str, Any]]] = {}

    def send(self, connection: str, payload: Mapping[str, Any]) -> bool:
        if connection not in self.open:
            return False
        self.came.setdefault(connection, []).append(json.loads(json.dumps(payload)))
        return True


class SignIns:
    def __init__(self) -> None:
        self.callers: dict[str, Caller] = {"maria-sid": MARIA, "jonas-sid": JONAS}

    def caller(self, sid: str, now: datetime) -> Caller | None:
        return self.callers.get(sid)


class Chats:
    """The chat's side of the socket, as the desk sees it."""

    def __init__(self) -> None:
        self.happened: list[tuple[str, ...]] = []

    def connected(self, tenant: TenantId, contact: ContactId, connection: str, now: datetime) -> None:
        self.happened.append(("connected", tenant, contact, connection))

    def disconnected(self, tenant: TenantId, contact: ContactId, connection: str, now: datetime) -> None:
        self.happened.append(("disconnected", tenant, contact, connection))

    def typing(self, tenant: TenantId, contact: ContactId, by: str, now: datetime) -> bool:
        self.happened.append(("typing", tenant, contact, by))
        return True


class Workplace:
    def __init__(self) -> None:
        self.clock = Clock()
        self.memory = MemoryDatabase()
        self.told: list[dict[str, Any]] = []
        self.memory.on_change = self._on_change
        self.contacts = Contacts(ContactStore(self.memory))
        self.router = Router(RoutingStore(self.memory), KeptQueue())
        self.workforce = Workforce(WorkforceStore(self.memory))
        self.clients, self.sockets, self.sign_ins, self.chats = Clients(), OpenPages(), SignIns(), Chats()
        self.tickets = Tickets(TicketStore(self.memory), lambda: "ticket")
        self.drawing = DeskDrawing(Pages(), phone="simulator")
        self.outreach, self.recorder, self.tapes = Calls(), Recorder(), Tapes()
        self.desk = Desk(
            contacts=self.contacts,
            router=self.router,
            workforce=self.workforce,
            clients=self.clients,
            abouts=self.outreach.about,
            lines=self.recorder,
        )
        self.desk_outreach = DeskOutreach(
            contacts=self.contacts,
            router=self.router,
            clients=self.clients,
            permission=self.outreach,
            appointments=self.outreach.promises,
            dispatches=self.outreach,
            zones=self.outreach.zones,
            names=Colleagues(self.workforce),
        )
        self.switchboard = Switchboard(
            contacts=self.contacts,
            router=self.router,
            workforce=self.workforce,
            clients=self.clients,
            recorder=self.recorder,
            tapes=self.tapes,
            lists=self.outreach,
            cards=Cards(
                contacts=self.contacts,
                clients=self.clients,
                abouts=self.outreach.about,
                names=Colleagues(self.workforce),
            ),
        )
        self.pushes = Pushes(
            contacts=self.contacts,
            abouts=self.outreach.about,
            clients=self.clients,
            router=self.router,
            workforce=self.workforce,
            drawing=self.drawing,
            socket=self.sockets,
        )
        self.live = Live(
            sessions=self.sign_ins,
            tickets=self.tickets,
            visitors=self.chats,
            book=PageStore(self.memory),
            router=self.router,
            workforce=self.workforce,
            contacts=self.contacts,
            socket=self.sockets,
        )
        self.workforce.put_team(SHARED, "Shared team")
        for name in ("maria", "jonas"):
            skills = frozenset({"general", "orders"})
            self.workforce.put_agent(name, name.capitalize(), SHARED, skills)

    @contextmanager
    def stands_in(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """For all that is behind the desk's doors: they serve this place, and nothing else, until it is over."""
        shared = {"contacts": "contacts", "routing": "router", "workforce": "workforce", "directory": "clients"}
        # Looked up when asked for: a test may have put another drawing or recorder here since.
        for name, own in shared.items():
            monkeypatch.setattr(house, name, partial(getattr, self, own))
        for name in ("drawing", "recorder", "tapes"):
            monkeypatch.setattr(wiring, name, partial(getattr, self, name))
        for name in ("permission", "dispatches"):
            monkeypatch.setattr(outreach_wiring, name, lambda: self.outreach)
        monkeypatch.setattr(outreach_wiring, "appointments", lambda: self.outreach.promises)
        monkeypatch.setattr(wiring, "abouts", lambda: self.outreach.about)
        _forget()
        yield
        _forget()

    def starts_shift(self, caller: Caller = MARIA) -> None:
        self.desk.set_status(caller, "available", "", self.clock.passes(1))

    def opens_page(self, caller: Caller = MARIA, connection: str = "page-1") -> bool:
        self.sockets.open.add(connection)
        headers = {"cookie": f"sid={caller.agent}-sid", "origin": "https://d.example", "host": "d.example"}
        return self.live.arrive(Knock(connection=connection, headers=headers), self.clock.passes(1))

    def arrives(self, channel: Channel = Channel.CHAT, tenant: TenantId = SHOP, text: str = "", **more: str) -> Contact:
        """A contact in the queue of the shared team; offered, if somebody is there."""
        arrival = Arrival(
            channel=channel,
            **{
                "entry_point": "help@luna-shop.example",
                "customer": "jana@example.com",
                "source_id": f"source-{self.clock.passes(1):%H%M%S}",
                **more,
            },
        )
        contact = self.contacts.open(tenant, arrival, self.clock())
        if text:
            self.customer_says(contact, text)
        self.router.enqueue(contact, terms(tenant, SHARED), now=self.clock.passes(1))
        return self.contacts.get(tenant, contact.contact)

    def taken(self, channel: Channel = Channel.CHAT, tenant: TenantId = SHOP, **more: str) -> Contact:
        """A contact that Maria has accepted."""
        self.starts_shift()
        contact = self.arrives(channel, tenant, **more)
        return self.router.accept(tenant, contact.contact, agent=MARIA.agent, now=self.clock.passes(1))

    def customer_says(self, contact: Contact, text: str, **more: Any) -> Message:
        kind = "email" if contact.channel is Channel.EMAIL else "text"
        draft = Draft(by="customer", text=text, kind=kind, client_id=f"c-{len(text)}-{self.clock():%H%M%S}", **more)
        return self.contacts.say(contact, draft, self.clock.passes(1))

    def tells(self) -> list[Told]:
        """Everything that happened since, to the pages."""
        told, self.told = self.told, []
        return [self.pushes.tell(body, self.clock()) for body in told]

    def came(self, connection: str = "page-1") -> list[dict[str, Any]]:
        return self.sockets.came.pop(connection, [])

    def _on_change(self, table: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        if table == "contacts":
            self.told.extend(json.loads(json.dumps(body)) for body, _ in tellings(old, new))


def _forget() -> None:
    """What the desk's doors had been served by."""
    for service in (wiring.desk, wiring.switchboard, wiring.outreach):
        service.cache_clear()
