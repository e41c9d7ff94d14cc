"""From draft to final: audit, number and freeze; then paid.

    1. what it begins with is written down: so a finalisation that is cut off and started again gives the same invoice
    2. audit: the period is rated from its records, and the running totals must say the same; the records are gone
       through once, none of them is kept, and the annex is written and hashed as they pass
    3. document and annex are filed under their hashes; nobody knows of them yet
    4. one transaction: next number of the series, invoice, closed books

Whoever loses the race for the number rates nothing again and takes the next one; whoever loses it for the invoice is
told its number. Nothing is undone, because nothing is visible before the fourth step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from chalicelib.billing.model.adjustment import Adjustment
from chalicelib.billing.model.books import Shard, Sums, most_short
from chalicelib.billing.model.calendar import BookPeriod
from chalicelib.billing.model.dispute import Dispute
from chalicelib.billing.model.invoice import Draft, Issue, Usage, canonical
from chalicelib.billing.model.standing import (
    AlreadyFinal,
    BeforeContract,
    Deed,
    Issued,
    Last,
    Overtaken,
    Start,
    State,
    numbered,
)
from chalicelib.billing.model.terms import Terms, begins_on
from chalicelib.billing.service.books import Books, Records, View
from chalicelib.billing.service.documents import Kept
from chalicelib.billing.service.drafting import OLDER, Drafting, used_in
from chalicelib.billing.service.packed import Packed
from chalicelib.billing.service.reading import read
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.period import day_start

_TRIES = 40
_STALE = timedelta(days=1)  # a finalisation that was cut off so long ago begins anew


class TotalsDiffer(Conflict):
    """The audit failed: nothing was written. Says which sums differ (totals, then ledger)."""

    def __init__(self, label: str, differences: Sequence[str]) -> None:
        shown = "; ".join(differences[:5])
        super().__init__(
            f"the running totals of {label} are not what its records come to ({shown}); rebuild them, and look why",
            period=label,
            differences=list(differences[:50]),
        )


class TooEarly(Conflict):
    """The period runs, or its days of grace do; `ready` is a stamp: when it can be final."""

    def __init__(self, label: str, ready: str, state: str) -> None:
        why = f"{label} can be final from {ready} on: until then its draft still changes"
        super().__init__(why, period=label, state=state)
        self.ready = ready


class Store(Protocol):
    def issued(self, tenant: TenantId) -> list[Issued]: ...
    def get(self, tenant: TenantId, label: str) -> Issued | None: ...
    def start(self, tenant: TenantId, label: str, start: Start, older_than: datetime) -> Start: ...
    def last(self, entity: str, series: str) -> Last: ...
    def finalise(
        self,
        issued: Issued,
        last: Last,
        start: Start,
        shards: Sequence[Shard],
        late: int,
        others: Sequence[tuple[BookPeriod, int, bool]],
        deed: Deed,
    ) -> None: ...
    def change(self, before: Issued, after: Issued, deed: Deed, dispute: Dispute | None = None) -> None: ...
    def deeds(self, tenant: TenantId) -> list[Deed]: ...


class Archive(Protocol):
    def keep(self, document: bytes) -> Kept: ...
    def keep_annex(self, document: Mapping[str, Any], annex: Packed) -> None: ...
    def read(self, key: str) -> Mapping[str, Any]: ...


class Seating(Protocol):
    def record(self, tenant: TenantId, label: str, now: datetime) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """A period as its records say, up to a cutoff; and how many came after that."""

    view: View
    used: Usage
    annex: Packed
    late: int


class Invoices:
    """`pause(n)` waits before the n-th try against others. `most` records of a month are made final where somebody
    waits for it; None in a run, which has the time."""

    def __init__(
        self,
        store: Store,
        records: Records,
        books: Books,
        drafting: Drafting,
        archive: Archive,
        seating: Seating,
        pause: Callable[[int], None] = lambda attempt: None,
        most: int | None = None,
    ) -> None:
        self._most = most
        self._seating = seating
        self._store = store
        self._records = records
        self._books = books
        self._drafting = drafting
        self._archive = archive
        self._pause = pause

    # What there is

    def of(self, tenant: TenantId, now: datetime) -> list[dict[str, Any]]:
        """Every period of the contract with its state, the newest first."""
        issued = {one.label: one for one in self._store.issued(tenant)}
        opened = self._books.periods(tenant, anew=True)
        begins = begins_on(self._books.agreed(tenant))
        periods = [one for one in opened if one.period.last_day >= begins]
        return [
            issued[one.label].as_document()
            if one.label in issued
            else {"tenant": tenant, "label": one.label, "state": _unissued(one, now).value, "number": None}
            for one in reversed(periods)
        ]

    def get(self, tenant: TenantId, label: str) -> Issued:
        issued = self._store.get(tenant, label)
        if issued is None:
            self._books.named(tenant, label)
            raise NotFound("invoice", label)
        return issued

    def document(self, tenant: TenantId, label: str) -> Mapping[str, Any]:
        return self._archive.read(self.get(tenant, label).key)

    def adjustments(self, tenant: TenantId, label: str, now: datetime) -> Sequence[Mapping[str, Any]]:
        """What came late for earlier periods, as the invoice of this one says, or its draft."""
        issued = self._store.get(tenant, label)
        if issued is not None:
            return list(self._archive.read(issued.key)["adjustments"])
        self._drafting.begun(tenant, label, now)
        return [one.as_document() for one in self._drafting.draft(tenant, label, now).adjustments]

    def deeds(self, tenant: TenantId) -> list[Deed]:
        """Raises NotFound for an unknown client."""
        deeds = self._store.deeds(tenant)
        if not deeds:
            self._books.agreed(tenant)
        return deeds

    # Final

    def finalise(self, tenant: TenantId, label: str, by: str, now: datetime) -> Issued:
        """Raises AlreadyFinal, TotalsDiffer, Conflict where it is too early, TooLarge where somebody waits for too many
        records, Unavailable where others won too often."""
        if (issued := self._store.get(tenant, label)) is not None:
            raise AlreadyFinal(label, issued.number)
        period = self._books.period(tenant, label, now)
        self._not_too_early(period, now)
        self._seating.record(tenant, label, now)
        if self._most is not None and (used := self._used(period, now)) > self._most:
            raise TooLarge(f"{label} (let the run of the month's bills issue it)", used, self._most)
        start = self._store.start(tenant, label, Start(at=now, cutoff=now), now - _STALE)
        for attempt in range(_TRIES):
            audited = self.audited(tenant, label, now, start.cutoff)
            try:
                return self._issue(audited, start, by, now)
            except Overtaken:
                self._pause(attempt)
        raise Unavailable(f"the books of {label}, which others kept changing,")

    def audited(self, tenant: TenantId, label: str, now: datetime, cutoff: datetime) -> Audited:
        """Rates the period from its records, all of them, and compares. Raises TotalsDiffer."""
        for attempt in range(_TRIES):
            view = self._books.view(tenant, label, now, cutoff)
            behind = Packed()
            once = read(self._records, view.period, view.terms, cutoff, behind.write)
            found = once.used.sums + once.late
            if found.same_records(view.sums):
                if differences := view.sums.differences(found):
                    raise TotalsDiffer(label, differences)
                return Audited(view=view, used=once.used, annex=behind, late=once.late.records)
            self._pause(attempt)  # the index lags behind, or somebody recorded in between
        raise TotalsDiffer(label, _counts(view.sums, found))

    def _issue(self, audited: Audited, start: Start, by: str, now: datetime) -> Issued:
        view = audited.view
        looked_at: list[tuple[BookPeriod, int]] = []

        def late(period: BookPeriod) -> Usage:
            used, number = self.used_until(period, start.cutoff, now)
            looked_at.append((period, number))
            return used

        draft = self._drafting.composed(view.period, audited.used, start.at, late)
        found = {one.period: one for one in draft.adjustments}
        others = [_settled(period, number, found[period.label]) for period, number in looked_at]
        for attempt in range(_TRIES):
            issued, last = self._filed(draft, view.terms, audited.annex, start, attempt)
            deed = Deed(tenant=issued.tenant, what="finalised", about=issued.number, by=by, at=stamp(now))
            try:
                self._store.finalise(issued, last, start, view.shards, audited.late, others, deed)
                return issued
            except Overtaken as overtaken:
                if not overtaken.number:
                    raise
        raise Unavailable(f"the numbers of {issued.series}, which others kept taking,")

    def _filed(self, draft: Draft, terms: Terms, behind: Packed, start: Start, attempt: int) -> tuple[Issued, Last]:
        """The invoice with the next number, filed and not yet issued."""
        if attempt:
            self._pause(attempt)
        contract = terms.tenant.contract
        entity, series = str(contract.entity), str(contract.series)
        last = self._store.last(entity, series)
        sequence = last.sequence + 1
        issued_on = start.at.astimezone(ZoneInfo(draft.period.zone)).date()
        issue = Issue(
            entity=entity,
            series=series,
            number=numbered(series, sequence),
            previous=last.sha256,
            issued_on=issued_on.isoformat(),
            due_on=(issued_on + timedelta(days=contract.payment_days)).isoformat(),
            cutoff=start.cutoff,
            annex={"sha256": behind.sha256, "contacts": draft.usage.behind},
        )
        document = draft.as_document(issue)
        if not attempt:
            self._archive.keep_annex(document, behind)
        kept = self._archive.keep(canonical(document))
        issued = Issued(
            tenant=draft.client.tenant,
            label=draft.period.label,
            entity=entity,
            series=series,
            sequence=sequence,
            sha256=kept.sha256,
            key=kept.key,
            cutoff=stamp(start.cutoff),
            issued_on=issue.issued_on,
            due_on=issue.due_on,
            currency=document["currency"]["code"],
            net=document["net"],
            tax=document["tax"],
            total=document["total"],
            rounding=document.get("rounding", 0),
        )
        return issued, last

    def used_until(self, period: BookPeriod, cutoff: datetime, now: datetime) -> tuple[Usage, int]:
        """A closed period from its records, up to that instant, by the terms with which it was closed; and how many
        of them came after its invoice."""
        view = self._books.view(period.tenant, period.label, now)
        once = read(self._records, period, view.terms, cutoff, since=instant(period.cutoff))
        return once.used, once.since

    def invoiced(self, issued: Issued, now: datetime) -> Usage:
        """What was used in the period of an invoice, up to its cutoff."""
        view = self._books.view(issued.tenant, issued.label, now)
        graces = any(most_short(view.terms, place) for place in range(len(view.terms.segments)))
        if not view.period.late and not graces:
            return used_in(view)  # nothing came since, so the running totals are those of the invoice
        used, _ = self.used_until(view.period, instant(issued.cutoff), now)
        return used

    def _not_too_early(self, period: BookPeriod, now: datetime) -> None:
        agreed = self._books.agreed(period.tenant)
        begins = begins_on(agreed)
        if period.period.last_day < begins:
            raise BeforeContract(period.label, begins)
        ready = final_from(period, agreed[-1].tenant.contract.grace_days)
        if now < ready:
            raise TooEarly(period.label, stamp(ready), _unissued(period, now).value)
        earlier = (one for one in self._books.periods(period.tenant) if begins <= one.period.last_day)
        for one in earlier:
            if one.period.end <= period.period.start and not one.closed and self._used(one, now):
                raise Conflict(f"{one.label} was used and is not final yet; finalise it first", period=one.label)

    def _used(self, period: BookPeriod, now: datetime) -> int:
        return self._books.view(period.tenant, period.label, now).sums.records

    # Afterwards

    def pay(self, tenant: TenantId, label: str, on: date | None, reference: str, by: str, now: datetime) -> Issued:
        """All that is left, today by the clocks of the billing zone, or on an earlier day."""
        before = self.get(tenant, label)
        zone = self._books.period(tenant, label, now).period.zone
        today = now.astimezone(ZoneInfo(zone)).date()
        after = before.paid(on or today, reference, today)
        deed = Deed(tenant=tenant, what="paid", about=before.number, by=by, at=stamp(now), why=reference)
        self._store.change(before, after, deed)
        return after

    def unpay(self, tenant: TenantId, label: str, reason: str, by: str, now: datetime) -> Issued:
        """Takes back a payment that was written down wrongly. Raises Conflict where there is none."""
        before = self.get(tenant, label)
        after = before.unpaid()
        if not reason.strip():
            raise Invalid("reason", "is empty", "say what was wrong with the payment, for whoever asks later")
        deed = Deed(tenant=tenant, what="unpaid", about=before.number, by=by, at=stamp(now), why=reason)
        self._store.change(before, after, deed)
        return after


def _settled(period: BookPeriod, late: int, adjustment: Adjustment) -> tuple[BookPeriod, int, bool]:
    """What is too little to bill stays pending; what is too old is reported once, and done with."""
    settled = late if adjustment.due or adjustment.why == OLDER else period.booked
    return period, settled, adjustment.due


def final_from(period: BookPeriod, grace_days: int) -> datetime:
    """So many local days after the period."""
    last = period.period.last_day + timedelta(days=1 + grace_days)
    return max(period.period.end, day_start(last, ZoneInfo(period.period.zone)))


def _unissued(period: BookPeriod, now: datetime) -> State:
    return State.OPEN if now < period.period.end else State.DRAFT


def _counts(totals: Sums, records: Sums) -> list[str]:
    return [f"records: {totals.records}, {records.records}", f"digest: {totals.digest:x}, {records.digest:x}"]
