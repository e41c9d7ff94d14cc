"""Stretches of a period with one contract: it is cut at the local midnights at which terms change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from chalicelib.billing.model.plan import Plan
from chalicelib.billing.model.pricing.proration import days_between, fixed_days, parts
from chalicelib.kernel.period import BillingPeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """`days` are those of all stretches of the period, in order, also of one before the contract; this is `place`.

    They are counted as the stretch's plan has it: those of the calendar, or of months that have thirty each.
    """

    label: str  # of the period
    first_day: date  # local dates
    last_day: date
    days: tuple[int, ...]
    place: int = 0

    @staticmethod
    def whole_of(period: BillingPeriod) -> Segment:
        return Segment(label=period.label, first_day=period.first_day, last_day=period.last_day, days=(period.days,))

    @property
    def whole(self) -> bool:
        return len(self.days) == 1

    @property
    def length(self) -> int:
        return self.days[self.place]

    def share(self, quantity: int) -> int:
        """Its part by days. The parts of all stretches of the period add up to the quantity."""
        return quantity if self.whole else parts(quantity, self.days, self.label)[self.place]


def segments(period: BillingPeriod, versions: Sequence[tuple[date, Plan]]) -> list[tuple[Segment, Plan]]:
    """`versions` are plans with their first local day, the oldest first; the last of a day holds.

    A version with the terms of the one before it cuts nothing. Days before the first one belong to no segment.
    """
    begins: list[tuple[date, Plan]] = []
    for first_day, plan in versions:
        if first_day > period.last_day:
            continue
        day = max(first_day, period.first_day)
        if begins and begins[-1][0] == day:
            begins.pop()
        if not begins or begins[-1][1].version != plan.version:
            begins.append((day, plan))
    end = period.last_day + timedelta(days=1)
    cuts = [*(day for day, _ in begins), end]
    lead = int(bool(begins) and cuts[0] > period.first_day)
    if lead:
        cuts.insert(0, period.first_day)
    return [
        (
            Segment(
                label=period.label,
                first_day=day,
                last_day=cuts[place + 1] - timedelta(days=1),
                days=tuple(_counted(plan)(early, late) for early, late in pairwise(cuts)),
                place=place,
            ),
            plan,
        )
        for place, (day, plan) in enumerate(begins, lead)
    ]


def _counted(plan: Plan) -> Callable[[date, date], int]:
    return fixed_days if plan.proration == "days_of_30" else days_between
