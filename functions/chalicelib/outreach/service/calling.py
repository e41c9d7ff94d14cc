"""How a call out begins, whatever for: a contact that waits in our own line for an agent who makes it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from chalicelib.contacts.model.contact import OUTBOUND, Arrival, Contact, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import ContactId, contact_id
from chalicelib.outreach.service.ports import Router
from chalicelib.routing.model.terms import Terms, terms_of
from chalicelib.routing.service.leaving import WITHDRAWN
from chalicelib.tenancy.model.form import Name
from chalicelib.tenancy.model.gate import Refused, gate
from chalicelib.tenancy.model.menu import ToQueue
from chalicelib.tenancy.model.tenant import Tenant

_BEFORE_AN_AGENT = frozenset({State.ARRIVED, State.QUEUED})
_BEFORE_DIALLING = _BEFORE_AN_AGENT | {State.OFFERED}


def voice_id(source_id: str) -> ContactId:
    return contact_id(Channel.VOICE, source_id)


def arrival(
    *, number: str, shown: str, source_id: str, outreach: str, name: str, previous: str, thread: str
) -> Arrival:
    return Arrival(
        channel=Channel.VOICE,
        entry_point=shown,
        customer=number,
        customer_name=name,
        source_id=source_id,
        previous=previous,
        thread=thread,
        direction=OUTBOUND,
        outreach=outreach,
    )


def shown_number(client: Tenant, wanted: str | None = None) -> str:
    """The number that people see."""
    return str(wanted or client.calls.caller_id or next(iter(client.entry_points.phones), ""))


def takes_calls(client: Tenant) -> bool:
    """Neither paused nor at the end of its budget."""
    return not isinstance(gate(client, Channel.VOICE), Refused)


def terms_for(client: Tenant, target_s: int, skill: str = "") -> Terms:
    chosen = ToQueue(Name(skill)) if skill else None
    return terms_of(client, Channel.VOICE, chosen=chosen).calling_out(target_s)


def take_back(
    router: Router, contact: Contact, now: datetime, states: frozenset[State] = _BEFORE_AN_AGENT
) -> Contact | None:
    """Out of the line again; None where it is too late for that."""
    if contact.state not in states or contact.is_dialled:
        return None
    with suppress(Conflict, NotFound):
        taken = router.abandon(contact.tenant, contact.contact, WITHDRAWN, now, by="system")
        return taken if taken.state is State.ABANDONED else None
    return None


def take_back_even_offered(router: Router, contact: Contact, now: datetime) -> Contact | None:
    return take_back(router, contact, now, _BEFORE_DIALLING)
