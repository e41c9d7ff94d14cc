"""A caller keys in a number, and hears how his order or his account stands: the client's own system knows."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from chalicelib.channels.voice.model.call import Answer, FlowCall, Step
from chalicelib.channels.voice.model.phrases import words
from chalicelib.channels.voice.model.talk import ask_number, language_of, not_in_service, told
from chalicelib.channels.voice.service.planes import Planes, for_client
from chalicelib.channels.voice.service.ports import Found, NoAnswer, NoSuchNumber, Subject
from chalicelib.channels.voice.service.queueing import queue
from chalicelib.contacts.model.conversation import Draft
from chalicelib.contacts.service import FOUND
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import digest
from chalicelib.tenancy.model.tenant import Tenant

_MOST_TRIES = 2  # of a number, before we stop asking
_LONGEST = 20  # digits
_MOST_NUMBERS = 3  # of one subject that one call may ask for: nobody shall try numbers until one fits


def ask_for(subject: Subject, language: str, tries: int = 0, before: str = "") -> Answer:
    return ask_number(f"{before} {words(language, f'{subject}_keys')}".strip(), Step(subject.value), str(tries))


@for_client(not_in_service())
def order(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    return _look_up(planes, tenant, call, Subject.ORDER, now)


@for_client(not_in_service())
def account(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    return _look_up(planes, tenant, call, Subject.ACCOUNT, now)


def _look_up(planes: Planes, tenant: Tenant, call: FlowCall, subject: Subject, now: datetime) -> Answer:
    """The client's own system is asked. It may be asked again for the same: it must bear that, as ours do."""
    language = language_of(tenant, call)
    number = call.keys.strip("*#")
    if not number.isdecimal() or len(number) > _LONGEST:
        return _asked_again(planes, tenant, call, subject, now)
    if _has_asked_enough(planes, tenant, call, subject, number):
        return told(words(language, f"{subject}_unknown"), language)
    try:
        found = planes.lookups.look_up(tenant, subject, number, caller=call.caller, contact=call.ours, now=now)
    except NoSuchNumber:
        _keep(planes, tenant, call, subject, number, "no", now)
        return _asked_again(planes, tenant, call, subject, now)
    except NoAnswer:
        _keep(planes, tenant, call, subject, number, "failed", now)
        return told(words(language, f"{subject}_failed"), language)
    _keep(planes, tenant, call, subject, number, "yes", now, found)
    return told(found.status, language, f"{subject}_status")


def _asked_again(planes: Planes, tenant: Tenant, call: FlowCall, subject: Subject, now: datetime) -> Answer:
    language, tries = language_of(tenant, call), call.count("about") + 1
    unknown = words(language, f"{subject}_unknown") if call.keys else ""
    if tries < _MOST_TRIES:
        return ask_for(subject, language, tries, unknown)
    return told(unknown, language) if unknown else queue(planes, tenant, call, now)


def _has_asked_enough(planes: Planes, tenant: Tenant, call: FlowCall, subject: Subject, number: str) -> bool:
    """The same number may be asked for again: Lambda repeats itself, and callers do. A call that is not in our books
    cannot be counted, and is told nothing."""
    try:
        facts = planes.contacts.get(tenant.id, call.ours).facts
    except NotFound:
        return True
    asked = {fact.data.get("id") for fact in facts if fact.kind == "looked_up" and fact.data.get("what") == subject}
    return len(asked) >= _MOST_NUMBERS and asked.isdisjoint(_mark(call, subject, number, found) for found in FOUND)


def _keep(
    planes: Planes,
    tenant: Tenant,
    call: FlowCall,
    subject: Subject,
    number: str,
    found: str,
    now: datetime,
    said: Found | None = None,
) -> None:
    """Once per number and answer; the number itself is the caller's affair and stands in no fact."""
    mark = _mark(call, subject, number, found)
    with suppress(Conflict):  # he has hung up meanwhile
        contact = planes.contacts.looked_up(tenant.id, call.ours, what=subject.value, found=found, now=now, id=mark)
        if said is not None and said.note:  # for whoever he may talk to later
            planes.contacts.say(contact, Draft(by="system", kind="note", text=said.note, client_id=mark), now)


def _mark(call: FlowCall, subject: Subject, number: str, found: str) -> str:
    return digest(call.ours, subject.value, number, found)
