"""What one contact adds to which charge. It follows from the contact's record alone, never from the others.

So totals can be kept while records come, in any order. A record that takes another one back counts the same, with
`record.sign` before it.

A contact belongs to the instant at which its conversation ended (`usage_at`): period, plan and rate class are those of
that instant, unless the charge has contacts `split` at a change of rate class. Then talk and hold are taken to end at
`usage_at` without a gap (the record has their sums, not their moments), and wrap-up to begin there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.billing.model.ledger import BY_MACHINE, HANDLED, Meter, UsageRecord
from chalicelib.billing.model.plan import AFTER_HOURS, HOLIDAY, INFORMATION, USUAL, Charge, Counting, Plan
from chalicelib.billing.model.pricing.day import split
from chalicelib.billing.model.pricing.increments import stepped, whole_seconds
from chalicelib.kernel.clock import second
from chalicelib.tenancy.model.hours import Hours

BAND = "band"  # counts the contacts that a volume band is about
UNPRICED = "no_price:"  # with the meter: contacts that no charge is for
IN_SEATS = "in_seats"  # handled by a dedicated agent, whose hours are paid for
CONTACTS = frozenset(HANDLED.values())
_MACHINES = frozenset(BY_MACHINE.values())

NO_PRICE, SEAT_HOURS = "no_price", "in_seat_hours"

RateClass = Callable[[datetime], str]


def always_usual(at: datetime) -> str:
    return USUAL


@dataclass(frozen=True, slots=True)
class Counted:
    """`raw` is what it took, `billed` what of that is charged. `free` says why nothing is, where that has a reason.

    `short`: it is one of the short calls of which the first of a period are free.
    """

    charge: str
    rate_class: str
    raw: int
    billed: int
    free: str = ""
    short: bool = False


class Cut(NamedTuple):
    """What of a contact falls into a rate class: `raw` of what it took, `counted` of what counts, `billed` of that."""

    rate_class: str
    raw: int
    counted: int
    billed: int


def counted(record: UsageRecord, plan: Plan, rate_class: RateClass = always_usual) -> tuple[Counted, ...]:
    """What costs nothing, or has no price, is counted as well, under a name that no charge has.

    Whom a machine served is told by two records, and counted once: by what it took where the plan has a charge for
    that, else as self-served. The other record adds nothing.
    """
    meter = record.meter
    if meter in INFORMATION:
        if meter is Meter.SELF_SERVED and _charges_machine(record, plan):
            return ()
        return (Counted(meter.value, USUAL, record.seconds.get("queue", 0), 0, meter.value),)
    taking = [charge for charge in plan.charges if charge.takes(meter, record.mode.value)]
    found = [one for charge in taking for one in _of(record, charge, plan, rate_class)]
    if not found and meter in _MACHINES:
        return ()
    if not found:
        found = [_without_charge(record, plan)]
    if plan.band is not None and meter in CONTACTS:
        free = record.dimensions.get("disposition", "") if _non_billable(record, plan) else ""
        found.append(Counted(BAND, USUAL, 1, 0 if free else 1, free))
    return tuple(found)


def rate_class_of(plan: Plan, hours: Hours, zone: ZoneInfo) -> RateClass:
    """(instant) → the rate class: of a special day, outside of the hours, or usual."""
    if not plan.has_rate_classes:
        return always_usual
    usual = plan.usual_hours or hours

    @cache
    def at_minute(at: datetime) -> str:
        day = at.astimezone(zone).date()
        if hours.special_day(day) is not None or usual.special_day(day) is not None:
            return HOLIDAY
        return USUAL if usual.is_open(at, zone) else AFTER_HOURS

    # Hours begin and end with whole minutes, so the answer of a minute is that of all its seconds.
    return lambda at: at_minute(at - timedelta(seconds=at.second, microseconds=at.microsecond))


def raw_seconds(record: UsageRecord, counting: Counting) -> int:
    """The seconds, or pieces, of a contact that the charge is about, before any rounding."""
    if counting.piece:
        return 1
    if not counting.parts:
        seconds = record.quantity
    else:
        parts = record.seconds
        seconds = sum(parts.get(part, 0) for part in counting.parts if part != "wrap")
        if "wrap" in counting.parts:
            wrap = parts.get("wrap", 0)
            seconds += wrap if counting.wrap_cap is None else min(wrap, counting.wrap_cap)
        if counting.per_event:
            seconds += counting.per_event * int(record.dimensions.get("events", "0"))
    if "ms" in record.seconds:  # what the switch measured beyond the whole seconds
        seconds = whole_seconds(seconds * 1000 + record.seconds["ms"], counting.sub_second)
    return seconds


def rounded(seconds: int, counting: Counting) -> int:
    """The billed seconds of so many that count."""
    if counting.plain or seconds <= 0:
        return max(0, seconds)
    return stepped(seconds, counting.initial_interval, counting.next_interval, counting.minimum) + counting.wrap_fixed


def raw_quantity(record: UsageRecord, counting: Counting) -> int:
    """What it took, whatever of that counts."""
    if counting.piece:
        return 1
    return record.seconds.get("wrap", 0) if counting.parts == ("wrap",) else record.quantity


def cut(record: UsageRecord, counting: Counting, raw: int, billed: int, rate_class: RateClass) -> list[Cut]:
    """One for each rate class that the contact's counted seconds touch. What rounding adds, and what of it does not
    count, goes to the last one; so they add up to `raw` and `billed`, which are those of the whole contact."""
    before, after = _around(record, counting)
    spans = split(second(record.usage_at) - before, before + after, rate_class)
    seconds: dict[str, int] = {}
    for span in spans:
        seconds[span.price] = seconds.get(span.price, 0) + span.seconds
    last = spans[-1].price if spans else rate_class(record.usage_at)
    others = sum(part for name, part in seconds.items() if name != last)
    whole = Cut(last, raw - others, raw_seconds(record, counting) - others, billed - others)
    return [Cut(name, part, part, part) for name, part in seconds.items() if name != last] + [whole]


def _around(record: UsageRecord, counting: Counting) -> tuple[int, int]:
    """How many of its seconds count that lie before `usage_at`, and after it."""
    if not counting.parts:
        return record.quantity, 0
    before = sum(record.seconds.get(part, 0) for part in counting.parts if part != "wrap")
    wrap = record.seconds.get("wrap", 0) if "wrap" in counting.parts else 0
    return before, wrap if counting.wrap_cap is None else min(wrap, counting.wrap_cap)


def _of(record: UsageRecord, charge: Charge, plan: Plan, rate_class: RateClass) -> list[Counted]:
    counting = charge.counting
    raw = raw_quantity(record, counting)
    free = _non_billable(record, plan)
    if free:
        return [Counted(charge.id, rate_class(record.usage_at), raw, 0, free)]
    seconds = raw_seconds(record, counting)
    billed = rounded(seconds, counting) if counting.each else seconds
    if charge.split and not is_short(record, counting):
        parts = cut(record, counting, raw, billed, rate_class)
        return [Counted(charge.id, part.rate_class, part.raw, part.billed) for part in parts]
    return [Counted(charge.id, rate_class(record.usage_at), raw, billed, "", is_short(record, counting))]


def is_short(record: UsageRecord, counting: Counting) -> bool:
    """Whether a grace may make it free. Such a call is never cut, so that it is one in the count of those."""
    return bool(counting.short_free) and 0 < record.quantity < counting.short_below


def _charges_machine(record: UsageRecord, plan: Plan) -> bool:
    meter = BY_MACHINE.get(record.channel)
    return meter is not None and any(charge.takes(meter, record.mode.value) for charge in plan.charges)


def _without_charge(record: UsageRecord, plan: Plan) -> Counted:
    paid_by_seats = plan.seats is not None and record.mode.value == "dedicated" and record.meter in CONTACTS
    if paid_by_seats or (record.meter is Meter.SEAT and plan.seats is not None):
        return Counted(IN_SEATS, USUAL, record.quantity, 0, SEAT_HOURS)
    return Counted(f"{UNPRICED}{record.meter.value}", USUAL, record.quantity, 0, NO_PRICE)


def _non_billable(record: UsageRecord, plan: Plan) -> str:
    if not plan.non_billable:
        return ""
    disposition = record.dimensions.get("disposition", "")
    return disposition if disposition in plan.non_billable else ""
