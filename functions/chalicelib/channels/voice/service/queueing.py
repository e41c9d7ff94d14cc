"""A caller goes to an agent, or into the line; before that, whether there is room and whether he may be recorded."""

from __future__ import annotations

from datetime import datetime

from chalicelib.channels.voice.model.call import Answer, FlowCall, Outcome, Step, answer
from chalicelib.channels.voice.model.phrases import words
from chalicelib.channels.voice.model.talk import ask_key, language_of, own_or, say
from chalicelib.channels.voice.service.planes import Planes, arrival, seconds
from chalicelib.channels.voice.service.voicemail import voicemail
from chalicelib.contacts.model.contact import Contact, State, opened
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.routing.model.line import Line
from chalicelib.routing.model.offer import Gone, Offered, Place
from chalicelib.routing.model.terms import Terms, terms_of
from chalicelib.tenancy.model.calls import RecordingMode, WhenFull
from chalicelib.tenancy.model.menu import Offer, ToQueue
from chalicelib.tenancy.model.tenant import Tenant

WITH_AN_AGENT = frozenset({State.CONNECTED, State.HELD, State.ENDED})
_MINUTE_S = 60


def queue(
    planes: Planes,
    tenant: Tenant,
    call: FlowCall,
    now: datetime,
    line: ToQueue | None = None,
    *,
    key: str = "",
    wish: str = "",
    record: str = "",
) -> Answer:
    """`key` is what the caller pressed, `record` his answer about recordings if he gave one."""
    language = language_of(tenant, call)
    if tenant.calls.recording.mode is RecordingMode.ASK and not record:
        about = key or (_key_of(tenant, wish) if wish else "")
        return ask_key(own_or(tenant, tenant.calls.recording.notice, language, "consent"), Step.CONSENT, about)
    terms = terms_of(tenant, Channel.VOICE, chosen=line, language=language)
    calls_back = tenant.calls.full is WhenFull.CALLBACK
    if not calls_back and _is_full(planes, tenant, terms, call):
        turned = _turned_away(planes, tenant, call, now)
        if turned is not None:
            return turned
    # The contact as it was opened: the router's transaction holds it against what is written, so no read.
    contact = opened(tenant.id, call.ours, arrival(call), now)
    there = enqueued(planes, contact, terms, now, wish=wish, record=record or call.remembered("record"))
    there["comfort"] = _first_words(planes, tenant, call, there, now)
    if calls_back and there["outcome"] == Outcome.WAIT and _is_full(planes, tenant, terms, call):
        return there | {"wish": Offer.CALLBACK.value}
    return there


def _first_words(planes: Planes, tenant: Tenant, call: FlowCall, there: Answer, now: datetime) -> str:
    """What he hears as soon as he waits. Our flow is told wherever he goes: an agent's phone may fail to ring."""
    language = language_of(tenant, call)
    waits = there["outcome"] == Outcome.WAIT and tenant.calls.position
    place = planes.router.place(tenant.id, call.ours, now) if waits else None
    return words(language, "comfort", name=tenant.name) if place is None else place_said(tenant, language, place)


def _key_of(tenant: Tenant, wish: str) -> str:
    return next((str(option.digit) for option in tenant.menu.options if wish in option.actions), "")


def _is_full(planes: Planes, tenant: Tenant, terms: Terms, call: FlowCall) -> bool:
    """Whether so many wait for the same skill already; asked again, a caller who got in is no reason himself."""
    most = tenant.calls.queue_most
    if most is None:
        return False
    waiting = planes.lines.heads(Line.of(terms, Channel.VOICE), most)
    return len(waiting) >= most and all(one.contact != call.ours for one in waiting)


def _turned_away(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer | None:
    """None for who is in line already: he was asked twice, and others came meanwhile."""
    language = language_of(tenant, call)
    try:
        if tenant.calls.full is WhenFull.VOICEMAIL:
            return voicemail(planes, tenant, call, language, now, before=words(language, "busy"))
        planes.contacts.read_out(tenant.id, call.ours, "full", now)
    except Conflict:
        return None
    return say(words(language, "full"))


def enqueued(
    planes: Planes, contact: Contact, terms: Terms, now: datetime, *, prefer: str = "", wish: str = "", record: str = ""
) -> Answer:
    """`wish` and `record` our flow remembers from now on."""
    try:
        standing = planes.router.enqueue(contact, terms, now=now, prefer=prefer)
    except (NotFound, Conflict):
        return answer(Outcome.FALLBACK)
    remembered = {"since": seconds(now), "wish": wish, "record": record}
    match standing:
        case Offered(agent):
            return answer(Outcome.AGENT, agent=agent, **remembered)
        case Gone(state) if state not in WITH_AN_AGENT:
            return answer(Outcome.FALLBACK)
        case _:
            return answer(Outcome.WAIT, **remembered)


def place_said(tenant: Tenant, language: str, place: Place) -> str:
    """The place among callers, and about how long; beyond what is counted, only that he keeps it."""
    heard = [words(language, "comfort", name=tenant.name)]
    if not place.more:
        heard.append(words(language, "next" if place.position == 1 else "place", n=str(place.position)))
    if place.expected_s is not None and not place.more:
        minutes = -(-place.expected_s // _MINUTE_S)
        heard.append(words(language, "soon" if minutes <= 1 else "minutes", n=str(minutes)))
    return " ".join(heard)
