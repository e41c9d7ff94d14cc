"""Costs that all clients have in common, shared by what drives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from chalicelib.billing.model.agent_time import Share
from chalicelib.billing.model.cost.allocation import Allocated, Kind, Origin, share
from chalicelib.billing.model.cost.pay import minor_units
from chalicelib.billing.model.pricing.proration import days_between, prorated
from chalicelib.billing.model.pricing.rounding import whole
from chalicelib.kernel.money import Money, UnitPrice


class Driver(StrEnum):
    AGENT_SECONDS = "agent_seconds"  # paid seconds as labour bears them; unused capacity takes its part
    HANDLED_SECONDS = "handled_seconds"  # at contacts alone: clients bear all of it
    CONTACTS = "contacts"
    EVEN = "even"  # each client the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """So much a month from a day on, until the next one with this id."""

    id: str
    text: str
    first_day: date
    per_month: UnitPrice
    driver: Driver


def overhead(
    costs: Sequence[Common],
    drivers: Mapping[Driver, Mapping[Share, int]],
    *,
    first_day: date,
    last_day: date,
    days_of_period: int,
    label: str,
) -> list[Allocated]:
    """Of the days from first to last, both within the period; by the day where one ends or begins between them."""
    found = []
    for common, begins, ends in _held(costs, first_day, last_day):
        days = days_between(begins, ends + timedelta(days=1))
        exact = prorated(minor_units(common.per_month), days, days_of_period)
        weights = drivers.get(common.driver, {})
        origin = Origin(
            id=f"overhead|{label}|{common.id}|{begins.isoformat()}",
            kind=Kind.OVERHEAD,
            subject=common.id,
            text=common.text,
            method=f"by {common.driver.value}",
            first_day=begins,
            last_day=ends,
            weight=sum(weights.values()),
            cost=Money(whole(exact), common.per_month.currency),
        )
        found.append(share(origin, weights))
    return found


def _held(costs: Sequence[Common], first_day: date, last_day: date) -> list[tuple[Common, date, date]]:
    found = []
    for common in sorted(costs, key=lambda one: (one.id, one.first_day)):
        later = [one.first_day for one in costs if one.id == common.id and one.first_day > common.first_day]
        following = min(later, default=date.max)
        begins, ends = max(common.first_day, first_day), min(following - timedelta(days=1), last_day)
        if begins <= ends:
            found.append((common, begins, ends))
    return found
