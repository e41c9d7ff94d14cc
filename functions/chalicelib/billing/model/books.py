"""Running totals: what the records of a period add to sums that are kept while they come.

A record adds whole numbers to named sums, and one that takes another back subtracts what that had added. So a sum
never depends on an order, and a draft reads a few sums, whatever the traffic. The sums lie in SHARDS parts, by
contact, so that many may be written at once.

    records, high, low     how many records there are, and the sums of the upper and the lower half of 96 bits of each
                           one's payload hash: what shows that sums and ledger speak of the same records
    time|<channel>         seconds of handling
    level|<channel>|offered, in_time   contacts that count for the service level, where one is agreed
    charge|<segment>|<charge>|<rate class>|contacts, raw, billed
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.billing.model import service_level
from chalicelib.billing.model import totals as totals_model
from chalicelib.billing.model.calendar import BookPeriod
from chalicelib.billing.model.counting import counted
from chalicelib.billing.model.ledger import HANDLED, UsageRecord
from chalicelib.billing.model.terms import Terms
from chalicelib.billing.model.totals import Total, Totals
from chalicelib.kernel.clock import instant
from chalicelib.kernel.ids import ContactId, TenantId

SHARDS = 8
_INSTANT = timedelta(milliseconds=1)
_HANDLED = frozenset(HANDLED.values())
_AT_WORK = ("talk", "hold", "wrap")
_HALF = 12  # hexadecimal digits: 48 bits, so that a sum of a million of them keeps within 28 decimal digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    records: int = 0
    high: int = 0
    low: int = 0
    named: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Sums) -> Sums:
        named = dict(self.named)
        for name, number in other.named.items():
            named[name] = named.get(name, 0) + number
        return Sums(
            records=self.records + other.records,
            high=self.high + other.high,
            low=self.low + other.low,
            named={name: number for name, number in named.items() if number},
        )

    @property
    def digest(self) -> int:
        return (self.high << 4 * _HALF) + self.low

    def same_records(self, other: Sums) -> bool:
        return (self.records, self.high, self.low) == (other.records, other.high, other.low)

    def differences(self, other: Sums) -> list[str]:
        """Each sum that is not the same in both, as `name: this one, other one`."""
        names = sorted(self.named.keys() | other.named.keys())
        pairs = [(name, self.named.get(name, 0), other.named.get(name, 0)) for name in names]
        return [f"{name}: {one}, {two}" for name, one, two in pairs if one != two]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One part of a period's sums, counted by `terms`; `closed` once the period's invoice is final."""

    tenant: TenantId
    label: str
    shard: int
    terms: str
    closed: bool = False
    sums: Sums = Sums()


class Short(NamedTuple):
    """A call that a grace may make free, if it is among the first of its segment; what it added where."""

    segment: int
    usage_at: datetime
    contact: ContactId
    charge: str
    rate_class: str
    raw: int
    billed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What the records of one contact add to the books, and what the books must be like for it."""

    tenant: TenantId
    label: str
    shard: int
    terms: str
    closed: bool
    recorded_at: datetime
    sums: Sums
    shorts: tuple[Short, ...] = ()
    no_longer_short: tuple[Short, ...] = ()


class BooksMoved(Exception):
    """The books are not as the booking took them to be; nothing was written."""


def shard_of(contact: ContactId) -> int:
    return hashlib.sha256(contact.encode()).digest()[0] % SHARDS


def booking(period: BookPeriod, records: Sequence[UsageRecord], terms: Terms, now: datetime) -> Booking:
    """Of one contact: its records, which end at the same instant. What is late is recorded after the last look."""
    recorded_at = max(now, instant(period.fence) + _INSTANT) if period.fence else now
    added = sums_of(records, terms)
    shorts = shorts_of(records, terms)
    return Booking(
        tenant=period.tenant,
        label=period.label,
        shard=shard_of(records[0].contact),
        terms=terms.version,
        closed=period.closed,
        recorded_at=recorded_at,
        sums=added,
        shorts=tuple(short for short, sign in shorts.items() if sign > 0),
        no_longer_short=tuple(short for short, sign in shorts.items() if sign < 0),
    )


class Tally:
    """Sums and short calls of records that come one by one, in any order, and are not kept."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._records = self._high = self._low = 0
        self._named: dict[str, int] = {}
        self._shorts: dict[Short, int] = {}
        self._graces = any(most_short(terms, place) for place in range(len(terms.segments)))

    def add(self, record: UsageRecord) -> None:
        payload = record.payload
        self._records += 1
        self._high += int(payload[:_HALF], 16)
        self._low += int(payload[_HALF : 2 * _HALF], 16)
        add_to(self._named, record, self._terms)
        if self._graces:
            for short in _shorts(record, self._terms):
                self._shorts[short] = self._shorts.get(short, 0) + record.sign

    @property
    def sums(self) -> Sums:
        named = {name: number for name, number in self._named.items() if number}
        return Sums(records=self._records, high=self._high, low=self._low, named=named)

    @property
    def shorts(self) -> tuple[Short, ...]:
        """Those that stand."""
        return tuple(sorted(short for short, times in self._shorts.items() if times > 0))


