"""Since when, where and by whom a client is invoiced, as the configuration writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chalicelib.tenancy.model.form import Amount, Name, Slug, Zone, rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """When and where the plan holds."""

    effective_from: date = rule("The first day of this plan, in the billing zone.")
    zone: Zone = rule("The billing zone: a period begins at its midnight.")
    anchor_day: int = rule(
        "The day of the month on which a period begins; a shorter month uses its last.", default=1, least=1, most=31
    )
    grace_days: int = rule("Days after a period in which its draft still changes.", default=3, least=0, most=28)
    late_months: int = rule(
        "How many months back what comes late is still billed; older is reported only.", default=2, least=0, most=24
    )
    materiality: Amount = rule("A late difference below this is reported and not billed.", default=Amount("0"))
    entity: Slug = rule("The legal entity of the operator that invoices.", default=Slug("operator"))
    series: Name = rule("The series that numbers its invoices.", default=Name("inv"))
    payment_days: int = rule("Days to pay.", default=14, least=0, most=365)
