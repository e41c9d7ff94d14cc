"""A client disputes a contact; finance accepts, and a credit note follows, or rejects with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from chalicelib.billing.model.calendar import BookPeriod
from chalicelib.billing.model.credit import CreditNote, left
from chalicelib.billing.model.dispute import Answer, Dispute
from chalicelib.billing.model.invoice import Given, Usage
from chalicelib.billing.model.ledger import UsageRecord, standing
from chalicelib.billing.model.line import Line
from chalicelib.billing.model.standing import Deed, Issued
from chalicelib.billing.service.books import Books
from chalicelib.billing.service.crediting import Crediting
from chalicelib.billing.service.late import Late, late_in
from chalicelib.billing.service.reading import recorded_until
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import ContactId, TenantId
from chalicelib.kernel.period import BillingPeriod

Document = Mapping[str, Any]

_EVER = datetime.min.replace(tzinfo=UTC)  # before anything was recorded


class Store(Protocol):
    def change(self, before: Issued, after: Issued, deed: Deed, dispute: Dispute | None = None) -> None: ...
    def issued(self, tenant: TenantId) -> list[Issued]: ...
    def disputes(self, tenant: TenantId, label: str = "") -> list[Dispute]: ...
    def dispute(self, tenant: TenantId, label: str, contact: ContactId) -> Dispute | None: ...


class Records(Protocol):
    def of_contact(self, tenant: TenantId, contact: ContactId) -> list[UsageRecord]: ...


class Invoices(Protocol):
    def invoiced(self, issued: Issued, now: datetime) -> Usage:
        """What was used in the invoice's period, up to its cutoff."""
        ...

    def used_until(self, period: BookPeriod, cutoff: datetime, now: datetime) -> tuple[Usage, int]: ...


