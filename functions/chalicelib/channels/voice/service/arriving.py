"""A call comes in: whose it is, whether it may, and what the caller hears first."""

from __future__ import annotations

from datetime import datetime

from chalicelib.channels.voice.model.call import Answer, FlowCall, Outcome, answer
from chalicelib.channels.voice.model.opening import opening
from chalicelib.channels.voice.model.talk import menu, name, not_in_service, spoken, welcome
from chalicelib.channels.voice.service.planes import Planes, arrival
from chalicelib.channels.voice.service.voicemail import voicemail
from chalicelib.kernel.channel import Channel
from chalicelib.tenancy.model.calls import WhenClosed
from chalicelib.tenancy.model.gate import Refused, gate
from chalicelib.tenancy.model.tenant import Tenant


def arrive(planes: Planes, call: FlowCall, now: datetime) -> Answer:
    tenant = planes.asked(call)
    if tenant is None:
        return not_in_service()
    admitted = gate(tenant, Channel.VOICE)
    if isinstance(admitted, Refused):
        planes.contacts.refuse(tenant.id, arrival(call), admitted.reason.value, admitted.tier.value, now)
        return answer(Outcome.REFUSED, message=spoken(admitted.answer), **name(tenant))
    contact = planes.contacts.open(tenant.id, arrival(call), now)
    if not tenant.is_open(now):
        return _closed(planes, tenant, call, now)
    return {**welcome(tenant, contact.contact, tenant.language), **menu(tenant, tenant.language)}


def _closed(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    heard = spoken(_closed_words(tenant, now))
    if tenant.calls.closed is WhenClosed.VOICEMAIL:
        remembered = welcome(tenant, call.arrived, tenant.language) | {"greeting": heard}
        return {**remembered, **voicemail(planes, tenant, call, tenant.language, now)}
    # The caller heard when to call again: that is an answer, not an abandoned call.
    planes.contacts.read_out(tenant.id, call.arrived, "closed", now)
    return answer(Outcome.CLOSED, message=heard, **name(tenant))


def _closed_words(tenant: Tenant, now: datetime) -> str:
    """The client's own; where it has none, when it opens again."""
    if Channel.VOICE in tenant.closed:
        return tenant.closed_answer(Channel.VOICE)
    return f"{tenant.name}: {opening(tenant, now, tenant.language)}"
