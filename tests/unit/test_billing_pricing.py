"""Price functions, each alone: against published figures, and by what must always hold."""

from __future__ import annotations

import ast
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from operator import sub
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.model.pricing import allowance, day, increments, limits, proration, rounding, shares, tax, tiers
from chalicelib.billing.model.pricing.tiers import Tier
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.period import BillingPeriod
from tests.fakes.vectors import all_rows
from tests.vectors import __main__ as command
from tests.vectors.running import failures
from tests.vectors.terms import cost

steps = st.integers(1, 120)
seconds = st.integers(0, 20_000)
prices = st.decimals("0", "100", places=3)
rates = st.decimals("0", "30", places=2)


@pytest.mark.parametrize("row", all_rows(), ids=lambda row: row["id"])
def test_published_figures(row: dict[str, Any]) -> None:
    assert list(failures(row)) == []


@pytest.mark.parametrize("row", all_rows(), ids=lambda row: row["id"])
def test_another_figure_would_be_noticed(row: dict[str, Any]) -> None:
    status = row["status"]
    wanted = row["exact_recomputed" if status == "cautionary" else "expected"]
    for key in wanted:
        assert list(failures({**row, "status": "match", "expected": {**wanted, key: _other(wanted[key])}})), key


def test_no_price_function_is_for_published_figures_only() -> None:
    """Each one is used where invoices or costs are made, by its module's name or imported from it."""
    pricing = Path(tiers.__file__).parent
    trees = {path: ast.parse(path.read_text()) for path in (pricing.parents[3]).rglob("*.py")}
    unused = []
    for path in sorted(pricing.glob("[!_]*.py")):
        for defined in trees[path].body:
            if isinstance(defined, ast.FunctionDef | ast.ClassDef) and not defined.name.startswith("_"):
                inside = any(isinstance(node, ast.Name) and node.id == defined.name for node in ast.walk(trees[path]))
                outside = any(_uses(tree, path.stem, defined.name) for tree in trees.values())
                unused += [] if inside or outside else [f"{path.stem}.{defined.name}"]
    assert unused == []


def _uses(tree: ast.Module, module: str, name: str) -> bool:
    package = "chalicelib.billing.model.pricing"
    told = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    if any(node.module == f"{package}.{module}" and name in {one.name for one in node.names} for node in told):
        return True
    if not any(node.module == package and module in {one.name for one in node.names} for node in told):
        return False
    attributes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == name)
    return any(isinstance(node.value, ast.Name) and node.value.id == module for node in attributes)


def _other(figure: Any) -> Any:
    if isinstance(figure, list):
        return [*figure[:-1], _other(figure[-1])]
    text = str(figure)
    number = text.lstrip("-").replace(".", "", 1)
    if not number.isdigit():
        return text.replace("20", "21", 1)  # another year
    step = Decimal(1).scaleb(int(Decimal(text).as_tuple().exponent))
    return str(Decimal(text) + step)


def test_the_command_counts_what_proves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"price": "10", "days": 22, "period_days": 31, "round": "half_up/2dp"}
    row = {"model": "proration_days", "input": given}
    vectors = [
        {**row, "id": "right", "status": "match", "expected": {"amount": "7.10"}},
        {**row, "id": "wrong", "status": "match", "expected": {"amount": "7.33"}},
        {**row, "id": "drift", "status": "cautionary", "expected": {"amount": "7.33"}}
        | {"exact_recomputed": {"amount": "7.1"}},
        {**row, "id": "prose", "status": "doc_inconsistent", "expected": {"amount": "7.33"}},
        {**row, "id": "same", "input": {"same_as": "right"}, "status": "match", "expected": {"amount": "7.1"}},
        {**row, "id": "lost", "input": {"same_as": "elsewhere"}, "status": "match", "expected": {"amount": "7.1"}},
    ]
    file = tmp_path / "vectors.json"
    file.write_text(json.dumps({"vectors": vectors}))
    assert command.main(str(file)) == 1
    told, skipped, last = capsys.readouterr().out.splitlines()
    assert told == "wrong: amount: ours is 7.1, theirs 7.33"
    assert skipped.startswith("2 skipped")
    assert last == "3 passed, 1 failed"


@given(seconds, steps, steps, st.integers(0, 120))
def test_billed_is_at_least_what_it_took_and_less_than_a_step_more(
    took: int, initial: int, following: int, minimum: int
) -> None:
    billed = increments.stepped(took, initial, following, minimum)
    assert billed >= took
    if took > max(initial, minimum):
        assert billed < took + following
    assert increments.Steps(initial, following, minimum)[took] == billed


@given(seconds, seconds, steps, steps, st.integers(0, 120))
def test_a_longer_call_never_costs_less(shorter: int, more: int, initial: int, following: int, minimum: int) -> None:
    terms = (initial, following, minimum)
    assert increments.stepped(shorter, *terms) <= increments.stepped(shorter + more, *terms)


@st.composite
def tiered(draw: st.DrawFn, flats: bool = False) -> list[Tier]:
    bounds = sorted(draw(st.sets(st.integers(1, 500), max_size=4)))
    flat = prices if flats else st.just(Decimal(0))
    return [Tier(up_to=bound, unit=draw(prices), flat=draw(flat)) for bound in (*bounds, None)]