class Disputes:
    def __init__(
        self,
        store: Store,
        records: Records,
        books: Books,
        invoices: Invoices,
        crediting: Crediting,
        read: Callable[[str], Document],
    ) -> None:
        self._store = store
        self._records = records
        self._books = books
        self._invoices = invoices
        self._crediting = crediting
        self._read = read

    def of(self, tenant: TenantId, label: str = "") -> list[Dispute]:
        """Of a month, or of all. Raises NotFound for an unknown client, Invalid for what is no month."""
        found = self._store.disputes(tenant, label)
        if not found and label:
            self._books.named(tenant, label)
        return found

    def open(self, tenant: TenantId, label: str, contact: ContactId, why: str, by: str, now: datetime) -> Dispute:
        """Raises NotFound for a contact that is not behind the invoice, Conflict for one that is disputed already."""
        issued = self._crediting.issued(tenant, label)
        self._behind(issued, self._parts(issued, self._read(issued.key)), contact)
        if (known := self._store.dispute(tenant, label, contact)) is not None:
            raise Conflict(f"{contact} was disputed on {known.at[:10]}: {known.answer.value}", state=known.answer.value)
        dispute = Dispute(
            tenant=tenant, label=label, number=issued.number, contact=contact, why=why.strip(), by=by, at=stamp(now)
        )
        deed = Deed(tenant=tenant, what="disputed", about=f"{issued.number}#{contact}", by=by, at=dispute.at, why=why)
        self._store.change(issued, issued.disputed(), deed, dispute)
        return dispute

    def reject(self, tenant: TenantId, label: str, contact: ContactId, reason: str, by: str, now: datetime) -> Dispute:
        issued, dispute = self._crediting.issued(tenant, label), self._known(tenant, label, contact)
        answered = dispute.rejected(by, stamp(now), reason.strip())
        self._store.change(issued, issued.settled(), self._deed("rejected", answered), answered)
        return answered

    def accept(self, tenant: TenantId, label: str, contact: ContactId, reason: str, by: str, now: datetime) -> Dispute:
        """What the contact added to the invoice is credited; nothing, if it was within what is included."""
        issued, dispute = self._crediting.issued(tenant, label), self._known(tenant, label, contact)
        dispute.accepted(by, stamp(now), reason, "")  # refused before anything is computed
        invoice, earlier = self._read(issued.key), self._crediting.notes(tenant, label)
        lines = self._cost(issued, invoice, earlier, contact, now)
        if not lines:
            answered = dispute.accepted(by, stamp(now), reason, "")
            self._store.change(issued, issued.settled(), self._deed("accepted", answered), answered)
            return answered
        said = reason.strip() or f"contact {contact}: {dispute.why}"

        def settle(after: Issued, number: str) -> tuple[Issued, Dispute]:
            return after.settled(), dispute.accepted(by, stamp(now), reason, number)

        note = self._crediting.note(issued, invoice, earlier, lines, said, by, now, settle)
        return dispute.accepted(by, stamp(now), reason, note.numbered.number)

    def _cost(
        self, issued: Issued, invoice: Document, earlier: list[CreditNote], contact: ContactId, now: datetime
    ) -> dict[int, int]:
        """What the invoice is less without this contact, and those accepted before: by line, never above its rest."""
        accepted = [one.contact for one in self.of(issued.tenant, issued.label) if one.answer is Answer.ACCEPTED]
        parts = self._parts(issued, invoice)
        gone = [self._behind(issued, parts, one) for one in accepted]
        rest = left(invoice, earlier)
        lines: dict[int, int] = {}
        behind = self._behind(issued, parts, contact)
        for part in parts:
            label = part.own.label
            if label not in behind:
                continue
            used = self._used(part, issued, now).without([one for found in gone for one in found.get(label, ())])
            given = Given.from_document(self._read(part.own.key)["inputs"]["given"])
            before, after = used.lines(given, complete=True), used.without(behind[label]).lines(given, complete=True)
            lines |= _less(before, after, part.sources, rest)
        return lines

    def _used(self, part: Late, issued: Issued, now: datetime) -> Usage:
        if part.own == issued:
            return self._invoices.invoiced(issued, now)
        period = self._books.period(issued.tenant, part.own.label, now)
        return self._invoices.used_until(period, instant(issued.cutoff), now)[0]

    def _behind(self, issued: Issued, parts: Sequence[Late], contact: ContactId) -> dict[str, list[UsageRecord]]:
        """The contact's records behind the invoice, by period; of an earlier one those by which its bill changed.

        Raises NotFound, and says where the contact is.
        """
        cutoff = instant(issued.cutoff)
        periods = {one.label: one.period for one in self._books.periods(issued.tenant, anew=True)}
        known = self._records.of_contact(issued.tenant, contact)
        recorded = [record for record in known if recorded_until(record, cutoff)]
        found: dict[str, list[UsageRecord]] = {}
        for part in parts:
            mine = [record for record in recorded if periods[part.own.label].contains(record.usage_at)]
            new = [record for record in mine if not recorded_until(record, part.since)]
            if any(record in new for record in standing(mine)):
                found[part.own.label] = new
        if not found:
            raise NotFound(f"contact behind {issued.number}{_elsewhere(known, issued, periods)}", contact)
        return found

    def _parts(self, issued: Issued, invoice: Document) -> list[Late]:
        """The invoice's own period, and those that it adjusts."""
        lines = {place: line for place, line in enumerate(invoice["lines"]) if "adjusts" not in line}
        own = Late(own=issued, since=_EVER, sources=lines)
        late = late_in(invoice, self._store.issued(issued.tenant), self._read) if invoice["adjustments"] else []
        return [own, *late]

    def _known(self, tenant: TenantId, label: str, contact: ContactId) -> Dispute:
        dispute = self._store.dispute(tenant, label, contact)
        if dispute is None:
            raise NotFound("dispute", contact)
        return dispute

    def _deed(self, what: str, dispute: Dispute) -> Deed:
        return Deed(
            tenant=dispute.tenant,
            what=what,
            about=f"{dispute.number}#{dispute.contact}",
            by=dispute.answered_by,
            at=dispute.answered_at,
            why=dispute.reason,
        )


def _less(
    before: Sequence[Line], after: Sequence[Line], sources: Mapping[int, Document], rest: Sequence[int]
) -> dict[int, int]:
    """Where the difference is taken off: the lines that fell, as far as they have something left."""
    amounts = {_name(line.as_document()): line.amount.minor for line in after}
    less = {_name(line.as_document()): line.amount.minor - amounts.pop(_name(line.as_document()), 0) for line in before}
    due = sum(less.values()) - sum(amounts.values())  # a minimum may rise where a charge falls
    lines: dict[int, int] = {}
    for place, line in sources.items():
        part = min(due, less.get(_name(line), 0), rest[place])
        if part > 0:
            lines[place] = part
            due -= part
    return lines


def _elsewhere(known: Sequence[UsageRecord], issued: Issued, periods: Mapping[str, BillingPeriod]) -> str:
    """Where a contact is that does not stand behind the invoice."""
    stands = standing(known)
    if not stands:
        return " (it was taken back)" if known else ""
    label = next((label for label, period in periods.items() if period.contains(stands[-1].usage_at)), "no period")
    if label != issued.label:
        return f" (it is of {label}: behind that invoice, or the one that bills what came late for it)"
    return " (it came after that invoice; a later one bills it)"


def _name(line: Document) -> tuple[Any, ...]:
    segment = line["segment"]
    return (line["kind"], line["rate_class"], line["tier"], segment["first_day"], line["text"])
