"""A client's real contacts on another plan or tier: pure, by the same counting and rating as its invoices.

No replay has setup or deposit. What moves on from month to month moves within the replayed plan; the month before the
first is replayed, too, for what it leaves.

Another tier lets in other contacts. What a client was refused for its tier, a tier that has the channel would have let
in: such a contact is counted as one that was handled, as written contacts are priced by the piece. What the other tier
has no channel for would have been refused: it costs nothing, and is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from chalicelib.billing.model import service_level
from chalicelib.billing.model.books import Sums, add_to, most_short, shorts_of
from chalicelib.billing.model.cost.seats import Comparison, Seats, compare
from chalicelib.billing.model.invoice import Given, Usage
from chalicelib.billing.model.ledger import HANDLED, Meter, UsageRecord
from chalicelib.billing.model.line import Line, net_of
from chalicelib.billing.model.plan import USUAL, Plan
from chalicelib.billing.model.pricing.allowance import Grant
from chalicelib.billing.model.rating import rate
from chalicelib.billing.model.segment import Segment
from chalicelib.billing.model.service_level import percent_of
from chalicelib.billing.model.terms import Agreed, terms_of
from chalicelib.billing.model.totals import Key, Total, Totals
from chalicelib.kernel.money import Money
from chalicelib.kernel.period import BillingPeriod
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.model.tier import ENTITLEMENTS, Tier

# What a contact that came in adds; a tier without its channel would have turned it away.
_CAME_IN = frozenset(HANDLED.values()) | {Meter.BOT_CHAT, Meter.AUTOMATED, Meter.PATCHED}
_ONE_DAY = date(2026, 1, 1)
_FOR_TIER = "tier"
TOLD_APART = frozenset({"chat", "email", "message", "post"})  # priced by the piece, so one that was refused has a price


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A plan to replay on; `agreed` are the client's versions by it, the oldest first. `real`: that was the plan, so
    whoever was let in stays in, whatever tier it is now."""

    name: str
    tier: Tier
    agreed: tuple[Agreed, ...]
    real: bool = False

    @staticmethod
    def of(name: str, tenant: Tenant, applied: datetime) -> Candidate:
        """One plan for all time."""
        return Candidate(name=name, tier=tenant.tier, agreed=(Agreed(applied=applied, tenant=tenant),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A month on one plan, without tax. `refused` and `admitted` count contacts by channel."""

    name: str
    period: str
    lines: tuple[Line, ...]
    net: Money
    refused: dict[str, int] = field(default_factory=dict)
    admitted: dict[str, int] = field(default_factory=dict)
    carried: tuple[Grant, ...] = ()  # units that may be used in the months after it

    def as_document(self) -> dict[str, Any]:
        return {
            "plan": self.name,
            "period": self.period,
            "net": self.net.minor,
            "currency": self.net.currency,
            "refused": self.refused,
            "admitted": self.admitted,
            "lines": [line.as_document() for line in self.lines],
        }


class Replaying:
    """Counts a month's records for one candidate, a page at a time, so that nothing grows with the traffic."""

    def __init__(self, candidate: Candidate, period: BillingPeriod, grants: tuple[Grant, ...] = ()) -> None:
        self._candidate = candidate
        self._period = period
        self._terms = terms_of(period, candidate.agreed)
        self._grants = grants
        self._graces = any(most_short(self._terms, place) for place in range(len(self._terms.segments)))
        self._named: dict[str, int] = {}
        self._shorts: dict[Any, int] = {}
        self._refused: dict[str, int] = {}
        self._admitted: dict[str, int] = {}

    def take(self, records: Iterable[UsageRecord]) -> None:
        for record in records:
            taken = self._in_this_tier(record)
            if taken is None:
                continue
            add_to(self._named, taken, self._terms)
            if record.meter is Meter.REFUSED and taken is not record:
                # Nobody knows how long it would have waited, so it says nothing of the service level.
                for name in service_level.names(taken, self._terms):
                    self._named[name] -= taken.sign
            if self._graces:
                for short, times in shorts_of([taken], self._terms).items():
                    self._shorts[short] = self._shorts.get(short, 0) + times

    def result(self) -> Replayed:
        shorts = tuple(sorted(short for short, times in self._shorts.items() if times > 0))
        named = {name: number for name, number in self._named.items() if number}
        used = Usage(period=self._period, terms=self._terms, sums=Sums(named=named), shorts=shorts)
        levels = used.levels()
        given = Given(service=percent_of(levels, self._terms), levels=levels, grants=self._grants)
        lines = tuple(used.lines(given, complete=True))
        return Replayed(
            name=self._candidate.name,
            period=self._period.label,
            lines=lines,
            net=net_of(lines, used.currency),
            refused={channel: number for channel, number in sorted(self._refused.items()) if number},
            admitted={channel: number for channel, number in sorted(self._admitted.items()) if number},
            carried=tuple(used.carried(given)),
        )

    def _in_this_tier(self, record: UsageRecord) -> UsageRecord | None:
        """The record as it would have been; None where there would have been none to charge."""
        if self._candidate.real:
            return record
        channels = ENTITLEMENTS[self._candidate.tier].channels
        if record.meter is Meter.REFUSED:
            if record.dimensions.get("reason") != _FOR_TIER or record.channel not in channels:
                return record
            _count(self._admitted, record)
            return replace(record, meter=HANDLED[record.channel], quantity=_piece(record), dimensions={})
        if record.meter in _CAME_IN and record.channel not in channels:
            _count(self._refused, record)
            return None
        return record


def _count(counts: dict[str, int], record: UsageRecord) -> None:
    counts[record.channel.value] = counts.get(record.channel.value, 0) + record.sign


def _piece(record: UsageRecord) -> int:
    return record.quantity if record.channel.value in TOLD_APART else 0


def best(totals: Mapping[str, Money], held: str) -> str:
    """The name of the cheapest; of equals the first by name. `held` names what the client has: amounts of other
    currencies cannot be compared with that, and are left out."""
    currency = totals[held].currency
    return min((money.minor, name) for name, money in totals.items() if money.currency == currency)[1]


def break_even(seats: Plan, shared: Plan, handled_s: int) -> Comparison | None:
    """Seats of one plan against the minutes of another, by what calls alone cost on it; `handled_s` is the real
    traffic in seconds. None where the first has no seats, or the currencies differ."""
    terms = seats.seats
    if terms is None or not terms.count * terms.hours or seats.currency != shared.currency:
        return None
    whole = Segment(label="", first_day=_ONE_DAY, last_day=_ONE_DAY, days=(1,))
    shared = replace(shared, service=None, band=None)

    def priced(seconds: int) -> Money:
        used = Totals(of={Key(Meter.VOICE.value, USUAL): Total(1, seconds, seconds)} if seconds else {})
        return net_of(rate(used, shared, whole), shared.currency)

    return compare(Seats(seats=terms.count, hours=terms.hours, per_hour=terms.per_hour), priced, handled_s)


def handled_seconds(records: Iterable[UsageRecord]) -> int:
    return sum(record.sign * record.quantity for record in records if record.meter is Meter.VOICE)


def comparison_document(found: Comparison | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "seats": found.seats.seats,
        "hours": found.seats.hours,
        "break_even_seconds": found.break_even,
        "traffic_seconds": found.traffic.seconds,
        "shared": found.traffic.shared.minor,
        "dedicated": found.traffic.dedicated.minor,
        "dedicated_is_cheaper": found.dedicated_is_cheaper,
        "currency": found.traffic.shared.currency,
        "curve": [
            {"seconds": point.seconds, "shared": point.shared.minor, "dedicated": point.dedicated.minor}
            for point in found.curve
        ],
    }
