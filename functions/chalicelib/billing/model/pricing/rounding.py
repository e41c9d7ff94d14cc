"""Rounding of amounts, to whole ones or to a step. Ties go away from zero unless the mode says otherwise."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import half_up

Number = int | Decimal | Fraction
MODES = ("half_up", "up", "down", "half_even")


def whole(value: Fraction, mode: str = "half_up") -> int:
    """The nearest whole number, the next above, or the next below."""
    match mode:
        case "up":
            return ceil(value)
        case "down":
            return floor(value)
        case "half_up":
            return half_up(value.numerator, value.denominator)
        case "half_even":
            return round(value)
    raise Invalid("mode", f"{mode!r} is no way to round", f"use one of {', '.join(MODES)}")


def to_step(value: Number, step: Number, mode: str = "half_up") -> Fraction:
    """The multiple of the step: 987.345 at 0.25 is 987.25, at 10 it is 990."""
    if step <= 0:
        raise Invalid("step", f"is {step}", "give a step above zero")
    return whole(Fraction(value) / Fraction(step), mode) * Fraction(step)


def growth(before: Number, more: Number, factor: Number) -> int:
    """What a rounded amount grows by: `before` times the factor, and with `more` to it.

    So what grows in parts comes to what the sum of the parts would have come to at once, whatever the parts.
    """
    return whole((Fraction(before) + Fraction(more)) * Fraction(factor)) - whole(Fraction(before) * Fraction(factor))
