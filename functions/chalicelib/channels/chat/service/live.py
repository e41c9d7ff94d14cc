"""The live side of a chat: which connection the visitor sits at, and what is pushed there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from chalicelib.channels.chat.model.view import frame, typing
from chalicelib.contacts.service import Contacts
from chalicelib.kernel.ids import ContactId, TenantId


class Push(Protocol):
    def send(self, connection: str, payload: Mapping[str, Any]) -> bool:
        """False when the connection is gone."""
        ...


class Delivery:
    """Facts and messages of chats, to the visitor's connection."""

    def __init__(self, contacts: Contacts, push: Push) -> None:
        self._contacts = contacts
        self._push = push

    def deliver(self, told: Mapping[str, Any]) -> bool:
        """Whether it reached a connection. If not, nothing is lost: the widget fetches when it connects.

        The message names the connection as it was when its writer looked; the visitor may have come (back) since,
        and then fetched before this was written. So it is looked up again before we give up.
        """
        payload = frame(told)
        if payload is None:
            return False
        hint = told["contact"].get("visitor", "")
        if hint and self._push.send(hint, payload):
            return True
        if told["type"] == "message" and payload.get("message", {}).get("by") == "customer":
            return False  # an echo of the visitor's own words: their widget has them
        visitor = self._contacts.get(TenantId(told["tenant"]), ContactId(told["contact_id"])).visitor
        return visitor not in ("", hint) and self._push.send(visitor, payload)


class ChatLive:
    """What the WebSocket's doors ask for a visitor who came with a chat ticket."""

    def __init__(self, contacts: Contacts, push: Push) -> None:
        self._contacts = contacts
        self._push = push

    def connected(self, tenant: TenantId, contact: ContactId, connection: str, now: datetime) -> None:
        self._contacts.set_visitor(tenant, contact, connection)

    def disconnected(self, tenant: TenantId, contact: ContactId, connection: str, now: datetime) -> None:
        """Keeps everything: a page that reloads, or a train in a tunnel, is not the end of a chat.

        The next push finds the connection gone, and the widget fetches what it missed when it is back.
        """

    def typing(self, tenant: TenantId, contact: ContactId, by: str, now: datetime) -> bool:
        """Shows the other side that somebody writes; `by` is customer or agent. Lost where nobody looks."""
        standing = self._contacts.get(tenant, contact)
        listener = standing.desk if by == "customer" else standing.visitor
        return bool(listener) and self._push.send(listener, typing(contact, by))
