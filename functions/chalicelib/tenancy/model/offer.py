"""A plan of the operator's catalogue, which any client may take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from chalicelib.tenancy.model.form import Line, rule
from chalicelib.tenancy.model.gate import with_polite_refusals
from chalicelib.tenancy.model.plan import Plan
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.model.tier import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One file of the catalogue; the file's name is the offer's id."""

    id: str
    tier: Tier = rule("voice: calls only. multichannel: every channel.")
    text: Line = rule("Whom it suits, in one sentence.")
    plan: Plan = rule("What a client pays.")

    def fitted(self, tenant: Tenant, first_day: date) -> Tenant:
        """The client on this offer. It keeps what is its own: taxes, dispositions that cost nothing, numbers and
        licences that it has, fees and its budget, where the offer says nothing of them."""
        own = tenant.plan
        plan = replace(
            self.plan,
            tax=own.tax,
            taxes=own.taxes,
            non_billable=own.non_billable,
            add_ons=self.plan.add_ons or own.add_ons,
            fees=self.plan.fees or own.fees,
            budget=self.plan.budget or own.budget,
        )
        contract = replace(tenant.contract, effective_from=first_day)
        return with_polite_refusals(replace(tenant, tier=self.tier, plan=plan, contract=contract))
