"""What holds for a client beside its configuration: a change of plan that is to come, and a budget that is used up.

It lies with the configuration, so whoever reads that has it without a further read. Both name the instant from which
on they count, or no longer: nobody has to wake up for a change to be felt in time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from chalicelib.tenancy.model.gate import with_polite_refusals
from chalicelib.tenancy.model.plan import CapAction, Plan
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.model.tier import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """Another tier or plan from the midnight on with which `first_day` begins in the billing zone."""

    first_day: date
    due: datetime  # that midnight
    tier: Tier
    plan: Plan
    by: str
    at: datetime  # when it was asked for

    def of(self, tenant: Tenant) -> Tenant:
        """The client as it will be; all else as it is then."""
        contract = replace(tenant.contract, effective_from=self.first_day)
        return with_polite_refusals(replace(tenant, tier=self.tier, plan=self.plan, contract=contract))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The budget of a period is used up. It ends with the period, unless it is lifted before."""

    period: str
    until: datetime
    action: CapAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    next: Scheduled | None = None
    cap: Cap | None = None

    def at(self, tenant: Tenant, now: datetime) -> Tenant:
        """The client as its contacts find it at that instant."""
        if self.next is not None and now >= self.next.due:
            tenant = self.next.of(tenant)
        if self.cap is not None and now < self.cap.until:
            tenant = replace(tenant, capped=self.cap.action)
        return tenant


AS_CONFIGURED = Standing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who asked for what about a client's plan, and when: an item that is only ever added."""

    what: str  # changed, scheduled, cancelled, begun, budget
    by: str
    at: datetime
    about: str = ""  # in words
