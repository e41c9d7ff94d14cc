"""What a caller wants: a key of the menu, a question of the list, and silence."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from chalicelib.channels.voice.model.call import Answer, FlowCall, Outcome, Step
from chalicelib.channels.voice.model.opening import opening
from chalicelib.channels.voice.model.phrases import words
from chalicelib.channels.voice.model.talk import (
    MENU_KEY,
    ask_key,
    language_of,
    menu,
    not_in_service,
    say,
    told,
    welcome,
)
from chalicelib.channels.voice.service.looking_up import ask_for
from chalicelib.channels.voice.service.planes import Planes, for_client
from chalicelib.channels.voice.service.ports import Subject
from chalicelib.channels.voice.service.queueing import queue
from chalicelib.channels.voice.service.voicemail import voicemail
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.tenancy.model.menu import Offer, SayText, SwitchLanguage, ToQueue
from chalicelib.tenancy.model.tenant import Tenant

_MOST_TRIES = 3  # of a menu, before a wrong key is taken as none


@for_client(not_in_service())
def choose(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    language, tries = language_of(tenant, call), call.count("about") + 1
    match tenant.menu.pressed(call.keys):
        case ToQueue() as line:
            return queue(planes, tenant, call, now, line, key=call.keys)
        case SayText(topic, text):
            with suppress(NotFound):  # a call that is not in our books hears it all the same
                planes.contacts.read_out(tenant.id, call.ours, topic, now)
            return say(tenant.say(text, language))
        case SwitchLanguage(other):
            return {**welcome(tenant, call.ours, other), **menu(tenant, other, tries), "outcome": Outcome.AGAIN.value}
        case Offer() as offer:
            return _offer(planes, offer, tenant, call, now)
    if call.keys and tenant.menu.options and tries < _MOST_TRIES:
        return _unknown_key(tenant, language, tries)
    return queue(planes, tenant, call, now)


def _unknown_key(tenant: Tenant, language: str, tries: int) -> Answer:
    return menu(tenant, language, tries, before=words(language, "unknown_key"))


def _offer(planes: Planes, offer: Offer, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    language = language_of(tenant, call)
    match offer:
        case Offer.FAQ:
            return _questions(tenant, language)
        case Offer.HOURS:
            return _read_out(planes, tenant, call, now, opening(tenant, now, language), "opening_hours")
        case Offer.ORDER:
            return ask_for(Subject.ORDER, language)
        case Offer.ACCOUNT:
            return ask_for(Subject.ACCOUNT, language)
        case Offer.CALLBACK:
            return queue(planes, tenant, call, now, wish=Offer.CALLBACK.value)
        case Offer.VOICEMAIL:
            return voicemail(planes, tenant, call, language, now)


@for_client(not_in_service())
def told_on(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    """Something was read out, and the caller went back to the menu, pressed one of its keys, or said nothing."""
    language = language_of(tenant, call)
    if call.keys == MENU_KEY:
        return menu(tenant, language)
    if call.keys and tenant.menu.pressed(call.keys) is not None:
        return choose(planes, _at_the_menu(call), now)
    if call.keys:
        return _unknown_key(tenant, language, 1)
    if not call.about:
        return queue(planes, tenant, call, now)
    try:
        planes.contacts.serve(tenant.id, call.ours, call.about, now)
    except (Conflict, NotFound):
        return queue(planes, tenant, call, now)  # he waits for somebody already, or is not in our books
    return say(words(language, "goodbye", name=tenant.name))


def _at_the_menu(call: FlowCall) -> FlowCall:
    return replace(call, parameters={**call.parameters, "about": "0"})


def _questions(tenant: Tenant, language: str, tries: int = 0) -> Answer:
    read = [words(language, "unknown_key")] if tries else []
    read += [
        words(language, "faq_key", question=tenant.say(one.question, language), key=str(key))
        for key, one in enumerate(tenant.faq, 1)
    ]
    return ask_key(" ".join([*read, words(language, "back")]), Step.FAQ, str(tries))


@for_client(not_in_service())
def faq(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    language = language_of(tenant, call)
    if call.keys == MENU_KEY:
        return menu(tenant, language)
    place = int(call.keys) if call.keys.isdecimal() else 0
    if not 1 <= place <= len(tenant.faq):
        tries = call.count("about") + 1
        again = call.keys and tries < _MOST_TRIES
        return _questions(tenant, language, tries) if again else queue(planes, tenant, call, now)
    one = tenant.faq[place - 1]
    return _read_out(planes, tenant, call, now, tenant.say(one.answer, language), one.topic)


def _read_out(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime, text: str, topic: str) -> Answer:
    """Written down before he hears it: who has heard enough hangs up, and is served."""
    with suppress(Conflict, NotFound):  # he has hung up already, or is not in our books
        planes.contacts.read_out(tenant.id, call.ours, topic, now)
    return told(text, language_of(tenant, call), topic)


@for_client(not_in_service())
def consent(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    """Whether the talk may be recorded; anything but yes is no. `about` is the key that the caller had pressed."""
    agreed = "on" if call.keys == "1" else "off"
    chosen = tenant.menu.pressed(call.about)
    line = chosen if isinstance(chosen, ToQueue) else None
    wish = Offer.CALLBACK.value if chosen is Offer.CALLBACK else ""
    return queue(planes, tenant, call, now, line, wish=wish, record=agreed)
