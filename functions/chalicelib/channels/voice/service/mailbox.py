"""What callers leave on tape becomes a contact of its own: it waits in the client's usual line until an agent hears it.

Its id follows from the segment in which it was left, so that a record delivered again leaves no second one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from chalicelib.channels.voice.model.record import ContactRecord
from chalicelib.channels.voice.service.ports import Clients, Directory, Taped
from chalicelib.contacts.model.contact import Arrival, Contact
from chalicelib.contacts.model.source import voicemail_source
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.routing.model.offer import Outcome
from chalicelib.routing.model.terms import Terms, terms_of
from chalicelib.tenancy.model.tenant import Tenant


class Contacts(Protocol):
    def get(self, tenant: TenantId, contact: ContactId) -> Contact: ...
    def open(self, tenant: TenantId, arrival: Arrival, now: datetime) -> Contact: ...


class Router(Protocol):
    def enqueue(self, contact: Contact, terms: Terms, *, now: datetime) -> Outcome: ...


def client_of(records: Iterable[ContactRecord], directory: Directory) -> TenantId | None:
    """As our flow wrote it; a call that our flow never reached is known by the number that was dialled."""
    known = list(records)
    if written := next((record.tenant for record in known if record.tenant), ""):
        return TenantId(written)
    dialled = next((record.dialled for record in known if record.dialled), "")
    asked = directory.asked("phone", dialled) if dialled else None
    return asked.id if asked else None


def known_client(records: Iterable[ContactRecord], clients: Clients) -> Tenant | None:
    """None where there is no such client, or not any more."""
    tenant = client_of(records, clients)
    try:
        return clients.get(tenant) if tenant is not None else None
    except NotFound:
        return None


class Mailbox:
    def __init__(self, clients: Clients, contacts: Contacts, router: Router, taped: Taped) -> None:
        self._clients, self._contacts, self._router = clients, contacts, router
        self._taped = taped

    def take(self, record: ContactRecord, call: ContactId, now: datetime) -> Contact | None:
        """The contact of the message that was left in this segment of `call`; None where there is no such client.

        Without a recording as well: somebody wanted something, and the call says who.
        """
        client = known_client([record], self._clients)
        if client is None:
            return None
        contact = self._contacts.open(client.id, self._arrival(client, record, call), now)
        self._router.enqueue(contact, terms_of(client, Channel.VOICE), now=now)
        self._taped.on_tape(client, contact, now)
        return contact

    def _arrival(self, client: Tenant, record: ContactRecord, call: ContactId) -> Arrival:
        left_in = self._call(client.id, call)
        return Arrival(
            channel=Channel.VOICE,
            entry_point=left_in.entry_point if left_in else record.dialled,
            customer=left_in.customer if left_in else "",
            customer_name=left_in.customer_name if left_in else "",
            source_id=voicemail_source(record.contact),
            previous=call,
            thread=(left_in.thread if left_in else "") or call,
            voicemail=record.recordings[-1] if record.recordings else "",
        )

    def _call(self, tenant: TenantId, call: ContactId) -> Contact | None:
        try:
            return self._contacts.get(tenant, call)
        except NotFound:
            return None
