"""A change of tier or plan, and what it does to the fees of its period: the very lines that the invoice will have.

Fees are billed when their period is over. So a change that begins with a period gives nothing back: from then on a
month costs something else. Only where it cuts a period, the rest of one fee falls away and the rest of another comes.

An upgrade begins at once, a downgrade with the next period. Up is the tier with more channels, else the plan whose
fixed part costs no less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from chalicelib.billing.model.books import Sums
from chalicelib.billing.model.invoice import Given, Usage
from chalicelib.billing.model.line import Line, net_of
from chalicelib.billing.model.plan import Plan
from chalicelib.billing.model.pricing.delta import Delta, replaced
from chalicelib.billing.model.pricing.rounding import whole
from chalicelib.billing.model.terms import Agreed, begins_on, terms_by, terms_of
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.money import Money, UnitPrice, exponent
from chalicelib.kernel.period import BillingPeriod
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.model.tier import ENTITLEMENTS

FIXED_KINDS = frozenset({"base", "seats", "add_on"})


class Direction(StrEnum):
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"


class AlreadyHeld(Conflict):
    def __init__(self, after: Tenant) -> None:
        super().__init__(
            f"{after.id} has the plan {after.plan.name!r} on the tier {after.tier} already", tenant=after.id
        )


def direction(before: Tenant, after: Tenant) -> Direction:
    """Raises AlreadyHeld where nothing would change."""
    had, has = Plan.of(before.plan), Plan.of(after.plan)
    if before.tier is after.tier and had.version == has.version:
        raise AlreadyHeld(after)
    ranks = [(len(ENTITLEMENTS[one.tier].channels), fixed(plan)) for one, plan in ((before, had), (after, has))]
    return Direction.UPGRADE if ranks[1] >= ranks[0] else Direction.DOWNGRADE


def fixed(plan: Plan) -> Fraction:
    """A month of base fee and agreed seat hours, in the currency's major unit."""
    seats = plan.seats
    hours = Fraction(seats.per_hour.amount) * seats.count * seats.hours if seats is not None else Fraction(0)
    return Fraction(plan.base.amount) + hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """`before` and `after` are the fixed lines of the period without the change and with it: base fee, seats, add-ons.
    `month_before` and `month_after` are what these come to in a whole month. From `first_day` to the end of the period,
    `credit` is what of the old ones falls away (negative), `charge` what the new ones come to. `setup` and `deposit`
    are the new plan's; they are due only if the contract itself begins with it."""

    direction: Direction
    first_day: date
    period: BillingPeriod
    before: tuple[Line, ...]
    after: tuple[Line, ...]
    included: tuple[dict[str, Any], ...]  # allowances by stretch and charge
    month_before: Money
    month_after: Money
    setup: Money
    deposit: Money
    once_is_due: bool = False
    refused: tuple[str, ...] = ()  # addresses of channels that the tier does not have
    currency: str = ""

    @property
    def delta(self) -> Delta[Money]:
        """The rest of what was held is taken back, which is what it was less what stays of it; the new is charged."""
        first_day = self.first_day.isoformat()
        kept = net_of((line for line in self.after if line.segment[0] < first_day), self.currency)
        new = net_of((line for line in self.after if line.segment[0] >= first_day), self.currency)
        return replaced(net_of(self.before, self.currency) - kept, new)

    @property
    def credit(self) -> Money:
        return self.delta.reversal

    @property
    def charge(self) -> Money:
        return self.delta.current

    @property
    def cuts(self) -> bool:
        """Whether the period has begun by the plan before."""
        return self.first_day > self.period.first_day

    def as_document(self) -> dict[str, Any]:
        """`cut` is None where the change begins with a period: then its invoice has nothing of the plan before."""
        return {
            "direction": self.direction.value,
            "first_day": self.first_day.isoformat(),
            "period": self.period.label,
            "currency": self.currency,
            "month": self._month(),
            "cut": self._cut() if self.cuts else None,
            "once": {"setup": self.setup.minor, "deposit": self.deposit.minor, "due": self.once_is_due},
            "before": [line.as_document() for line in self.before],
            "after": [line.as_document() for line in self.after],
            "included": list(self.included),
            "refused": list(self.refused),
        }

    def _month(self) -> dict[str, Any]:
        """What the fees of a whole month were and will be; amounts of two currencies have no difference."""
        same = self.month_before.currency == self.month_after.currency
        return {
            "before": self.month_before.minor,
            "before_currency": self.month_before.currency,
            "after": self.month_after.minor,
            "difference": self.month_after.minor - self.month_before.minor if same else None,
        }

    def _cut(self) -> dict[str, Any]:
        return {
            "first_day": self.first_day.isoformat(),
            "last_day": self.period.last_day.isoformat(),
            "credit": self.credit.minor,
            "charge": self.charge.minor,
            "difference": self.delta.net.minor,
        }


def quote(period: BillingPeriod, agreed: Sequence[Agreed], before: Tenant, after: Tenant, applied: datetime) -> Quote:
    """Of a period with the first day of the change; `applied` is when it becomes a version of the client."""
    changed = [*agreed, Agreed(applied=applied, tenant=after)]
    now, then = (Usage(period=period, terms=terms_of(period, one), sums=Sums()) for one in (agreed, changed))
    first_day = after.contract.effective_from
    plan = Plan.of(after.plan)
    return Quote(
        direction=direction(before, after),
        first_day=first_day,
        period=period,
        before=fixed_lines(now),
        after=fixed_lines(then),
        included=tuple(_included(then)),
        month_before=_month_of(Plan.of(before.plan), period),
        month_after=_month_of(plan, period),
        setup=price_of(plan.setup, plan.currency),
        deposit=price_of(plan.deposit, plan.currency),
        once_is_due=once_is_due(agreed, first_day),
        refused=refused(after),
        currency=then.terms.plan(len(then.terms.segments) - 1).currency,
    )


def once_is_due(agreed: Sequence[Agreed], first_day: date) -> bool:
    """Setup and deposit belong to the beginning of the contract: a change charges none, unless it is that beginning."""
    return first_day <= begins_on(agreed)


def price_of(price: UnitPrice, currency: str) -> Money:
    """One piece at that price."""
    return Money(whole(Fraction(price.amount) * 10 ** exponent(currency)), currency)


def _month_of(plan: Plan, period: BillingPeriod) -> Money:
    used = Usage(period=period, terms=terms_by(plan, period), sums=Sums())
    return net_of(fixed_lines(used), plan.currency)


def fixed_lines(used: Usage) -> tuple[Line, ...]:
    return tuple(line for line in used.lines(Given(), complete=False) if line.kind in FIXED_KINDS)


def refused(tenant: Tenant) -> tuple[str, ...]:
    """What customers still write to, and nobody will answer: `email help@shop.example`."""
    return tuple(
        f"{address.kind.channel.value} {address.text}"
        for address in tenant.entry_points.all()
        if address.kind.channel not in tenant.channels
    )


def _included(used: Usage) -> list[dict[str, Any]]:
    return [
        {
            "charge": name,
            "first_day": segment.first_day.isoformat(),
            "last_day": segment.last_day.isoformat(),
            "included": segment.share(included),
            "of": included,
        }
        for segment, plan in used.terms.segments
        for name, included in [
            *((charge.id, charge.included) for charge in plan.charges),
            *((pool.id, pool.included) for pool in plan.pools),
        ]
        if included
    ]
