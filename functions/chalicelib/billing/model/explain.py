"""From a line of an invoice to its contacts, one by one: what each took, how it was rounded, where it fell.

A contact's place in what is included and in the tiers is the running sum in the order (usage_at, contact). That order
decides no amount: it only says which of the contacts were the included ones.

Contacts are kept as columns, one list for each figure: a month of a million calls is explained as it is rated.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate, compress, count, islice
from operator import attrgetter, ge
from typing import Any, NamedTuple

from chalicelib.billing.model.agreed import BESIDE
from chalicelib.billing.model.columns import Column, by_class, column
from chalicelib.billing.model.counting import RateClass, counted, raw_seconds
from chalicelib.billing.model.ledger import UsageRecord, standing
from chalicelib.billing.model.line import Line
from chalicelib.billing.model.metered import FLAT_FEE, free_calls
from chalicelib.billing.model.plan import USUAL, Blocked, Charge, Plan
from chalicelib.billing.model.pricing.allowance import Grant
from chalicelib.billing.model.rating import rate
from chalicelib.billing.model.segment import Segment
from chalicelib.billing.model.totals import NOTHING, Key, Short, Total, Totals
from chalicelib.kernel.clock import stamp

INCLUDED, GRACE = -1, "short_call"


class Where(NamedTuple):
    """`quantity` of a contact's billed one is included (-1), or in a tier, counted from 0."""

    tier: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The contacts of one charge and one rate class, in order. `after` is the billed sum up to and with each of them.

    `ends` are billed sums: where what is included ends, then each tier of `tiers`.
    """

    charge: Charge
    records: Sequence[UsageRecord]
    raw: Sequence[int]
    counted: Sequence[int]  # before rounding, of contacts that were cut; empty where none can be
    billed: Sequence[int]
    free: Mapping[int, str]  # place → why it costs nothing
    after: Sequence[int]
    ends: Sequence[int]
    tiers: Sequence[int]

    def __len__(self) -> int:
        return len(self.records)

    def where(self, place: int) -> list[Where]:
        """How the contact at that place was divided: most are in one tier, few run over an edge."""
        end = self.after[place]
        begin = end - self.billed[place]
        found = []
        for edge in range(bisect_right(self.ends, begin), len(self.ends)):
            start = max(begin, self.ends[edge - 1] if edge else 0)
            if (part := min(end, self.ends[edge]) - start) > 0:
                found.append(Where(self.tiers[edge], part))
            if end <= self.ends[edge]:
                break
        return found

    def as_document(self) -> Iterator[dict[str, Any]]:
        for place, record in enumerate(self.records):
            after, billed = self.after[place], self.billed[place]
            yield {
                "contact": record.contact,
                "at": stamp(record.usage_at),
                "channel": record.channel.value,
                "seconds": dict(record.seconds),
                "raw": self.raw[place],
                "counted": self.counted[place] if self.counted else raw_seconds(record, self.charge.counting),
                "billed": billed,
                "free": self.free.get(place, ""),
                "before": after - billed,
                "after": after,
                "where": [where._asdict() for where in self.where(place)],
            }


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """A segment, rated from its records, with the contacts behind each charge and rate class."""

    totals: Totals
    lines: list[Line]
    behind: Mapping[Key, Explained]

    def explain(self, line: Line) -> Explained | None:
        """None for a line without contacts of its own: a fee, a percentage of other lines."""
        return self.behind.get(Key(line.kind, line.rate_class))


def audit(
    records: Sequence[UsageRecord],
    plan: Plan,
    segment: Segment,
    *,
    rate_class: RateClass | None = None,
    grants: Sequence[Grant] = (),
    first: bool = False,
    complete: bool = True,
    service: Decimal | None = None,
    fees: Sequence[str] = (),
) -> Audit:
    """Rates the records of a segment as `rate` does their totals (it is asked for the lines), and keeps the contacts.

    Quickest for records in the order (usage_at, contact), as the ledger has them. `totals.digest` is left at zero.
    """
    kept = in_order(standing(records) if any(map(_REVERSES, records)) else records)
    columns: dict[Key, tuple[Charge, Column]] = {}
    charged = 0
    for charge in plan.charges:
        whole = column(kept, charge, plan)
        charged += 0 if charge.id in BESIDE else len(whole.records)
        for key, found in _by_class(whole, charge, plan, rate_class):
            columns[key] = (charge, found)
    totals = _totals(kept, plan, columns, all_charged=charged >= len(kept))
    lines = rate(totals, plan, segment, grants=grants, first=first, complete=complete, service=service, fees=fees)
    free = free_calls(totals, plan, segment)
    behind = {
        key: _placed(
            charge, _graced(found, key, free), [line for line in lines if Key(line.kind, line.rate_class) == key]
        )
        for key, (charge, found) in columns.items()
    }
    return Audit(totals=totals, lines=lines, behind=behind)


def explain(
    line: Line,
    records: Sequence[UsageRecord],
    plan: Plan,
    segment: Segment,
    *,
    rate_class: RateClass | None = None,
    grants: Sequence[Grant] = (),
) -> Explained | None:
    """The contacts behind one line of a segment, from its records. None for a line without contacts of its own."""
    return audit(records, plan, segment, rate_class=rate_class, grants=grants).explain(line)


_AT, _REVERSES = attrgetter("usage_at"), attrgetter("reverses")
_ORDER = attrgetter("usage_at", "contact")


def in_order(records: Sequence[UsageRecord]) -> Sequence[UsageRecord]:
    """By (usage_at, contact). Those that are so already are looked through and not sorted again."""
    at = list(map(_AT, records))
    not_later = compress(count(), map(ge, at, islice(at, 1, None)))
    if all(at[one] == at[one + 1] and records[one].contact <= records[one + 1].contact for one in not_later):
        return records
    return sorted(records, key=_ORDER)


def _by_class(found: Column, charge: Charge, plan: Plan, rate_class: RateClass | None) -> Iterator[tuple[Key, Column]]:
    if rate_class is None or not plan.has_rate_classes:
        yield Key(charge.id, USUAL), found
        return
    parts = {USUAL: found.only([False] * len(found.records)), **by_class(found, rate_class, split=charge.split)}
    for name in sorted(parts):
        yield Key(charge.id, name), parts[name]


def _totals(
    records: Sequence[UsageRecord], plan: Plan, columns: Mapping[Key, tuple[Charge, Column]], *, all_charged: bool
) -> Totals:
    of = {
        key: Total(len(found.records), sum(found.raw), sum(found.billed))
        for key, (_, found) in columns.items()
        if found.records
    }
    short = {
        Short(record.usage_at, record.contact, key.charge, key.rate_class, raw, billed): 1
        for key, (_, found) in columns.items()
        for _, record, raw, billed in found.short()
    }
    charges = {charge.id: charge.meter for charge in plan.charges}
    if not all_charged or plan.band is not None:
        for record in records:  # what no charge is for, and the contacts of a band
            for one in counted(record, plan):
                if one.charge not in charges:
                    key = Key(one.charge, USUAL)
                    of[key] = of.get(key, NOTHING).plus(Total(1, one.raw, one.billed))
    return Totals(of=of, short=short, records=len(records))


def _graced(found: Column, key: Key, free: Iterable[Short]) -> Column:
    """With the short calls that are free at nothing."""
    contacts = {call.contact for call in free if Key(call.charge, call.rate_class) == key}
    if not contacts:
        return found
    places = {place: GRACE for place, record, _, _ in found.short() if record.contact in contacts}
    billed = [0 if place in places else quantity for place, quantity in enumerate(found.billed)]
    return replace(found, billed=billed, free={**found.free, **places})


def _placed(charge: Charge, found: Column, lines: Sequence[Line]) -> Explained:
    """`lines` are those of the charge and the rate class; the first one says what is included."""
    metered = [line for line in lines if line.unit != FLAT_FEE]
    included = metered[0].included if metered else 0
    quantities = [line.quantity * size_of(charge, line.tier) for line in metered] or [sum(found.billed)]
    return Explained(
        charge=charge,
        records=found.records,
        raw=found.raw,
        counted=found.counted,
        billed=found.billed,
        free=found.free,
        after=list(accumulate(found.billed)),
        ends=list(accumulate([included, *quantities])),
        tiers=[INCLUDED, *(max(0, line.tier) for line in metered)] if metered else [INCLUDED, 0],
    )


def size_of(charge: Charge, tier: int) -> int:
    """How many units one of the quantity of a line in that tier is for."""
    pricing = charge.pricing
    return int(pricing.blocks[tier].size) if isinstance(pricing, Blocked) else 1
