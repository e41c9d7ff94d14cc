"""Which plan holds on which days of a period, and how its records are counted by it.

A version of a client holds from the first day that its contract names; one that names no other day than the version
before it holds from the day on which it was applied. A later version wins from its first day on. What was used before
the first version is counted by that. Days are those of the billing zone.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from chalicelib.billing.model.counting import rate_class_of
from chalicelib.billing.model.ledger import Meter
from chalicelib.billing.model.plan import USUAL, Plan
from chalicelib.billing.model.segment import Segment, segments
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.period import BillingPeriod, day_start
from chalicelib.tenancy.model.plain import to_plain
from chalicelib.tenancy.model.tenant import Tenant

COUNTING = 2  # a change of what a record adds to which sum is a new number: then totals are counted anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A version of a client, and when it was applied."""

    applied: datetime
    tenant: Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`version` follows from all that decides how records are counted: the same version, the same sums.

    A stretch begins where a version does: with other opening hours, rate classes change, and no segment ends.
    """

    version: str
    segments: tuple[tuple[Segment, Plan], ...]
    tenants: tuple[Tenant, ...]  # of the stretches
    starts: tuple[datetime, ...] = field(repr=False)  # of the segments
    stretches: tuple[datetime, ...] = field(repr=False)
    classes: tuple[Callable[[datetime], str], ...] = field(repr=False, compare=False)

    def segment_at(self, at: datetime) -> int:
        """Its place. An instant before the first one goes to it."""
        return max(0, bisect_right(self.starts, at) - 1)

    def plan(self, segment: int) -> Plan:
        return self.segments[segment][1]

    def rate_class(self, at: datetime) -> str:
        return self.classes[max(0, bisect_right(self.stretches, at) - 1)](at)

    def tenant_at(self, at: datetime) -> Tenant:
        """The client as it was at that instant."""
        return self.tenants[max(0, bisect_right(self.stretches, at) - 1)]

    @property
    def tenant(self) -> Tenant:
        """The client as the period ends."""
        return self.tenants[-1]

    @property
    def language(self) -> str:
        """The client's as the period ends, in which its invoice is worded; English without a client."""
        return str(self.tenant.language) if self.tenants else "en"


def terms_of(period: BillingPeriod, versions: Sequence[Agreed], until: datetime | None = None) -> Terms:
    """`versions` in the order in which they were applied; those from `until` on are left out, but for the first."""
    known = [version for version in versions if until is None or version.applied < until] or list(versions[:1])
    begun = _in_force(period, known)
    planned = [(day, Plan.of(tenant.plan)) for day, tenant in begun]
    cut = segments(period, planned) or [(Segment.whole_of(period), planned[0][1])]
    starts = tuple(_start(day, period) for day, _ in begun)
    return Terms(
        version=_version(starts, begun, planned),
        segments=tuple(cut),
        tenants=tuple(tenant for _, tenant in begun),
        starts=tuple(_start(segment.first_day, period) for segment, _ in cut),
        stretches=starts,
        classes=tuple(
            rate_class_of(plan, tenant.hours, tenant.zone.info)
            for (_, plan), (_, tenant) in zip(planned, begun, strict=True)
        ),
    )


def terms_by(plan: Plan, period: BillingPeriod) -> Terms:
    """One plan for the whole of a period, whatever the hour."""
    return Terms(
        version=plan.version,
        segments=((Segment.whole_of(period), plan),),
        tenants=(),
        starts=(period.start,),
        stretches=(period.start,),
        classes=(lambda at: USUAL,),
    )


def begins_on(versions: Sequence[Agreed]) -> date:
    """The first day of the contract, as it was first agreed."""
    return versions[0].tenant.contract.effective_from


def charges_seats(terms: Terms) -> bool:
    return any(charge.meter is Meter.SEAT for _, plan in terms.segments for charge in plan.charges)


def first_days(versions: Sequence[Agreed], zone: str) -> list[date]:
    """The first day of each version."""
    days: list[date] = []
    for place, version in enumerate(versions):
        named = version.tenant.contract.effective_from
        if place and named == versions[place - 1].tenant.contract.effective_from:
            named = version.applied.astimezone(ZoneInfo(zone)).date()
        days.append(named)
    return days


def _in_force(period: BillingPeriod, versions: Sequence[Agreed]) -> list[tuple[date, Tenant]]:
    """(first day, client): the one that holds when the period begins, and each that begins in it; never empty."""
    begun: list[tuple[date, Tenant]] = []
    for day, version in zip(first_days(versions, period.zone), versions, strict=True):
        while begun and begun[-1][0] >= day:
            begun.pop()
        begun.append((day, version.tenant))
    before = [one for one in begun if one[0] <= period.first_day]
    inside = [one for one in begun if period.first_day < one[0] <= period.last_day]
    return [*before[-1:], *inside] or begun[:1]


def _start(day: date, period: BillingPeriod) -> datetime:
    return period.start if day <= period.first_day else day_start(day, ZoneInfo(period.zone))


def _version(
    starts: Sequence[datetime], begun: Sequence[tuple[date, Tenant]], planned: Sequence[tuple[date, Plan]]
) -> str:
    told = [
        [
            stamp(start),
            plan.version,
            [tenant.zone, to_plain(tenant.hours)] if plan.has_rate_classes else "",
            *([_targets(tenant)] if plan.service is not None else []),
        ]
        for start, (_, plan), (_, tenant) in zip(starts, planned, begun, strict=True)
    ]
    return hashlib.sha256(json.dumps([COUNTING, *told], default=str).encode()).hexdigest()[:12]


def _targets(tenant: Tenant) -> list[int]:
    return [tenant.target(channel).within_s for channel in Channel]
