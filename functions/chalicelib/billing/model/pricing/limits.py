"""Minimum, maximum and commitment: what is added to an amount, or taken off it. Amounts of any one unit, exact."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeVar

_Amount = TypeVar("_Amount", int, Fraction)


def true_up(amount: _Amount, minimum: _Amount) -> _Amount:
    """What is missing to the minimum. Of a commitment: to what was committed, when the base fee counts towards it."""
    return max(minimum - amount, minimum * 0)


def excess(amount: _Amount, maximum: _Amount, prior: _Amount) -> _Amount:
    """What of an amount is above the maximum, when `prior` was charged before it. Never more than the amount."""
    nothing = maximum * 0
    room = max(maximum - prior, nothing)
    return max(amount - room, nothing)


def correction(amount: _Amount, least: _Amount | None, most: _Amount | None) -> _Amount:
    """What brings the amount to the least, or (negative) to the most."""
    nothing = amount * 0
    missing = nothing if least is None else true_up(amount, least)
    return missing - (nothing if most is None else excess(amount + missing, most, nothing))


def beyond(quantity: int, baseline: int, percent: Fraction) -> int:
    """How far a quantity is outside of a band around the baseline: above 0 is too much, below is too little."""
    width = baseline * percent / 100
    most, least = (baseline + width) // 1, -((width - baseline) // 1)
    return int(max(0, quantity - most) - max(0, least - quantity))
