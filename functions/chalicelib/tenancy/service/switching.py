"""Changes of tier and plan: at once, or at an instant to come that needs nobody to wake up for it.

A change to come lies with the configuration, so gates and routing obey it from its instant on (`model/standing`).
`renew`, by the clock, makes it a version of its own, so that the history and the invoices have it, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.ids import TenantId
from chalicelib.tenancy.model.standing import Act, Cap, Scheduled, Standing
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.directory import Version
from chalicelib.tenancy.service.onboarding import Outdated, PeriodClosed
from chalicelib.tenancy.service.reading import unfit

_TRIES = 3


class Store(Protocol):
    def current(self, tenant: TenantId) -> Version | None: ...
    def due(self, now: datetime) -> list[TenantId]: ...
    def acts(self, tenant: TenantId) -> list[Act]: ...
    def mark(self, before: Version, standing: Standing, act: Act | None = None) -> Version: ...
    def replace(
        self,
        before: Version | None,
        after: Tenant,
        now: datetime,
        *,
        standing: Standing | None = None,
        act: Act | None = None,
    ) -> Version: ...


class Switching:
    def __init__(self, store: Store, closed_until: Callable[[TenantId], date | None] = lambda tenant: None) -> None:
        """`closed_until` tells the last day of a client that is invoiced; None where nothing is."""
        self._store = store
        self._closed_until = closed_until

    def held(self, tenant: TenantId) -> Version:
        """As it is stored, whatever was read before. Raises NotFound."""
        version = self._store.current(tenant)
        if version is None:
            raise NotFound("tenant", tenant)
        return version

    def check(self, held: Version, after: Tenant) -> None:
        """Whether the client may become that from its contract's first day on; not yet when.

        Raises Invalid where the configuration would not be whole, PeriodClosed, Conflict where a change is coming.
        """
        closed = self._closed_until(after.id)
        if closed is not None and after.contract.effective_from <= closed:
            raise PeriodClosed(after, closed)
        if (coming := held.standing.next) is not None:
            why = f"the plan changes to {coming.plan.name!r} on {coming.first_day} already; cancel that first"
            raise Conflict(why, tenant=after.id)
        if mistakes := unfit(after):
            raise Invalid("plan", f"does not fit this client: {'. '.join(mistakes)}", "take another plan, or mend that")

    def now(self, held: Version, after: Tenant, by: str, now: datetime) -> Version:
        self.check(held, after)
        act = Act(what="changed", by=by, at=now, about=_told(held.tenant, after))
        return self._store.replace(held, after, now, standing=_capped(held, after), act=act)

    def later(self, held: Version, after: Tenant, due: datetime, by: str, now: datetime) -> Version:
        self.check(held, after)
        coming = Scheduled(
            first_day=after.contract.effective_from, due=due, tier=after.tier, plan=after.plan, by=by, at=now
        )
        act = Act(what="scheduled", by=by, at=now, about=_told(held.tenant, after))
        return self._store.mark(held, replace(held.standing, next=coming), act)

    def cancel(self, tenant: TenantId, by: str, now: datetime) -> Scheduled:
        """What was to come. Raises NotFound where nothing was, Conflict where it has begun."""
        held = self.held(tenant)
        coming = held.standing.next
        if coming is None:
            raise NotFound("change of plan to come", tenant)
        if coming.due <= now:
            raise Conflict(f"the plan {coming.plan.name!r} has begun on {coming.first_day}; change again instead")
        act = Act(what="cancelled", by=by, at=now, about=f"{coming.plan.name} from {coming.first_day} on")
        self._store.mark(held, replace(held.standing, next=None), act)
        return coming

    def renew(self, now: datetime) -> list[TenantId]:
        """Makes every change that has come a version of its own, from its instant on. Again is silence."""
        return [tenant for tenant in self._store.due(now) if self._begin(tenant, now)]

    def cap(self, tenant: TenantId, cap: Cap | None) -> None:
        """Puts a cap on the client, or lifts it; what holds already is not written again."""
        for attempt in range(_TRIES):
            held = self.held(tenant)
            if held.standing.cap == cap:
                return
            try:
                self._store.mark(held, replace(held.standing, cap=cap))
                return
            except Outdated:
                if attempt == _TRIES - 1:
                    raise

    def budget(self, held: Version, after: Tenant, by: str, now: datetime) -> Version:
        """Another budget, and nothing else; the cap of the one before is lifted."""
        if mistakes := unfit(after):
            raise Invalid("amount", ". ".join(mistakes), "write an amount of the plan's currency")
        told = after.plan.budget.amount if after.plan.budget else "none"
        act = Act(what="budget", by=by, at=now, about=str(told))
        return self._store.replace(held, after, now, standing=replace(held.standing, cap=None), act=act)

    def acts(self, tenant: TenantId) -> list[Act]:
        """Who asked for what, the oldest first."""
        return self._store.acts(tenant)

    def _begin(self, tenant: TenantId, now: datetime) -> bool:
        held = self.held(tenant)
        coming = held.standing.next
        if coming is None or coming.due > now:
            return False
        after = coming.of(held.tenant)
        act = Act(what="begun", by=coming.by, at=now, about=_told(held.tenant, after))
        try:
            self._store.replace(held, after, coming.due, standing=_capped(held, after), act=act)
        except Outdated:
            return False  # somebody else does it, or the next run will
        return True


def _capped(held: Version, after: Tenant) -> Standing:
    """A cap is of a budget, and holds as long as that does."""
    return Standing(cap=held.standing.cap if held.tenant.plan.budget == after.plan.budget else None)


def _told(before: Tenant, after: Tenant) -> str:
    begins = after.contract.effective_from
    return f"{before.plan.name} ({before.tier}) to {after.plan.name} ({after.tier}) from {begins} on"
