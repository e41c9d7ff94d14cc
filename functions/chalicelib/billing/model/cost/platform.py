"""What the cloud charges for: an effective-dated rate card, and each client's direct use by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.billing.model.agent_time import Share
from chalicelib.billing.model.cost.allocation import Allocated, Kind, Origin, share
from chalicelib.billing.model.ledger import UsageRecord, standing
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.kernel.money import UnitPrice, price

METHOD = "direct use"


class Unit(StrEnum):
    SECOND = "second"  # of the named parts of a contact
    CONTACT = "contact"
    COUNT = "count"  # the quantity of the record: messages, dials


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A line of the card: so much per `base_quantity` units of one channel's contacts."""

    id: str
    text: str
    channel: str
    unit: Unit
    price: UnitPrice
    base_quantity: int = 1
    parts: tuple[str, ...] = ()  # of SECOND: automated, queue, talk, hold, wrap
    meters: tuple[str, ...] = ()  # the records that count; empty: any
    each: int = 1  # units of a contact or a count, where the cloud counts finer than we do
    least: int = 0  # units that a contact counts as, if it counts at all

    def units(self, record: UsageRecord) -> int:
        match self.unit:
            case Unit.SECOND:
                seconds = sum(record.seconds.get(part, 0) for part in self.parts)
                return max(seconds, self.least) if seconds else 0
            case Unit.CONTACT:
                return self.each
            case Unit.COUNT:
                return record.quantity * self.each

    def counts(self, record: UsageRecord) -> bool:
        """By the named meters, or all of the channel."""
        return record.meter.value in self.meters if self.meters else record.channel.value == self.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """Holds from its first day, as the operator's clocks show it, until the next card's."""

    first_day: date
    source: str
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class Held:
    card: RateCard
    first_day: date
    last_day: date


def held(cards: Sequence[RateCard], first_day: date, last_day: date) -> list[Held]:
    """The cards of those days, each with the days for which it held. Days before the first card have none."""
    ordered = sorted(cards, key=lambda card: card.first_day)
    found = []
    for place, card in enumerate(ordered):
        following = ordered[place + 1].first_day if place + 1 < len(ordered) else date.max
        begins, ends_on = max(card.first_day, first_day), min(following - timedelta(days=1), last_day)
        if begins <= ends_on:
            found.append(Held(card, begins, ends_on))
    return found


class Line(NamedTuple):
    """A rate of the card that held then."""

    card: int  # its place among those that held
    rate: str


def units(records: Iterable[UsageRecord], cards: Sequence[Held], zone: ZoneInfo) -> dict[Line, int]:
    """What one client used of each line, in the line's units.

    A contact with two meters was one to the cloud: its seconds count once. What is a count counts each time.
    """
    found: dict[Line, int] = {}
    once: set[tuple[str, ContactId]] = set()
    for record in standing(records):
        day = record.usage_at.astimezone(zone).date()
        for place, one in enumerate(cards):
            if not one.first_day <= day <= one.last_day:
                continue
            for rate in one.card.rates:
                if not rate.counts(record) or not (used := rate.units(record)):
                    continue
                if rate.unit is not Unit.COUNT:
                    if (rate.id, record.contact) in once:
                        continue
                    once.add((rate.id, record.contact))
                line = Line(place, rate.id)
                found[line] = found.get(line, 0) + used
    return found


def direct(used: Mapping[TenantId, Mapping[Line, int]], cards: Sequence[Held], label: str) -> list[Allocated]:
    """The cloud's bill line by line, each rounded once and shared by the units that each client used."""
    found = []
    for place, one in enumerate(cards):
        for rate in one.card.rates:
            line = Line(place, rate.id)
            weights = {Share(tenant, rate.channel): lines[line] for tenant, lines in used.items() if line in lines}
            if weights:
                found.append(share(_origin(one, rate, sum(weights.values()), label), weights))
    return found


def _origin(one: Held, rate: Rate, units: int, label: str) -> Origin:
    return Origin(
        id=f"direct|{label}|{rate.id}|{one.first_day.isoformat()}",
        kind=Kind.DIRECT,
        subject=rate.id,
        text=rate.text,
        method=METHOD,
        first_day=one.first_day,
        last_day=one.last_day,
        weight=units,
        cost=price(units, rate.price, rate.base_quantity),
    )
