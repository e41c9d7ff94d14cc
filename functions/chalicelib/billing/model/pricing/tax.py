"""Tax on amounts in minor units, by a rate in percent. Ties go away from zero."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from chalicelib.billing.model.pricing.rounding import growth, whole


class Taxed(NamedTuple):
    net: int
    tax: int

    @property
    def total(self) -> int:
        return self.net + self.tax


def on(net: int, rate: Decimal) -> int:
    """What is added to a net amount."""
    return whole(net * Fraction(rate) / 100)


def credited(left: int, credit: int, rate: Decimal) -> int:
    """The tax of a credit: tax on what was left before it, less tax on what is left after it.

    So the credits of a whole invoice have exactly its tax, whatever the parts.
    """
    return growth(left - credit, credit, Fraction(rate) / 100)


def within(gross: int, rate: Decimal, *, round_net: bool = True) -> Taxed:
    """An amount with its tax inside, taken apart: one of both is rounded, the other is the rest."""
    if round_net:
        net = whole(gross * 100 / (100 + Fraction(rate)))
        return Taxed(net, gross - net)
    tax = whole(gross * Fraction(rate) / (100 + Fraction(rate)))
    return Taxed(gross - tax, tax)
