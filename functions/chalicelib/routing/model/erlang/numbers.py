"""What a formula may be asked, and the two searches by which formulas are inverted."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from numbers import Real

from chalicelib.kernel.errors import Invalid

MOST = 1_000_000  # agents or lines; more is a slip of the keyboard, and would keep a Lambda busy for minutes
TIE = 1e-12  # what rounding may cost: a target met but for that is met


def positive(field: str, value: float) -> float:
    if not _is_number(value) or value <= 0:
        raise Invalid(field, f"is {value!r}", "give a number above 0")
    return float(value)


def not_negative(field: str, value: float) -> float:
    if not _is_number(value) or value < 0:
        raise Invalid(field, f"is {value!r}", "give a number that is not below 0")
    return float(value)


def whole(field: str, value: int) -> int:
    """A count of agents or lines, 1 to MOST."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise Invalid(field, f"is {value!r}", f"give a whole number from 1 to {MOST:,}")
    return value


def part(field: str, value: float) -> float:
    """A probability or a share that is neither 0 nor 1: a target of 100 % asks for endlessly many agents."""
    if not _is_number(value) or not 0 < value < 1:
        raise Invalid(field, f"is {value!r}", "give a part between 0 and 1, like 0.8")
    return float(value)


def limit(field: str, value: float) -> float:
    """An upper limit of a part: above 0, at most 1."""
    if not _is_number(value) or not 0 < value <= 1:
        raise Invalid(field, f"is {value!r}", "give a part above 0 and at most 1, like 0.88")
    return float(value)


def at_most(value: float, bound: float) -> bool:
    """`value <= bound`, but for rounding."""
    return value <= bound + TIE * abs(bound)


def least(enough: Callable[[int], bool], field: str, start: int = 1) -> int:
    """The smallest count from `start` on that is enough; `enough` never turns back to false as the count grows."""
    low, step = max(start, 1), 1
    if enough(low):
        return low
    high = low + step
    while not enough(high):
        if high >= MOST:
            raise Invalid(field, f"needs more than {MOST:,}", "check the load and the target")
        low, step = high, step * 2
        high = min(low + step, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def root(rises: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function crosses zero between `low` and `high`, to the last bit that bisection can tell."""
    for _ in range(200):
        middle = low + (high - low) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if rises(middle) < 0 else (low, middle)
    return low + (high - low) / 2


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)
