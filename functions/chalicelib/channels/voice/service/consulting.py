"""A leg that an agent began, and that ended before anybody had answered: it was not the customer who left it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import ContactId, TenantId


class Contacts(Protocol):
    def get(self, tenant: TenantId, contact: ContactId) -> Contact: ...


class Router(Protocol):
    def abandon(
        self, tenant: TenantId, contact: ContactId, where: str, now: datetime, by: str = "customer"
    ) -> Contact: ...


_WAITS = frozenset({State.ARRIVED, State.QUEUED, State.OFFERED})


def given_up_by(contacts: Contacts, leg: Contact) -> str:
    """As a fact says by whom it is; empty where no agent began the leg, or none that we know of."""
    if not leg.previous:
        return ""
    try:
        before = contacts.get(leg.tenant, ContactId(leg.previous))
    except NotFound:
        return ""
    began = next((fact for fact in reversed(before.facts) if fact.data.get("contact") == leg.contact), None)
    return began.by if began is not None else ""


def left_alone(contacts: Contacts, router: Router, tenant: TenantId, leg: ContactId, at: datetime) -> str:
    """Nobody is on the line of this leg: our answer came too late for the flow that had asked for it. What became of
    it, and nothing where we began none; raises Conflict where it moves in this very moment."""
    try:
        contact = contacts.get(tenant, leg)
    except NotFound:
        return ""
    if contact.state not in _WAITS:
        return f"too_late_{contact.state.value}"
    router.abandon(tenant, leg, "", at, given_up_by(contacts, contact) or "system")
    return "abandoned"
