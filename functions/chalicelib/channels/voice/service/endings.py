"""Tells our facts what only telephony's records know: who spoke with whom outside, and that a caller has gone."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from chalicelib.channels.voice.model.legs import ANSWERED, TRIED, Records, Untold, untaken, untold
from chalicelib.channels.voice.service.consulting import given_up_by, left_alone
from chalicelib.channels.voice.service.ports import Tried
from chalicelib.contacts.model.contact import Contact
from chalicelib.contacts.service import CUSTOMER
from chalicelib.kernel.clock import instant
from chalicelib.kernel.ids import ContactId, TenantId


class Contacts(Protocol):
    def get(self, tenant: TenantId, contact: ContactId) -> Contact: ...
    def patched(self, tenant: TenantId, contact: ContactId, now: datetime) -> Contact: ...
    def close(self, tenant: TenantId, contact: ContactId, now: datetime, why: str = "") -> Contact: ...
    def end(self, tenant: TenantId, contact: ContactId, *, by: str, now: datetime, why: str = "") -> Contact: ...
    def serve(self, tenant: TenantId, contact: ContactId, topic: str, now: datetime) -> Contact: ...
    def dialled(
        self, tenant: TenantId, contact: ContactId, *, to: str, call: str, now: datetime, agent: str = ""
    ) -> Contact: ...


class Router(Protocol):
    def abandon(
        self, tenant: TenantId, contact: ContactId, where: str, now: datetime, by: str = "customer"
    ) -> Contact: ...
    def not_reached(self, tenant: TenantId, contact: ContactId, now: datetime, *, id: str) -> Contact: ...


class Endings:
    def __init__(self, contacts: Contacts, router: Router, tried: Tried) -> None:
        self._contacts, self._router, self._tried = contacts, router, tried

    def tell(self, leg: Records, chain: Records, contact: Contact, now: datetime) -> Contact:
        """The contact as it stands after that. Raises Conflict where it moves in this very moment."""
        for told in untold(leg, chain, contact):
            at = min(instant(told.at), now)
            contact = (
                self._tried_somebody(contact, told, at, now) if told.kind == TRIED else self._tell(contact, told, at)
            )
        return contact

    def _tried_somebody(self, contact: Contact, told: Untold, at: datetime, now: datetime) -> Contact:
        self._tried.call_over(contact.tenant, contact.contact, told.of, now, at=at, answered=told.what == ANSWERED)
        return self._contacts.get(contact.tenant, contact.contact)

    def give_up(self, tenant: TenantId, chain: Records, now: datetime) -> None:
        """Legs of ours that no segment of the call belongs to."""
        for leg, at in untaken(chain):
            left_alone(self._contacts, self._router, tenant, leg, min(instant(at), now))

    def _tell(self, contact: Contact, told: Untold, at: datetime) -> Contact:
        tenant, this = contact.tenant, contact.contact
        match told.kind:
            case "patched":
                return self._contacts.patched(tenant, this, at)
            case "closed":
                return self._contacts.close(tenant, this, at)
            case "ended":
                who = "agent" if told.by_agent else "customer" if told.what == "CUSTOMER_DISCONNECT" else "system"
                by = f"agent:{contact.agent}" if told.by_agent else who
                return self._contacts.end(tenant, this, by=by, now=at, why=who)
            case "self_served":
                return self._contacts.serve(tenant, this, told.what, at)
            case "not_reached":
                self._contacts.dialled(tenant, this, to=CUSTOMER, call=told.of, now=at)
                return self._router.not_reached(tenant, this, at, id=told.of)
            case _:
                by = given_up_by(self._contacts, contact) if told.by_agent else ""
                return self._router.abandon(tenant, this, told.what, at, by or "customer")
