"""Telephony is about to dial a customer: for which client, and with which of its numbers. For none, it does not."""

from __future__ import annotations

from datetime import datetime

from chalicelib.channels.voice.model.call import Answer, FlowCall, Outcome, answer
from chalicelib.channels.voice.model.phrases import phrases
from chalicelib.channels.voice.model.talk import language_of, name, not_in_service
from chalicelib.channels.voice.service.planes import Planes
from chalicelib.channels.voice.service.transferring import caller_id
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import AgentId, ContactId
from chalicelib.tenancy.model.calls import RecordingMode
from chalicelib.tenancy.model.tenant import Tenant


def outbound(planes: Planes, call: FlowCall, now: datetime) -> Answer:
    """A callback's contact is known by the attributes of the call that it continues; an agent's own by his errand."""
    agent = call.given("agent")
    tenant = planes.client(call)
    if tenant is not None:
        return _dial(planes, tenant, call.ours, caller_id(tenant, call), call, agent, now)
    errand = planes.contacts.dial_errand(AgentId(agent), now) if agent else None
    if errand is None or errand.number != call.caller:
        return not_in_service()
    try:
        client = planes.clients.get(errand.tenant)
    except NotFound:
        return not_in_service()
    return _dial(planes, client, errand.contact, errand.caller_id, call, agent, now, offered=True)


def _dial(
    planes: Planes,
    tenant: Tenant,
    contact: ContactId,
    shown: str,
    call: FlowCall,
    agent: str,
    now: datetime,
    *,
    offered: bool = False,
) -> Answer:
    """`offered`: only as long as it is still his to call, and not taken back or given to somebody else."""
    try:
        planes.contacts.dialled(
            tenant.id, contact, to="customer", call=call.contact, now=now, agent=agent, offered=offered
        )
    except (Conflict, NotFound):
        return not_in_service()  # nobody's call any more: the flow does not dial
    recorded = call.remembered("record") or ("on" if tenant.calls.recording.mode is RecordingMode.ON else "off")
    heard = phrases(language_of(tenant, call), tenant.name)
    remembered = {"record": recorded, "onHold": heard["onHold"], "goodbye": heard["goodbye"]}
    return answer(Outcome.DIAL, callerId=shown, contactId=contact, **name(tenant), **remembered)
