"""Dedicated seats against shared minutes: from which traffic on the seats are the cheaper ones.

Seats cost their hours, whatever comes; shared agents cost what comes. Seats carry work up to their capacity,
and what is beyond it goes to shared agents at their price. Amounts may be prices (what a client pays) or costs
(what the operator bears): the sum is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import Money, UnitPrice, price

_HOUR = 3600
Priced = Callable[[int], Money]  # of so many seconds of handling in the period; more never costs less


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """`hours` of each seat in the period; `occupancy` is the percent of them that may be spent at contacts."""

    seats: int
    hours: int
    per_hour: UnitPrice
    occupancy: int = 85

    def __post_init__(self) -> None:
        """Raises Invalid."""
        if self.seats < 1 or self.hours < 1:
            raise Invalid("seats", f"{self.seats} seats of {self.hours} hours", "compare at least one seat-hour")
        if not 1 <= self.occupancy <= 100:
            raise Invalid("occupancy", f"is {self.occupancy} percent", "write 1 to 100; above 85 people burn out")

    @property
    def fixed(self) -> Money:
        return price(self.seats * self.hours, self.per_hour)

    @property
    def capacity(self) -> int:
        """Seconds of handling that the seats carry."""
        return self.seats * self.hours * _HOUR * self.occupancy // 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A base fee that includes some seconds, and a price per minute beyond them."""

    per_minute: UnitPrice
    base: Money | None = None
    included: int = 0

    def __call__(self, seconds: int) -> Money:
        beyond = price(max(0, seconds - self.included), self.per_minute, 60)
        return beyond if self.base is None else self.base + beyond


@dataclass(frozen=True, slots=True)
class Point:
    seconds: int
    shared: Money
    dedicated: Money

    @property
    def minutes(self) -> Fraction:
        return Fraction(self.seconds, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`break_even` is the least traffic at which the seats cost no more; None if they never do within capacity."""

    seats: Seats
    traffic: Point
    break_even: int | None  # seconds
    curve: tuple[Point, ...]

    @property
    def dedicated_is_cheaper(self) -> bool:
        return self.traffic.dedicated.minor < self.traffic.shared.minor


def compare(seats: Seats, shared: Priced, traffic: int, points: int = 11) -> Comparison:
    """`traffic` in seconds of handling; the curve has `points` even steps from nothing to the larger of the
    capacity and the traffic. Raises Invalid for a negative traffic, or a curve of fewer than two points."""
    if traffic < 0:
        raise Invalid("traffic", f"is {traffic} seconds", "write 0 or more")
    if points < 2:
        raise Invalid("points", f"is {points}", "a curve has 2 points or more")
    most = max(seats.capacity, traffic)
    steps = dict.fromkeys(most * step // (points - 1) for step in range(points))
    return Comparison(
        seats=seats,
        traffic=_at(seats, shared, traffic),
        break_even=_break_even(seats, shared),
        curve=tuple(_at(seats, shared, seconds) for seconds in steps),
    )


def _at(seats: Seats, shared: Priced, seconds: int) -> Point:
    return Point(seconds, shared(seconds), seats.fixed + _beyond(seats, shared, seconds))


def _beyond(seats: Seats, shared: Priced, seconds: int) -> Money:
    """What does not fit goes to shared agents, at what it would add to a month that they had whole."""
    if seconds <= seats.capacity:
        return Money(0, seats.per_hour.currency)
    return shared(seconds) - shared(seats.capacity)


def _break_even(seats: Seats, shared: Priced) -> int | None:
    """Within capacity the seats cost the same, and shared agents never less for more: so the middle decides.
    Beyond it both grow by the same amounts, so who is cheaper there was so before."""
    fixed = seats.fixed.minor
    if shared(seats.capacity).minor < fixed:
        return None
    low, high = 0, seats.capacity
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if shared(middle).minor >= fixed else (middle + 1, high)
    return low
