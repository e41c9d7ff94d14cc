"""Credit notes: what finance takes back of an issued invoice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from chalicelib.billing.model import credit
from chalicelib.billing.model.credit import CreditNote
from chalicelib.billing.model.dispute import Dispute
from chalicelib.billing.model.documents.reading import payable
from chalicelib.billing.model.invoice import canonical
from chalicelib.billing.model.standing import Deed, Issued, Last, Numbered, Overtaken, numbered
from chalicelib.billing.service.documents import Kept
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Invalid, NotFound, Unavailable
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money

_TRIES = 40

Document = Mapping[str, Any]


class Store(Protocol):
    def get(self, tenant: TenantId, label: str) -> Issued | None: ...
    def last(self, entity: str, series: str) -> Last: ...
    def credits(self, tenant: TenantId, label: str) -> list[CreditNote]: ...
    def credit(
        self,
        before: Issued,
        after: Issued,
        note: CreditNote,
        last: Last,
        deed: Deed,
        dispute: Dispute | None = None,
    ) -> None: ...


class Archive(Protocol):
    def keep(self, document: bytes) -> Kept: ...
    def read(self, key: str) -> Document: ...


class Books(Protocol):
    def named(self, tenant: TenantId, label: str) -> None:
        """Raises NotFound where there is no such client, Invalid for what is no month."""
        ...


class Crediting:
    """`pause(n)` waits before the n-th try against others."""

    def __init__(
        self, store: Store, archive: Archive, books: Books, pause: Callable[[int], None] = lambda attempt: None
    ) -> None:
        self._store = store
        self._books = books
        self._archive = archive
        self._pause = pause

    def notes(self, tenant: TenantId, label: str) -> list[CreditNote]:
        """Raises NotFound for an unknown client, Invalid for what is no month."""
        notes = self._store.credits(tenant, label)
        if not notes:
            self._books.named(tenant, label)
        return notes

    def issued_note(self, tenant: TenantId, label: str, number: str) -> CreditNote:
        """The one with that number, of the invoice of that month. Raises NotFound."""
        for note in self.notes(tenant, label):
            if note.numbered.number == number:
                return note
        raise NotFound(f"credit note of {label}", number)

    def credit(
        self, tenant: TenantId, label: str, wanted: Mapping[str, Any], reason: str, by: str, now: datetime
    ) -> CreditNote:
        """`wanted` is {"lines": {place: amount}}, {"amount": ...} without tax, {"gross": ...} with it, or
        {"everything": true}.

        Amounts are texts in the currency's major unit. Raises Invalid above what is left, and Conflict.
        """
        issued = self.issued(tenant, label)
        invoice, earlier = self._archive.read(issued.key), self._store.credits(tenant, label)
        return self.note(issued, invoice, earlier, wished(invoice, earlier, wanted), reason, by, now)

    def note(
        self,
        issued: Issued,
        invoice: Document,
        earlier: list[CreditNote],
        lines: Mapping[int, int],
        reason: str,
        by: str,
        now: datetime,
        settle: Callable[[Issued, str], tuple[Issued, Dispute]] | None = None,
    ) -> CreditNote:
        """Issues it. `settle` makes of the invoice and the note's number what a dispute makes of them besides."""
        series = credit.series_of(issued.series)
        issued_on = now.astimezone(ZoneInfo(invoice["period"]["zone"])).date().isoformat()
        for attempt in range(_TRIES):
            last = self._store.last(issued.entity, series)
            number = numbered(series, last.sequence + 1)
            document = credit.document(
                invoice,
                earlier,
                lines,
                number=number,
                series=series,
                previous=last.sha256,
                issued_on=issued_on,
                reason=reason,
            )
            currency = invoice["currency"]["code"]
            after = issued.less(Money(document["net"], currency), Money(payable(document), currency))
            kept = self._archive.keep(canonical(document))
            note = CreditNote(
                of=issued.number,
                numbered=Numbered(
                    entity=issued.entity,
                    series=series,
                    sequence=last.sequence + 1,
                    sha256=kept.sha256,
                    key=kept.key,
                ),
                lines=dict(lines),
                net=document["net"],
                tax=document["tax"],
                reason=reason,
                by=by,
                issued_on=issued_on,
            )
            dispute = None
            if settle is not None:
                after, dispute = settle(after, number)
            about = f"{issued.number}#{number}"
            deed = Deed(tenant=issued.tenant, what="credited", about=about, by=by, at=stamp(now), why=reason)
            try:
                self._store.credit(issued, after, note, last, deed, dispute)
                return note
            except Overtaken:
                self._pause(attempt)
        raise Unavailable(f"the numbers of {series}, which others kept taking,")

    def issued(self, tenant: TenantId, label: str) -> Issued:
        issued = self._store.get(tenant, label)
        if issued is None:
            self._books.named(tenant, label)
            raise NotFound("invoice", label)
        return issued


def wished(invoice: Document, earlier: list[CreditNote], wanted: Mapping[str, Any]) -> dict[int, int]:
    """The lines to credit, from what a person asked for. Raises Invalid."""
    given = [name for name in ("lines", "amount", "gross", "everything") if wanted.get(name)]
    if len(given) != 1:
        raise Invalid(
            "credit", f"names {' and '.join(given) or 'nothing'}", "give lines, an amount, a gross one, or everything"
        )
    currency = invoice["currency"]["code"]
    match given[0]:
        case "everything":
            return credit.everything(invoice, earlier)
        case "amount":
            return credit.spread(invoice, earlier, _money("amount", wanted["amount"], currency))
        case "gross":
            return credit.with_tax(invoice, earlier, _money("gross", wanted["gross"], currency))
        case _:
            return credit.on_lines(invoice, earlier, _by_line(wanted["lines"], currency))


def _by_line(lines: Any, currency: str) -> dict[int, Money]:
    if not isinstance(lines, Mapping):
        raise Invalid("lines", "is no object", 'send {"0": "12.50"}: the line\'s place from 0, and the amount')
    places: dict[int, Money] = {}
    for place, amount in lines.items():
        if not str(place).isdecimal():
            raise Invalid(f"lines[{place}]", "is no place", "count the invoice's lines from 0")
        places[int(place)] = _money(f"lines[{place}]", amount, currency)
    return places


def _money(field: str, text: Any, currency: str) -> Money:
    try:
        return Money.of(text, currency)
    except (TypeError, ValueError) as error:
        raise Invalid(field, str(error), 'write the amount as text, "12.50"') from None
