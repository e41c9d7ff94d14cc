"""What the ladders of a client must agree on. Rules are those of `billable`: (path, what is wrong, the fix)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chalicelib.tenancy.model.hours import DAYS, Hours, Span
from chalicelib.tenancy.model.on_call import ON_DUTY, By, OnCall, Step
from chalicelib.tenancy.model.tariff import is_dear
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.billable import Disagreement, Rule
from chalicelib.tenancy.service.speaking import allowed, twice

_MIDNIGHT = 24 * 60
_NEEDS = {By.VOICE: "phone", By.SMS: "phone", By.EMAIL: "email"}


def ladders_differ(tenant: Tenant) -> Iterator[Disagreement]:
    for name in twice(ladder.name for ladder in tenant.on_call):
        yield ("on_call",), f"has the name {name!r} twice", "give each name once"
    taped = [ladder.name for ladder in tenant.on_call if ladder.voicemail]
    if len(taped) > 1:
        yield ("on_call",), f"{' and '.join(taped)} all begin with a message on tape", "let one ladder do so"


def people_on_call_differ(tenant: Tenant) -> Iterator[Disagreement]:
    for place, ladder in enumerate(tenant.on_call):
        for name in twice(person.name for person in ladder.people):
            yield ("on_call", place, "people"), f"has {name!r} twice", "give each name once"
        for at, person in enumerate(ladder.people):
            path = ("on_call", place, "people", at)
            if person.name == ON_DUTY:
                yield (*path, "name"), f"{ON_DUTY!r} stands for all whose hours are now", "write a person's name"
            if person.phone is None and person.email is None:
                yield path, f"{person.name} cannot be reached", "give phone or email"


def people_on_call_are_called_outside(tenant: Tenant) -> Iterator[Disagreement]:
    """A number of the client's own would ring here; a dear one would cost more than it is worth."""
    for place, ladder in enumerate(tenant.on_call):
        for at, person in enumerate(ladder.people):
            path = ("on_call", place, "people", at, "phone")
            if person.phone in tenant.entry_points.phones:
                yield path, f"{person.phone} is the client's own phone: a call would come back here", "give another"
            elif person.phone is not None and is_dear(person.phone):
                yield path, f"{person.phone} costs more than a call", "give a number at a usual price"


def steps_find_somebody(tenant: Tenant) -> Iterator[Disagreement]:
    for place, ladder in enumerate(tenant.on_call):
        for at, step in enumerate(ladder.steps):
            yield from _finds_somebody(ladder, step, ("on_call", place, "steps", at, "who"))


def _finds_somebody(ladder: OnCall, step: Step, path: tuple[str | int, ...]) -> Iterator[Disagreement]:
    need = _NEEDS[step.by]
    if step.who == ON_DUTY:
        if not any(person.reached(step.by) for person in ladder.people):
            yield path, f"nobody has what {step.by.value} needs", f"give somebody `{need}`, or take another way"
        return
    person = ladder.person(step.who)
    if person is None:
        yield path, f"{step.who!r} is nobody of this ladder", allowed([*(one.name for one in ladder.people), ON_DUTY])
    elif not person.reached(step.by):
        yield path, f"{person.name} has no {need} for {step.by.value}", f"give {person.name} `{need}`"


def who_is_called_sees_a_number(tenant: Tenant) -> Iterator[Disagreement]:
    if tenant.entry_points.phones:
        return
    for place, ladder in enumerate(tenant.on_call):
        for at, step in enumerate(ladder.steps):
            if step.by is By.VOICE:
                why = "has no number to show: this client has no phone"
                yield ("on_call", place, "steps", at, "by"), why, "add a phone to entry_points, or take sms or email"


def unanswered_goes_to_somebody_else(tenant: Tenant) -> Iterator[Disagreement]:
    """What nobody took must not come back to us as a customer's mail."""
    for place, ladder in enumerate(tenant.on_call):
        if ladder.unanswered in tenant.entry_points.mailboxes:
            why = f"{ladder.unanswered} is a mailbox that we answer"
            yield ("on_call", place, "unanswered"), why, "give an address of the client's own people"


def duty_hours_have_a_day(tenant: Tenant) -> Iterator[Disagreement]:
    for place, ladder in enumerate(tenant.on_call):
        for at, person in enumerate(ladder.people):
            if person.hours is not None and not any(person.hours.week()) and not person.hours.special:
                path = ("on_call", place, "people", at, "hours")
                yield path, f"{person.name} is never on duty", f"give a day ({DAYS[0]}, …), or remove it"


def what_nobody_may_take_is_told(tenant: Tenant) -> Iterator[Disagreement]:
    """A message that comes while nobody is on duty must not end in silence."""
    for place, ladder in enumerate(tenant.on_call):
        if ladder.unanswered is None and (gap := _gap(ladder)):
            why = f"is missing, and nobody is on duty {gap}: what comes then reaches nobody"
            yield ("on_call", place, "unanswered"), why, "give an address that is read, or hours without a gap"


def _gap(ladder: OnCall) -> str:
    """The first one in a week, or on a special day; empty where somebody may always be tried."""
    if any(step.who != ON_DUTY for step in ladder.steps):
        return ""
    ways = {step.by for step in ladder.steps}
    hours = [person.hours for person in ladder.people if any(person.reached(by) for by in ways)]
    duty = [one for one in hours if one is not None]
    return _gap_of(duty) if len(duty) == len(hours) else ""


def _gap_of(duty: Iterable[Hours]) -> str:
    for day, name in enumerate(DAYS):
        minute = _open_until(span for hours in duty for span in hours.week()[day])
        if minute < _MIDNIGHT:
            return f"on {name}s at {minute // 60:02}:{minute % 60:02}"
    for date in sorted({special.date for hours in duty for special in hours.special}):
        minute = _open_until(span for hours in duty for span in hours.on(date))
        if minute < _MIDNIGHT:
            return f"on {date} at {minute // 60:02}:{minute % 60:02}"
    return ""


def _open_until(spans: Iterable[Span]) -> int:
    """The first minute of the day in none of them."""
    until = 0
    for span in sorted(spans, key=lambda one: one.opens):
        if span.opens > until:
            return until
        until = max(until, span.closes)
    return until


ON_CALL: tuple[Rule, ...] = (
    ladders_differ,
    people_on_call_differ,
    people_on_call_are_called_outside,
    steps_find_somebody,
    who_is_called_sees_a_number,
    unanswered_goes_to_somebody_else,
    duty_hours_have_a_day,
    what_nobody_may_take_is_told,
)
