"""All that changes and watches clients' plans, over one database: as wiring builds it, without AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from chalicelib.aws.table import Database
from chalicelib.billing.model.budget import Alert
from chalicelib.billing.model.calendar import closed_until
from chalicelib.billing.service.account_watch import AccountWatch
from chalicelib.billing.service.plan_desk import PlanDesk
from chalicelib.billing.service.what_if import WhatIf
from chalicelib.billing.store.books import BookStore
from chalicelib.billing.store.budgets import BudgetStore
from chalicelib.billing.store.plans import catalogue
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.caller import Scope
from chalicelib.tenancy.model.offer import Offer
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.directory import Directory, Version
from chalicelib.tenancy.service.onboarding import Onboarding
from chalicelib.tenancy.service.switching import Switching
from chalicelib.tenancy.store.tenants import TenantStore
from tests.fakes.counting_house import LONG_AGO, CountingHouse


class Live:
    """The directory as billing sees it, of what is really stored."""

    def __init__(self, store: TenantStore, clock: Callable[[], datetime]) -> None:
        self._directory = Directory(store, lambda: 0.0, max_age_s=0, clock=clock)

    def get(self, tenant: TenantId) -> Tenant:
        return self._directory.get(tenant)

    def versions(self, tenant: TenantId) -> list[Version]:
        return self._directory.versions(tenant)

    def asked(self, kind: str, text: str) -> Tenant | None:
        return self._directory.asked(kind, text)

    def with_budgets(self) -> list[TenantId]:
        return [one.tenant for one in self._directory.listings(Scope.everyone()) if one.budget]


class Cry:
    """Hears what people are told; `deaf` lets nobody be told."""

    def __init__(self) -> None:
        self.told: list[Alert] = []
        self.deaf = False

    def tell(self, alert: Alert) -> None:
        if self.deaf:
            raise OSError("nobody answers")
        self.told.append(alert)


class PlanCounter(CountingHouse):
    """`now` is what the directory's clock shows."""

    def __init__(
        self,
        database: Database,
        *clients: Tenant,
        now: datetime,
        offers: Mapping[str, Offer] | None = None,
        applied: datetime = LONG_AGO,
    ) -> None:
        super().__init__(database, *clients)
        self.now = now
        store, books = TenantStore(database), BookStore(database)
        self.live = Live(store, lambda: self.now)

        def closed(tenant: TenantId) -> date | None:
            return closed_until(books.periods(tenant))

        self.onboarding = Onboarding(store, closed)
        self.switching = Switching(store, closed)
        for client in clients:
            store.replace(None, client, applied)
        self._open_again()

        def known() -> Mapping[str, Offer]:
            return catalogue() if offers is None else offers

        self.what_if = WhatIf(self.books, self.ledger, self.live, known)
        self.desk = PlanDesk(self.books, self.switching, self.what_if, known)
        self.cry = Cry()
        self.budgets = BudgetStore(database)
        self.watch = AccountWatch(self.live.with_budgets, self.drafting, self.switching, self.budgets, self.cry)

    def _open_again(self) -> None:
        """The books read the stored history, not the one that was given."""
        self.tenants.versions = self.live.versions  # type: ignore[method-assign]
        self.tenants.get = self.live.get  # type: ignore[method-assign]
