"""What the telephone of a client must agree on. Rules are those of `billable`: (path, what is wrong, the fix)."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.tenancy.model.abroad import is_country
from chalicelib.tenancy.model.calls import Calls, Country, RecordingMode, WhenClosed, WhenFull
from chalicelib.tenancy.model.hours import DAYS, Span
from chalicelib.tenancy.model.tariff import is_dear
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.billable import Disagreement, Rule
from chalicelib.tenancy.service.speaking import all_or_none, allowed, every_language, twice


def a_telephone_has_a_number(tenant: Tenant) -> Iterator[Disagreement]:
    if tenant.calls != Calls() and not tenant.entry_points.phones:
        yield ("calls",), "is for callers, and nobody can call this client", "add a phone to entry_points, or remove it"


def words_of_the_telephone_are_in_every_language(tenant: Tenant) -> Iterator[Disagreement]:
    calls = tenant.calls
    if calls.voicemail is not None:
        yield from all_or_none(tenant, ("calls", "voicemail", "greeting"), calls.voicemail.greeting)
    if calls.survey is not None:
        yield from all_or_none(tenant, ("calls", "survey", "question"), calls.survey.question)
    yield from all_or_none(tenant, ("calls", "recording", "notice"), calls.recording.notice)
    for place, one in enumerate(tenant.faq):
        yield from every_language(tenant, ("faq", place, "question"), one.question)
        yield from every_language(tenant, ("faq", place, "answer"), one.answer)


def what_a_key_offers_is_there(tenant: Tenant) -> Iterator[Disagreement]:
    missing = {
        "faq": ("no questions to read out", "add [[faq]] with topic, question and answer") if not tenant.faq else None,
        "order": ("nobody to ask about orders", "add [orders] with its url") if tenant.orders is None else None,
        "account": ("nobody to ask about accounts", "add [accounts] with its url") if tenant.accounts is None else None,
        "callback": ("no callback", "add [calls.callback]") if tenant.calls.callback is None else None,
    }
    for place, option in enumerate(tenant.menu.options):
        for name, lack in missing.items():
            if lack is not None and getattr(option, name):
                yield ("menu", "options", place, name), f"has {lack[0]} to offer", f"{lack[1]}, or remove the key"


def a_full_line_has_a_limit_and_an_answer(tenant: Tenant) -> Iterator[Disagreement]:
    calls = tenant.calls
    if calls.full is not WhenFull.MESSAGE and calls.queue_most is None:
        yield ("calls", "full"), "has no effect: any number of callers may wait", "give `queue_most`, or remove it"
    if calls.full is WhenFull.CALLBACK and calls.callback is None:
        yield ("calls", "full"), "has no callback to offer", "add [calls.callback], or take message or voicemail"


def a_notice_says_something_that_is_done(tenant: Tenant) -> Iterator[Disagreement]:
    recording = tenant.calls.recording
    if recording.mode is RecordingMode.OFF and recording.notice:
        yield ("calls", "recording", "notice"), "has no effect: nothing is recorded", "set mode to on or ask"


def nobody_is_called_back_outside_of_the_hours(tenant: Tenant) -> Iterator[Disagreement]:
    """Then nobody is at work who could call."""
    callback = tenant.calls.callback
    if callback is None or callback.latest is None:
        return
    for day, spans, open_ in zip(DAYS, callback.latest.week(), tenant.hours.week(), strict=True):
        for span in spans:
            if not any(_lies_in(span, hours) for hours in open_):
                told = allowed(open_) if open_ else f"the client is closed on {day}s: remove it"
                yield ("calls", "callback", "latest", day), f"{span} is not within the opening hours", told


def people_see_a_number_of_the_client(tenant: Tenant) -> Iterator[Disagreement]:
    shown, phones = tenant.calls.caller_id, tenant.entry_points.phones
    if shown is not None and shown not in phones:
        yield ("calls", "caller_id"), f"{shown} is no phone of this client", allowed(phones)


def calls_are_transferred_to_others(tenant: Tenant) -> Iterator[Disagreement]:
    for number in twice(one.number for one in tenant.calls.transfers):
        yield ("calls", "transfers"), f"has {number} twice", "give each number once"
    for place, one in enumerate(tenant.calls.transfers):
        if one.number in tenant.entry_points.phones:
            why = f"{one.number} is the client's own phone: a call would come back here"
            yield ("calls", "transfers", place, "number"), why, "agents transfer to teams and agents without a number"
        if is_dear(one.number):
            why = f"{one.number} is a premium number: whoever got hold of a desk could make us pay for it"
            yield ("calls", "transfers", place, "number"), why, "give one that costs no more than a call"


def countries_can_be_called(tenant: Tenant) -> Iterator[Disagreement]:
    for code in twice(tenant.calls.countries):
        yield ("calls", "countries"), f"has {code} twice", "give each country once"
    for place, code in enumerate(tenant.calls.countries):
        if not is_country(code):
            yield ("calls", "countries", place), f"{code} is no country with telephones", f"give {Country.ALLOWED}"


def topics_differ(tenant: Tenant) -> Iterator[Disagreement]:
    for topic in twice(one.topic for one in tenant.faq):
        yield ("faq",), f"has the topic {topic!r} twice", "give each topic once"


def messages_are_taken_for_somebody(tenant: Tenant) -> Iterator[Disagreement]:
    """A limit on messages that nobody can leave."""
    calls = tenant.calls
    taken = calls.closed is WhenClosed.VOICEMAIL or calls.full is WhenFull.VOICEMAIL
    if calls.voicemail is not None and not taken and not any(option.voicemail for option in tenant.menu.options):
        fix = 'set calls.closed or calls.full to "voicemail", give a key of the menu `voicemail = true`, or remove it'
        yield ("calls", "voicemail"), "has no effect: nobody is asked for a message", fix


TELEPHONE: tuple[Rule, ...] = (
    a_telephone_has_a_number,
    words_of_the_telephone_are_in_every_language,
    what_a_key_offers_is_there,
    a_full_line_has_a_limit_and_an_answer,
    a_notice_says_something_that_is_done,
    nobody_is_called_back_outside_of_the_hours,
    people_see_a_number_of_the_client,
    calls_are_transferred_to_others,
    countries_can_be_called,
    topics_differ,
    messages_are_taken_for_somebody,
)


def _lies_in(span: Span, other: Span) -> bool:
    return other.opens <= span.opens and span.closes <= other.closes
