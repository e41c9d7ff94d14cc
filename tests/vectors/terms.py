"""What a row of billing gives, read exactly: numbers are texts or whole, never binary fractions."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from chalicelib.billing.model.pricing import proration
from chalicelib.billing.model.pricing.rounding import to_step
from chalicelib.billing.model.pricing.tiers import Block, Portion, Tier
from chalicelib.kernel.money import exact
from tests.vectors.reading import Missing

Figures = Mapping[str, Any]


class Terms:
    """The input of a row; asked by several names, the first that is there answers."""

    def __init__(self, row: Mapping[str, Any], published: Mapping[str, Any]) -> None:
        self.row = {key: value for key, value in row.items() if value is not None}
        self.published = published

    def has(self, *names: str) -> bool:
        return any(name in self.row for name in names)

    def text(self, *names: str, default: str | None = None) -> str:
        for name in names:
            if name in self.row:
                return str(self.row[name])
        if default is None:
            raise Missing(f"the input names none of {', '.join(names)}")
        return default

    def decimal(self, *names: str, default: str | None = None) -> Decimal:
        text = self.text(*names, default=default)
        try:
            return Decimal(text)
        except InvalidOperation:
            raise Missing(f"{names[0]} is {text!r}, a decimal number is needed") from None

    def number(self, *names: str, default: int | None = None) -> Fraction:
        return Fraction(self.decimal(*names, default=None if default is None else str(default)))

    def whole(self, *names: str, default: int | None = None) -> int:
        number = self.number(*names, default=default)
        if number.denominator != 1:
            raise Missing(f"{names[0]} is {number}, a whole number is needed")
        return int(number)

    def flag(self, name: str, default: bool) -> bool:
        return bool(self.row.get(name, default))

    def entries(self, name: str) -> Sequence[Any]:
        found = self.row.get(name)
        if not isinstance(found, list):
            raise Missing(f"the input has no list {name}")
        return found

    def tiers(self) -> list[Tier]:
        """`{up_to, unit, flat}`, or `[up_to, rate, flat]` where the rate may be a percentage like `2%`."""
        found = []
        for tier in self.entries("tiers"):
            if isinstance(tier, Mapping):
                up_to, unit, flat = tier.get("up_to"), tier.get("unit", tier.get("rate", "0")), tier.get("flat", "0")
            else:
                up_to, unit, flat = (*tier, "0")[:3]
            bound = None if up_to is None else Decimal(str(up_to))
            found.append(Tier(up_to=bound, unit=Decimal(str(unit).removesuffix("%")), flat=Decimal(str(flat))))
        return found

    def blocks(self) -> list[Block]:
        """`max_blocks` of -1, or none, is a tier without end."""
        return [
            Block(
                Fraction(str(tier["block"])),
                None if tier.get("max_blocks") in (None, -1, "-1") else int(tier["max_blocks"]),
                Decimal(str(tier["price"])),
            )
            for tier in self.entries("tiers")
        ]

    def days(self) -> tuple[int, int]:
        """Days of the part, and of the full period around it."""
        fixed = self.whole("fixed_month_days", "fixed_days", "month_days", default=0)
        if self.has("days"):
            days = self.whole("days")
        else:
            start = date.fromisoformat(self.text("start"))
            if self.has("end"):
                end = date.fromisoformat(self.text("end"))
            else:
                end = date.fromisoformat(self.text("end_inclusive", "last_day")) + timedelta(days=1)
            days = proration.fixed_days(start, end, fixed) if fixed else proration.days_between(start, end)
        return days, fixed or self._period_days()

    def _period_days(self) -> int:
        """As it says, or from its bounds, or those of the month in which the part begins."""
        if self.has("period_days"):
            return self.whole("period_days")
        if self.has("period_start"):
            bounds = [date.fromisoformat(self.text(name)) for name in ("period_start", "period_end")]
            return proration.days_between(*bounds)
        start = date.fromisoformat(self.text("start"))
        return monthrange(start.year, start.month)[1]

    def scaled(self, name: str) -> tuple[int, int]:
        """A total in units of its last decimal, and how many of those are one."""
        number = self.decimal(name)
        places = max(0, -int(number.as_tuple().exponent))
        places = self.whole("decimals", default=places)
        return int(number.scaleb(places)), 10**places

    def used(self) -> dict[str, Fraction]:
        """`40x9800` is 40 minutes, 9,800 times."""
        if not self.has("used"):
            return {"used": self.number("used_min", "used_minutes")}
        found = self.row["used"]
        return (
            {name: _product(text) for name, text in found.items()}
            if isinstance(found, Mapping)
            else {"used": _product(found)}
        )


def _product(text: Any) -> Fraction:
    product = Fraction(1)
    for factor in str(text).lower().split("x"):
        product *= Fraction(factor.strip())
    return product


def cost(portions: Iterable[Portion], per: int = 1) -> Fraction:
    """What the lines of an invoice would come to, unrounded; prices are of `per` units."""
    total = Fraction(0)
    for portion in portions:
        total += exact(portion.quantity, portion.unit, per) + Fraction(portion.flat)
    return total


def to_decimals(value: int | Decimal | Fraction, decimals: int, mode: str = "half_up") -> Fraction:
    """So many places after the point; before it, if negative: 14.37 at -1 is 10."""
    return to_step(value, Fraction(10) ** -decimals, mode)


def rounded(amount: Fraction, given: Terms, usual: str = "") -> Fraction:
    """As the row's `round` has it: `up/4dp`, `half_up/9dp`, `2dp`; else as is usual, or not at all."""
    how = given.text("round", default=usual)
    if not how:
        return amount
    mode, _, decimals = how.rpartition("/")
    return to_decimals(amount, int(decimals.removesuffix("dp")), mode or "half_up")


def minor(amount: Fraction) -> int:
    """Cents."""
    if (amount * 100).denominator != 1:
        raise Missing(f"{amount} is finer than a cent")
    return int(amount * 100)
