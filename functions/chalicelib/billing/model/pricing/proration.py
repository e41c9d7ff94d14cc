"""What a part of a period costs. The denominator is the full period around the part, not what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from chalicelib.kernel.money import largest_remainder


def fraction(days: int, period_days: int) -> Fraction:
    return Fraction(days, period_days)


def days_between(start: date, end: date) -> int:
    """[start, end)."""
    return (end - start).days


def fixed_days(start: date, end: date, month: int = 30) -> int:
    """[start, end) where each month has so many days: 15 May to 15 June is 30, 23 May to 15 June is 22."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months * month + min(end.day, month) - min(start.day, month)


def prorated(price: int | Decimal | Fraction, days: int, period_days: int) -> Fraction:
    return Fraction(price) * fraction(days, period_days)


def parts(whole: int, days: Sequence[int], salt: str = "") -> list[int]:
    """Whole parts by days which add up to the whole again (largest remainder)."""
    shares = largest_remainder(whole, {str(place): count for place, count in enumerate(days)}, salt)
    return [shares[str(place)] for place in range(len(days))]
