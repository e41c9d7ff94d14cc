"""Which of the functions that make an invoice answers which model of billing: (input) → figures by name, exact.

A figure is a whole number, a fraction or a text; a model that publishes a rounded figure says in `round` how.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from math import lcm
from operator import sub

from chalicelib.billing.model.agent_time import Share
from chalicelib.billing.model.cost.allocation import GENERAL, UNUSED, Kind, Origin, share
from chalicelib.billing.model.pricing import limits, proration, shares, tax, tiers
from chalicelib.billing.model.pricing.allowance import cover
from chalicelib.billing.model.pricing.delta import replaced
from chalicelib.billing.model.pricing.rounding import growth, to_step, whole
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money, exact
from tests.vectors.calls import CALLS
from tests.vectors.days import CALENDAR
from tests.vectors.terms import Figures, Terms, cost, minor, rounded, to_decimals

Model = Callable[[Terms], Figures]

_HUNDRED = 100


def standard(given: Terms) -> Figures:
    return {"amount": rounded(exact(given.number("quantity"), given.number("unit")), given)}


def graduated(given: Terms) -> Figures:
    at_zero = given.flag("flat_at_zero", True)
    (portions,) = tiers.graduated([given.number("quantity")], given.tiers(), flat_at_zero=at_zero)
    return {"amount": rounded(cost(portions), given)}


def volume(given: Terms) -> Figures:
    at_zero = given.flag("flat_at_zero", True)
    (portions,) = tiers.volume([given.number("quantity")], given.tiers(), flat_at_zero=at_zero)
    return {"amount": rounded(cost(portions), given)}


def package(given: Terms) -> Figures:
    return {"amount": _packaged(given.number("quantity"), given)}


def package_delta(given: Terms) -> Figures:
    before = given.number("prior_quantity")
    late = replaced(_packaged(before, given), _packaged(before + given.number("quantity"), given))
    return {"amount": late.net}


def _packaged(quantity: Fraction, given: Terms) -> Fraction:
    """Packages of what is beyond the free units."""
    (included,) = cover([quantity], given.number("free_units", default=0))
    block = tiers.Block(given.number("package_size"), None, given.decimal("price"))
    return cost(tiers.blocks(quantity - included, [block]))


def block_tiers(given: Terms) -> Figures:
    return {"amount": cost(tiers.blocks(given.number("quantity"), given.blocks()))}


def top_block(given: Terms) -> Figures:
    return {"amount": cost(tiers.top_block(given.number("quantity"), given.blocks()))}


def percentage(given: Terms) -> Figures:
    """A surcharge whose first tier is free, beside a charge for each event with free ones."""
    free = given.number("free_amount_applied", "free_amount", default=0)
    percent = _percent(given.number("amount", "total_amount"), given.decimal("rate_pct"), free)
    events = given.number("billable_events", "events", default=0)
    (included,) = cover([events], given.number("free_events_applied", "free_events", default=0))
    return {"fee": rounded(percent + exact(events - included, given.number("fixed_per_event", default=0)), given)}


def percentage_min_max(given: Terms) -> Figures:
    """Each event's fee held between the least and the most."""
    free = given.whole("free_events_applied", "free_events", default=0)
    least, most = (given.number(name) if given.has(name) else None for name in ("min", "max"))
    total = Fraction(0)
    for amount in given.entries("events")[free:]:
        fee = _percent(Fraction(str(amount)), given.decimal("rate_pct")) + given.number("fixed_per_event", default=0)
        total += fee + limits.correction(fee, least, most)
    return {"fee": rounded(total, given)}


def _percent(amount: Fraction, percent: Decimal, free: Fraction = Fraction(0)) -> Fraction:
    rated = [tiers.Tier(up_to=free, unit=Decimal(0)), tiers.Tier(up_to=None, unit=percent)]
    (portions,) = tiers.graduated([amount], rated)
    return cost(portions, _HUNDRED)


def graduated_percentage(given: Terms) -> Figures:
    (portions,) = tiers.graduated([given.number("amount")], given.tiers())
    return {"fee": rounded(cost(portions, _HUNDRED), given)}


def graduated_sequence(given: Terms) -> Figures:
    amounts = [Fraction(str(amount)) for amount in given.entries("transactions")]
    return {"fees": [cost(portions, _HUNDRED) for portions in tiers.graduated(amounts, given.tiers())]}


def dynamic(given: Terms) -> Figures:
    if given.has("amounts", "events"):
        amounts = [Fraction(str(amount)) for amount in given.entries("amounts" if given.has("amounts") else "events")]
    else:
        amounts = [given.number("quantity", "amount")]
    return {"amount": rounded(exact(sum(amounts, Fraction(0)), given.decimal("multiplier", default="1")), given)}


