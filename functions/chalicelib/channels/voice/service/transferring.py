"""An agent hands his caller on: the errand that he left at his desk says to whom, and begins a leg of its own."""

from __future__ import annotations

from datetime import datetime

from chalicelib.channels.voice.model.call import NOBODY, Answer, FlowCall, Outcome, answer
from chalicelib.channels.voice.model.phrases import words
from chalicelib.channels.voice.model.talk import language_of, name, say
from chalicelib.channels.voice.service.planes import Planes, for_client
from chalicelib.channels.voice.service.queueing import enqueued
from chalicelib.contacts.model.contact import TRANSFER, Arrival, Contact
from chalicelib.contacts.model.errand import TransferErrand
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import AgentId, ContactId, TeamId
from chalicelib.routing.model.terms import Terms, terms_of
from chalicelib.tenancy.model.form import Name
from chalicelib.tenancy.model.menu import ToQueue
from chalicelib.tenancy.model.tenant import Tenant

_LONGEST_NOTE = 200  # characters of it are shown with the call


@for_client(say(words("", "transfer_failed"), Outcome.SORRY))
def transfer(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    errand = planes.contacts.transfer_errand(tenant.id, call.ours, now)
    if errand is None:
        return _sorry(tenant, call)
    try:
        leg = _leg(planes, tenant, call, errand, now)
        heard = _heard(planes, tenant, call, errand)
        return {**name(tenant), "contactId": leg.contact, **heard, **_onward(planes, tenant, call, errand, leg, now)}
    except (Conflict, NotFound):
        return _sorry(tenant, call)


def _leg(planes: Planes, tenant: Tenant, call: FlowCall, errand: TransferErrand, now: datetime) -> Contact:
    """Asked again, the same leg. Raises Conflict where the customer is not with that agent any more."""
    if _hung_up(planes.contacts.get(tenant.id, errand.contact)):
        raise Conflict("the customer hung up")
    before = planes.contacts.transferred(
        tenant.id, errand.contact, agent=errand.agent, to=errand.to, leg=call.leg, now=now
    )
    arrival = Arrival(
        channel=Channel.VOICE,
        entry_point=before.entry_point,
        customer=before.customer,
        customer_name=before.customer_name,
        subject=" ".join(errand.note.split())[:_LONGEST_NOTE],
        source_id=call.contact,
        previous=before.contact,
        thread=before.thread,
        direction=TRANSFER,
    )
    return planes.contacts.open(tenant.id, arrival, now)


def _heard(planes: Planes, tenant: Tenant, call: FlowCall, errand: TransferErrand) -> Answer:
    """What whoever waits on this leg hears. An agent who asks first waits himself: he is told once whom we ask. Of one
    who leaves at once, it is his customer."""
    language = language_of(tenant, call)
    if not errand.warm:
        return waits_himself(tenant, language)
    kind, _, who = errand.to.partition(":")
    if kind == "agent":
        asking = words(language, "asking", who=planes.staff.agent(AgentId(who)).name)
    else:
        asking = words(language, "asking_team")
    return {**waits_himself(tenant, language), "asks": "yes", "asking": asking}


def waits_himself(tenant: Tenant, language: str) -> Answer:
    """The customer does: no agent of his is on this leg (any more)."""
    return {"asks": "no", "asking": NOBODY, "comfort": words(language, "comfort", name=tenant.name)}


def _hung_up(contact: Contact) -> bool:
    """An agent who left may be heard of before telephony asks; his customer is there all the same."""
    ended = contact.last("ended")
    return ended is not None and ended.by == "customer"


def _onward(
    planes: Planes, tenant: Tenant, call: FlowCall, errand: TransferErrand, leg: Contact, now: datetime
) -> Answer:
    kind, _, who = errand.to.partition(":")
    match kind:
        case "agent":
            team = planes.staff.agent(AgentId(who)).team
            terms = _terms(planes, tenant, call, errand).to_agent(team)
            return enqueued(planes, leg, terms, now, prefer=who, record=call.remembered("record"))
        case "team":
            terms = _terms(planes, tenant, call, errand).to_team(TeamId(who))
            return enqueued(planes, leg, terms, now, record=call.remembered("record"))
        case "number":
            planes.contacts.dialled(tenant.id, leg.contact, to="outside", call=call.contact, now=now)
            return answer(Outcome.OUTSIDE, number=who, callerId=caller_id(tenant, call))
        case _:
            return _sorry(tenant, call)


def _terms(planes: Planes, tenant: Tenant, call: FlowCall, errand: TransferErrand) -> Terms:
    """What the caller wanted before, he still wants."""
    skill = planes.contacts.get(tenant.id, errand.contact).skill
    line = ToQueue(Name(skill)) if skill else None
    return terms_of(tenant, Channel.VOICE, chosen=line, language=language_of(tenant, call))


@for_client(answer(Outcome.OVER))
def outside(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    """Telephony is back from outside. What was spoken there its own record tells, to the second; that nobody answered
    is known now. A customer whose agent has left meanwhile is not sent away: he waits for another one."""
    if call.given("result") == "over":
        return answer(Outcome.OVER)
    if (back := _back_in_line(planes, tenant, call, now)) is not None:
        return back
    try:
        planes.contacts.close(tenant.id, call.ours, now, "no_answer")
    except (Conflict, NotFound):
        return _sorry(tenant, call, "outside_failed")
    return _sorry(tenant, call, "outside_failed")


def _back_in_line(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer | None:
    """None where his agent is still there."""
    try:
        leg = planes.contacts.get(tenant.id, call.ours)
        before = planes.contacts.get(tenant.id, ContactId(leg.previous))
    except NotFound:
        return None
    if leg.over or before.last("ended") is None or _hung_up(before):
        return None
    line, language = ToQueue(Name(before.skill)) if before.skill else None, language_of(tenant, call)
    terms = terms_of(tenant, Channel.VOICE, chosen=line, language=language)
    there = enqueued(planes, leg, terms, now, record=call.remembered("record"))
    return {**there, **waits_himself(tenant, language), "message": words(language, "outside_alone")}


def caller_id(tenant: Tenant, call: FlowCall) -> str:
    """What people see whom we call for the client."""
    return tenant.calls.caller_id or next(iter(tenant.entry_points.phones), call.dialled)


def _sorry(tenant: Tenant, call: FlowCall, key: str = "transfer_failed") -> Answer:
    return say(words(language_of(tenant, call), key), Outcome.SORRY)
