"""What the parts of a configuration must agree on. Each rule yields (path, what is wrong, the fix)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.skill import LEAST_LEVEL
from chalicelib.tenancy.model.address import AddressKind
from chalicelib.tenancy.model.hours import DAYS, Hours, Span
from chalicelib.tenancy.model.menu import ACTIONS, Texts
from chalicelib.tenancy.model.routing import Reach
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.billable import BILLABLE
from chalicelib.tenancy.service.campaigns import CAMPAIGNS
from chalicelib.tenancy.service.invoiced import INVOICED
from chalicelib.tenancy.service.on_call import ON_CALL
from chalicelib.tenancy.service.speaking import allowed, every_language, twice
from chalicelib.tenancy.service.telephone import TELEPHONE

Disagreement = tuple[tuple[str | int, ...], str, str]


def greeting_speaks_every_language(tenant: Tenant) -> Iterator[Disagreement]:
    yield from every_language(tenant, ("greeting",), tenant.greeting)


def script_speaks_every_language(tenant: Tenant) -> Iterator[Disagreement]:
    yield from every_language(tenant, ("script", "opening"), tenant.script.opening)


def menu_speaks_every_language(tenant: Tenant) -> Iterator[Disagreement]:
    for place, option in enumerate(tenant.menu.options):
        yield from every_language(tenant, ("menu", "options", place, "label"), option.label)
        if option.say is not None:
            yield from every_language(tenant, ("menu", "options", place, "say"), option.say)


def mail_speaks_every_language(tenant: Tenant) -> Iterator[Disagreement]:
    if tenant.replies is None:
        return
    yield from every_language(tenant, ("replies", "signature"), tenant.replies.signature)
    if tenant.replies.legal_footer:
        yield from every_language(tenant, ("replies", "legal_footer"), tenant.replies.legal_footer)


def refusals_speak_every_language(tenant: Tenant) -> Iterator[Disagreement]:
    yield from _answers(tenant, "refusals", tenant.refusals)


def closed_answers_speak_every_language(tenant: Tenant) -> Iterator[Disagreement]:
    yield from _answers(tenant, "closed", tenant.closed)


def a_key_of_the_menu_does_one_thing(tenant: Tenant) -> Iterator[Disagreement]:
    for place, option in enumerate(tenant.menu.options):
        path = ("menu", "options", place)
        if len(option.actions) != 1:
            told = " and ".join(option.actions) or "nothing"
            yield path, f"key {option.digit} does {told}", f"give exactly one of: {', '.join(ACTIONS)}"
        if option.topic is not None and option.say is None:
            yield (*path, "topic"), "has no text to be the topic of", "remove it, or add `say`"
        for name in ("level", "boost"):
            if getattr(option, name) and option.queue is None:
                yield (*path, name), "has no queue to hold for", "remove it, or add `queue`"


def a_boost_is_bounded_by_the_target(tenant: Tenant) -> Iterator[Disagreement]:
    """More would put a caller ahead of others for ever, who came before he did."""
    most = tenant.target(Channel.VOICE).within_s
    for place, option in enumerate(tenant.menu.options):
        if option.boost > most:
            why = f"is {option.boost} s, more than the {most} s within which calls are answered"
            yield ("menu", "options", place, "boost"), why, f"write at most {most} (targets.voice.within_s)"


def the_menu_switches_to_a_known_language(tenant: Tenant) -> Iterator[Disagreement]:
    for place, option in enumerate(tenant.menu.options):
        if option.language is not None and option.language not in tenant.languages:
            path = ("menu", "options", place, "language")
            yield path, f"{option.language!r} is no language of this client", allowed(tenant.languages)


def keys_of_the_menu_differ(tenant: Tenant) -> Iterator[Disagreement]:
    for digit in twice(option.digit for option in tenant.menu.options):
        yield ("menu", "options"), f"has key {digit} twice", "give each key once"


def dispositions_differ(tenant: Tenant) -> Iterator[Disagreement]:
    for code in twice(disposition.code for disposition in tenant.dispositions):
        yield ("dispositions",), f"has the code {code!r} twice", "give each code once"


def languages_differ(tenant: Tenant) -> Iterator[Disagreement]:
    for language in twice(tenant.languages):
        yield ("languages",), f"has {language!r} twice", "name each language once"


def addresses_differ(tenant: Tenant) -> Iterator[Disagreement]:
    for address in twice(tenant.entry_points.all()):
        yield ("entry_points",), f"has the {address.kind.value} {address.text} twice", "name each address once"


def somebody_can_reach_the_client(tenant: Tenant) -> Iterator[Disagreement]:
    if not tenant.entry_points.all():
        yield ("entry_points",), "has no address", "add a phone, a mailbox or a widget"


def _hours_on_duty(tenant: Tenant) -> Iterator[tuple[tuple[str | int, ...], Hours | None]]:
    for place, ladder in enumerate(tenant.on_call):
        for at, person in enumerate(ladder.people):
            yield ("on_call", place, "people", at, "hours"), person.hours


def special_days_differ(tenant: Tenant) -> Iterator[Disagreement]:
    for day in twice(special.date for special in tenant.hours.special):
        yield ("hours", "special"), f"has {day.isoformat()} twice", "put all hours of a date into one entry"


def hours_of_a_day_do_not_overlap(tenant: Tenant) -> Iterator[Disagreement]:
    callback = tenant.calls.callback
    every = (
        (("hours",), tenant.hours),
        (("calls", "callback", "latest"), callback.latest if callback is not None else None),
        (("plan", "usual_hours"), tenant.plan.usual_hours),
        *((("campaigns", place, "hours"), campaign.hours) for place, campaign in enumerate(tenant.campaigns)),
        *_hours_on_duty(tenant),
    )
    for path, hours in every:
        if hours is None:
            continue
        for day, spans in zip(DAYS, hours.week(), strict=True):
            yield from _overlap((*path, day), spans)
        for place, special in enumerate(hours.special):
            yield from _overlap((*path, "special", place, "open"), special.open)


def mail_is_answered_from_an_own_mailbox(tenant: Tenant) -> Iterator[Disagreement]:
    mailboxes = tenant.entry_points.mailboxes
    answers = Channel.EMAIL in tenant.channels and bool(mailboxes)
    if answers and tenant.replies is None:
        yield ("replies",), "is missing", "add reply_from, sender_name and signature: this client answers mail"
    if tenant.replies is not None and tenant.replies.reply_from not in mailboxes:
        why = f"{tenant.replies.reply_from} is no mailbox of this client"
        yield ("replies", "reply_from"), why, allowed(mailboxes)


def who_is_refused_gets_the_clients_words(tenant: Tenant) -> Iterator[Disagreement]:
    """An address on a channel outside of the tier is welcome (it shows what the other tier would catch)."""
    channels = tenant.channels
    refusals = tenant.refusals
    for kind, text in _reached(tenant):
        if kind.channel not in channels and kind.channel not in refusals:
            why = f"is missing, but the tier {tenant.tier.value!r} does not include {text}"
            yield ("refusals", kind.channel.value), why, "write what a customer is told there, per language"


def a_ceiling_leaves_room_for_the_reserve(tenant: Tenant) -> Iterator[Disagreement]:
    terms = tenant.routing
    if terms.ceiling is not None and terms.ceiling < terms.reserve:
        why = f"is {terms.ceiling}, below the reserve of {terms.reserve} seats"
        yield ("routing", "ceiling"), why, f"write at least {terms.reserve}, or lower the reserve"


def a_hard_reserve_has_seats_to_keep(tenant: Tenant) -> Iterator[Disagreement]:
    if tenant.routing.hard_reserve and not tenant.routing.reserve:
        yield ("routing", "hard_reserve"), "has no seats to keep free", "give `reserve`, or remove it"


def a_level_has_a_skill(tenant: Tenant) -> Iterator[Disagreement]:
    if tenant.routing.level > LEAST_LEVEL and not tenant.skill:
        yield ("routing", "level"), "has no usual skill to be the level of", "give `skill`, or remove it"


def certifications_and_overflow_teams_differ(tenant: Tenant) -> Iterator[Disagreement]:
    for name in ("certifications", "overflow"):
        for double in twice(getattr(tenant.routing, name)):
            yield ("routing", name), f"has {double!r} twice", "name each once"


def other_teams_help_out(tenant: Tenant) -> Iterator[Disagreement]:
    for place, team in enumerate(tenant.routing.overflow):
        if team == tenant.team:
            yield ("routing", "overflow", place), f"{team!r} is the client's own team", "name other teams only"
    if tenant.routing.overflow and tenant.routing.widest in (Reach.PRIMARY, Reach.SECONDARY):
        why = f"has no effect: contacts widen to {tenant.routing.widest.value!r} only"
        yield ("routing", "overflow"), why, 'remove it, or set widest = "overflow"'


AGREEMENTS: tuple[Callable[[Tenant], Iterator[Disagreement]], ...] = (
    languages_differ,
    addresses_differ,
    somebody_can_reach_the_client,
    hours_of_a_day_do_not_overlap,
    special_days_differ,
    greeting_speaks_every_language,
    a_key_of_the_menu_does_one_thing,
    keys_of_the_menu_differ,
    a_boost_is_bounded_by_the_target,
    menu_speaks_every_language,
    the_menu_switches_to_a_known_language,
    script_speaks_every_language,
    dispositions_differ,
    mail_is_answered_from_an_own_mailbox,
    mail_speaks_every_language,
    who_is_refused_gets_the_clients_words,
    refusals_speak_every_language,
    closed_answers_speak_every_language,
    *TELEPHONE,
    *CAMPAIGNS,
    *ON_CALL,
    *BILLABLE,
    *INVOICED,
    a_ceiling_leaves_room_for_the_reserve,
    a_hard_reserve_has_seats_to_keep,
    a_level_has_a_skill,
    certifications_and_overflow_teams_differ,
    other_teams_help_out,
)


def _reached(tenant: Tenant) -> list[tuple[AddressKind, str]]:
    """One address for each kind that the client has."""
    return sorted({address.kind: address.text for address in tenant.entry_points.all()}.items())


def _answers(tenant: Tenant, name: str, answers: Mapping[Channel, Texts]) -> Iterator[Disagreement]:
    for channel, texts in answers.items():
        yield from every_language(tenant, (name, channel.value), texts)


def _overlap(path: tuple[str | int, ...], spans: tuple[Span, ...]) -> Iterator[Disagreement]:
    ordered = sorted(spans, key=lambda span: span.opens)
    for early, late in pairwise(ordered):
        if late.opens < early.closes:
            yield path, f"{early} and {late} overlap", "make the second begin when the first ends, or later"