def minimum_spend(given: Terms) -> Figures:
    used = given.number("usage_amount", "usage")
    missing = limits.true_up(used, given.number("minimum"))
    return {"true_up": missing, "total": used + missing}


def maximum_spend(given: Terms) -> Figures:
    current = given.number("current")
    over = limits.excess(current, given.number("maximum"), given.number("prior", default=0))
    return {"discount": over, "total": current - over}


def discount_then_maximum(given: Terms) -> Figures:
    full = exact(given.number("quantity"), given.number("unit"))
    after = full - exact(full, given.number("discount_pct"), _HUNDRED)
    after -= limits.excess(after, given.number("maximum"), given.number("prior", default=0))
    return {"discount": full - after, "total": after}


def prorated_minimum(given: Terms) -> Figures:
    days, period = given.whole("days"), given.whole("period_days")
    used, rate = given.whole("usage_cents"), given.decimal("tax_pct", default="0")
    least = whole(proration.prorated(given.whole("minimum_cents"), days, period))
    missing = limits.true_up(used, least)
    usage_tax, true_up_tax = tax.on(used, rate), tax.on(missing, rate)
    return {
        "minimum_cents": least,
        "true_up_cents": missing,
        "usage_tax": usage_tax,
        "true_up_tax": true_up_tax,
        "total_cents": used + missing + usage_tax + true_up_tax,
    }


def plan_commitment(given: Terms) -> Figures:
    """A minimum that the base fee counts towards; both are of the days."""
    days = (given.whole("days"), given.whole("period_days"))
    base = proration.prorated(given.number("base_cents", "base", default=0), *days)
    committed = proration.prorated(given.number("commitment_cents", "commitment"), *days)
    missing = limits.true_up(base + given.number("usage_cents", "usage", default=0), committed)
    return {"true_up_cents": whole(missing), "true_up": rounded(missing, given, "half_up/2dp")}


def proration_days(given: Terms) -> Figures:
    price = given.number("price", "price_cents")
    days, period = given.days()
    amount = proration.prorated(price, days, period)
    usual = "half_up/0dp" if given.has("price_cents") else "half_up/2dp"
    figure = rounded(amount, given, usual)
    return {"amount": figure, "amount_cents": figure}


def proration_fraction(given: Terms) -> Figures:
    # Nine places, half up, where nothing else is said: the scale at which fractions are published.
    return {"fraction": rounded(proration.fraction(*given.days()), given, "half_up/9dp")}


def plan_change(given: Terms) -> Figures:
    left = given.number("fraction_left")
    change = replaced(exact(left, given.decimal("old")), exact(left, given.decimal("new")))
    return {"credit": change.reversal, "charge": change.current, "net": change.net}


def tax_inclusive(given: Terms) -> Figures:
    by_net = given.text("rule", default="round_net") == "round_net"
    apart = tax.within(minor(given.number("gross")), given.decimal("tax_pct"), round_net=by_net)
    return {"net": Fraction(apart.net, 100), "tax": Fraction(apart.tax, 100), "gross": Fraction(apart.total, 100)}


def tax_exclusive(given: Terms) -> Figures:
    net = minor(given.number("net"))
    due = tax.on(net, given.decimal("tax_pct"))
    untaxed = given.number("untaxed", default=0)
    return {"tax": Fraction(due, 100), "total": Fraction(net + due, 100) + untaxed}


def tax_on_sum(given: Terms) -> Figures:
    items = [int(item) for item in given.entries("items_cents")]
    rate, net = given.decimal("tax_pct"), sum(items)
    left = accumulate(items[:-1], sub, initial=net)
    return {
        "invoice_total": net + tax.on(net, rate),
        "sum_of_item_credit_notes": net + sum(tax.on(item, rate) for item in items),
        "sum_of_telescoped_credit_notes": net
        + sum(tax.credited(before, item, rate) for before, item in zip(left, items, strict=True)),
    }


def credit_unused(given: Terms) -> Figures:
    unused = proration.prorated(given.whole("price_cents"), given.whole("unused_days"), given.whole("period_days"))
    net = whole(unused)
    due = tax.credited(net, net, given.decimal("tax_pct"))
    return {"net": net, "tax": due, "total": net + due}


def round_(given: Terms) -> Figures:
    value, mode = given.number("value"), _mode(given.text("mode", default="half_up"))
    return {"result": to_decimals(value, given.whole("decimals", default=0), mode)}


def round_to_step(given: Terms) -> Figures:
    value, step = given.number("value"), given.number("step")
    return {
        "normal": to_step(value, step),
        "nearest": to_step(value, step),
        "down": to_step(value, step, "down"),
        "up": to_step(value, step, "up"),
    }


