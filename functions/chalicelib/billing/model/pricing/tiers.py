"""Prices by quantity. Tiers are contiguous: one begins beyond the end of the one before, and its end belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, compress, count
from math import ceil
from typing import NamedTuple

Number = int | Decimal | Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """`up_to` is None in the last one. `unit` is the price of one unit, `flat` is due once when the tier is reached."""

    up_to: Number | None
    unit: Decimal
    flat: Decimal = Decimal(0)


class Portion(NamedTuple):
    """What of a quantity is in a tier: units at `unit` each, and once `flat`. A line of an invoice is made of it."""

    tier: int
    quantity: Number
    unit: Decimal
    flat: Decimal = Decimal(0)


def graduated(
    quantities: Sequence[Number], tiers: Sequence[Tier], *, flat_at_zero: bool = False
) -> list[list[Portion]]:
    """Each unit at the price of its own tier; the quantities fill the tiers one after the other.

    A flat is due once, with the first unit in its tier, that of the first tier without any unit if `flat_at_zero`.
    Nothing at all is a portion of no unit in the tier that it begins in.
    """
    found: list[list[Portion]] = []
    before, filled, flats = Fraction(0), [Fraction(0)] * len(tiers), [tier.flat for tier in tiers]
    for quantity in quantities:
        portions = []
        now = _filled(before + Fraction(quantity), tiers)
        for place, tier in enumerate(tiers):
            part, flat = now[place] - filled[place], Decimal(0)
            if part or (flat_at_zero and not place):
                flat, flats[place] = flats[place], Decimal(0)
            if part or (not quantity and place == reached(before, tiers)):
                portions.append(Portion(place, part, tier.unit, flat))
        found.append(portions)
        before, filled = before + Fraction(quantity), now
    return found


def volume(quantities: Sequence[Number], tiers: Sequence[Tier], *, flat_at_zero: bool = False) -> list[list[Portion]]:
    """All of them at the price of the tier that their sum reaches; its flat is with the first.

    More can cost less: that is how volume prices are.
    """
    total = sum((Fraction(quantity) for quantity in quantities), Fraction(0))
    place = reached(total, tiers)
    tier = tiers[place]
    flats = [tier.flat if total or flat_at_zero else Decimal(0)]
    return [[Portion(place, quantity, tier.unit, flats.pop() if flats else Decimal(0))] for quantity in quantities]


def reached(quantity: Number, tiers: Sequence[Tier]) -> int:
    """The tier in which the quantity ends: 100.5 with bounds 100 and 200 is in the second."""
    for place, tier in enumerate(tiers):
        if tier.up_to is None or Fraction(quantity) <= Fraction(tier.up_to):
            return place
    return len(tiers) - 1


def _filled(quantity: Fraction, tiers: Sequence[Tier]) -> list[Fraction]:
    """How much of it is in each tier."""
    left, begin = quantity, Fraction(0)
    found = []
    for tier in tiers:
        room = left if tier.up_to is None else min(left, Fraction(tier.up_to) - begin)
        found.append(room)
        left -= room
        begin += room
    return found


class Block(NamedTuple):
    """A tier of up to `most` blocks of `size` units each (None: no end), at `price` a block."""

    size: Number
    most: int | None
    price: Decimal


def packages(quantity: Number, size: Number) -> int:
    """Whole packages, or blocks, for so many units; one that is begun counts."""
    return max(0, ceil(Fraction(quantity) / Fraction(size)))


def blocks(quantity: Number, tiers: Sequence[Block]) -> list[Portion]:
    """Each tier takes its blocks, begun ones in full, and leaves the rest to the next; the last one takes all."""
    left = Fraction(quantity)
    found = []
    for place, tier in enumerate(tiers):
        wanted = packages(left, tier.size)
        taken = wanted if tier.most is None or place == len(tiers) - 1 else min(wanted, tier.most)
        found.append(Portion(place, taken, tier.price))
        left -= taken * Fraction(tier.size)
        if left <= 0:
            break
    return found


def top_block(quantity: Number, tiers: Sequence[Block]) -> list[Portion]:
    """All of it in blocks of the tier that it reaches."""
    ends = accumulate(Fraction(tier.size) * (tier.most or 0) for tier in tiers)
    open_ = (tier.most is None or quantity <= end for tier, end in zip(tiers, ends, strict=True))
    place = next(compress(count(), open_), len(tiers) - 1)
    return [Portion(place, packages(quantity, tiers[place].size), tiers[place].price)]
