"""Where a client's tier and plan are looked at, quoted and changed: by the client itself, or for it.

What a quote says is what the invoice will say: both are computed from the same versions by the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.billing.model.calendar import BookPeriod
from chalicelib.billing.model.change import (
    AlreadyHeld,
    Direction,
    Quote,
    direction,
    fixed,
    once_is_due,
    price_of,
    quote,
    refused,
)
from chalicelib.billing.model.line import Line
from chalicelib.billing.model.plan import Plan
from chalicelib.billing.model.pricing.rounding import whole
from chalicelib.billing.model.terms import Agreed, Terms, terms_of
from chalicelib.billing.model.what_if import Candidate, Replayed
from chalicelib.billing.service.books import Books
from chalicelib.billing.service.what_if import WhatIf, candidate_of, held_by
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, TooLarge
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import exponent
from chalicelib.kernel.period import CURRENT, day_start
from chalicelib.kernel.signature import name_in
from chalicelib.tenancy.model.form import Amount, Unfit
from chalicelib.tenancy.model.offer import Offer
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.directory import Version
from chalicelib.tenancy.service.switching import Switching

_BESIDE = {
    "discount": "the discount",
    "minimum": "the agreed minimum",
    "maximum": "the agreed maximum",
    "service_credit": "the service level",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    held: Version
    after: Tenant
    due: datetime
    quote: Quote


class PlanDesk:
    def __init__(
        self,
        books: Books,
        switching: Switching,
        what_if: WhatIf,
        catalogue: Callable[[], Mapping[str, Offer]],
    ) -> None:
        self._books = books
        self._switching = switching
        self._what_if = what_if
        self._catalogue = catalogue

    # Looking

    def standing(self, tenant: TenantId, now: datetime) -> dict[str, Any]:
        """What is held, what is to come, and everything that ever was."""
        held = self._switching.held(tenant)
        coming, cap = held.standing.next, held.standing.cap
        agreed = self._books.agreed(tenant, anew=True)
        return {
            "tenant": tenant,
            "held": _told(held.at(now)),
            "budget": str(held.tenant.plan.budget.amount) if held.tenant.plan.budget else None,
            "capped": cap is not None and now < cap.until,
            "scheduled": None
            if coming is None
            else {
                "name": str(coming.plan.name),
                "tier": coming.tier.value,
                "first_day": coming.first_day.isoformat(),
                "by": name_in(coming.by),
                "asked_at": stamp(coming.at),
            },
            "history": [{"at": stamp(one.applied), **_told(one.tenant)} for one in agreed],
            "acts": [
                {"what": act.what, "by": name_in(act.by), "at": stamp(act.at), "about": act.about}
                for act in self._switching.acts(tenant)
            ],
        }

    def options(self, tenant: TenantId, now: datetime) -> dict[str, Any]:
        """Every plan of the catalogue beside the one that is held, with the cost of last month's real traffic."""
        held = self._switching.held(tenant)
        agreed = self._books.agreed(tenant, anew=True)
        offers = self._catalogue()
        names = sorted(offers)
        candidates = [held_by(agreed)]
        candidates += [candidate_of(offers[name], agreed) for name in names]
        found, last = self._last_month(tenant, candidates, now)
        current = self._books.period(tenant, CURRENT, now)
        return {
            "tenant": tenant,
            "period": last.label if last is not None else None,
            "compared_with": _names(terms_of(last.period, agreed)) if last is not None else [],
            "held": {**_told(held.at(now)), **_terms(Plan.of(held.tenant.plan)), "last_month": _month(found[0], None)},
            "offers": [
                self._option(offers[name], held, agreed, current, now) | {"last_month": _month(found[place], found[0])}
                for place, name in enumerate(names, start=1)
            ],
        }

    def quote(self, tenant: TenantId, *, offer: str, by: str, now: datetime, first_day: date | None = None) -> Quote:
        """`first_day` is today for an upgrade, the next period's first for a downgrade, if left out.

        Raises NotFound, AlreadyHeld, Invalid, Conflict, PeriodClosed: whatever `change` would."""
        return self._planned(tenant, offer, first_day, now).quote

    # Changing

    def change(self, tenant: TenantId, *, offer: str, by: str, now: datetime, first_day: date | None = None) -> Quote:
        """At once, or to come. What it answers is what it did, and what the invoice will say."""
        planned = self._planned(tenant, offer, first_day, now)
        if planned.due <= now:
            self._switching.now(planned.held, planned.after, by, now)
        else:
            self._switching.later(planned.held, planned.after, planned.due, by, now)
        return planned.quote

    def cancel(self, tenant: TenantId, by: str, now: datetime) -> dict[str, Any]:
        """A change that is to come."""
        gone = self._switching.cancel(tenant, by, now)
        return {"name": str(gone.plan.name), "tier": gone.tier.value, "first_day": gone.first_day.isoformat()}

    def budget(self, tenant: TenantId, amount: str, by: str, now: datetime) -> dict[str, Any]:
        """Another amount for the budget that is agreed; a cap is lifted, until the new one is reached."""
        held = self._switching.held(tenant)
        if held.tenant.plan.budget is None:
            raise Conflict(f"no budget is agreed with {tenant}; let the operator add plan.budget to its file")
        try:
            wished = replace(held.tenant.plan.budget, amount=Amount.parse(amount))
        except Unfit as unfit:
            raise Invalid("amount", unfit.why, unfit.allowed) from None
        after = replace(held.tenant, plan=replace(held.tenant.plan, budget=wished))
        self._switching.budget(held, after, by, now)
        return {"amount": str(wished.amount), "currency": str(after.plan.currency)}

    # How

    def _planned(self, tenant: TenantId, name: str, wished: date | None, now: datetime) -> _Planned:
        held = self._switching.held(tenant)
        offer = self._catalogue().get(name)
        if offer is None:
            raise NotFound("plan of the catalogue", name)
        current = self._books.period(tenant, CURRENT, now)
        first_day, period = self._begins(held.tenant, offer, wished, current, now)
        after = offer.fitted(held.tenant, first_day)
        self._switching.check(held, after)
        due = day_start(first_day, ZoneInfo(period.period.zone))
        # As the store will have it: at once, or when its day has come.
        applied = max(now, due)
        quoted = quote(period.period, self._books.agreed(tenant), held.tenant, after, applied)
        return _Planned(held=held, after=after, due=due, quote=quoted)

    def _begins(
        self, held: Tenant, offer: Offer, wished: date | None, current: BookPeriod, now: datetime
    ) -> tuple[date, BookPeriod]:
        today = now.astimezone(ZoneInfo(current.period.zone)).date()
        if today < held.contract.effective_from:
            why = f"the contract of {held.id} begins on {held.contract.effective_from}; change its file until then"
            raise Conflict(why, tenant=held.id)
        which = direction(held, offer.fitted(held, today))
        following = self._following(current, now)
        usual = today if which is Direction.UPGRADE else following.period.first_day
        first_day = wished or usual
        if first_day != today and first_day <= held.contract.effective_from:
            why = f"{first_day} is not after {held.contract.effective_from}, when the contract that is held begins"
            raise Invalid("first_day", why, f"write {usual} or later")
        if which is Direction.DOWNGRADE and first_day < following.period.first_day:
            why = f"{first_day} is before the period ends, and a downgrade begins with a new one"
            raise Invalid("first_day", why, f"write {following.period.first_day}")
        period = self._holding(first_day, current, following)
        starts = first_day == period.period.first_day
        if which is Direction.DOWNGRADE and not starts:
            raise Invalid("first_day", f"{first_day} begins no period", f"write {following.period.first_day}")
        if offer.plan.currency != held.plan.currency and not starts:
            why = f"{offer.plan.name} is in {offer.plan.currency}, and one invoice has one currency"
            raise Invalid("first_day", why, f"let it begin with the next period, on {following.period.first_day}")
        return first_day, period

    def _following(self, period: BookPeriod, now: datetime) -> BookPeriod:
        year, month = int(period.label[:4]), int(period.label[5:])
        label = f"{year + 1:04d}-01" if month == 12 else f"{year:04d}-{month + 1:02d}"
        return self._books.period(period.tenant, label, now)

    def _holding(self, day: date, current: BookPeriod, following: BookPeriod) -> BookPeriod:
        """The period with that day: not beyond the next one, where nobody knows what will be agreed."""
        opened = self._books.periods(current.tenant)
        for one in (current, following, *opened):
            if one.period.first_day <= day <= one.period.last_day:
                return one
        raise Invalid("first_day", f"{day} is in no period near", f"write a day until {following.period.last_day}")

    def _last_month(
        self, tenant: TenantId, candidates: Sequence[Candidate], now: datetime
    ) -> tuple[Sequence[Replayed | None], BookPeriod | None]:
        """A client that has just begun has none; nor has one with too much traffic to count while somebody waits."""
        try:
            periods, found, _ = self._what_if.replayed(tenant, 1, candidates, now)
        except (NotFound, TooLarge):
            return [None] * len(candidates), None
        return found[-1], periods[-1]

    def _option(
        self, offer: Offer, held: Version, agreed: Sequence[Agreed], current: BookPeriod, now: datetime
    ) -> dict[str, Any]:
        today = now.astimezone(ZoneInfo(current.period.zone)).date()
        after = offer.fitted(held.tenant, today)
        try:
            which = direction(held.tenant, after).value
        except AlreadyHeld:
            which = "held"
        upgrade = which == Direction.UPGRADE.value
        begins = today if upgrade else self._following(current, now).period.first_day
        return {
            "offer": offer.id,
            "name": str(offer.plan.name),
            "text": str(offer.text),
            "tier": offer.tier.value,
            "channels": sorted(after.channels),
            "direction": which,
            "first_day": None if which == "held" else begins.isoformat(),
            "refused": list(refused(after)),
            "once_is_due": which != "held" and once_is_due(agreed, begins),
            **_terms(Plan.of(after.plan)),
        }