def sums_of(records: Iterable[UsageRecord], terms: Terms) -> Sums:
    tally = Tally(terms)
    for record in records:
        tally.add(record)
    return tally.sums


def add_to(named: dict[str, int], record: UsageRecord, terms: Terms) -> None:
    """What the record adds to the named sums."""
    sign = record.sign

    def add(name: str, quantity: int) -> None:
        named[name] = named.get(name, 0) + quantity

    if record.meter in _HANDLED:
        add(f"time|{record.channel.value}", sign * sum(record.seconds.get(part, 0) for part in _AT_WORK))
    for name in service_level.names(record, terms):
        add(name, sign)
    segment = terms.segment_at(record.usage_at)
    for one in counted(record, terms.plan(segment), terms.rate_class):
        name = f"charge|{segment}|{one.charge}|{one.rate_class}"
        add(f"{name}|contacts", sign)
        add(f"{name}|raw", sign * one.raw)
        add(f"{name}|billed", sign * one.billed)


def shorts_of(records: Iterable[UsageRecord], terms: Terms) -> dict[Short, int]:
    """The short calls: 1 for each record that tells one, -1 for one that takes it back."""
    found: dict[Short, int] = {}
    for record in records:
        for short in _shorts(record, terms):
            found[short] = found.get(short, 0) + record.sign
    return found


def totals(sums: Sums, shorts: Iterable[Short], terms: Terms) -> list[Totals]:
    """Of each segment, as rating wants them; records and digest are those of the period, in the first one."""
    of: list[dict[totals_model.Key, dict[str, int]]] = [{} for _ in terms.segments]
    for name, number in sums.named.items():
        kind, *parts = name.split("|")
        if kind == "charge":
            segment, charge, rate_class, what = parts
            of[int(segment)].setdefault(totals_model.Key(charge, rate_class), {})[what] = number
    short = list(shorts)
    return [
        Totals(
            of={key: Total(**numbers) for key, numbers in found.items()},
            short={_for_rating(one): 1 for one in short if one.segment == place},
            records=0 if place else sums.records,
            digest=0 if place else sums.digest,
        )
        for place, found in enumerate(of)
    ]


def handled_seconds(sums: Sums) -> dict[str, int]:
    """Seconds that agents gave to the client's contacts, by channel: what it is charged for, not what it cost."""
    times = ((name.split("|"), number) for name, number in sums.named.items())
    return {parts[1]: number for parts, number in sorted(times) if parts[0] == "time"}


def most_short(terms: Terms, segment: int) -> int:
    """How many short calls a segment can make free at most; of one that several charges are for, each counts."""
    return sum(charge.counting.short_free for charge in terms.plan(segment).charges)


def _shorts(record: UsageRecord, terms: Terms) -> list[Short]:
    segment = terms.segment_at(record.usage_at)
    return [
        Short(
            segment=segment,
            usage_at=record.usage_at,
            contact=record.contact,
            charge=one.charge,
            rate_class=one.rate_class,
            raw=one.raw,
            billed=one.billed,
        )
        for one in counted(record, terms.plan(segment), terms.rate_class)
        if one.short
    ]


def _for_rating(short: Short) -> totals_model.Short:
    return totals_model.Short(
        usage_at=short.usage_at,
        contact=short.contact,
        charge=short.charge,
        rate_class=short.rate_class,
        raw=short.raw,
        billed=short.billed,
    )
