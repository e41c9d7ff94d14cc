"""A call that none of our functions heard of becomes a contact all the same, by telephony's own records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.channels.voice.model.legs import Records
from chalicelib.channels.voice.model.unheard import agent_of, facts_of, first_of, is_plain
from chalicelib.channels.voice.service.ports import Clients, Staff
from chalicelib.contacts.model.contact import Arrival, Contact
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.ids import AgentId, ContactId, TenantId, contact_id
from chalicelib.routing.model.terms import terms_of

# Our side may be late, too: what it does tell of a call is believed before its records are.
PATIENCE = timedelta(hours=1)


class Contacts(Protocol):
    def adopt(self, tenant: TenantId, arrival: Arrival, facts: Sequence[Fact], at: datetime) -> Contact: ...


class Adoption:
    def __init__(self, contacts: Contacts, clients: Clients, staff: Staff) -> None:
        self._contacts, self._clients, self._staff = contacts, clients, staff

    def take(self, tenant: TenantId, of: ContactId, leg: Records, chain: Records, waited: timedelta) -> Contact | None:
        """The contact, over from its beginning to its wrap-up. None as long as our side may still come, and where the
        records do not say plainly what happened, or name a client or an agent that is none of ours."""
        if waited < PATIENCE or not leg or not is_plain(leg, chain):
            return None
        first = first_of(leg)
        if of != contact_id(Channel.VOICE, first.contact):
            return None  # our own flow has begun it: what became of it we were told, or will be
        try:
            client = self._clients.get(tenant)
            spoke = agent_of(leg)
            dedicated = bool(spoke) and bool(self._staff.agent(AgentId(spoke)).dedicated)
        except NotFound:
            return None
        facts = facts_of(leg, terms_of(client, Channel.VOICE), dedicated=dedicated)
        arrival = Arrival(channel=Channel.VOICE, entry_point=first.dialled, customer="", source_id=first.contact)
        return self._contacts.adopt(tenant, arrival, facts, instant(first.began_at))
