"""What if a client had been on another plan? Its past months, record by record, on any plan or tier."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from chalicelib.billing.model.calendar import BookPeriod
from chalicelib.billing.model.plan import Plan
from chalicelib.billing.model.terms import Agreed
from chalicelib.billing.model.what_if import (
    Candidate,
    Replayed,
    Replaying,
    best,
    break_even,
    comparison_document,
    handled_seconds,
)
from chalicelib.billing.service.books import Books, Records
from chalicelib.kernel.errors import Invalid, NotFound, TooLarge
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money, exponent
from chalicelib.kernel.period import CURRENT
from chalicelib.tenancy.model.form import Line
from chalicelib.tenancy.model.offer import Offer
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.model.tier import Tier
from chalicelib.tenancy.service.catalogue import offer_in

HELD = "held"  # the name of what the client really had
MOST_MONTHS = 12
MOST_COUNTED = 240_000  # records × plans of one question, so that its answer comes before a browser gives up
Catalogue = Mapping[str, Offer]


class Tenants(Protocol):
    def get(self, tenant: TenantId) -> Tenant: ...


class WhatIf:
    def __init__(
        self,
        books: Books,
        records: Records,
        tenants: Tenants,
        catalogue: Callable[[], Catalogue],
        most: int = MOST_COUNTED,
    ) -> None:
        self._most = most
        self._books = books
        self._records = records
        self._tenants = tenants
        self._catalogue = catalogue

    def compare(
        self,
        tenant: TenantId,
        months: int,
        now: datetime,
        *,
        offers: Sequence[str] = (),
        given: Iterable[Offer] = (),
        tier: str = "",
    ) -> dict[str, Any]:
        """The last `months` that are over, on what was held and on each plan: those named of the catalogue (all of
        them if none is) and those `given`. `tier` puts every plan on that tier. Amounts are minor units without tax.

        Raises Invalid, NotFound.
        """
        if not 1 <= months <= MOST_MONTHS:
            raise Invalid("months", f"is {months}", f"write 1 to {MOST_MONTHS}")
        agreed = self._books.agreed(tenant, anew=True)
        brought = list(given)
        chosen = [*self._named(offers, none=bool(brought)), *brought]
        candidates = [held_by(agreed)]
        candidates += [candidate_of(offer, agreed, _tier(tier) or offer.tier) for offer in chosen]
        periods, replayed, seconds = self.replayed(tenant, months, candidates, now)
        return _document(tenant, periods, candidates, replayed, self._break_even(agreed[-1].tenant, chosen, seconds))

    def like(self, other: TenantId) -> Offer:
        """Another client's plan, named after it."""
        found = self._tenants.get(other)
        return Offer(id=other, tier=found.tier, text=Line(f"as {other}"), plan=found.plan)

    def brought(self, text: str) -> Offer:
        """A plan in a TOML file. Raises Invalid with every mistake in it."""
        return offer_in(text)

    def replayed(
        self, tenant: TenantId, months: int, candidates: Sequence[Candidate], now: datetime
    ) -> tuple[list[BookPeriod], list[list[Replayed]], int]:
        """The last months that are over on each candidate; and the seconds of calls handled in the last of them.

        As with invoices, a month that nobody used and nobody billed leaves nothing for the next one. Raises TooLarge
        where that is too much to count while somebody waits.
        """
        moves = any(_rolls_over(one.agreed[-1].tenant) for one in candidates)
        periods = self.past(tenant, months + moves, now)
        opened = {one.label for one in self._books.periods(tenant)}
        found: list[list[Replayed]] = []
        nothing: list[None] = [None] * len(candidates)
        before: Sequence[Replayed | None] = nothing
        seconds = records = 0
        for period in periods:
            month, seconds, records = self._month(period, candidates, before, records)
            found.append(month)
            before = month if period.label in opened else nothing
        return periods[-months:], found[-months:], seconds

    def _month(
        self, period: BookPeriod, candidates: Sequence[Candidate], before: Sequence[Replayed | None], read: int
    ) -> tuple[list[Replayed], int, int]:
        """All candidates from one reading of the records; `read` counts those so far."""
        replaying = [
            Replaying(candidate, period.period, left.carried if left is not None else ())
            for candidate, left in zip(candidates, before, strict=True)
        ]
        seconds = 0
        for page in self._records.pages(period.tenant, period.period.span):
            read += len(page)
            if read * len(candidates) > self._most:
                size = read * len(candidates)
                raise TooLarge("the traffic of these months on these plans (ask for fewer of them)", size, self._most)
            seconds += handled_seconds(page)
            for one in replaying:
                one.take(page)
        return [one.result() for one in replaying], seconds, read

    def past(self, tenant: TenantId, months: int, now: datetime) -> list[BookPeriod]:
        """The last periods that are over and lie in the contract, the oldest first; at least one, or NotFound."""
        begins = self._books.agreed(tenant)[0].tenant.contract.effective_from
        label, found = self._books.period(tenant, CURRENT, now).label, []
        for _ in range(months):
            label = _before(label)
            period = self._books.period(tenant, label, now)
            if period.period.last_day < begins:
                break
            found.append(period)
        if not found:
            raise NotFound("month that is over", tenant)
        return found[::-1]

    def _named(self, names: Sequence[str], *, none: bool) -> list[Offer]:
        catalogue = self._catalogue()
        if not names:
            return [] if none else [catalogue[name] for name in sorted(catalogue)]
        for name in names:
            if name not in catalogue:
                raise NotFound("plan of the catalogue", name)
        return [catalogue[name] for name in names]

    def _break_even(self, tenant: Tenant, offers: Sequence[Offer], seconds: int) -> list[dict[str, Any]]:
        """Each plan with seats against each with minutes, the client's own among them."""
        plans = {HELD: Plan.of(tenant.plan)} | {
            offer.id: Plan.of(offer.fitted(tenant, tenant.contract.effective_from).plan) for offer in offers
        }
        found = []
        for seated, plan in plans.items():
            for shared, other in plans.items():
                if plan.seats is None or other.seats is not None:
                    continue
                document = comparison_document(break_even(plan, other, seconds))
                if document is not None:
                    found.append({"dedicated_plan": seated, "shared_plan": shared, **document})
        return found


