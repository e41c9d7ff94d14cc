"""What the campaigns of a client must agree on. Rules are those of `billable`: (path, what is wrong, the fix)."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.tenancy.model.hours import DAYS, Span
from chalicelib.tenancy.model.outreach import EARLIEST, LATEST
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.billable import Disagreement, Path, Rule
from chalicelib.tenancy.service.speaking import all_or_none, allowed, twice


def names_of_campaigns_differ(tenant: Tenant) -> Iterator[Disagreement]:
    for name in twice(campaign.name for campaign in tenant.campaigns):
        yield ("campaigns",), f"has {name!r} twice", "give each campaign a name of its own"


def campaigns_show_a_number_of_the_client(tenant: Tenant) -> Iterator[Disagreement]:
    phones = tenant.entry_points.phones
    if tenant.campaigns and not phones:
        yield ("campaigns",), "has no number that people could see", "add a phone to entry_points, or remove it"
    for place, campaign in enumerate(tenant.campaigns):
        if campaign.caller_id is not None and campaign.caller_id not in phones:
            path = ("campaigns", place, "caller_id")
            yield path, f"{campaign.caller_id} is no phone of this client", allowed(phones)


def nobody_is_called_by_night(tenant: Tenant) -> Iterator[Disagreement]:
    for place, campaign in enumerate(tenant.campaigns):
        path: Path = ("campaigns", place, "hours")
        for day, spans in zip(DAYS, campaign.hours.week(), strict=True):
            yield from _by_night((*path, day), spans)
        for number, special in enumerate(campaign.hours.special):
            yield from _by_night((*path, "special", number, "open"), special.open)
        if not any(campaign.hours.week()) and not any(special.open for special in campaign.hours.special):
            yield path, "has no hour in which anybody may be called", 'add days, like monday = ["09:00-19:00"]'


def _by_night(path: Path, spans: tuple[Span, ...]) -> Iterator[Disagreement]:
    for span in spans:
        if span.opens < EARLIEST or span.closes > LATEST:
            yield path, f"{span} is before 08:00 or after 21:00", "keep within 08:00-21:00: the law forbids the rest"


def campaigns_end_after_they_begin(tenant: Tenant) -> Iterator[Disagreement]:
    for place, campaign in enumerate(tenant.campaigns):
        first, last = campaign.first_day, campaign.last_day
        if first is not None and last is not None and last < first:
            path = ("campaigns", place, "last_day")
            yield path, f"{last.isoformat()} is before the first day", f"write {first.isoformat()} or later"


def campaigns_speak_every_language(tenant: Tenant) -> Iterator[Disagreement]:
    for place, campaign in enumerate(tenant.campaigns):
        yield from all_or_none(tenant, ("campaigns", place, "opening"), campaign.opening)


def special_days_of_campaigns_differ(tenant: Tenant) -> Iterator[Disagreement]:
    for place, campaign in enumerate(tenant.campaigns):
        for day in twice(special.date for special in campaign.hours.special):
            path = ("campaigns", place, "hours", "special")
            yield path, f"has {day.isoformat()} twice", "put all hours of a date into one entry"


def a_week_has_room_for_its_days(tenant: Tenant) -> Iterator[Disagreement]:
    for place, campaign in enumerate(tenant.campaigns):
        if campaign.a_day > campaign.a_week:
            path = ("campaigns", place, "a_day")
            yield path, f"is {campaign.a_day}, more than a whole week allows", f"write at most {campaign.a_week}"


def an_outcome_calls_again_or_never(tenant: Tenant) -> Iterator[Disagreement]:
    for place, disposition in enumerate(tenant.dispositions):
        if disposition.do_not_call and disposition.again_s is not None:
            path = ("dispositions", place, "again_s")
            yield path, "cannot stand beside do_not_call", "whoever is never called is not called again: keep one"


CAMPAIGNS: tuple[Rule, ...] = (
    names_of_campaigns_differ,
    campaigns_show_a_number_of_the_client,
    nobody_is_called_by_night,
    campaigns_end_after_they_begin,
    campaigns_speak_every_language,
    special_days_of_campaigns_differ,
    a_week_has_room_for_its_days,
    an_outcome_calls_again_or_never,
)
