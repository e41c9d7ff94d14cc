"""What a client pays, ready to compute with: the plan of its configuration with numbers instead of texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from chalicelib.billing.model import agreed
from chalicelib.billing.model.charge import (
    AFTER_HOURS,
    HOLIDAY,
    INFORMATION,
    RATE_CLASSES,
    USUAL,
    AddOn,
    Band,
    Blocked,
    Budget,
    Charge,
    Counting,
    Fee,
    Pool,
    Pricing,
    Rollover,
    Rounding,
    Seats,
    ServiceCredit,
    Surcharge,
    Tax,
    Tiered,
    Unit,
)
from chalicelib.kernel.money import Money, UnitPrice, decimal
from chalicelib.tenancy.model import plan as configuration
from chalicelib.tenancy.model.hours import Hours

__all__ = [
    "AFTER_HOURS",
    "HOLIDAY",
    "INFORMATION",
    "RATE_CLASSES",
    "USUAL",
    "AddOn",
    "Band",
    "Blocked",
    "Budget",
    "Charge",
    "Counting",
    "Fee",
    "Plan",
    "Pool",
    "Pricing",
    "Rollover",
    "Rounding",
    "Seats",
    "ServiceCredit",
    "Surcharge",
    "Tax",
    "Tiered",
    "Unit",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`version` follows from the terms: the same terms are the same version, others never are."""

    version: str
    name: str
    currency: str
    base: UnitPrice  # a month
    tax: Tax  # the usual one
    charges: tuple[Charge, ...] = ()
    setup: UnitPrice
    deposit: UnitPrice
    minimum: Money
    maximum: Money | None = None
    discount: Decimal = Decimal(0)  # percent
    proration: str = "days"  # of fees; or days_of_30, full, none
    prorate_tiers: bool = False
    non_billable: frozenset[str] = frozenset()  # dispositions
    rounding: Rounding | None = None
    usual_hours: Hours | None = None
    pools: tuple[Pool, ...] = ()
    add_ons: tuple[AddOn, ...] = ()
    fees: Mapping[str, Fee] = field(default_factory=dict)
    surcharges: tuple[Surcharge, ...] = ()
    seats: Seats | None = None
    band: Band | None = None
    service: ServiceCredit | None = None
    budget: Budget | None = None

    @staticmethod
    def of(terms: configuration.Plan) -> Plan:
        currency = terms.currency
        usual = agreed.tax_of(terms.tax)
        taxes = {"": usual} | {str(name): agreed.tax_of(tax) for name, tax in terms.taxes.items()}
        return Plan(
            version=agreed.version_of(terms),
            name=terms.name,
            currency=currency,
            base=UnitPrice.of(terms.base, currency),
            tax=usual,
            charges=agreed.charges_of(terms, taxes),
            setup=UnitPrice.of(terms.setup, currency),
            deposit=UnitPrice.of(terms.deposit, currency),
            minimum=Money.of(terms.minimum, currency),
            maximum=Money.of(terms.maximum, currency) if terms.maximum is not None else None,
            discount=decimal(terms.discount),
            proration=terms.proration.value,
            prorate_tiers=terms.prorate_tiers,
            non_billable=frozenset(str(code) for code in terms.non_billable),
            rounding=agreed.rounding_of(terms.rounding, currency),
            usual_hours=terms.usual_hours,
            pools=tuple(agreed.pool_of(str(name), pool) for name, pool in terms.pools.items()),
            add_ons=tuple(agreed.add_on_of(one, currency, taxes) for one in terms.add_ons),
            fees={str(name): agreed.fee_of(fee, currency, taxes) for name, fee in terms.fees.items()},
            surcharges=tuple(agreed.surcharge_of(one, currency, taxes) for one in terms.surcharges),
            seats=agreed.seats_of(terms.seats, currency, taxes),
            band=agreed.band_of(terms.band, currency, taxes),
            service=agreed.service_of(terms.service),
            budget=agreed.budget_of(terms.budget, currency),
        )

    def charge(self, id: str) -> Charge | None:
        return next((charge for charge in self.charges if charge.id == id), None)

    @property
    def has_rate_classes(self) -> bool:
        """Whether it matters at what hour a contact was handled."""
        return any(factor != 1 for charge in self.charges for factor in charge.factors.values())
