"""What happened to a contact, shown at once on the page of the agent who has it.

What is told carries the whole contact, so nothing of it is read again. The contact also remembers the
connection of its agent's page; only where that one is gone is the agent's seat asked for the present one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.model.conversation import Message
from chalicelib.contacts.service import Contacts
from chalicelib.desk.model.board import Presence
from chalicelib.desk.model.frame import Frame, frame, of_contact, of_conversation, where
from chalicelib.desk.service.cards import Cards
from chalicelib.desk.service.colleagues import Colleagues
from chalicelib.desk.service.ports import Abouts, Clients, Drawing, Socket
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import AgentId, TenantId
from chalicelib.routing.model.seat import Seat
from chalicelib.routing.service.router import Router
from chalicelib.workforce.service import Workforce

_NOTICES = {
    "missed": "You missed a contact. It went back to its queue, and no more will come until you are available again.",
    "declined": "You declined a contact. It went back to its queue; say when you are available again.",
    "vanished": "A contact went back to its queue while you were away.",
    "abandoned": "The customer left before you could answer.",
    "not_reached": "The customer did not answer.",
    "withdrawn": "This call is not to be made any more. It was taken back, and you stay available.",
}


class Told(StrEnum):
    SHOWN = "shown"
    NOBODY = "nobody"  # the contact is on no desk
    AWAY = "away"  # the agent has no page open: it will show everything when it opens


class Pushes:
    def __init__(
        self,
        *,
        contacts: Contacts,
        clients: Clients,
        router: Router,
        workforce: Workforce,
        drawing: Drawing,
        socket: Socket,
        abouts: Abouts,
    ) -> None:
        self._cards = Cards(contacts=contacts, clients=clients, abouts=abouts, names=Colleagues(workforce))
        self._router = router
        self._workforce = workforce
        self._drawing = drawing
        self._socket = socket

    def tell(self, body: Mapping[str, Any], now: datetime) -> Told:
        """`body` as `contacts.model.told` makes it, a fact or a message."""
        return self._said(body) if body["type"] == "message" else self._moved(body, now)

    def _moved(self, body: Mapping[str, Any], now: datetime) -> Told:
        contact, kind = Contact.from_item(body["contact"]), body["fact"]["kind"]
        if kind == "requeued":
            return self._taken_away(contact, AgentId(body["fact"]["data"]["agent"]), body["fact"]["data"]["why"])
        if kind == "not_reached" and (agent := body["fact"]["data"].get("agent", "")):
            return self._taken_away(contact, AgentId(agent), kind)
        if not contact.agent:
            return Told.NOBODY
        if kind in ("abandoned", "wrapped"):
            notice = _NOTICES.get(_end(contact, kind, body["fact"]["data"]), "")
            return self._send(contact.agent, contact.desk, _of(contact, self._drawing.gone(contact.contact, notice)))
        drawn = self._drawing.card(self._cards.of(contact, now))
        return self._send(contact.agent, contact.desk, _of(contact, drawn))

    def _taken_away(self, contact: Contact, agent: AgentId, why: str) -> Told:
        """The agent who had it is no longer named by the contact, and his status may have changed with it."""
        seat = self._seat(agent)
        if seat is None or not seat.connection:
            return Told.AWAY
        drawn = self._drawing.gone(contact.contact, _NOTICES.get(why, ""), Presence(seat=seat))
        return Told.SHOWN if self._socket.send(seat.connection, _of(contact, drawn)) else Told.AWAY

    def _said(self, body: Mapping[str, Any]) -> Told:
        agent = AgentId(body["contact"].get("agent", ""))
        if not agent:
            return Told.NOBODY
        tenant, contact = TenantId(body["tenant"]), body["contact_id"]
        drawn = self._drawing.said(contact, Message.from_item(body["message"]))
        shown = frame(of_conversation(contact), body["n"], drawn, poke=where(tenant, contact))
        return self._send(agent, body["contact"].get("desk", ""), shown)

    def _send(self, agent: AgentId, hint: str, shown: Frame) -> Told:
        if hint and self._socket.send(hint, shown):
            return Told.SHOWN
        seat = self._seat(agent)
        if seat is None or seat.connection in ("", hint):
            return Told.AWAY
        return Told.SHOWN if self._socket.send(seat.connection, shown) else Told.AWAY

    def _seat(self, agent: AgentId) -> Seat | None:
        try:
            return self._router.seat(self._workforce.agent(agent).team, agent)
        except NotFound:
            return None


def _end(contact: Contact, kind: str, data: Mapping[str, Any]) -> str:
    """By which name its notice is known."""
    if kind != "abandoned":
        return kind
    if data.get("where") == "withdrawn":
        return "withdrawn"
    return "not_reached" if contact.outbound or contact.callback else kind


def _of(contact: Contact, drawn: str) -> Frame:
    poke = where(contact.tenant, contact.contact)
    return frame(of_contact(contact.contact), contact.version, drawn, poke=poke)