def _mode(word: str) -> str:
    return {"middle": "half_up", "nearest": "half_up", "normal": "half_up", "bankers": "half_even"}.get(word, word)


def unit_delta(given: Terms) -> Figures:
    unit = given.number("unit")
    booked, now = (exact(given.number(name), unit) for name in ("billed_quantity", "cumulative_quantity"))
    return {"delta": replaced(booked, now).net}


def volume_delta(given: Terms) -> Figures:
    booked = exact(given.number("billed_quantity"), given.number("billed_unit"))
    delta = replaced(booked, exact(given.number("cumulative_quantity"), given.number("new_unit")))
    return {"reversal": delta.reversal, "current": delta.current, "net": delta.net}


def by_largest_remainder(given: Terms) -> Figures:
    total, scale = given.scaled("total")
    if given.has("weights"):
        weights: Sequence[Fraction] = [Fraction(str(weight)) for weight in given.entries("weights")]
    else:
        weights = [Fraction(1)] * given.whole("parts", "ways", "n")
    found = [Fraction(part, scale) for part in shares.largest_remainder(total, weights)]
    return {"shares": _alike(found, weights)}


def _alike(found: list[Fraction], weights: Sequence[Fraction]) -> list[Fraction]:
    """Who of those with equal weights has the spare unit is a matter of the lot: the smaller shares first."""
    pairs = list(zip(weights, found, strict=True))
    queues = {weight: sorted(share for own, share in pairs if own == weight) for weight in weights}
    return [queues[weight].pop(0) for weight in weights]


def by_running_sum(given: Terms) -> Figures:
    total, scale = given.scaled("total")
    weights = [Fraction(str(weight)) for weight in given.entries("weights")]
    each = total / sum(weights, Fraction(0))
    before = accumulate(weights[:-1], initial=Fraction(0))
    return {
        "shares": [
            Fraction(growth(so_far, weight, each), scale) for so_far, weight in zip(before, weights, strict=True)
        ]
    }


def capacity(given: Terms) -> Figures:
    """What activities and unused capacity bear of a cost, to the cent; the rate as it is."""
    used = given.used()
    available = given.number("practical_capacity_min", "capacity_min", "practical_capacity", "available_min")
    paid = given.number("cost", "payroll", "total_cost")
    unused = available - sum(used.values())
    scale = lcm(*(number.denominator for number in (*used.values(), unused)))
    weights = {Share(TenantId(name), GENERAL): int(part * scale) for name, part in used.items()}
    weights[Share(UNUSED, GENERAL)] = int(unused * scale)
    origin = Origin(
        id="cost",
        kind=Kind.LABOUR,
        subject="cost",
        text="",
        method="by time",
        first_day=date(2026, 1, 1),
        last_day=date(2026, 1, 31),
        weight=sum(weights.values()),
        cost=Money(minor(paid), "USD"),
    )
    bears = {row.tenant: Fraction(row.minor, 100) for row in share(origin, weights).rows}
    used_cost = paid - bears.get(UNUSED, 0)
    return {
        "rate": exact(paid, 1 / available),
        **{name: bears.get(TenantId(name), 0) for name in used},
        **dict.fromkeys(("used_cost", "assigned_cost"), used_cost),
        **dict.fromkeys(("unused_min", "idle_min"), unused),
        **dict.fromkeys(("unused_cost", "idle_cost"), bears.get(UNUSED, 0)),
    }


MODELS: Mapping[str, Model] = {
    "credit_note_unused_period": credit_unused,
    "discount_then_maximum": discount_then_maximum,
    "dynamic": dynamic,
    "graduated": graduated,
    "graduated_percentage": graduated_percentage,
    "graduated_percentage_sequence": graduated_sequence,
    "largest_remainder": by_largest_remainder,
    "maximum_spend": maximum_spend,
    "minimum_spend": minimum_spend,
    "package": package,
    "package_delta": package_delta,
    "percentage": percentage,
    "percentage_min_max": percentage_min_max,
    "plan_change_half_period": plan_change,
    "plan_commitment": plan_commitment,
    "prorated_minimum": prorated_minimum,
    "proration_days": proration_days,
    "proration_fraction": proration_fraction,
    "round": round_,
    "round_to_step": round_to_step,
    "rounded_rate_leak": capacity,
    "running_sum_rounding": by_running_sum,
    "standard": standard,
    "tax_exclusive": tax_exclusive,
    "tax_inclusive": tax_inclusive,
    "tax_on_sum_vs_per_item": tax_on_sum,
    "tiered_block_all_tiers": block_tiers,
    "tiered_block_top_tier": top_block,
    "time_driven_abc": capacity,
    "unit_delta": unit_delta,
    "volume": volume,
    "volume_reprice_delta": volume_delta,
    **CALLS,
    **CALENDAR,
}
