"""Puts a period's invoice together: what was used, what else was given, and what came late for earlier periods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from chalicelib.billing.model.adjustment import Adjustment, booked_lines
from chalicelib.billing.model.calendar import BookPeriod
from chalicelib.billing.model.invoice import Client, Draft, Given, Usage
from chalicelib.billing.model.pricing.allowance import Grant
from chalicelib.billing.model.service_level import percent_of
from chalicelib.billing.model.standing import AlreadyFinal, BeforeContract, Issued
from chalicelib.billing.model.terms import Agreed, Terms, begins_on, terms_of
from chalicelib.billing.model.words import words_in
from chalicelib.billing.service.books import Books, View
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money
from chalicelib.kernel.period import BillingPeriod
from chalicelib.tenancy.model.contract import Contract
from chalicelib.tenancy.model.plain import to_plain

OLDER = "older than the contract looks back"
IMMATERIAL = "below the materiality"

Document = Mapping[str, Any]
Late = Callable[[BookPeriod], Usage]  # what a closed period comes to, with what came late


class Issues(Protocol):
    def issued(self, tenant: TenantId) -> list[Issued]: ...
    def get(self, tenant: TenantId, label: str) -> Issued | None: ...


class Archive(Protocol):
    def read(self, key: str) -> Document: ...


class Extras(Protocol):
    def given(self, tenant: TenantId, period: BillingPeriod) -> Given:
        """Service credit or bonus, and fees, of a period; the rest of it is computed here."""
        ...


class NoExtras:
    def given(self, tenant: TenantId, period: BillingPeriod) -> Given:
        return Given()


class Drafting:
    def __init__(
        self,
        books: Books,
        issues: Issues,
        archive: Archive,
        seller: Callable[[str], Mapping[str, Any]],
        extras: Extras | None = None,
    ) -> None:
        self._books = books
        self._issues = issues
        self._archive = archive
        self._seller = seller
        self._extras = extras or NoExtras()

    def period(self, tenant: TenantId, label: str, now: datetime) -> BillingPeriod:
        return self._books.period(tenant, label, now).period

    def begun(self, tenant: TenantId, label: str, now: datetime) -> BookPeriod:
        """Raises Invalid for a period that has not begun by the client's clocks."""
        period = self._books.period(tenant, label, now)
        if period.period.start > now:
            raise Invalid("period", f"{period.label} has not begun", "take the month that runs or an earlier one")
        return period

    def unissued(self, tenant: TenantId, label: str, now: datetime) -> BookPeriod:
        """One that has begun and has no invoice. Raises Invalid, AlreadyFinal."""
        period = self.begun(tenant, label, now)
        issued = self._issues.get(tenant, period.label) if period.closed else None
        if issued is not None:
            instead = "look at that invoice; what came late for it is on a later one"
            raise AlreadyFinal(period.label, issued.number, instead)
        return period

    def draft(self, tenant: TenantId, label: str, now: datetime) -> Draft:
        """Raises BeforeContract where there is nothing to pay."""
        view = self._books.view(tenant, label, now)
        begins = begins_on(self._books.agreed(tenant))
        if view.period.period.last_day < begins:
            raise BeforeContract(view.period.label, begins)
        used = used_in(view)

        def late(period: BookPeriod) -> Usage:
            return used_in(self._books.view(tenant, period.label, now))

        return self.composed(view.period, used, now, late)

    def composed(self, period: BookPeriod, used: Usage, now: datetime, late: Late) -> Draft:
        """The draft of what was used, with what else belongs to it."""
        tenant, span = period.tenant, period.period
        agreed = self._books.agreed(tenant)
        return Draft(
            client=client_of(used.terms),
            usage=used,
            given=self._given(period, agreed, used, now),
            until=max(span.start, min(now, span.end)),
            seller=self._seller(str(used.terms.tenant.contract.entity)),
            adjustments=self._adjustments(period, used, now, late),
        )

    # Given

    def _given(self, period: BookPeriod, agreed: Sequence[Agreed], used: Usage, now: datetime) -> Given:
        begins = begins_on(agreed)
        extra = self._extras.given(period.tenant, period.period)
        return replace(
            served(extra, used, over=now >= period.period.end),
            first=period.period.first_day <= begins <= period.period.last_day,
            grants=self._grants(period, agreed, now),
        )

    def _grants(self, period: BookPeriod, agreed: Sequence[Agreed], now: datetime) -> tuple[Grant, ...]:
        """What the period before leaves; of one that has its invoice, as that says. Before the contract there is
        nothing to leave."""
        before = next(
            (one for one in self._books.periods(period.tenant) if one.period.end == period.period.start), None
        )
        if (
            before is None
            or before.period.last_day < begins_on(agreed)
            or not rolls_over(terms_of(before.period, agreed))
        ):
            return ()
        issued = self._issues.get(period.tenant, before.label) if before.closed else None
        if issued is not None:
            return tuple(Grant(**grant) for grant in self._archive.read(issued.key)["carried"])
        used = used_in(self._books.view(period.tenant, before.label, now))
        return tuple(used.carried(self._given(before, agreed, used, now)))

    # What came late

    def _adjustments(self, period: BookPeriod, used: Usage, now: datetime, late: Late) -> tuple[Adjustment, ...]:
        """An earlier month that waits for its invoice books what is late before this one can."""
        before = [one for one in self._books.periods(period.tenant) if one.period.start < period.period.start]
        pending = [one for one in before if one.closed and one.pending]
        if not pending:
            return ()
        waiting = [one.label for one in before if not one.closed and self._was_used(one, now)]
        pending = [one for one in pending if not any(one.label < label for label in waiting)]
        issued = {one.label: one for one in self._issues.issued(period.tenant)}
        found = (self._adjustment(one, issued, late(one)) for one in pending)
        contract = used.terms.tenant.contract
        return tuple(judged(adjustment, period.label, contract, used.currency) for adjustment in found)

    def _was_used(self, period: BookPeriod, now: datetime) -> bool:
        return self._books.view(period.tenant, period.label, now).sums.records > 0

    def _adjustment(self, period: BookPeriod, issued: Mapping[str, Issued], used: Usage) -> Adjustment:
        own, last = issued[period.label], issued[period.booked_in]
        document = self._archive.read(own.key)
        booked = document if own == last else self._archive.read(last.key)
        return adjustment_of(period.label, document, booked, last.sha256, used)


