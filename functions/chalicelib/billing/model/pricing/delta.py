"""What changes afterwards: what was billed is taken back in full, and what it comes to now is billed.

So nothing is edited. The same for what comes late (the cumulative quantity is priced again) and for another price of
a part of a period.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Generic, NamedTuple, TypeVar

from chalicelib.kernel.money import Money

_Amount = TypeVar("_Amount", int, Fraction, Money)


class Delta(NamedTuple, Generic[_Amount]):
    reversal: _Amount
    current: _Amount

    @property
    def net(self) -> _Amount:
        return self.reversal + self.current


def replaced(booked: _Amount, now: _Amount) -> Delta[_Amount]:
    return Delta(-booked, now)
