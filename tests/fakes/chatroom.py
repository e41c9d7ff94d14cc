"""A whole chat channel in a test: the sample clients, agents, widgets, and the pipe that carries what was told."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.aws.table import Database
from chalicelib.channels.chat.model.opening import Opening
from chalicelib.channels.chat.model.outcome import Closed, Opened, TurnedAway
from chalicelib.channels.chat.model.visit import SessionTokens, Visit
from chalicelib.channels.chat.service.chat import Chat
from chalicelib.channels.chat.service.live import ChatLive, Delivery
from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.model.conversation import Draft, Message
from chalicelib.contacts.model.told import Telling, tellings
from chalicelib.contacts.service import Contacts
from chalicelib.contacts.store import ContactStore
from chalicelib.kernel.ids import AgentId, TeamId, digest
from chalicelib.routing.service.router import Router
from chalicelib.routing.store.seats import RoutingStore
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.files import read_files
from chalicelib.tenancy.service.tickets import Tickets
from chalicelib.tenancy.store.sessions import TicketStore
from chalicelib.workforce.model import Agent, Status, graded
from tests.fakes.clock import Clock
from tests.fakes.memory import MemoryDatabase
from tests.fakes.queues import KeptQueue

TENANTS = Path(__file__).parents[2] / "tenants"
SHOP, PLUMBER, CLINIC = "wk_luna_7d41c09e", "wk_rapid_5f3a9c21", "wk_praxis_e09b66d4"
MONDAY_MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # all sample clients are open
CHRISTMAS = datetime(2026, 12, 25, 15, 0, tzinfo=UTC)
KEY = b"a stage's own key, 64 characters long, known to nobody outside of it"


class WidgetKeys:
    """The sample clients by the key in their pages."""

    def __init__(self) -> None:
        read = read_files({path.name: path.read_text() for path in TENANTS.glob("*.toml")})
        self.tenants: dict[str, Tenant] = {
            widget.key: tenant for tenant in read for widget in tenant.entry_points.widgets
        }

    def asked(self, kind: str, text: str) -> Tenant | None:
        return self.tenants.get(text) if kind == "widget" else None


class KeptPush:
    """Connections that are `open`, and what came out at each."""

    def __init__(self) -> None:
        self.open: set[str] = set()
        self.came: dict[str, list[dict[str, Any]]] = {}

    def send(self, connection: str, payload: Mapping[str, Any]) -> bool:
        if connection not in self.open:
            return False
        self.came.setdefault(connection, []).append(dict(payload))
        return True


class Chatroom:
    def __init__(self, database: Database | None = None, clock: Clock | None = None) -> None:
        self.memory = MemoryDatabase()
        self.database: Database = database if database is not None else self.memory
        self.clock = clock or Clock(MONDAY_MORNING)
        self.keys = WidgetKeys()
        self.push = KeptPush()
        self.told: list[Telling] = []
        self.memory.on_change = self._told
        self.contacts = Contacts(ContactStore(self.database))
        self.router = Router(RoutingStore(self.database), KeptQueue())
        self.delivery = Delivery(self.contacts, self.push)
        self.live = ChatLive(self.contacts, self.push)
        minted = itertools.count(1)
        self.tickets = Tickets(TicketStore(self.database), lambda: f"ticket-{next(minted)}")
        self.chat = Chat(
            directory=self.keys,
            contacts=self.contacts,
            router=self.router,
            tokens=SessionTokens(KEY),
            tickets=self.tickets,
        )

    def opens(self, key: str = SHOP, session: str = "a-session-of-a-widget-1", **more: str) -> Opened:
        opened = self.attempts(key, session, **more)
        assert isinstance(opened, Opened), opened
        return opened

    def attempts(
        self, key: str = SHOP, session: str = "a-session-of-a-widget-1", **more: str
    ) -> Opened | TurnedAway | Closed:
        return self.chat.open(Opening(key=key, session=session, **more), self.clock())

    def visit(self, opened: Opened) -> Visit:
        return self.chat.visit(opened.token, self.clock())

    def says(self, visit: Visit, text: str, client_id: str = "") -> Message:
        return self.chat.say(visit, client_id or digest("said", text), text, self.clock())

    def agent_says(self, visit: Visit, text: str, kind: str = "text") -> Message:
        draft = Draft(by="agent:maria", text=text, kind=kind, client_id=f"a-{text}")
        return self.contacts.say(self.contact(visit), draft, self.clock.passes(1))

    def contact(self, visit: Visit) -> Contact:
        return self.contacts.get(visit.tenant, visit.contact)

    def agent_takes(self, visit: Visit) -> Contact:
        """Maria comes in, is offered the chat, and accepts it."""
        self.agent_comes(visit)
        return self.router.accept(visit.tenant, visit.contact, agent="maria", now=self.clock.passes(1))

    def agent_comes(self, visit: Visit) -> None:
        contact = self.contact(visit)
        maria = Agent(
            agent=AgentId("maria"),
            name="Maria",
            team=TeamId(contact.team),
            skills=graded({contact.skill} - {""}),
            certifications=frozenset({"confidentiality"}),  # the clinic asks for it
        )
        self.router.set_status(maria, Status.AVAILABLE, self.clock.passes(1))

    def delivers(self) -> None:
        """Everything told so far, to the widgets, once."""
        told, self.told = self.told, []
        for body, _ in told:
            self.delivery.deliver(body)

    def _told(self, table: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        if table == "contacts":
            self.told.extend(tellings(old, new))
