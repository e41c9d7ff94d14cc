"""A caller chooses when he is called back: the time that he keys in is read back with its day, and is an appointment
from then on. He waits for nobody any more."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from chalicelib.channels.voice.model.call import Answer, FlowCall, Outcome, Step, answer
from chalicelib.channels.voice.model.numbers import apart
from chalicelib.channels.voice.model.phrases import words
from chalicelib.channels.voice.model.talk import NO, YES, ask_key, language_of, say
from chalicelib.channels.voice.model.times import hours_said, instant_said, keyed_time, next_time
from chalicelib.channels.voice.service.callback import (
    ask_time,
    callable_here,
    home,
    instead,
    kept,
    where_it_is_offered,
)
from chalicelib.channels.voice.service.planes import Planes
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.tenancy.model.calls import Callback
from chalicelib.tenancy.model.tenant import Tenant

BOOKED = "callback_booked"  # the topic with which the call served itself
_MOST_TRIES = 3  # of a time
_LONGEST = 11  # digits of an instant


@where_it_is_offered
def callback_time(planes: Planes, tenant: Tenant, terms: Callback, call: FlowCall, now: datetime) -> Answer:
    """`about` is the number, and how often the time was asked for before."""
    if there := instead(planes, tenant, call, now):
        return there
    number, tries, _ = _about(planes, tenant, call)
    if number is None or not terms.at_a_time:
        return kept(tenant, call)
    language = language_of(tenant, call)
    wanted = keyed_time(call.keys)
    if wanted is None:
        return _again(tenant, call, number, tries, words(language, "callback_time_wrong") if call.keys else "")
    at = next_time(terms.latest or tenant.hours, tenant.zone.info, wanted, now)
    if at is None:
        return _again(tenant, call, number, tries, _hours(tenant, language, now))
    day, time = instant_said(language, at, tenant.zone.info, now)
    read = apart(number, home(tenant, call))
    asked = words(language, "callback_time_confirm", number=read, day=day, time=time)
    return ask_key(_one_stop(asked), Step.CALLBACK_AT, f"{number} {tries} {int(at.timestamp())}")


@where_it_is_offered
def callback_at(planes: Planes, tenant: Tenant, terms: Callback, call: FlowCall, now: datetime) -> Answer:
    """`about` has the instant besides. Asked again it is booked already, and the caller hears so again."""
    if there := instead(planes, tenant, call, now):
        return there
    number, tries, at = _about(planes, tenant, call)
    if number is None or at is None or not terms.at_a_time or call.keys not in (YES, NO):
        return kept(tenant, call)
    if call.keys == NO:
        return _again(tenant, call, number, tries, "")
    if at <= now:
        return _again(tenant, call, number, tries, words(language_of(tenant, call), "callback_time_passed"))
    return _book(planes, tenant, call, number, tries, at, now)


def _book(
    planes: Planes, tenant: Tenant, call: FlowCall, number: str, tries: int, at: datetime, now: datetime
) -> Answer:
    """First the promise, then the way out of the line: whatever breaks between the two, he is not forgotten."""
    language = language_of(tenant, call)
    try:
        contact = planes.contacts.get(tenant.id, call.ours)
        booked = planes.appointments.make(
            tenant, number=number, at=at, note="", by="customer", previous=contact, now=now
        )
    except Invalid:
        return _again(tenant, call, number, tries, _hours(tenant, language, now))
    except (Conflict, NotFound):
        return say(f"{words(language, 'callback_wrong')} {words(language, 'callback_kept')}", Outcome.TELL)
    try:
        planes.router.serve(tenant.id, call.ours, BOOKED, now)
    except (Conflict, NotFound):
        # In that very moment an agent was found: he need not be called any more.
        with suppress(Conflict, NotFound):
            planes.appointments.cancel(tenant.id, booked.id, now)
        return instead(planes, tenant, call, now) or answer(Outcome.STAY)
    day, time = instant_said(language, at, tenant.zone.info, now)
    return say(_one_stop(words(language, "callback_time_done", day=day, time=time)))


def _hours(tenant: Tenant, language: str, now: datetime) -> str:
    """Which they are, on the next day that has any."""
    terms = tenant.calls.callback
    hours = (terms.latest if terms is not None else None) or tenant.hours
    there_are = hours_said(language, hours, tenant.zone.info, now)
    if there_are is None:
        return ""
    return _one_stop(words(language, "callback_time_hours", day=there_are[0], hours=there_are[1]))


def _again(tenant: Tenant, call: FlowCall, number: str, tries: int, before: str) -> Answer:
    if tries + 1 >= _MOST_TRIES:
        return kept(tenant, call)
    return ask_time(tenant, call, number, tries=tries + 1, before=before)


def _about(planes: Planes, tenant: Tenant, call: FlowCall) -> tuple[str | None, int, datetime | None]:
    number, tries, at, *_ = [*call.about.split(), "", "", ""]
    known = callable_here(planes, tenant, call, number) if number else None
    when = datetime.fromtimestamp(int(at), UTC) if at.isdecimal() and len(at) <= _LONGEST else None
    return known, int(tries) if tries.isdecimal() and len(tries) == 1 else _MOST_TRIES, when


def _one_stop(text: str) -> str:
    return text.replace("..", ".")  # behind "p.m."