@given(st.integers(0, 1000), tiered())
def test_tiers_share_out_all_of_a_quantity(quantity: int, prices: list[Tier]) -> None:
    assert sum(part.quantity for part in tiers.graduated([quantity], prices)[0]) == quantity


def graduated(quantity: Fraction | int, prices: list[Tier]) -> Fraction:
    return cost(tiers.graduated([quantity], prices)[0])


@given(st.lists(st.integers(0, 400), min_size=1, max_size=4), tiered(flats=True), st.booleans(), st.booleans())
def test_quantities_that_share_tiers_cost_what_their_sum_does(
    quantities: list[int], prices: list[Tier], at_zero: bool, by_volume: bool
) -> None:
    """So each unit and each flat is there once, with whichever of them it comes."""
    priced = tiers.volume if by_volume else tiers.graduated
    found = priced(quantities, prices, flat_at_zero=at_zero)
    (together,) = priced([sum(quantities)], prices, flat_at_zero=at_zero)
    assert [sum(part.quantity for part in portions) for portions in found] == quantities
    assert sum(map(cost, found), Fraction(0)) == cost(together)


def test_a_flat_is_due_with_the_first_unit_in_its_tier_and_never_again() -> None:
    prices = [Tier(up_to=10, unit=Decimal(1), flat=Decimal(5)), Tier(up_to=None, unit=Decimal(2), flat=Decimal(7))]
    found = tiers.graduated([0, 4, 10, 3], prices, flat_at_zero=True)
    assert [[(part.tier, int(part.quantity), int(part.flat)) for part in portions] for portions in found] == [
        [(0, 0, 5)],
        [(0, 4, 0)],
        [(0, 6, 0), (1, 4, 7)],
        [(1, 3, 0)],
    ]
    assert [part.flat for portions in tiers.graduated([0, 4], prices) for part in portions] == [0, 5]


BLOCKS = [tiers.Block(100, 10, Decimal(1)), tiers.Block(1000, 100, Decimal(1)), tiers.Block(1000, None, Decimal("0.5"))]


@pytest.mark.parametrize(
    ("quantity", "all_", "top"),
    [
        (0, [(0, 0)], (0, 0)),
        (1, [(0, 1)], (0, 1)),
        (1000, [(0, 10)], (0, 10)),
        (1001, [(0, 10), (1, 1)], (1, 2)),
        (101_000, [(0, 10), (1, 100)], (1, 101)),
        (101_001, [(0, 10), (1, 100), (2, 1)], (2, 102)),
    ],
)
def test_begun_blocks_count_in_full(quantity: int, all_: list[tuple[int, int]], top: tuple[int, int]) -> None:
    assert [part[:2] for part in tiers.blocks(quantity, BLOCKS)] == all_
    assert [part[:2] for part in tiers.top_block(quantity, BLOCKS)] == [top]


@given(st.fractions(0, 1000, max_denominator=20), st.fractions(0, 1000, max_denominator=20), tiered(flats=True))
def test_graduated_prices_never_fall(less: Fraction, more: Fraction, prices: list[Tier]) -> None:
    assert graduated(less, prices) <= graduated(less + more, prices)


@given(st.integers(0, 1000), tiered())
def test_graduated_prices_have_no_jumps_without_flats(quantity: int, prices: list[Tier]) -> None:
    little = Fraction(1, 10**6)
    steepest = max(Fraction(tier.unit) for tier in prices)
    grown = graduated(quantity + little, prices) - graduated(quantity, prices)
    assert 0 <= grown <= steepest * little


def test_a_volume_price_has_its_flat_at_zero_only_if_asked_for() -> None:
    prices = [Tier(up_to=None, unit=Decimal(10), flat=Decimal(3))]
    found = (tiers.volume([0], prices), tiers.volume([0], prices, flat_at_zero=True))
    assert [cost(portions) for (portions,) in found] == [0, 3]


def test_volume_prices_may_fall() -> None:
    prices = [Tier(up_to=15, unit=Decimal(10)), Tier(up_to=None, unit=Decimal(5))]
    assert [cost(portions) for portions in (tiers.volume([15], prices)[0], tiers.volume([16], prices)[0])] == [
        150,
        80,
    ]


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 40), min_size=1, max_size=9).filter(any))
def test_prorated_parts_add_up_to_the_price(price: int, days: list[int]) -> None:
    parts = proration.parts(price, days, "2026-11")
    assert sum(parts) == price
    for part, count in zip(parts, days, strict=True):
        assert abs(part - proration.prorated(price, count, sum(days))) < 1


def test_a_fixed_month_has_thirty_days() -> None:
    """15 to 23 May, 23 May to 15 June, and all of July, whose 31st is no day of its own."""
    spans = [(date(2012, 5, 15), date(2012, 5, 23)), (date(2012, 5, 23), date(2012, 6, 15))]
    spans += [(date(2012, 7, 1), date(2012, 8, 1)), (date(2012, 7, 1), date(2012, 7, 31))]
    assert [proration.fixed_days(start, end) for start, end in spans] == [8, 22, 30, 29]