def served(extra: Given, used: Usage, *, over: bool) -> Given:
    """With the service levels as measured, and, once the period is `over`, what they come to by the plan; unless
    somebody gave a percentage (a scorecard)."""
    levels = used.levels()
    if not levels:
        return extra
    service = extra.service
    if service is None and over:
        service = percent_of(levels, used.terms)
    return replace(extra, service=service, levels=levels)


def adjustment_of(label: str, own: Document, booked: Document, against: str, used: Usage) -> Adjustment:
    """`own` is the period's invoice, `booked` the last document that booked lines of it."""
    given = Given.from_document(own["inputs"]["given"])
    return Adjustment(
        period=label,
        number=own["number"],
        against=against,
        booked=booked_lines(booked, label),
        now=tuple(line.as_document() for line in used.lines(given, complete=True)),
        words=words_in(used.terms.language),
    )


def judged(adjustment: Adjustment, label: str, contract: Contract, currency: str) -> Adjustment:
    """Whether the invoice of the period `label` bills it, and if not, why. It is reported in any case."""
    if months_between(adjustment.period, label) > contract.late_months:
        return replace(adjustment, why=OLDER)
    if abs(adjustment.net) < Money.of(contract.materiality, currency).minor:
        return replace(adjustment, why=IMMATERIAL)
    return adjustment


def used_in(view: View) -> Usage:
    return Usage(period=view.period.period, terms=view.terms, sums=view.sums, shorts=view.shorts)


def client_of(terms: Terms) -> Client:
    """As it was when the period ended."""
    tenant = terms.tenant
    lines: Iterable[str] = tenant.bill_to or (tenant.name,)
    buyer = to_plain(tenant.buyer) if tenant.buyer is not None else {}
    return Client(tenant.id, tuple(str(line) for line in lines), terms.language, buyer)


def rolls_over(terms: Terms) -> bool:
    plans = [plan for _, plan in terms.segments]
    return any(charge.rollover for plan in plans for charge in plan.charges) or any(
        pool.rollover for plan in plans for pool in plan.pools
    )


def months_between(earlier: str, later: str) -> int:
    return (int(later[:4]) - int(earlier[:4])) * 12 + int(later[5:]) - int(earlier[5:])
