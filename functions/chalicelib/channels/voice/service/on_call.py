"""Somebody on call has picked up: hears what it is about, and takes it with a key. Who is not the one that we called
hears nothing of it."""

from __future__ import annotations

from datetime import datetime

from chalicelib.channels.voice.model.call import Answer, FlowCall, Step
from chalicelib.channels.voice.model.phrases import voice, words
from chalicelib.channels.voice.model.talk import ask_key, name, say
from chalicelib.channels.voice.service.planes import Planes, for_client
from chalicelib.kernel.ids import ContactId
from chalicelib.outreach.model.dispatch import Attempt, Dispatch, Standing
from chalicelib.tenancy.model.on_call import By
from chalicelib.tenancy.model.tenant import Tenant

_TAKE, _AGAIN, _PASS = "1", "2", "3"
_TIMES = 3  # so often it is said to who presses nothing


@for_client({**say(words("", "page_over")), **voice("")})
def page(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    found = _found(planes, tenant, call, now)
    if found is None:
        return {**say(words(tenant.language, "page_over")), **voice(tenant.language)}
    dispatch, attempt = found
    said = _ask(dispatch, 1) if dispatch.running else _standing(dispatch, attempt)
    return {**said, **name(tenant), "contactId": dispatch.contact, **voice(dispatch.language)}


@for_client(say(words("", "page_over")))
def paged(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    """A key, or none; `about` counts how often it was said in vain."""
    found = _found(planes, tenant, call, now)
    if found is None:
        return say(words(tenant.language, "page_over"))
    dispatch, attempt = found
    times = int(call.about) if call.about.isascii() and call.about.isdecimal() else _TIMES
    if call.keys == _TAKE:
        taken = planes.on_call.acknowledge(
            tenant.id, dispatch.contact, who=attempt.person, how=By.VOICE.value, now=now, n=attempt.n
        )
        return _standing(taken, attempt)
    if not dispatch.running:
        return _standing(dispatch, attempt)
    if call.keys == _PASS:
        planes.on_call.pass_on(tenant.id, dispatch.contact, attempt.n, now)
        return say(words(dispatch.language, "page_passed"))
    if call.keys == _AGAIN:
        return _ask(dispatch, 1)
    return _ask(dispatch, times + 1) if times < _TIMES else say(words(dispatch.language, "page_silent"))


def _found(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> tuple[Dispatch, Attempt] | None:
    """By Connect's own id of the call and the number that it really reached: attributes alone are not believed."""
    contact, n = call.remembered("contactId"), call.remembered("attempt")
    if not contact or not call.caller:
        return None
    tried = int(n) if n.isascii() and n.isdecimal() and len(n) < 5 else 0
    return planes.on_call.on_the_line(
        tenant.id, ContactId(contact), call=call.contact, number=call.caller, n=tried, now=now
    )


def _ask(dispatch: Dispatch, times: int) -> Answer:
    said = words(dispatch.language, "page", client=dispatch.client, message=dispatch.message)
    return ask_key(f"{said} {words(dispatch.language, 'page_keys')}", Step.PAGED, str(times))


def _standing(dispatch: Dispatch, attempt: Attempt) -> Answer:
    taken = dispatch.standing is Standing.ACKNOWLEDGED
    if taken and dispatch.who == attempt.person:
        return say(words(dispatch.language, "page_taken", who=attempt.person))
    if taken:
        return say(words(dispatch.language, "page_theirs", who=dispatch.who))
    return say(words(dispatch.language, "page_over"))