def _told(tenant: Tenant) -> dict[str, Any]:
    return {
        "name": str(tenant.plan.name),
        "tier": tenant.tier.value,
        "channels": sorted(tenant.channels),
        "first_day": tenant.contract.effective_from.isoformat(),
        "version": Plan.of(tenant.plan).version,
    }


def _terms(plan: Plan) -> dict[str, Any]:
    return {
        "currency": plan.currency,
        "setup": price_of(plan.setup, plan.currency).minor,
        "deposit": price_of(plan.deposit, plan.currency).minor,
        "fixed": whole(fixed(plan) * 10 ** exponent(plan.currency)),
        "included": {charge.id: charge.included for charge in plan.charges if charge.included},
    }


def _month(found: Replayed | None, held: Replayed | None) -> dict[str, Any] | None:
    if found is None:
        return None
    told = found.as_document()
    same = held is not None and held.net.currency == found.net.currency
    difference = found.net.minor - held.net.minor if held is not None and same else None
    return {
        "net": told["net"],
        "currency": told["currency"],
        "refused": told["refused"],
        "admitted": told["admitted"],
        "difference": difference,
        "beside": _beside(found.lines),
    }


def _beside(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """What of a month is neither fee nor usage, so that nobody wonders why it costs less than its fixed part."""
    sums: dict[str, int] = {}
    for line in lines:
        if line.kind == "band":
            words = "contacts above the agreed volume" if line.amount.minor > 0 else "contacts below the agreed volume"
        else:
            words = _BESIDE.get(line.kind, "")
        if words:
            sums[words] = sums.get(words, 0) + line.amount.minor
    return [{"words": words, "amount": amount} for words, amount in sums.items() if amount]


def _names(terms: Terms) -> list[str]:
    """Of the plans that held, each once."""
    return list(dict.fromkeys(plan.name for _, plan in terms.segments))
