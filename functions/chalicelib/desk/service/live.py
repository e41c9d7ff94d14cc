"""The open line to a page: who is there, that he is still there, and that he left.

One socket serves two kinds of people: an agent comes with the cookie of his session, a chat's visitor with a
ticket. Nothing is commanded through it; a page says only that it lives, and that somebody is typing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chalicelib.desk.service.ports import AgentPage, PageBook, Passes, SignedIn, Socket, VisitorPage, Visitors
from chalicelib.kernel.errors import NotFound, NotSignedIn
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.tenancy.model.cookie import sid_in
from chalicelib.tenancy.model.origin import same_origin
from chalicelib.workforce.model import Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from chalicelib.contacts.service import Contacts
    from chalicelib.routing.model.seat import Seat
    from chalicelib.routing.service.router import Router
    from chalicelib.tenancy.model.caller import Caller
    from chalicelib.workforce.service import Workforce


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """Somebody opens the line. Header names in lower case."""

    connection: str
    headers: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)


class Live:
    def __init__(
        self,
        *,
        sessions: SignedIn,
        tickets: Passes,
        visitors: Visitors,
        book: PageBook,
        router: Router,
        workforce: Workforce,
        contacts: Contacts,
        socket: Socket,
    ) -> None:
        self._sessions = sessions
        self._tickets = tickets
        self._visitors = visitors
        self._book = book
        self._router = router
        self._workforce = workforce
        self._contacts = contacts
        self._socket = socket

    def arrive(self, knock: Knock, now: datetime) -> bool:
        """False for whom we do not know: the line is not opened."""
        # A socket that another site opens would carry the agent's cookie too.
        if not same_origin(knock.headers):
            return False
        if ticket := knock.query.get("ticket", ""):
            return self._visitor(ticket, knock.connection, now)
        caller = self._sessions.caller(sid_in(knock.headers.get("cookie")), now)
        if caller is None or not caller.agent or not caller.team:
            return False
        self._agent(caller, knock.connection, now)
        return True

    def hear(self, connection: str, text: str, now: datetime) -> None:
        message = _read(text)
        match message.get("action"), self._book.read(connection):
            case "ping", AgentPage(agent=agent, team=team):
                self._router.beat(team, agent, now)
                self._socket.send(connection, {"v": 1, "type": "pong"})
            case "ping", VisitorPage():
                self._socket.send(connection, {"v": 1, "type": "pong"})
            case "typing", AgentPage() as page:
                self._types(page, ContactId(str(message.get("contact"))), now)
            case "typing", VisitorPage(tenant=tenant, contact=contact):
                self._visitors.typing(tenant, contact, "customer", now)
            case _:
                return  # nothing that comes in here can do harm, or fail

    def leave(self, connection: str, now: datetime) -> None:
        match self._book.strike(connection):
            case AgentPage(agent=agent, team=team):
                self._router.disconnect(team, agent, connection)
            case VisitorPage(tenant=tenant, contact=contact):
                self._visitors.disconnected(tenant, contact, connection, now)

    def _visitor(self, ticket: str, connection: str, now: datetime) -> bool:
        try:
            opens = self._tickets.redeem(ticket, now)
        except NotSignedIn:
            return False
        if opens.get("kind") != "chat":
            return False
        page = VisitorPage(tenant=TenantId(opens["tenant"]), contact=ContactId(opens["contact"]))
        self._book.write(connection, page, now)
        self._visitors.connected(page.tenant, page.contact, connection, now)
        return True

    def _agent(self, caller: Caller, connection: str, now: datetime) -> None:
        self._book.write(connection, AgentPage(agent=caller.agent, team=caller.team), now)
        seat, before = self._seated(caller, connection, now)
        for contact, held in seat.contacts.items():
            self._contacts.set_desk(held.tenant, contact, caller.agent, connection)
        if before and before != connection:
            # An agent works in one window: two would both ring, and one would show what is long over.
            self._socket.send(before, {"v": 1, "type": "taken_over"})

    def _seated(self, caller: Caller, connection: str, now: datetime) -> tuple[Seat, str]:
        seated = self._router.connect(caller.team, caller.agent, connection, now)
        if seated is None:  # the first time ever: there is no seat to note the page at
            self._router.set_status(self._workforce.agent(caller.agent), Status.OFFLINE, now)
            seated = self._router.connect(caller.team, caller.agent, connection, now)
        assert seated is not None, "the status made the seat"
        return seated

    def _types(self, page: AgentPage, contact: ContactId, now: datetime) -> None:
        """To the customer, if the contact is on this very agent's desk."""
        try:
            held = self._router.seat(page.team, page.agent).contacts.get(contact)
        except NotFound:
            return
        if held is not None:
            self._visitors.typing(held.tenant, contact, "agent", now)


def _read(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
