"""A caller is called back instead of waiting on the line: at which number, and what becomes of it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import wraps

from chalicelib.channels.voice.model.call import Answer, FlowCall, Outcome, Place, Step, answer
from chalicelib.channels.voice.model.numbers import apart, callable_number, keyed
from chalicelib.channels.voice.model.phrases import words
from chalicelib.channels.voice.model.talk import AT_A_TIME, NO, YES, ask_key, ask_number, language_of, say, spoken
from chalicelib.channels.voice.service.planes import Asked, Planes, for_client
from chalicelib.channels.voice.service.queueing import enqueued
from chalicelib.channels.voice.service.transferring import caller_id
from chalicelib.channels.voice.service.waiting import in_time, moved, wanted
from chalicelib.contacts.model.contact import Contact, State
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import TenantId
from chalicelib.routing.model.offer import Gone, Offered
from chalicelib.routing.model.terms import terms_of
from chalicelib.tenancy.model.calls import Callback
from chalicelib.tenancy.model.form import Name
from chalicelib.tenancy.model.menu import ToQueue
from chalicelib.tenancy.model.tenant import Tenant

_KEYPAD = "keypad"  # what is asked for is a number, for the first time
_KEYPAD_AGAIN = "keypad-again"


def where_it_is_offered(step: Callable[[Planes, Tenant, Callback, FlowCall, datetime], Answer]) -> Asked:
    """Elsewhere the caller stays where he is."""

    @for_client(answer(Outcome.STAY))
    @wraps(step)
    def asked(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
        terms = tenant.calls.callback
        return step(planes, tenant, terms, call, now) if terms is not None else answer(Outcome.STAY)

    return asked


@where_it_is_offered
def callback(planes: Planes, tenant: Tenant, terms: Callback, call: FlowCall, now: datetime) -> Answer:
    """Key 1 after the offer, or the menu's key for it."""
    wants_a_time = terms.at_a_time and call.keys == AT_A_TIME
    if call.keys != YES and call.about != "wished" and not wants_a_time:
        return _moved_or_stays(call, agent_now(planes, call, now))
    if there := instead(planes, tenant, call, now):
        return there
    soon = in_time(tenant, terms, now)
    if not soon and not terms.at_a_time:
        return kept(tenant, call)
    number = callable_here(planes, tenant, call, call.caller) if call.caller else None
    if number is None:
        return _keypad(tenant, call)
    return ask_time(tenant, call, number) if wants_a_time or not soon else _confirm(tenant, call, number)


@where_it_is_offered
def callback_number(planes: Planes, tenant: Tenant, terms: Callback, call: FlowCall, now: datetime) -> Answer:
    """`about` is the number that is confirmed, or says that one was asked for."""
    if there := instead(planes, tenant, call, now):
        return there
    if call.about in (_KEYPAD, _KEYPAD_AGAIN):
        number = keyed(call.keys, home(tenant, call))
        if number is not None and not _is_ours(planes, number):
            return _confirm(tenant, call, number)
        return _keypad(tenant, call, again=True) if call.about == _KEYPAD else kept(tenant, call)
    number = callable_here(planes, tenant, call, call.about)
    wants_a_time = terms.at_a_time and call.keys == AT_A_TIME
    if number is None or (call.keys not in (YES, NO) and not wants_a_time):
        return kept(tenant, call)
    if call.keys == NO:
        return _keypad(tenant, call)
    if wants_a_time or (terms.at_a_time and not in_time(tenant, terms, now)):
        return ask_time(tenant, call, number)
    done = words(language_of(tenant, call), "callback_done", number=apart(number, home(tenant, call)))
    shown = caller_id(tenant, call)
    asked_next = {"next": Step.CALLBACK_SET.value, "about": number}
    return answer(Outcome.CALLBACK, number=number, callerId=shown, message=spoken(done), **asked_next)


@where_it_is_offered
def callback_set(planes: Planes, tenant: Tenant, terms: Callback, call: FlowCall, now: datetime) -> Answer:
    """Telephony has made it or could not: only then is it a fact. Who got an agent meanwhile talks to him now."""
    language = language_of(tenant, call)
    number = callable_here(planes, tenant, call, call.about)
    if call.given("result") != "made" or number is None:
        return say(f"{words(language, 'callback_wrong')} {words(language, 'callback_kept')}", Outcome.TELL)
    try:
        planes.contacts.ask_callback(
            tenant.id, call.ours, number=number, attempts=terms.attempts, retry_s=terms.retry_s, now=now
        )
    except (Conflict, NotFound):
        return instead(planes, tenant, call, now) or answer(Outcome.STAY)
    return say(words(language, "callback_done", number=apart(number, home(tenant, call))))


