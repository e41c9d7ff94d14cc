"""A line of an invoice: so many units at so much, rounded once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.billing.model.plan import USUAL, Plan, Tax
from chalicelib.billing.model.segment import Segment
from chalicelib.billing.model.words import ENGLISH, Words
from chalicelib.kernel.money import Money, UnitPrice, exponent, price

NO_TIER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`quantity` × `unit_price` per `base_quantity` = `amount`.

    A part of a fee can differ by the cent that makes all parts of the fee add up to it again. `used` is the billed
    quantity of the contacts, `included` the part of it that costs nothing further; of several lines of a charge and a
    rate class the first one has both. The contacts are those of (period, segment, kind, rate class).
    """

    kind: str  # the charge's id, or what else it is: base, setup, deposit, seats, add_on, fee, band, surcharge, ...
    text: str
    rule: str  # one sentence
    unit: str
    unit_price: UnitPrice
    base_quantity: int = 1
    quantity: int
    used: int
    included: int = 0
    amount: Money
    tax: Tax
    plan_version: str
    rate_class: str = USUAL
    tier: int = NO_TIER
    segment: tuple[str, str] = ("", "")  # its first and last local day
    contacts: int = 0

    def as_document(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "text": self.text,
            "rule": self.rule,
            "unit": self.unit,
            "unit_price": self.unit_price.text(),
            "base_quantity": self.base_quantity,
            "quantity": self.quantity,
            "used": self.used,
            "included": self.included,
            "amount": self.amount.minor,
            "tax": {"category": self.tax.category, "rate": format(self.tax.rate, "f")},
            "plan_version": self.plan_version,
            "rate_class": self.rate_class,
            "tier": self.tier,
            "segment": {"first_day": self.segment[0], "last_day": self.segment[1]},
            "contacts": self.contacts,
        }


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the lines of one plan in one segment, in the client's language."""

    plan: Plan
    segment: Segment
    words: Words = ENGLISH

    def line(
        self,
        kind: str,
        text: str,
        rule: str,
        *,
        unit: str,
        unit_price: UnitPrice,
        quantity: int,
        tax: Tax,
        base_quantity: int = 1,
        used: int | None = None,
        included: int = 0,
        amount: Money | None = None,
        rate_class: str = USUAL,
        tier: int = NO_TIER,
        contacts: int = 0,
    ) -> Line:
        return Line(
            kind=kind,
            text=text,
            rule=rule,
            unit=unit,
            unit_price=unit_price,
            base_quantity=base_quantity,
            quantity=quantity,
            used=quantity if used is None else used,
            included=included,
            amount=price(quantity, unit_price, base_quantity) if amount is None else amount,
            tax=tax,
            plan_version=self.plan.version,
            rate_class=rate_class,
            tier=tier,
            segment=(self.segment.first_day.isoformat(), self.segment.last_day.isoformat()),
            contacts=contacts,
        )

    def lump(self, kind: str, text: str, rule: str, amount: Money, tax: Tax) -> Line:
        """One of something whose price is the amount; less than nothing is a credit of one."""
        value = Decimal(abs(amount.minor)).scaleb(-exponent(amount.currency))
        sign = -1 if amount.minor < 0 else 1
        unit_price = UnitPrice(value, amount.currency)
        return self.line(kind, text, rule, unit="piece", unit_price=unit_price, quantity=sign, tax=tax)

    def percentage(
        self, kind: str, text: str, rule: str, *, of: int, percent: Decimal, tax: Tax, tier: int = NO_TIER
    ) -> Line:
        """Percent of an amount in minor units; a negative percentage is a credit (prices are never negative)."""
        currency = self.plan.currency
        return self.line(
            kind,
            text,
            rule,
            unit="minor unit",
            unit_price=UnitPrice(abs(percent), currency),
            base_quantity=100 * 10 ** exponent(currency),
            quantity=of if percent >= 0 else -of,
            tax=tax,
            tier=tier,
        )


def net_of(lines: Iterable[Line], currency: str) -> Money:
    return Money.sum((line.amount for line in lines), currency)