@pytest.mark.parametrize(("year", "expected"), [(2024, "7.24"), (2023, "7.50")])
def test_leap_months_have_their_own_days(year: int, expected: str) -> None:
    week = proration.days_between(date(year, 2, 20), date(year, 2, 27))
    amount = proration.prorated(Decimal("30"), week, BillingPeriod.month(year, 2, "Europe/Berlin").days)
    assert rounding.to_step(amount, Fraction(1, 100)) == Fraction(expected)


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=9), rates, st.randoms(use_true_random=False))
def test_credit_notes_of_a_whole_invoice_have_exactly_its_tax(parts: list[int], rate: Decimal, random: Any) -> None:
    random.shuffle(parts)
    left = accumulate(parts[:-1], sub, initial=sum(parts))
    taxes = [tax.credited(before, part, rate) for before, part in zip(left, parts, strict=True)]
    assert sum(taxes) == tax.on(sum(parts), rate)


@given(st.integers(0, 10**9), rates, st.booleans())
def test_a_price_with_tax_comes_apart_without_loss(gross: int, rate: Decimal, round_net: bool) -> None:
    assert tax.within(gross, rate, round_net=round_net).total == gross


@given(
    st.integers(-(10**6), 10**6),
    st.lists(st.decimals("0", "100", places=3), min_size=1, max_size=12).filter(any),
)
def test_shares_add_up(total: int, weights: list[Decimal]) -> None:
    assert sum(shares.largest_remainder(total, weights)) == total


@given(st.lists(seconds, max_size=5), st.integers(0, 50_000))
def test_an_allowance_covers_what_it_can(used: list[int], included: int) -> None:
    covered = allowance.cover(used, included)
    assert sum(covered) == min(sum(used), included)
    assert all(0 <= part <= quantity for part, quantity in zip(covered, used, strict=True))


def test_grants_are_used_oldest_first() -> None:
    grants = [allowance.Grant("chat", "2027-01", 5), allowance.Grant("chat", "2026-12", 5)]
    assert allowance.draw(grants, 7) == ([allowance.Grant("chat", "2027-01", 3)], 0)
    assert allowance.draw(grants, 12) == ([], 2)


@pytest.mark.parametrize(
    ("contacts", "away"), [(6_600, 0), (6_601, 1), (7_050, 450), (5_400, 0), (5_399, -1), (0, -5_400)]
)
def test_a_deadband_has_two_edges(contacts: int, away: int) -> None:
    assert limits.beyond(contacts, 6_000, Fraction(10)) == away


def test_a_band_that_is_no_whole_number_charges_whole_contacts_only() -> None:
    assert [limits.beyond(contacts, 15, Fraction(10)) for contacts in (13, 14, 16, 17)] == [-1, 0, 0, 1]


@given(st.fractions(-100, 100), st.lists(st.fractions(0, 50), max_size=6), st.fractions(-3, 3))
def test_what_grows_in_parts_comes_to_what_it_would_have_at_once(
    begin: Fraction, parts: list[Fraction], factor: Fraction
) -> None:
    sums = list(accumulate(parts, initial=begin))
    grown = [rounding.growth(before, part, factor) for before, part in zip(sums, parts, strict=False)]
    assert sum(grown) == rounding.whole(sums[-1] * factor) - rounding.whole(begin * factor)


@given(st.integers(0, 10**6), st.none() | st.integers(0, 10**6), st.none() | st.integers(0, 10**6))
def test_a_correction_brings_an_amount_between_its_limits(amount: int, least: int | None, most: int | None) -> None:
    if least is not None and most is not None:
        least, most = sorted((least, most))
    held = amount + limits.correction(amount, least, most)
    assert held == min(max(amount, least or 0), 10**9 if most is None else most)


def test_rounding_needs_a_step_and_a_known_mode() -> None:
    with pytest.raises(Invalid, match="above zero"):
        rounding.to_step(1, 0)
    with pytest.raises(Invalid, match="half_even"):
        rounding.to_step(1, 5, "sideways")


@given(st.integers(0, 200_000), st.integers(0, 20_000), st.lists(st.integers(0, 23), max_size=4))
def test_no_second_of_a_call_is_priced_twice_or_never(begin: int, length: int, changes: list[int]) -> None:
    def price_at(at: datetime) -> int:
        return sum(at.hour >= change for change in changes)

    start = 1_774_000_000 + begin
    spans = day.split(start, length, price_at)
    assert sum(span.seconds for span in spans) == length
    assert all(one.price != other.price for one, other in pairwise(spans))
    each = [price_at(datetime.fromtimestamp(start + second, UTC)) for second in range(length)]
    assert [span.price for span in spans for _ in range(span.seconds)] == each


def test_a_price_changes_at_the_minute_and_not_before() -> None:
    start = int(datetime(2026, 11, 2, 17, 59, 58, tzinfo=UTC).timestamp())
    spans = day.split(start, 5, lambda at: at.hour)
    assert spans == [(2, 17), (3, 18)]
