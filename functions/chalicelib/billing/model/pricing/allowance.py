"""Included units: drawn from an aggregate, never from a single contact, so that no order matters."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeVar

_Quantity = TypeVar("_Quantity", int, Fraction)


class Grant(NamedTuple):
    """Units of a charge or a pool that may be used up to and in a period; labels like `2026-11` sort as time does."""

    charge: str
    until: str
    units: int


def usable(grants: Sequence[Grant], charge: str, label: str) -> int:
    return sum(grant.units for grant in grants if grant.charge == charge and grant.until >= label)


def draw(grants: Sequence[Grant], units: int) -> tuple[list[Grant], int]:
    """The grants after so many units were taken, the oldest first, and what they did not cover."""
    left = []
    for grant in sorted(grants, key=lambda grant: grant.until):
        taken = min(units, grant.units)
        units -= taken
        if taken < grant.units:
            left.append(grant._replace(units=grant.units - taken))
    return left, units


def cover(used: Sequence[_Quantity], included: _Quantity) -> list[_Quantity]:
    """How much of each quantity is included: those that stand first are covered first."""
    covered = []
    for quantity in used:
        part = min(quantity, included)
        covered.append(part)
        included -= part
    return covered


def movable(unused: int, included: int, percent: Decimal) -> int:
    """What of unused units moves on: at most that part of what was included, in whole units."""
    return min(unused, int(included * Fraction(percent) / 100))
