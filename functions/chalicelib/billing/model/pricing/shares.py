"""Whole shares that add up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm

from chalicelib.kernel.money import largest_remainder as by_name

Weight = int | Decimal | Fraction


def largest_remainder(total: int, weights: Sequence[Weight], salt: str = "") -> list[int]:
    """Shares in the order of the weights, which may have decimals."""
    exact = [Fraction(weight) for weight in weights]
    scale = lcm(*(weight.denominator for weight in exact))
    shares = by_name(total, {str(place): int(weight * scale) for place, weight in enumerate(exact)}, salt)
    return [shares[str(place)] for place in range(len(exact))]
