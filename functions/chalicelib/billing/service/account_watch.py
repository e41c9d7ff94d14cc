"""What happens to clients' accounts because time passes, by the clock: a plan that was to come begins, people are told
of a budget, a cap is put on or lifted.

It looks only at clients with a budget, and reads the running totals of each: as cheap for a million contacts as for
ten, and no contact ever waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chalicelib.billing.model.agreed import budget_of
from chalicelib.billing.model.budget import Alert, capped, spent, untold
from chalicelib.billing.model.invoice import Draft
from chalicelib.billing.model.plan import Budget
from chalicelib.billing.model.standing import BeforeContract
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money
from chalicelib.kernel.period import CURRENT
from chalicelib.tenancy.model.plan import CapAction
from chalicelib.tenancy.model.standing import Cap
from chalicelib.tenancy.model.tenant import Tenant


class Drafting(Protocol):
    def draft(self, tenant: TenantId, label: str, now: datetime) -> Draft: ...


class Store(Protocol):
    def told(self, tenant: TenantId, label: str, budget: Money) -> frozenset[int]: ...

    def claim(self, tenant: TenantId, label: str, budget: Money, percent: int, now: datetime) -> bool:
        """False where somebody told, or tells, of it already."""
        ...

    def forget(self, tenant: TenantId, label: str, budget: Money, percent: int) -> None: ...


class Switching(Protocol):
    def renew(self, now: datetime) -> list[TenantId]: ...
    def cap(self, tenant: TenantId, cap: Cap | None) -> None: ...


class Crier(Protocol):
    def tell(self, alert: Alert) -> None: ...


@dataclass(slots=True)
class Looked:
    """What one look came to. `failed` are clients who will be looked at again, with why."""

    begun: int = 0
    told: int = 0
    capped: int = 0
    failed: list[tuple[TenantId, str]] = field(default_factory=list)


class AccountWatch:
    def __init__(
        self,
        with_budgets: Callable[[], Iterable[TenantId]],
        drafting: Drafting,
        switching: Switching,
        store: Store,
        crier: Crier,
    ) -> None:
        self._with_budgets = with_budgets
        self._drafting = drafting
        self._switching = switching
        self._store = store
        self._crier = crier

    def look(self, now: datetime) -> Looked:
        looked = Looked(begun=len(self._switching.renew(now)))
        for tenant in self._with_budgets():
            try:
                told, is_capped = self.budget(tenant, now)
            except Exception as error:
                looked.failed.append((tenant, f"{type(error).__name__}: {error}"))
                continue
            looked.told += told
            looked.capped += is_capped
        return looked

    def budget(self, tenant: TenantId, now: datetime) -> tuple[bool, bool]:
        """Whether people were told, and whether the client is capped."""
        try:
            draft = self._drafting.draft(tenant, CURRENT, now)
        except BeforeContract:
            return False, False
        known = draft.usage.terms.tenant_at(now)
        budget = budget_of(known.plan.budget, known.plan.currency)
        if budget is None:
            self._switching.cap(tenant, None)
            return False, False
        so_far = spent(draft.usage.lines(draft.given, complete=False), budget.amount.currency)
        over = capped(budget, so_far)
        cap = Cap(period=draft.period.label, until=draft.period.end, action=CapAction(budget.action)) if over else None
        self._switching.cap(tenant, cap)
        told = self._tell(known, draft.period.label, budget, so_far, now, budget.action if over else "")
        return told, over

    def _tell(self, tenant: Tenant, label: str, budget: Budget, so_far: Money, now: datetime, action: str) -> bool:
        """Once for each percentage, and of several at a time the highest alone."""
        known = self._store.told(tenant.id, label, budget.amount)
        mine = [
            percent
            for percent in untold(budget, so_far, known)
            if self._store.claim(tenant.id, label, budget.amount, percent, now)
        ]
        if not mine:
            return False
        alert = Alert(
            tenant=tenant.id,
            name=str(tenant.name),
            period=label,
            percent=max(mine),
            spent=so_far,
            budget=budget.amount,
            action=action,
            language=str(tenant.language),
            to=_people(tenant),
        )
        try:
            self._crier.tell(alert)
        except Exception:
            for percent in mine:
                self._store.forget(tenant.id, label, budget.amount, percent)
            raise
        return True


def _people(tenant: Tenant) -> tuple[str, ...]:
    return tuple(str(address) for address in tenant.plan.budget.tell) if tenant.plan.budget else ()
