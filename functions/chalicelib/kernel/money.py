"""Money: whole minor units with a currency. It is rounded in one place, `half_up`, once per line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

_Name = TypeVar("_Name", bound=str)

# ISO 4217: the currencies that do not have two decimals.
_NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
_THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
_FOUR_DECIMALS = frozenset(["CLF", "UYW"])
_TWO_DECIMALS = frozenset(  # as of 2026
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
    "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
    "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
    "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG".split()
)
_DECIMAL = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?")
_WHOLE, _FINE = 15, 12  # digits before and after the point


def exponent(currency: str) -> int:
    """How many decimals the currency has. Raises ValueError for what is not one."""
    if currency in _TWO_DECIMALS:
        return 2
    if currency in _NO_DECIMALS:
        return 0
    if currency in _FOUR_DECIMALS:
        return 4
    if currency in _THREE_DECIMALS:
        return 3
    raise ValueError(f"{currency!r} is not an ISO 4217 currency")


def decimal(text: str) -> Decimal:
    """A plain decimal number from text, exactly. A float has already lost digits, so it is refused."""
    if not isinstance(text, str):
        raise TypeError(f'{text!r} is a {type(text).__name__}: write the number as text, "1.85"')
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise ValueError(f'{text!r} is not a plain decimal number such as "1.85"')
    if len(found[1]) > _WHOLE:
        raise ValueError(f"{text!r} is too large: at most {_WHOLE} digits before the point")
    if len(found[2] or "") > _FINE:
        raise ValueError(f"{text!r} is too fine: at most {_FINE} digits after the point")
    return Decimal(text)


def half_up(numerator: int, denominator: int) -> int:
    """The nearest whole number; a tie goes away from zero, so that a credit mirrors its charge."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def largest_remainder(total: int, weights: Mapping[_Name, int], salt: str = "") -> dict[_Name, int]:
    """Whole shares of `total` in proportion to `weights`, which add up to it exactly.

    What is left after rounding down goes to the largest remainders. Ties are broken by a hash of
    salt and name: always the same way, but not always for the same name.
    A negative total is split as its opposite and negated. Raises ValueError if all weights are zero.
    """
    whole = sum(weights.values())
    if whole <= 0 or min(weights.values()) < 0:
        raise ValueError("shares need weights of zero or more, and one above zero")
    magnitude = abs(total)
    shares, remainders = {}, {}
    for name, weight in weights.items():
        shares[name], remainders[name] = divmod(magnitude * weight, whole)
    left = magnitude - sum(shares.values())
    if left:
        # All above the last remainder that counts get one; those that have just that one draw lots for what is left.
        last = sorted(remainders.values(), reverse=True)[left - 1]
        above = [name for name, remainder in remainders.items() if remainder > last]
        even = [name for name, remainder in remainders.items() if remainder == last]
        if len(above) + len(even) > left:
            even.sort(key=lambda name: _lot(salt, name))
        for name in (above + even)[:left]:
            shares[name] += 1
    return shares if total >= 0 else {name: -share for name, share in shares.items()}


def _lot(salt: str, name: str) -> bytes:
    return hashlib.sha256(f"{salt}|{name}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Money:
    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int):
            raise TypeError(f"{self.minor!r} is not a whole number of minor units")
        exponent(self.currency)

    @classmethod
    def of(cls, text: str, currency: str) -> Money:
        """`12.50` as it is written. Raises ValueError if it has more decimals than the currency."""
        amount = decimal(text).scaleb(exponent(currency))
        if amount != amount.to_integral_value():
            raise ValueError(f"{text} has more decimals than {currency}")
        return cls(int(amount), currency)

    @classmethod
    def sum(cls, amounts: Iterable[Money], currency: str) -> Money:
        """What the amounts come to: nothing at all, in that currency, if there are none."""
        total = cls(0, currency)
        for amount in amounts:
            total += amount
        return total

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + -other

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def text(self) -> str:
        """`-1234.50`: no grouping, all the decimals of the currency."""
        digits = exponent(self.currency)
        whole, part = divmod(abs(self.minor), 10**digits)
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{whole}.{part:0{digits}d}" if digits else f"{sign}{whole}"

    def share(self, numerator: int, denominator: int) -> Money:
        """A fraction of it, rounded once: a tax, or so many days of a month."""
        return Money(half_up(self.minor * numerator, denominator), self.currency)

    def split(self, weights: Mapping[_Name, int], salt: str = "") -> dict[_Name, Money]:
        """Parts in proportion to whole weights, which add up to it exactly (`largest_remainder`)."""
        shares = largest_remainder(self.minor, weights, salt)
        return {name: Money(minor, self.currency) for name, minor in shares.items()}

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """What one unit costs; it may be finer than the currency's smallest coin."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError(f"{self.amount!r} is a {type(self.amount).__name__}: use UnitPrice.of with text")
        exponent(self.currency)

    @classmethod
    def of(cls, text: str, currency: str) -> UnitPrice:
        return cls(decimal(text), currency)

    def text(self) -> str:
        return format(self.amount, "f")


def exact(quantity: int | Decimal | Fraction, amount: Decimal | Fraction, base_quantity: int = 1) -> Fraction:
    """`quantity` units at `amount` per `base_quantity` of them (60 for a price per minute of seconds), unrounded."""
    return Fraction(quantity) * Fraction(amount) / base_quantity


def price(quantity: int, unit_price: UnitPrice, base_quantity: int = 1) -> Money:
    """What `exact` says, rounded once, half up."""
    whole = exact(quantity, unit_price.amount, base_quantity) * 10 ** exponent(unit_price.currency)
    return Money(half_up(whole.numerator, whole.denominator), unit_price.currency)
