from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.money import Money, UnitPrice, decimal, exponent, half_up, largest_remainder, price

amounts = st.integers(-(10**9), 10**9)
weights = st.dictionaries(st.text(min_size=1, max_size=5), st.integers(0, 10**6), min_size=1, max_size=12).filter(
    lambda parts: sum(parts.values()) > 0
)


def test_currencies_have_their_own_number_of_decimals() -> None:
    assert (exponent("EUR"), exponent("JPY"), exponent("KWD")) == (2, 0, 3)
    with pytest.raises(ValueError, match="ISO 4217"):
        exponent("EURO")


def test_an_amount_is_read_and_written_exactly() -> None:
    assert Money.of("12.50", "EUR") == Money(1250, "EUR")
    assert Money.of("1250", "JPY").text() == "1250"
    assert Money.of("-0.005", "KWD").text() == "-0.005"
    with pytest.raises(ValueError, match="more decimals"):
        Money.of("0.005", "EUR")


@pytest.mark.parametrize("written", [1.85, 1, Decimal("1.85"), None])
def test_a_price_that_is_not_text_is_refused(written: object) -> None:
    with pytest.raises(TypeError, match="text"):
        UnitPrice.of(written, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize("written", ["", "1,85", "1e3", "NaN", " 1", "+1", "0x1", "1.", "١"])
def test_a_price_that_is_no_plain_decimal_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="plain decimal"):
        decimal(written)


@pytest.mark.parametrize(
    ("written", "why"), [("1234567890123456", "too large: at most 15"), ("-0.1234567890123", "too fine: at most 12")]
)
def test_a_number_beyond_what_is_counted_says_which_end_is_too_long(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        decimal(written)
    assert decimal("-123456789012345.123456789012") == Decimal("-123456789012345.123456789012")


def test_a_price_cannot_be_made_of_a_float() -> None:
    with pytest.raises(TypeError):
        UnitPrice(1.85, "EUR")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(1.5, "EUR")  # type: ignore[arg-type]


def test_a_half_cent_goes_away_from_zero_so_a_credit_mirrors_its_charge() -> None:
    assert [half_up(n, 2) for n in (1, -1, 3, -3)] == [1, -1, 2, -2]


def test_seconds_at_a_price_per_minute_are_rounded_once() -> None:
    # 240.5 min at 1.45 is 348.725: half up.
    assert price(14_430, UnitPrice.of("1.45", "EUR"), 60) == Money(34_873, "EUR")
    # 13 s at 0.95 a minute, without writing 0.21667 min.
    assert price(13, UnitPrice.of("0.95", "EUR"), 60) == Money(21, "EUR")
    assert price(55, UnitPrice.of("0.067", "EUR")) == Money(369, "EUR")


def test_a_price_follows_the_coins_of_its_currency() -> None:
    assert price(3, UnitPrice.of("0.5", "JPY")) == Money(2, "JPY")
    assert price(1, UnitPrice.of("0.0005", "KWD")) == Money(1, "KWD")


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        Money(1, "EUR") + Money(1, "USD")


def test_no_amounts_come_to_nothing_in_the_currency() -> None:
    assert Money.sum([], "JPY") == Money(0, "JPY")


@given(st.lists(amounts))
def test_a_sum_less_its_parts_is_nothing(minors: list[int]) -> None:
    parts = [Money(minor, "EUR") for minor in minors]
    total = Money.sum(parts, "EUR")
    for part in parts:
        total -= part
    assert total == Money(0, "EUR")


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_rounding_is_off_by_half_a_unit_at_most(numerator: int, denominator: int) -> None:
    assert abs(half_up(numerator, denominator) - Fraction(numerator, denominator)) <= Fraction(1, 2)


@given(amounts, weights)
def test_shares_add_up_and_none_is_off_by_a_whole_unit(minor: int, parts: dict[str, int]) -> None:
    shares = Money(minor, "EUR").split(parts)
    assert Money.sum(shares.values(), "EUR") == Money(minor, "EUR")
    whole = sum(parts.values())
    for name, share in shares.items():
        assert abs(share.minor - Fraction(minor * parts[name], whole)) < 1


@given(amounts, weights)
def test_shares_do_not_depend_on_the_order_in_which_they_are_named(minor: int, parts: dict[str, int]) -> None:
    backwards = dict(reversed(parts.items()))
    assert largest_remainder(minor, parts) == largest_remainder(minor, backwards)


@given(amounts, weights)
def test_a_correction_is_split_as_what_it_corrects(minor: int, parts: dict[str, int]) -> None:
    forth, back = largest_remainder(minor, parts), largest_remainder(-minor, parts)
    assert {name: -share for name, share in forth.items()} == back


def test_published_shares() -> None:
    assert largest_remainder(100, {"a": 13626332, "b": 47989636, "c": 9596008, "d": 28788024}) == {
        "a": 14, "b": 48, "c": 9, "d": 29
    }  # fmt: skip
    assert sorted(largest_remainder(3334, dict.fromkeys("abcd", 1)).values()) == [833, 833, 834, 834]


def test_the_spare_cent_does_not_always_go_to_the_same_tenant() -> None:
    winners = {
        max(largest_remainder(1, {"plumber": 1, "shop": 1}, salt=f"2026-{month:02d}").items(), key=lambda part: part[1])
        for month in range(1, 13)
    }
    assert {name for name, _ in winners} == {"plumber", "shop"}


def test_nothing_to_weigh_by_is_an_error_not_a_crash_in_the_dark() -> None:
    with pytest.raises(ValueError, match="above zero"):
        largest_remainder(100, {"a": 0})
    with pytest.raises(ValueError, match="above zero"):
        largest_remainder(100, {"a": 3, "b": -1})
