"""What `counting.counted` says of each of many records for one charge, figure by figure.

It takes a fraction of the time: what does not depend on the record is decided once. Both always say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import attrgetter

from chalicelib.billing.model.counting import RateClass, cut, is_short, raw_quantity, raw_seconds, rounded
from chalicelib.billing.model.ledger import UsageRecord
from chalicelib.billing.model.plan import Charge, Counting, Plan
from chalicelib.billing.model.pricing.increments import Steps

_ALL = ("talk", "hold", "wrap")
_QUANTITY, _SECONDS = attrgetter("quantity"), attrgetter("seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`raw` and `billed` of each record, in their order; `free` says why where nothing is billed for a reason.

    `counted` is what counts before rounding where records were cut, else empty: then it follows from each record.
    """

    counting: Counting
    records: Sequence[UsageRecord]
    raw: list[int]
    billed: list[int]
    free: Mapping[int, str] = field(default_factory=dict)
    counted: Sequence[int] = ()

    def only(self, wanted: Sequence[bool]) -> Column:
        places = {old: new for new, old in enumerate(compress(range(len(wanted)), wanted))}
        return Column(
            counting=self.counting,
            records=list(compress(self.records, wanted)),
            raw=list(compress(self.raw, wanted)),
            billed=list(compress(self.billed, wanted)),
            free={places[old]: why for old, why in self.free.items() if old in places},
        )

    def short(self) -> Iterator[tuple[int, UsageRecord, int, int]]:
        """The short calls that a grace may make free, each with its place."""
        below = self.counting.short_below if self.counting.short_free else 0
        if below:
            for place, (record, raw, billed) in enumerate(zip(self.records, self.raw, self.billed, strict=True)):
                if 0 < record.quantity < below and place not in self.free:
                    yield place, record, raw, billed


def by_class(found: Column, rate_class: RateClass, *, split: bool) -> dict[str, Column]:
    """By rate class. A record that is `split` stands in each one that it touches."""
    if not split:
        classes = [rate_class(record.usage_at) for record in found.records]
        return {name: found.only([own == name for own in classes]) for name in sorted({*classes})}
    parts: dict[str, list[tuple[int, int, int, int]]] = {}
    for place, (record, raw, billed) in enumerate(zip(found.records, found.raw, found.billed, strict=True)):
        if place in found.free or is_short(record, found.counting):
            counted = raw_seconds(record, found.counting)
            parts.setdefault(rate_class(record.usage_at), []).append((place, raw, counted, billed))
            continue
        for part in cut(record, found.counting, raw, billed, rate_class):
            parts.setdefault(part.rate_class, []).append((place, part.raw, part.counted, part.billed))
    return {name: _of_parts(found, parts[name]) for name in sorted(parts)}


def _of_parts(found: Column, parts: Sequence[tuple[int, int, int, int]]) -> Column:
    return Column(
        counting=found.counting,
        records=[found.records[place] for place, _, _, _ in parts],
        raw=[raw for _, raw, _, _ in parts],
        counted=[counted for _, _, counted, _ in parts],
        billed=[billed for _, _, _, billed in parts],
        free={new: found.free[part[0]] for new, part in enumerate(parts) if part[0] in found.free},
    )


def column(records: Sequence[UsageRecord], charge: Charge, plan: Plan) -> Column:
    """Of the records that the charge takes."""
    meter, mode, counting = charge.meter, charge.mode, charge.counting
    mine = [record for record in records if record.meter is meter]
    if mode != "any":
        mine = [record for record in mine if record.mode.value == mode]
    seconds = _counted(mine, counting)
    billed = _rounded(seconds, counting) if counting.each else seconds
    free: dict[int, str] = {}
    if plan.non_billable:
        told = (record.dimensions.get("disposition", "") for record in mine)
        free = {place: code for place, code in enumerate(told) if code in plan.non_billable}
        billed = [0 if place in free else quantity for place, quantity in enumerate(billed)] if free else billed
    whole = not counting.piece and counting.parts != ("wrap",)
    raw = list(map(_QUANTITY, mine)) if whole else [raw_quantity(record, counting) for record in mine]
    return Column(counting=counting, records=mine, raw=raw, billed=billed, free=free)


def _counted(records: Sequence[UsageRecord], counting: Counting) -> list[int]:
    """Seconds or pieces before rounding."""
    if counting.parts == _ALL and not counting.per_event and counting.sub_second == "down":
        try:
            if counting.wrap_cap is None:
                return [part["talk"] + part["hold"] + part["wrap"] for part in map(_SECONDS, records)]
            cap = counting.wrap_cap
            return [
                part["talk"] + part["hold"] + (wrap if (wrap := part["wrap"]) < cap else cap)
                for part in map(_SECONDS, records)
            ]
        except KeyError:  # a record that does not say all parts
            return [raw_seconds(record, counting) for record in records]
    return [raw_seconds(record, counting) for record in records]


def _rounded(seconds: list[int], counting: Counting) -> list[int]:
    if counting.plain:
        return seconds
    if counting.wrap_fixed:
        return [rounded(number, counting) for number in seconds]
    steps = Steps(counting.initial_interval, counting.next_interval, counting.minimum)
    return list(map(steps.__getitem__, seconds))
