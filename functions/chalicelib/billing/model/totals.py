"""What a period comes to, charge by charge: sums, so that the order in which records came changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from chalicelib.billing.model.counting import RateClass, always_usual, counted
from chalicelib.billing.model.ledger import UsageRecord
from chalicelib.billing.model.plan import USUAL, Plan
from chalicelib.kernel.ids import ContactId

_DIGEST_HEX = 24  # 96 bits: sums of a thousand million of them still fit the 38 digits of a stored number


class Key(NamedTuple):
    charge: str
    rate_class: str


class Short(NamedTuple):
    """A short call, of which the first of a period are free. They sort in the order in which they are given away."""

    usage_at: datetime
    contact: ContactId
    charge: str
    rate_class: str
    raw: int
    billed: int


class Total(NamedTuple):
    contacts: int = 0
    raw: int = 0
    billed: int = 0

    def plus(self, other: Total, sign: int = 1) -> Total:
        return Total(
            self.contacts + sign * other.contacts, self.raw + sign * other.raw, self.billed + sign * other.billed
        )


NOTHING = Total()


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums of records; one that takes another back counts as less than nothing.

    `short` calls, each with how often it stands, are in the sums as well: rating takes the free ones out. `digest` is
    of what the records say.
    """

    of: Mapping[Key, Total] = field(default_factory=dict)
    short: Mapping[Short, int] = field(default_factory=dict)
    records: int = 0
    digest: int = 0

    def __add__(self, other: Totals) -> Totals:
        return self._joined(other, 1)

    def __sub__(self, other: Totals) -> Totals:
        return self._joined(other, -1)

    def total(self, charge: str, rate_class: str = USUAL) -> Total:
        return self.of.get(Key(charge, rate_class), NOTHING)

    def _joined(self, other: Totals, sign: int) -> Totals:
        of = dict(self.of)
        for key, total in other.of.items():
            of[key] = of.get(key, NOTHING).plus(total, sign)
        short = dict(self.short)
        for call, times in other.short.items():
            short[call] = short.get(call, 0) + sign * times
        return Totals(
            of={key: total for key, total in of.items() if any(total)},
            short={call: times for call, times in short.items() if times},
            records=self.records + sign * other.records,
            digest=self.digest + sign * other.digest,
        )


def digest_of(record: UsageRecord) -> int:
    """What a record adds to the digest: the same records give the same sum, in any order."""
    return record.sign * int(record.payload[:_DIGEST_HEX], 16)


def totals_of(records: Iterable[UsageRecord], plan: Plan, rate_class: RateClass = always_usual) -> Totals:
    """All records of one client and one segment, in any order."""
    of: dict[Key, Total] = {}
    short: dict[Short, int] = {}
    number = digest = 0
    for record in records:
        number += 1
        digest += digest_of(record)
        for one in counted(record, plan, rate_class):
            key = Key(one.charge, one.rate_class)
            of[key] = of.get(key, NOTHING).plus(Total(1, one.raw, one.billed), record.sign)
            if one.short:
                call = Short(record.usage_at, record.contact, one.charge, one.rate_class, one.raw, one.billed)
                short[call] = short.get(call, 0) + record.sign
    return Totals(
        of={key: total for key, total in of.items() if any(total)},
        short={call: times for call, times in short.items() if times},
        records=number,
        digest=digest,
    )
