"""All of billing on one database, with a drawer for its documents: as wiring builds it, without AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from chalicelib.aws.table import Database
from chalicelib.billing.model.ledger import UsageRecord
from chalicelib.billing.service.archive import Archive
from chalicelib.billing.service.documents import Documents
from chalicelib.billing.service.drafting import Extras
from chalicelib.billing.service.metering import Recorded
from chalicelib.billing.service.office import Office
from chalicelib.billing.store.books import BookStore
from chalicelib.billing.store.invoices import InvoiceStore
from chalicelib.billing.store.ledger import LedgerStore
from chalicelib.kernel.facts import Fact
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.workforce.service import Workforce
from chalicelib.workforce.store import WorkforceStore
from tests.fakes.drawer import Drawer, NextDoor
from tests.fakes.usage import NOON, KnownTenants, handled, message

SELLER: Mapping[str, Any] = {"name": "Manyline Operations", "lines": ["1 Switchboard Lane, Springfield"]}
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class CountingHouse:
    """`history` are (applied, client); a client alone was applied long ago."""

    def __init__(
        self,
        database: Database,
        *history: tuple[datetime, Tenant] | Tenant,
        extras: Extras | None = None,
        drawer: Drawer | None = None,
        archive: Any = None,
        pause: Callable[[int], None] = lambda attempt: None,
        most: int | None = None,
        seller: Callable[[str], Mapping[str, Any]] = lambda entity: SELLER,
    ) -> None:
        known = [one if isinstance(one, tuple) else (LONG_AGO, one) for one in history]
        self.database = database
        self.tenants = KnownTenants(*known)
        self.drawer = drawer or Drawer()
        self.ledger = LedgerStore(database)
        self.people = Workforce(WorkforceStore(database))
        self.store = InvoiceStore(database)
        office = Office.of(
            ledger=self.ledger,
            book_store=BookStore(database),
            invoice_store=self.store,
            people=self.people,
            tenants=self.tenants,
            archive=archive or Archive(Documents(self.drawer, NextDoor(self.drawer)), self.drawer),
            seller=seller,
            tzdata="2026f",
            extras=extras,
            pause=pause,
            most=most,
        )
        self.books, self.metering, self.corrections = office.books, office.metering, office.corrections
        self.drafting = office.drafting
        self.billing, self.invoices, self.replay = office.billing, office.invoices, office.replay
        self.crediting, self.disputes, self.archive = office.crediting, office.disputes, office.archive
        self.drafting, self.explaining = office.drafting, office.explaining

    def tell(self, facts: Sequence[Fact], now: datetime | None = None, **how: Any) -> Recorded:
        """A contact that is over reaches the ledger, by the queue; at once, if nothing else is said."""
        return self.metering.record(message(facts, **how), now or facts[-1].at)

    def apply(self, applied: datetime, tenant: Tenant) -> None:
        self.tenants.apply(applied, tenant)

    def recorded(self, tenant: Tenant, label: str, now: datetime) -> list[UsageRecord]:
        return self.ledger.records(tenant.id, self.books.period(tenant.id, label, now).period.span)


def called(
    house: CountingHouse, shop: Tenant, contact: str, start: datetime = NOON, now: datetime | None = None, **how: Any
) -> None:
    """A call of a minute that nobody wraps up."""
    house.tell(handled(**({"talk": 60, "wrap": 0} | how), start=start), now, tenant=shop.id, contact=contact)