def held_by(agreed: Sequence[Agreed]) -> Candidate:
    """What the client really had, change for change."""
    return Candidate(name=HELD, tier=agreed[-1].tenant.tier, agreed=tuple(agreed), real=True)


def candidate_of(offer: Offer, agreed: Sequence[Agreed], tier: Tier | None = None) -> Candidate:
    """The offer for all of the client's time, with its hours and targets as they were in each part of it."""
    versions = tuple(
        replace(
            one, tenant=replace(offer.fitted(one.tenant, one.tenant.contract.effective_from), tier=tier or offer.tier)
        )
        for one in agreed
    )
    return Candidate(name=offer.id, tier=tier or offer.tier, agreed=versions)


def _rolls_over(tenant: Tenant) -> bool:
    plan = Plan.of(tenant.plan)
    return any(charge.rollover for charge in plan.charges) or any(pool.rollover for pool in plan.pools)


def _tier(text: str) -> Tier | None:
    if not text:
        return None
    if text not in set(Tier):
        raise Invalid("tier", f"{text!r} is not known", f"one of {', '.join(Tier)}")
    return Tier(text)


def _document(
    tenant: TenantId,
    periods: Sequence[BookPeriod],
    candidates: Sequence[Candidate],
    replayed: Sequence[Sequence[Replayed]],
    even: list[dict[str, Any]],
) -> dict[str, Any]:
    held = [months[0].net for months in replayed]
    plans = []
    totals: dict[str, Money] = {}  # of those that turn nobody away who was served
    for place, candidate in enumerate(candidates):
        months = [found[place] for found in replayed]
        total = Money.sum((month.net for month in months), months[0].net.currency)
        if not any(month.refused for month in months):
            totals[candidate.name] = total
        same = total.currency == held[0].currency
        plans.append(
            {
                "plan": candidate.name,
                "name": str(candidate.agreed[-1].tenant.plan.name),
                "tier": candidate.tier.value,
                "currency": total.currency,
                "exponent": exponent(total.currency),
                "total": total.minor,
                "difference": total.minor - sum(money.minor for money in held) if same else None,
                "months": [
                    {**month.as_document(), "difference": month.net.minor - before.minor if same else None}
                    for month, before in zip(months, held, strict=True)
                ],
            }
        )
    return {
        "tenant": tenant,
        "periods": [period.label for period in periods],
        "plans": plans,
        "best": best(totals, HELD),
        "break_even": even,
    }


def _before(label: str) -> str:
    year, month = int(label[:4]), int(label[5:])
    return f"{year - 1:04d}-12" if month == 1 else f"{year:04d}-{month - 1:02d}"
