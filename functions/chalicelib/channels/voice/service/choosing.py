"""What a caller wants: a key of the menu, a question of the list, an order's number, and silence."""

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
    ask_number,
    language_of,
    menu,
    not_in_service,
    say,
    told,
    welcome,
)
from chalicelib.channels.voice.service.planes import Planes, for_client
from chalicelib.channels.voice.service.ports import NoAnswer, NoSuchOrder
from chalicelib.channels.voice.service.queueing import queue
from chalicelib.channels.voice.service.voicemail import voicemail
from chalicelib.contacts.service import FOUND
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import digest
from chalicelib.tenancy.model.menu import Offer, SayText, SwitchLanguage, ToQueue
from chalicelib.tenancy.model.tenant import Tenant

_MOST_TRIES = 3  # of a menu, before a wrong key is taken as none
_MOST_ORDER_TRIES = 2  # of an order's number, before we stop asking
_LONGEST_ORDER = 20
_MOST_ORDERS = 3  # that one call may ask for: nobody shall try numbers until one fits


@for_client(not_in_service())
def choose(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    language, tries = language_of(tenant, call), call.count("about") + 1
    match tenant.menu.pressed(call.keys):
        case ToQueue() as line:
            return queue(planes, tenant, call, now, line, key=call.keys)
        case SayText(topic, text):
            planes.contacts.serve(tenant.id, call.ours, topic, now)
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
            return ask_number(words(language, "order_keys"), Step.ORDER, "0")
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
    except Conflict:
        return queue(planes, tenant, call, now)  # he waits for somebody already
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
    with suppress(Conflict):  # he has hung up already
        planes.contacts.read_out(tenant.id, call.ours, topic, now)
    return told(text, language_of(tenant, call), topic)


@for_client(not_in_service())
def order(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    """The client's own system is asked. It may be asked again for the same: it must bear that, as ours do."""
    language, tries = language_of(tenant, call), call.count("about") + 1
    number = call.keys.strip("*#")
    if not number.isdecimal() or len(number) > _LONGEST_ORDER:
        return _asked_again(planes, tenant, call, now, tries)
    if _has_asked_enough(planes, tenant, call, number):
        return told(words(language, "order_unknown"), language)
    try:
        found = planes.orders.look_up(tenant, number, caller=call.caller, contact=call.ours, now=now)
    except NoSuchOrder:
        _note(planes, tenant, call, number, "no", now)
        return _asked_again(planes, tenant, call, now, tries)
    except NoAnswer:
        _note(planes, tenant, call, number, "failed", now)
        return told(words(language, "order_failed"), language)
    _note(planes, tenant, call, number, "yes", now)
    return told(found.status, language, "order_status")


def _asked_again(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime, tries: int) -> Answer:
    language = language_of(tenant, call)
    if tries >= _MOST_ORDER_TRIES:
        return told(words(language, "order_unknown"), language) if call.keys else queue(planes, tenant, call, now)
    text = f"{words(language, 'order_unknown')} {words(language, 'order_keys')}" if call.keys else ""
    return ask_number(text or words(language, "order_keys"), Step.ORDER, str(tries))


def _has_asked_enough(planes: Planes, tenant: Tenant, call: FlowCall, number: str) -> bool:
    """The same number may be asked for again: Lambda repeats itself, and callers do."""
    facts = planes.contacts.get(tenant.id, call.ours).facts
    told = {fact.data.get("id") for fact in facts if fact.kind == "looked_up"}
    return len(told) >= _MOST_ORDERS and told.isdisjoint(digest(call.ours, number, found) for found in FOUND)


def _note(planes: Planes, tenant: Tenant, call: FlowCall, number: str, found: str, now: datetime) -> None:
    """Once per number and answer; the number itself is the caller's affair and stands in no fact."""
    told = digest(call.ours, number, found)
    with suppress(Conflict):  # he has hung up meanwhile
        planes.contacts.looked_up(tenant.id, call.ours, what="order", found=found, now=now, id=told)


@for_client(not_in_service())
def consent(planes: Planes, tenant: Tenant, call: FlowCall, now: datetime) -> Answer:
    """Whether the talk may be recorded; anything but yes is no. `about` is the key that the caller had pressed."""
    agreed = "on" if call.keys == "1" else "off"
    chosen = tenant.menu.pressed(call.about)
    line = chosen if isinstance(chosen, ToQueue) else None
    wish = Offer.CALLBACK.value if chosen is Offer.CALLBACK else ""
    return queue(planes, tenant, call, now, line, wish=wish, record=agreed)
