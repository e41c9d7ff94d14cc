"""A caller waits: where he should be now, and what he hears meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.channels.voice.model.call import MOST_MOVES, Answer, FlowCall, Outcome, Place, Step, answer
from chalicelib.channels.voice.model.phrases import words
from chalicelib.channels.voice.model.talk import ask_key, language_of
from chalicelib.channels.voice.service.planes import Planes, for_client, seconds
from chalicelib.channels.voice.service.queueing import WITH_AN_AGENT, place_said
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.routing.model import offer
from chalicelib.tenancy.model.calls import Callback
from chalicelib.tenancy.model.tenant import Tenant

_ASKED = ("yes", "told")  # by an agent, who has been told so or not yet
COMFORT_S = 30  # at most so often is the caller told his place


def poll(planes: Planes, call: FlowCall, now: datetime) -> Answer:
    """Where a waiting caller should be now. A caller whose contact we cannot find is a person all the same."""
    return moved(call, wanted(planes, call, now)) or _comfort(planes, call, now)


def moved(call: FlowCall, there: Answer) -> Answer | None:
    """The answer that takes the caller there; None where he is there already, or has been moved too often."""
    place = call.given("place")
    moves = call.count("moves") + 1
    stays = there["outcome"] == place and there.get("agent", "") == call.given("agent")
    if there["outcome"] == Outcome.STAY or stays:
        return None
    if moves > MOST_MOVES:
        return None if place == Place.FALLBACK else answer(Outcome.FALLBACK)
    return {**there, "moves": str(moves)}


def wanted(planes: Planes, call: FlowCall, now: datetime) -> Answer:
    tenant = call.remembered("tenantId")
    if not tenant:
        return answer(Outcome.FALLBACK)
    # Set by our own flow on a chain that began with a dialled number of this tenant; and a contact of
    # another tenant would not be found under this one.
    try:
        standing = planes.router.poll(TenantId(tenant), call.ours, now)
    except NotFound:
        return answer(Outcome.FALLBACK)
    match standing:
        case offer.Offered(agent):
            return answer(Outcome.AGENT, agent=agent)
        case offer.Gone(state):
            return answer(Outcome.STAY if state in WITH_AN_AGENT else Outcome.FALLBACK)
        case _:
            # Who waits in the fallback queue stays there until an agent is reserved.
            waits = call.given("place") == Place.FALLBACK
            return answer(Outcome.STAY if waits else Outcome.HOLDING)


def _comfort(planes: Planes, call: FlowCall, now: datetime) -> Answer:
    """His place in line from time to time, and once the offer to be called back."""
    if call.remembered("asks") in _ASKED:
        return _alone_by_now(planes, call, now)
    due = int(now.timestamp()) - call.count("said") >= COMFORT_S
    if not due or call.remembered("comforts") != "yes" or call.given("place") != Place.HOLDING:
        return answer(Outcome.STAY)
    return _in_line(planes, call, now)


@for_client(answer(Outcome.STAY))
def _alone_by_now(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    """An agent who asks first hears nothing new. Once he has left, it is his customer who waits and hears so."""
    try:
        before = planes.contacts.get(tenant.id, ContactId(planes.contacts.get(tenant.id, call.ours).previous))
    except NotFound:
        return answer(Outcome.STAY)
    if before.last("ended") is None:
        return answer(Outcome.STAY)
    comfort = words(language_of(tenant, call), "comfort", name=tenant.name)
    return answer(Outcome.COMFORT, comfort=comfort, said=seconds(now))


@for_client(answer(Outcome.STAY))
def _in_line(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    place = planes.router.place(tenant.id, call.ours, now)
    if place is None:
        return answer(Outcome.STAY)
    if offered := _callback_offer(tenant, call, place, now):
        return ask_key(offered, Step.CALLBACK)
    if not tenant.calls.position:
        return answer(Outcome.STAY)
    return answer(Outcome.COMFORT, comfort=place_said(tenant, language_of(tenant, call), place), said=seconds(now))


def _callback_offer(tenant: Tenant, call: FlowCall, place: offer.Place, now: datetime) -> str:
    """What he may have instead of waiting: as soon as it is his turn, at a time of his choice, or both."""
    callback = tenant.calls.callback
    if callback is None or call.given("offered") or call.remembered("leg") != "call" or not call.count("since"):
        return ""
    if int(now.timestamp()) - call.count("since") < callback.after_s:
        return ""
    language = language_of(tenant, call)
    soon = [words(language, "callback_offer")] if in_time(tenant, callback, now, place.expected_s) else []
    later = [words(language, "callback_time")] if callback.at_a_time else []
    return " ".join([*soon, *later])


def in_time(tenant: Tenant, callback: Callback, now: datetime, expected_s: int | None = None) -> bool:
    """Whether somebody will still be there to call back when the caller's turn comes."""
    hours = callback.latest or tenant.hours
    turn = now + timedelta(seconds=expected_s or 0)
    return hours.is_open(now, tenant.zone.info) and hours.is_open(turn, tenant.zone.info)
