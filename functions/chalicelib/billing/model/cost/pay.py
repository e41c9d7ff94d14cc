"""What an agent costs in a period: rates that change within it, salaries by the day, and one rounding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby

from chalicelib.billing.model.agent_time import AgentTime, together
from chalicelib.billing.model.pricing.proration import prorated
from chalicelib.billing.model.pricing.rounding import whole
from chalicelib.billing.model.pricing.shares import largest_remainder
from chalicelib.kernel.money import Money, UnitPrice, exact, exponent
from chalicelib.workforce.model import Pay, PayKind

_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Days with one rate, or with none, and the time of the agent that it pays."""

    first_day: date
    last_day: date
    days: int
    pay: Pay | None
    time: AgentTime

    @property
    def unpaid(self) -> bool:
        """Worked, and no rate is known: it costs nothing, which is hardly true."""
        return self.pay is None and self.time.login > 0


def stretches(pays: Sequence[Pay], times: Mapping[date, AgentTime]) -> list[Stretch]:
    """The period's days, cut where the rate changes. Pauses that the rate does not pay are left out of the time."""
    rates = sorted((pay for pay in pays if pay.kind is not PayKind.ONCE), key=lambda pay: pay.day)
    held: list[tuple[date, Pay | None]] = []
    seen = 0
    for day in sorted(times):
        while seen < len(rates) and rates[seen].day <= day:
            seen += 1
        held.append((day, rates[seen - 1] if seen else None))
    found = []
    for pay, group in groupby(held, key=lambda one: one[1]):
        days = [day for day, _ in group]
        time = together(times[day] for day in days)
        paid = time.without(pay.unpaid) if pay is not None else time
        found.append(Stretch(first_day=days[0], last_day=days[-1], days=len(days), pay=pay, time=paid))
    return found


def costs(found: Sequence[Stretch], days_of_period: int, home: str, salt: str) -> list[Money]:
    """Of each stretch, in its own currency. The agent's whole pay in a currency is rounded once, half up; its parts
    are given to the stretches by largest remainder, so they add up to it."""
    due = [_exact(stretch, days_of_period) for stretch in found]
    currencies = [stretch.pay.amount.currency if stretch.pay else home for stretch in found]
    minors = [0] * len(found)
    for currency in dict.fromkeys(currencies):
        places = [place for place, own in enumerate(currencies) if own == currency]
        total = sum((due[place] for place in places), Fraction())
        if total == 0:
            continue
        parts = largest_remainder(whole(total), [due[place] for place in places], f"{salt}|{currency}")
        for place, minor in zip(places, parts, strict=True):
            minors[place] = minor
    return [Money(minor, currency) for minor, currency in zip(minors, currencies, strict=True)]


def extras(pays: Sequence[Pay], first_day: date, last_day: date) -> list[tuple[Pay, Money]]:
    """Bonuses and corrections of the period's days, each rounded once."""
    once = (pay for pay in pays if pay.kind is PayKind.ONCE and first_day <= pay.day <= last_day)
    return [(pay, _money(minor_units(pay.amount), pay.amount.currency)) for pay in sorted(once, key=lambda p: p.day)]


def minor_units(amount: UnitPrice) -> Fraction:
    """The price of one unit, exactly."""
    numerator, denominator = amount.amount.as_integer_ratio()
    return Fraction(numerator * 10 ** exponent(amount.currency), denominator)


def _money(due: Fraction, currency: str) -> Money:
    return Money(whole(due), currency)


def _exact(stretch: Stretch, days_of_period: int) -> Fraction:
    """Minor units: paid seconds × rate / 3600, or the salary for its days of the period's."""
    if stretch.pay is None:
        return Fraction()
    amount = minor_units(stretch.pay.amount)
    if stretch.pay.kind is PayKind.HOUR:
        return exact(stretch.time.login, amount, _HOUR)
    return prorated(amount, stretch.days, days_of_period)
