"""Rows about single calls: steps, prices that change while a call lasts, prepaid and included seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from chalicelib.billing.model.counting import rounded as billed_seconds
from chalicelib.billing.model.plan import Counting
from chalicelib.billing.model.pricing.allowance import cover
from chalicelib.billing.model.pricing.increments import stepped, whole_seconds
from chalicelib.billing.model.pricing.limits import excess
from chalicelib.billing.model.pricing.tiers import Block, Tier, blocks, graduated, packages
from chalicelib.kernel.money import exact
from tests.vectors.terms import Figures, Terms, cost, rounded, to_decimals

_MINUTE = 60


def voice_increment(given: Terms) -> Figures:
    step = given.whole("increment_s", "next_interval_s", "increment")
    initial = given.whole("initial_s", "initial_interval_s", "initial", default=step)
    minimum = given.whole("minimum_s", "min_s", "minimum", default=0)
    fixed = given.whole("wrap_up_fixed_s", "wrap_fixed_s", "fixed_wrap_s", "wrap_up_minute_s", default=0)
    counting = Counting(initial_interval=initial, next_interval=step, minimum=minimum, wrap_fixed=fixed)
    billed = billed_seconds(_seconds(given), counting)
    figures: dict[str, Any] = {"billed_s": billed, "billed_min": Fraction(billed, 60)}
    if given.has("rate", "rate_per_min", "rate_per_s"):
        per = (
            60
            if given.has("rate_per_min")
            else given.whole("rate_unit_s", default=1 if given.has("rate_per_s") else 60)
        )
        price = exact(billed, given.number("rate", "rate_per_min", "rate_per_s"), per)
        figures["cost"] = rounded(price + given.number("connect_fee", default=0), given)
    return figures


def _seconds(given: Terms) -> int:
    """Whole seconds of a contact: its duration, or talk, hold and wrap-up as far as that counts."""
    if given.has("duration_s"):
        length = given.number("duration_s")
    else:
        length = given.number("talk_s") + given.number("hold_s", default=0)
    wrap = given.number("acw_s", "wrap_s", "wrap_up_s", "wrapup_s", default=0)
    if given.has("acw_cap_s", "wrap_cap_s", "wrap_up_cap_s", "cap_s"):
        wrap = min(wrap, given.number("acw_cap_s", "wrap_cap_s", "wrap_up_cap_s", "cap_s"))
    rule = given.text("sub_second", "second_rounding", "duration_round", default="up")
    return whole_seconds(int((length + wrap) * 1000), rule)


def voice_increment_compare(given: Terms) -> Figures:
    seconds = _seconds(given)

    def minutes(initial: int, step: int) -> Fraction:
        return Fraction(stepped(seconds, initial, step), 60)

    steps = (1, 6, 10, 12, 15, 20, 30, 60)
    return {f"minutes_{initial}_{step}": minutes(initial, step) for initial in steps for step in steps}


def unit_increment(given: Terms) -> Figures:
    """Steps that are begun count in full: packages of so many units."""
    (steps,) = blocks(
        given.number("units"), [Block(given.number("increment"), None, given.decimal("rate_per_increment"))]
    )
    return {"cost": rounded(cost([steps]), given), "increments": steps.quantity}


def rate_groups(given: Terms) -> Figures:
    """The call's seconds fill the groups as a quantity fills tiers; each part is rounded up to its group's steps."""
    groups = given.entries("groups")
    ends = [*(int(group["from_s"]) for group in groups[1:]), None]
    (parts,) = graduated([given.whole("duration_s")], [Tier(up_to=end, unit=Decimal(0)) for end in ends])
    billed, price = 0, given.number("connect_fee", "connect", default=0)
    for part in parts:
        step = int(groups[part.tier]["increment_s"])
        seconds = stepped(int(part.quantity), step, step)
        billed += seconds
        price += exact(seconds, _per_second(groups[part.tier]))
    return {"cost": rounded(price, given), "billed_s": billed}


def _per_second(group: Mapping[str, Any]) -> Fraction:
    if "rate_per_s" in group:
        return Fraction(str(group["rate_per_s"]))
    return Fraction(str(group["rate_per_min"])) / 60


def per_increment(given: Terms) -> Figures:
    """Money is rounded once per line, never per increment: the exact cost."""
    step, seconds = given.whole("increment_s"), given.whole("duration_s")
    price = given.number("connect", "connect_fee", default=0)
    if given.has("first_60s"):
        price += given.number("first_60s")
        seconds = max(0, seconds - _MINUTE)
    price += exact(stepped(seconds, step, step), given.number("then_per_min", "rate_per_min"), _MINUTE)
    return {"cost": rounded(price, given)}


def per_call_vs_aggregate(given: Terms) -> Figures:
    calls = given.whole("calls")
    each = exact(given.number("duration_s"), given.number("rate_per_min"), _MINUTE)
    how = given.text("per_call_round")
    decimals = int(how.rpartition("/")[2].removesuffix("dp"))
    total = to_decimals(each, decimals, how.partition("/")[0]) * calls
    return {"per_call_total": total, "aggregate_total": to_decimals(each * calls, decimals)}


def included_then_overage(given: Terms) -> Figures:
    """What a call would cost above the credit is not granted, in whole seconds."""
    seconds, connect = given.whole("duration_s"), given.number("connect_fee", default=0)
    rate, credit = given.decimal("overage_rate_per_s"), given.number("credit", default=1_000_000_000)
    (included,) = cover([seconds], given.whole("included_s"))
    beyond = seconds - included
    refused = excess(exact(beyond, rate), max(credit - connect, Fraction(0)), Fraction(0))
    paid = beyond - (packages(refused, rate) if rate else 0)
    return {"granted_s": included + paid, "cost": rounded(connect + exact(paid, rate), given)}


def included_increment(given: Terms) -> Figures:
    included, step = given.whole("included_s"), given.whole("included_increment_s")
    (drawn,) = cover([stepped(given.whole("duration_s"), step, step)], included)
    return {"remaining_s": included - drawn}


CALLS: Mapping[str, Callable[[Terms], Figures]] = {
    "included_increment": included_increment,
    "included_then_overage": included_then_overage,
    "per_call_vs_aggregate_rounding": per_call_vs_aggregate,
    "per_increment_rounding": per_increment,
    "rate_groups": rate_groups,
    "unit_increment": unit_increment,
    "voice_increment": voice_increment,
    "voice_increment_compare": voice_increment_compare,
}
