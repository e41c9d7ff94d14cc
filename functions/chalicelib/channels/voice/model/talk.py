"""Answers that a caller hears: questions, the menu, and what our flow remembers of the client for the whole call."""

from __future__ import annotations

from chalicelib.channels.voice.model.call import Answer, FlowCall, Outcome, Step, answer
from chalicelib.channels.voice.model.phrases import NOT_IN_SERVICE, phrases, voice, words
from chalicelib.tenancy.model.calls import RecordingMode
from chalicelib.tenancy.model.form import Language
from chalicelib.tenancy.model.menu import Texts
from chalicelib.tenancy.model.tenant import Tenant

MENU_KEY = "*"  # back to the menu, wherever something was read out
YES, NO = "1", "2"
AT_A_TIME = "3"  # to be called at a time of one's own choice
_LONGEST = 2900  # characters of one prompt: Connect speaks 3000


def ask_key(message: str, next: Step, about: str = "", **more: str) -> Answer:
    return answer(Outcome.ASK_KEY, message=spoken(message), next=next.value, about=about, **more)


def ask_number(message: str, next: Step, about: str = "") -> Answer:
    return answer(Outcome.ASK_NUMBER, message=spoken(message), next=next.value, about=about)


def say(message: str, outcome: Outcome = Outcome.SAY) -> Answer:
    return answer(outcome, message=spoken(message))


def not_in_service() -> Answer:
    return answer(Outcome.UNKNOWN, message=NOT_IN_SERVICE)


def spoken(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0]


def language_of(tenant: Tenant, call: FlowCall) -> Language:
    """The caller's choice, if it is (still) one of the client's languages."""
    chosen = call.remembered("language")
    return Language(chosen) if chosen in tenant.languages else tenant.language


def own_or(tenant: Tenant, texts: Texts, language: str, key: str) -> str:
    """The client's own words, or ours."""
    return tenant.say(texts, language) if texts else words(language, key)


def menu_text(tenant: Tenant, language: str) -> str:
    return " ".join(tenant.say(option.label, language) for option in tenant.menu.options)


def menu(tenant: Tenant, language: str, tries: int = 0, before: str = "") -> Answer:
    """The menu; without one, what follows when nobody presses anything."""
    if not tenant.menu.options:
        return answer(Outcome.QUEUE, next=Step.CHOOSE.value, about=str(tries))
    return ask_key(f"{before} {menu_text(tenant, language)}".strip(), Step.CHOOSE, str(tries))


def told(text: str, language: str, topic: str = "") -> Answer:
    """Something is read out. With a topic, the caller has served himself; without, silence leads to an agent."""
    return ask_key(f"{text} {words(language, 'back' if topic else 'stay')}", Step.TOLD, topic)


def welcome(tenant: Tenant, contact: str, language: str) -> Answer:
    """What our flow greets with and remembers; the outcome is another's to add."""
    calls = tenant.calls
    notice = calls.recording.mode is RecordingMode.ON
    heard = [tenant.say(tenant.greeting, language)]
    heard += [own_or(tenant, calls.recording.notice, language, "recorded")] if notice else []
    return {
        "contactId": contact,
        "team": tenant.team,
        "greeting": spoken(" ".join(heard)),
        "language": language,
        "record": "on" if notice else "off",
        "survey": "yes" if calls.survey is not None else "no",
        "comforts": "yes" if calls.position or calls.callback is not None else "no",
        **name(tenant),
        **voice(language),
        **phrases(language, tenant.name),
    }


def name(tenant: Tenant) -> Answer:
    return {"tenantId": tenant.id, "tenantName": tenant.name}
