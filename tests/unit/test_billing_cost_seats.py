"""Dedicated seats against shared minutes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.cost.seats import Seats, Shared, compare
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import Money, UnitPrice


def usd(text: str) -> UnitPrice:
    return UnitPrice.of(text, "USD")


FOUR = Seats(seats=4, hours=160, per_hour=usd("29.50"))  # plan C: 18,880.00


def test_seats_break_even_where_minutes_cost_as_much() -> None:
    """18,880.00 / 1.20 a minute = 15,733.33 minutes; four seats carry 640 h × 85 % = 32,640."""
    found = compare(FOUR, Shared(per_minute=usd("1.20")), 20_000 * 60)
    assert FOUR.fixed.text() == "18880.00"
    assert found.break_even == 944_000  # seconds: 15,733.33 minutes
    assert found.dedicated_is_cheaper
    assert not compare(FOUR, Shared(per_minute=usd("1.20")), 15_000 * 60).dedicated_is_cheaper
    assert FOUR.capacity == 32_640 * 60


def test_a_base_fee_and_an_allowance_move_the_break_even() -> None:
    """325.00 + 1.85 beyond 150 minutes: (18,880 − 325) / 1.85 + 150 = 10,179.73 minutes."""
    plan = Shared(per_minute=usd("1.85"), base=Money(32_500, "USD"), included=150 * 60)
    found = compare(FOUR, plan, 0)
    assert found.break_even is not None
    assert plan(found.break_even).minor >= FOUR.fixed.minor
    assert plan(found.break_even - 1).minor < FOUR.fixed.minor
    assert round(found.break_even / 60, 1) == 10_179.7


def test_seats_that_never_pay_have_no_break_even() -> None:
    found = compare(FOUR, Shared(per_minute=usd("0.50")), 10**7)
    assert found.break_even is None
    assert found.traffic.dedicated.minor - found.traffic.shared.minor == FOUR.fixed.minor - 32_640 * 50


def test_what_does_not_fit_costs_what_it_adds_to_a_shared_month() -> None:
    """The base fee and the allowance were used up by what the seats carry: 1,000 minutes more are 1,850.00."""
    plan = Shared(per_minute=usd("1.85"), base=Money(32_500, "USD"), included=150 * 60)
    found = compare(FOUR, plan, FOUR.capacity + 60_000)
    assert found.traffic.dedicated == FOUR.fixed + Money(185_000, "USD")


def test_the_curve_runs_from_nothing_to_capacity_or_traffic() -> None:
    found = compare(FOUR, Shared(per_minute=usd("1.20")), FOUR.capacity * 2, points=5)
    assert [point.seconds for point in found.curve] == [FOUR.capacity * n // 2 for n in range(5)]
    assert [point.dedicated for point in found.curve[:3]] == [FOUR.fixed] * 3
    assert found.curve[-1].dedicated == FOUR.fixed + price_of(FOUR.capacity)
    assert found.curve[0].shared.minor == 0


def price_of(seconds: int) -> Money:
    return Shared(per_minute=usd("1.20"))(seconds)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"seats": 0}, "at least one seat-hour"),
        ({"occupancy": 101}, "write 1 to 100"),
    ],
)
def test_seats_that_cannot_be_are_refused(how: dict[str, int], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        Seats(**({"seats": 1, "hours": 1, "per_hour": usd("1")} | how))  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="0 or more"):
        compare(FOUR, Shared(per_minute=usd("1")), -1)


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 10**6), st.integers(1, 20))
def test_the_break_even_is_the_first_second_at_which_seats_cost_no_more(
    cents: int, base: int, included: int, seats: int
) -> None:
    plan = Shared(per_minute=usd(f"{cents / 100:.2f}"), base=Money(base * 100, "USD"), included=included)
    offer = Seats(seats=seats, hours=160, per_hour=usd("12.00"))
    found = compare(offer, plan, 0).break_even
    if found is None:
        assert plan(offer.capacity).minor < offer.fixed.minor
    else:
        assert plan(found).minor >= offer.fixed.minor
        assert found == 0 or plan(found - 1).minor < offer.fixed.minor
