"""What every step of a call leans on, and whose call it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from chalicelib.channels.voice.model.call import Answer, FlowCall
from chalicelib.channels.voice.service.ports import (
    Appointments,
    Clients,
    Legs,
    Lines,
    Lookups,
    OnCall,
    Staff,
    Switchboard,
)
from chalicelib.contacts.model.contact import Arrival
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.tenant import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Planes:
    clients: Clients
    contacts: Legs
    router: Switchboard
    lines: Lines
    staff: Staff
    lookups: Lookups
    appointments: Appointments
    on_call: OnCall

    def asked(self, call: FlowCall) -> Tenant | None:
        """Whose number was dialled."""
        return self.clients.asked("phone", call.dialled) if call.dialled else None

    def client(self, call: FlowCall) -> Tenant | None:
        """As our flow remembers it. What was dialled must be of the same client: only some legs tell it at all."""
        remembered = call.remembered("tenantId")
        if not remembered:
            return None
        asked = self.asked(call)
        if asked is not None:
            return asked if asked.id == remembered else None
        try:
            return self.clients.get(TenantId(remembered))
        except NotFound:
            return None


Asked = Callable[[Planes, FlowCall, datetime], Answer]
Served = Callable[[Planes, Tenant, FlowCall, datetime], Answer]


def for_client(otherwise: Answer) -> Callable[[Served], Asked]:
    """A step that is taken for a client only: what it gives is the answer to a call that is nobody's.

    A call is nobody's where no flow of ours remembers its client, or that one is not (or no more) a client.
    """

    def known(step: Served) -> Asked:
        @wraps(step)
        def asked(planes: Planes, call: FlowCall, now: datetime) -> Answer:
            tenant = planes.client(call)
            return dict(otherwise) if tenant is None else step(planes, tenant, call, now)

        return asked

    return known


def arrival(call: FlowCall) -> Arrival:
    return Arrival(channel=Channel.VOICE, entry_point=call.dialled, customer=call.caller, source_id=call.initial)


def seconds(now: datetime) -> str:
    """As our flow keeps an instant."""
    return str(int(now.timestamp()))
