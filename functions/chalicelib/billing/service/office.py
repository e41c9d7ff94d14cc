"""What finance works with, put together: every service of billing on the same books."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from chalicelib.billing.service import billing as using
from chalicelib.billing.service import books as keeping
from chalicelib.billing.service import corrections as correcting
from chalicelib.billing.service import crediting as noting
from chalicelib.billing.service import disputes as disputing
from chalicelib.billing.service import invoices as issuing
from chalicelib.billing.service import metering as recording
from chalicelib.billing.service import replay as proving
from chalicelib.billing.service.archive import Archive
from chalicelib.billing.service.billing import Billing
from chalicelib.billing.service.books import Books
from chalicelib.billing.service.corrections import Corrections
from chalicelib.billing.service.crediting import Crediting
from chalicelib.billing.service.disputes import Disputes
from chalicelib.billing.service.drafting import Drafting, Extras
from chalicelib.billing.service.explaining import Explaining
from chalicelib.billing.service.invoices import Invoices
from chalicelib.billing.service.metering import Metering
from chalicelib.billing.service.reading import Limited
from chalicelib.billing.service.reconciled import Reconciled
from chalicelib.billing.service.replay import Replay
from chalicelib.billing.service.seating import Seating


class Ledger(using.Ledger, keeping.Records, recording.Ledger, correcting.Ledger, disputing.Records, Protocol): ...


class InvoiceStore(issuing.Store, noting.Store, disputing.Store, proving.Store, Protocol): ...


class Tenants(using.Tenants, keeping.Tenants, Protocol): ...


def _at_once(attempt: int) -> None:
    """No pause."""


@dataclass(frozen=True, slots=True)
class Office:
    ledger: Ledger
    books: Books
    metering: Metering
    corrections: Corrections
    archive: Archive
    drafting: Drafting
    billing: Billing
    invoices: Invoices
    crediting: Crediting
    disputes: Disputes
    explaining: Explaining
    replay: Replay

    @staticmethod
    def of(
        *,
        ledger: Ledger,
        book_store: keeping.Store,
        invoice_store: InvoiceStore,
        people: using.Workforce,
        tenants: Tenants,
        archive: Archive,
        seller: Callable[[str], Mapping[str, Any]],
        tzdata: str,
        extras: Extras | None = None,
        pause: Callable[[int], None] = _at_once,
        most: int | None = None,
    ) -> Office:
        """`tzdata` is the version of the clocks' rules here; `pause(n)` waits before the n-th try against others.

        `most` records of a month are gone through where somebody waits for the answer; None where nobody does.
        """
        kept = Books(book_store, ledger, tenants, tzdata, pause)
        metering = Metering(ledger, kept, Reconciled(ledger, kept))
        seating = Seating(people, kept, metering)
        drafting = Drafting(kept, invoice_store, archive, seller, extras)
        invoices = Invoices(invoice_store, ledger, kept, drafting, archive, seating, pause, most)
        waited_for = ledger if most is None else Limited(ledger, most)
        credits = Crediting(invoice_store, archive, kept, pause)
        return Office(
            ledger=ledger,
            books=kept,
            metering=metering,
            corrections=Corrections(ledger, kept),
            archive=archive,
            drafting=drafting,
            billing=Billing(ledger, people, tenants, drafting, seating),
            invoices=invoices,
            crediting=credits,
            disputes=Disputes(invoice_store, ledger, kept, invoices, credits, archive.read),
            explaining=Explaining(invoice_store, waited_for, kept, drafting, archive),
            replay=Replay(invoice_store, waited_for, kept, archive),
        )