def callback_poll(planes: Planes, call: FlowCall, now: datetime) -> Answer:
    """Where telephony should have a callback now; nobody is on the line."""
    remembered = call.remembered("tenantId")
    if not remembered:
        return _moved_or_stays(call, answer(Outcome.FALLBACK))
    tenant = TenantId(remembered)
    try:
        standing = planes.router.poll(tenant, call.ours, now)
    except NotFound:
        return _moved_or_stays(call, answer(Outcome.FALLBACK))
    match standing:
        case Offered(agent):
            return _moved_or_stays(call, answer(Outcome.AGENT, agent=agent))
        case Gone(State.ARRIVED):
            # Telephony put the next attempt where the first one waited, and kept what we had noted since.
            return answer(Outcome.ANEW) if call.given("place") != Place.HOLDING else _again(planes, call, now)
        case Gone(State.ABANDONED):
            # Promised, and then we could not write it down: somebody else keeps the promise.
            promised = planes.contacts.get(tenant, call.ours).callback
            return answer(Outcome.OVER) if promised else _moved_or_stays(call, answer(Outcome.FALLBACK))
        case Gone():
            return answer(Outcome.OVER)
        case _:
            waits = call.given("place") == Place.FALLBACK
            return _moved_or_stays(call, answer(Outcome.STAY if waits else Outcome.HOLDING))


@for_client(answer(Outcome.OVER))
def callback_over(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    """Telephony could not keep it: nobody will be called back, and no agent must be offered it."""
    with suppress(Conflict, NotFound):
        planes.router.abandon(tenant.id, call.ours, "callback", now)
    return answer(Outcome.OVER)


@for_client(answer(Outcome.STAY))
def _again(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    """The customer was not reached: back into line when it is time for another attempt."""
    contact = planes.contacts.get(tenant.id, call.ours)
    terms = tenant.calls.callback or Callback()
    if not in_time(tenant, terms, now) or not _is_time(contact, terms, now):
        return answer(Outcome.STAY)
    line = ToQueue(Name(contact.skill)) if contact.skill else None
    asked = terms_of(tenant, Channel.VOICE, chosen=line, language=language_of(tenant, call))
    there = enqueued(planes, contact, asked, now)
    match there["outcome"]:
        case Outcome.AGENT:
            there = answer(Outcome.AGENT, agent=there["agent"])  # as a repetition would be told
        case Outcome.WAIT:
            there = answer(Outcome.HOLDING)
    return _moved_or_stays(call, there)


def _is_time(contact: Contact, terms: Callback, now: datetime) -> bool:
    missed = contact.last("not_reached")
    asked = contact.last("callback_asked")
    retry_s = int(asked.data["retry_s"]) if asked is not None else terms.retry_s
    return missed is None or stamp(missed.at + timedelta(seconds=retry_s)) <= stamp(now)


def _moved_or_stays(call: FlowCall, there: Answer) -> Answer:
    return moved(call, there) or answer(Outcome.STAY)


def instead(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer | None:
    """None where no agent is kept for him. Otherwise he hears that he is connected instead of being called, whether
    the agent's phone rings already or the call goes there now.

    If that agent lets it ring, nothing was booked and nothing is lost without a word: he hears that he keeps his place,
    and our flow offers him the callback, and the time of his choice, once more.
    """
    if wanted(planes, call, now)["outcome"] != Outcome.AGENT:
        return None
    return say(words(language_of(tenant, call), "callback_instead"), Outcome.INSTEAD)


def agent_now(planes: Planes, call: FlowCall, now: datetime) -> Answer:
    """An agent who is free now is better than any callback; who just waits stays for the question."""
    there = wanted(planes, call, now)
    return there if there["outcome"] == Outcome.AGENT else answer(Outcome.STAY)


def _confirm(tenant: Tenant, call: FlowCall, number: str) -> Answer:
    language, terms = language_of(tenant, call), tenant.calls.callback
    asked = words(language, "callback_confirm", number=apart(number, home(tenant, call)))
    if terms is not None and terms.at_a_time:
        asked = f"{asked} {words(language, 'callback_time')}"
    return ask_key(asked, Step.CALLBACK_NUMBER, number)


def ask_time(tenant: Tenant, call: FlowCall, number: str, *, tries: int = 0, before: str = "") -> Answer:
    """At what time we shall call that number; it was asked so often before."""
    asked = words(language_of(tenant, call), "callback_time_keys")
    return ask_number(f"{before} {asked}".strip(), Step.CALLBACK_TIME, f"{number} {tries}")


def _keypad(tenant: Tenant, call: FlowCall, *, again: bool = False) -> Answer:
    language = language_of(tenant, call)
    before = f"{words(language, 'callback_wrong')} " if again else ""
    about = _KEYPAD_AGAIN if again else _KEYPAD
    return ask_number(before + words(language, "callback_keys"), Step.CALLBACK_NUMBER, about)


def kept(tenant: Tenant, call: FlowCall) -> Answer:
    return say(words(language_of(tenant, call), "callback_kept"), Outcome.TELL)


def callable_here(planes: Planes, tenant: Tenant, call: FlowCall, number: str) -> str | None:
    whole = callable_number(number, home(tenant, call))
    return None if whole is None or _is_ours(planes, whole) else whole


def _is_ours(planes: Planes, number: str) -> bool:
    """Whichever client's: we would call ourselves."""
    return planes.clients.asked("phone", number) is not None


def home(tenant: Tenant, call: FlowCall) -> str:
    """A number of the client's: it says in which country a number without a country's code is."""
    return call.dialled or next(iter(tenant.entry_points.phones), "")
