"""What the terms of a plan must agree on. Each rule yields (path, what is wrong, the fix)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from chalicelib.kernel.channel import Channel
from chalicelib.kernel.money import exponent
from chalicelib.tenancy.model.plan import (
    METERED,
    Across,
    CapAction,
    CountTerms,
    Factors,
    MinuteTerms,
    Mode,
    Plan,
    SeatTerms,
    Terms,
    VoiceTerms,
    WrapUp,
)
from chalicelib.tenancy.model.tenant import Tenant

Path = tuple[str | int, ...]
Disagreement = tuple[Path, str, str]
Rule = Callable[[Tenant], Iterator[Disagreement]]

_BY_CHANNEL = {
    Channel.VOICE: "voice",
    Channel.CHAT: "chat",
    Channel.EMAIL: "email",
    Channel.MESSAGE: "message",
    Channel.POST: "post",
}


def fees_can_be_paid(tenant: Tenant) -> Iterator[Disagreement]:
    """What is due as it stands has no more decimals than the currency; prices of units may be finer."""
    plan = tenant.plan
    for path, amount in _due(plan):
        decimals = exponent(plan.currency)
        if amount is not None and -int(amount.decimal.normalize().as_tuple().exponent) > decimals:
            fix = f"use {decimals} decimals" if decimals else "write it without decimals"
            yield ("plan", *path), f"{amount} is finer than {plan.currency} can be paid", fix


def a_charge_has_one_price(tenant: Tenant) -> Iterator[Disagreement]:
    for name, terms in _terms(tenant.plan):
        price = "per_contact" if isinstance(terms, CountTerms) else "per_minute"
        given = [
            word
            for word, value in (
                (price, getattr(terms, price)),
                ("tiers", terms.tiers),
                ("package", terms.package),
                ("blocks", terms.blocks),
            )
            if value
        ]
        if len(given) != 1:
            told = f"has {' and '.join(given)}" if given else "has no price"
            yield ("plan", name), told, f'give exactly one of: {price} (it may be "0"), tiers, package, blocks'
        if not terms.tiers and terms.flat_at_zero:
            yield ("plan", name, "flat_at_zero"), "has no tiers whose flat it could be", "give `tiers`, or remove it"


def tiers_rise_to_an_open_one(tenant: Tenant) -> Iterator[Disagreement]:
    for name, terms in _terms(tenant.plan):
        yield from _tiers(("plan", name, "tiers"), [tier.up_to for tier in terms.tiers])
    for place, surcharge in enumerate(tenant.plan.surcharges):
        path = ("plan", "surcharges", place)
        bounds = [None if tier.up_to is None else tier.up_to.decimal for tier in surcharge.tiers]
        yield from _tiers((*path, "tiers"), bounds)
        if (surcharge.percent is None) == (not surcharge.tiers):
            yield path, "has both percent and tiers" if surcharge.tiers else "has no percentage", "give one of both"
        least, most = surcharge.least, surcharge.most
        if least is not None and most is not None and least.decimal > most.decimal:
            yield (*path, "least"), f"{least} is above the most, {most}", "lower it"


def blocks_end_in_an_open_one(tenant: Tenant) -> Iterator[Disagreement]:
    """Sizes may be in any order: each tier begins where the blocks of the one before it end."""
    for name, terms in _terms(tenant.plan):
        for place, block in enumerate(terms.blocks):
            path = ("plan", name, "blocks", place, "most")
            if place == len(terms.blocks) - 1:
                if block.most is not None:
                    yield path, f"is {block.most}, so what is beyond has no price", "leave it out: the last one is open"
            elif block.most is None:
                yield path, "is missing, but other blocks follow", "leave it out of the last one only"


def taxes_exist(tenant: Tenant) -> Iterator[Disagreement]:
    plan = tenant.plan
    for path, name in _taxed(plan):
        if name and name not in plan.taxes:
            known = ", ".join(plan.taxes) or "(none)"
            yield ("plan", *path), f"there is no tax {name!r}", f"add plan.taxes.{name}, or name one of: {known}"
    for tax_path, tax in ((("tax",), plan.tax), *((("taxes", name), tax) for name, tax in plan.taxes.items())):
        if tax.category.value == "S" and tax.rate.decimal == 0:
            yield ("plan", *tax_path, "rate"), "is 0, but the category is S", 'give the rate, or category = "Z"'
        if tax.category.value != "S" and tax.rate.decimal != 0:
            why = f"is {tax.rate}, but category {tax.category.value} has no tax"
            yield ("plan", *tax_path, "rate"), why, 'write "0", or category = "S"'


def wrap_up_is_billed_in_one_way(tenant: Tenant) -> Iterator[Disagreement]:
    voice = tenant.plan.voice
    if voice is None:
        return
    path = ("plan", "voice")
    if voice.per_call is None and voice.included_calls:
        yield (*path, "included_calls"), "has no effect: a call has no price of its own", "give per_call, or remove it"
    if voice.wrap_up is WrapUp.NONE and voice.wrap_up_cap is not None:
        yield (*path, "wrap_up_cap"), "has no effect", 'remove it, or set wrap_up = "included"'
    if voice.wrap_up is WrapUp.SEPARATE and voice.wrap_up_per_minute is None:
        yield (*path, "wrap_up_per_minute"), "is missing", "give the price of separate wrap-up"
    if voice.wrap_up is not WrapUp.SEPARATE and voice.wrap_up_per_minute is not None:
        yield (*path, "wrap_up_per_minute"), "has no effect", 'remove it, or set wrap_up = "separate"'


def rounding_has_something_to_round(tenant: Tenant) -> Iterator[Disagreement]:
    for name, terms in _terms(tenant.plan):
        if isinstance(terms, MinuteTerms) and terms.round_each.value == "period":
            fixed = isinstance(terms, VoiceTerms) and (terms.wrap_up_fixed or terms.short_calls is not None)
            if fixed or terms.minimum:
                why = 'is "period", but a minimum, fixed wrap-up and free short calls are of each contact'
                yield ("plan", name, "round_each"), why, 'set "contact", or remove those'


def pools_are_drawn_by_charges(tenant: Tenant) -> Iterator[Disagreement]:
    plan = tenant.plan
    known = {name for name, _ in _terms(plan)}
    if plan.voice is not None and plan.voice.per_call is not None:
        known.add("calls")
    drawn: Counter[str] = Counter()
    for pool_name, pool in plan.pools.items():
        for name in pool.draws:
            drawn[str(name)] += 1
            if name not in known:
                path = ("plan", "pools", pool_name, "draws", name)
                yield path, "is no charge of this plan", f"name some of: {', '.join(sorted(known))}"
    for drawer, times in drawn.items():
        if times > 1:
            yield ("plan", "pools"), f"{drawer!r} draws from {times} of them", "let a charge draw from one pool"


def what_moves_on_was_included(tenant: Tenant) -> Iterator[Disagreement]:
    for name, terms in _terms(tenant.plan):
        included = terms.included if isinstance(terms, CountTerms) else getattr(terms, "included_minutes", 0)
        if terms.rollover is not None and not included:
            yield ("plan", name, "rollover"), "has no included units to move on", "include some, or remove it"
        if terms.rollover is not None and terms.rollover.percent.decimal > 100:
            yield ("plan", name, "rollover", "percent"), "is above 100", "at most all of it can move on"


def limits_leave_room(tenant: Tenant) -> Iterator[Disagreement]:
    plan = tenant.plan
    if plan.maximum is not None and plan.maximum.decimal < plan.minimum.decimal:
        yield ("plan", "maximum"), f"{plan.maximum} is below the minimum, {plan.minimum}", "raise it"
    if plan.rounding is not None and plan.rounding.step.decimal == 0:
        yield ("plan", "rounding", "step"), "is 0", "write the smallest coin, or remove the rounding"
    if plan.discount.decimal > 100:
        yield ("plan", "discount"), f"is {plan.discount} percent", "write at most 100"
    if plan.band is not None and plan.band.deadband.decimal > 100:
        yield ("plan", "band", "deadband"), f"is {plan.band.deadband} percent", "write at most 100"


def factors_multiply_a_price(tenant: Tenant) -> Iterator[Disagreement]:
    plan = tenant.plan
    for name, terms in _terms(plan):
        factors = terms.factors or (plan.factors if name in _BY_CHANNEL.values() else Factors())
        if (terms.package is not None or terms.blocks) and factors != Factors():
            path = ("plan", name, "factors") if terms.factors else ("plan", "factors")
            sold = "packages" if terms.package is not None else "blocks"
            yield path, f"has no effect on {name}, which is sold by {sold}", "give `tiers` or one price there"
        if isinstance(terms, CountTerms) and terms.factors and terms.factors.across is Across.SPLIT:
            yield (
                ("plan", name, "factors", "across"),
                "has no effect: what is counted by the piece is not cut",
                "remove it",
            )
    for place, factors in _factors(plan):
        if factors.across is Across.SPLIT and factors == Factors(across=Across.SPLIT):
            yield (
                ("plan", *place, "across"),
                "has no effect: no hour has a price of its own",
                "give factors, or remove it",
            )
        for word in ("after_hours", "holiday"):
            if getattr(factors, word).decimal == 0:
                yield ("plan", *place, word), "is 0", 'write "1" for the usual price'


def names_in_the_plan_are_known(tenant: Tenant) -> Iterator[Disagreement]:
    plan = tenant.plan
    codes = {disposition.code for disposition in tenant.dispositions}
    for place, code in enumerate(plan.non_billable):
        if code not in codes:
            allowed = f"allowed are: {', '.join(sorted(codes))}"
            yield ("plan", "non_billable", place), f"{code!r} is no disposition of this client", allowed
    charges = {"base", "seats", *(name for name, _ in _terms(plan))}
    for place, surcharge in enumerate(plan.surcharges):
        for at, name in enumerate(surcharge.on):
            if name not in charges:
                allowed = f"name some of: {', '.join(sorted(charges))}"
                yield ("plan", "surcharges", place, "on", at), f"{name!r} is no charge of this plan", allowed
    for word, ids in (
        ("add_ons", [one.id for one in plan.add_ons]),
        ("surcharges", [one.id for one in plan.surcharges]),
    ):
        for name, times in Counter(ids).items():
            if times > 1:
                yield ("plan", word), f"has the id {name!r} twice", "give each id once"


def dedicated_work_has_seats(tenant: Tenant) -> Iterator[Disagreement]:
    plan = tenant.plan
    seats: SeatTerms | None = plan.seats
    if seats is not None and not seats.seats * seats.hours and seats.extra_per_hour is None:
        why = "has neither hours agreed nor a price of hours worked"
        yield ("plan", "seats"), why, "give `seats` and `hours`, or extra_per_hour"
    for name, terms in _terms(plan):
        if terms.mode is not Mode.ANY and name not in _BY_CHANNEL.values():
            yield ("plan", name, "mode"), "has no effect: no agent handles it", "remove it"


def service_steps_rise(tenant: Tenant) -> Iterator[Disagreement]:
    service = tenant.plan.service
    if service is None:
        return
    if service.on.value == "seats" and tenant.plan.seats is None:
        yield ("plan", "service", "on"), 'is "seats", but the plan has none', "give `seats`, or another amount"
    for word in ("credit", "bonus"):
        steps = getattr(service, word)
        for place in range(1, len(steps)):
            before, after = steps[place - 1], steps[place]
            if after.points.decimal <= before.points.decimal:
                why = f"{after.points} points do not follow {before.points}"
                yield ("plan", "service", word, place, "points"), why, "let points rise from step to step"


def a_budget_says_what_happens(tenant: Tenant) -> Iterator[Disagreement]:
    budget = tenant.plan.budget
    if budget is None:
        return
    if budget.cap and budget.action is CapAction.NONE:
        yield ("plan", "budget", "action"), "is missing", 'say what the cap does: "last" or "refuse"'
    if not budget.cap and budget.action is not CapAction.NONE:
        yield ("plan", "budget", "action"), "has no effect without a cap", "set cap = true, or remove it"
    if list(budget.alerts) != sorted(set(budget.alerts)):
        yield ("plan", "budget", "alerts"), "do not rise", "write them like [50, 80, 100]"
    if budget.amount.decimal == 0:
        yield ("plan", "budget", "amount"), "is 0", "give an amount, or remove the budget"


def every_channel_with_an_address_has_a_price(tenant: Tenant) -> Iterator[Disagreement]:
    reached = sorted({address.kind: address.text for address in tenant.entry_points.all()}.items())
    for kind, text in reached:
        name = _BY_CHANNEL[kind.channel]
        if kind.channel in tenant.channels and getattr(tenant.plan, name) is None:
            why = f"is missing, but customers reach this client at {text}"
            yield ("plan", name), why, 'add its price (it may be "0")'


BILLABLE: tuple[Rule, ...] = (
    fees_can_be_paid,
    a_charge_has_one_price,
    tiers_rise_to_an_open_one,
    blocks_end_in_an_open_one,
    taxes_exist,
    wrap_up_is_billed_in_one_way,
    rounding_has_something_to_round,
    pools_are_drawn_by_charges,
    what_moves_on_was_included,
    limits_leave_room,
    factors_multiply_a_price,
    names_in_the_plan_are_known,
    dedicated_work_has_seats,
    service_steps_rise,
    a_budget_says_what_happens,
    every_channel_with_an_address_has_a_price,
)


def _terms(plan: Plan) -> list[tuple[str, Terms]]:
    found = ((name, getattr(plan, name)) for name in METERED)
    return [(name, terms) for name, terms in found if isinstance(terms, Terms)]


def _tiers(path: Path, bounds: list[Any]) -> Iterator[Disagreement]:
    """No gap can be written, as a tier begins where the one before it ends; so bounds rise, and the last is open."""
    least: int | Decimal = 0
    for place, bound in enumerate(bounds):
        last = place == len(bounds) - 1
        if bound is None and not last:
            yield (*path, place, "up_to"), "is missing, but other tiers follow", "leave it out of the last one only"
        if bound is None:
            continue
        if last:
            why = f"is {bound}, so what is beyond has no price"
            yield (*path, place, "up_to"), why, "leave it out: the last tier is open"
        if bound <= least:
            why = f"is {bound}, but the tier before it ends at {least}: they overlap"
            yield (*path, place, "up_to"), why, f"write more than {least}"
        least = bound


def _due(plan: Plan) -> Iterator[tuple[Path, Any]]:
    for name in ("base", "setup", "deposit", "minimum", "maximum"):
        yield (name,), getattr(plan, name)
    for place, add_on in enumerate(plan.add_ons):
        yield ("add_ons", place, "price"), add_on.price
    for name, fee in plan.fees.items():
        yield ("fees", name, "price"), fee.price
    for place, surcharge in enumerate(plan.surcharges):
        yield ("surcharges", place, "least"), surcharge.least
        yield ("surcharges", place, "most"), surcharge.most
        for at, step in enumerate(surcharge.tiers):
            yield ("surcharges", place, "tiers", at, "flat"), step.flat
            yield ("surcharges", place, "tiers", at, "up_to"), step.up_to
    for name, terms in _terms(plan):
        for at, tier in enumerate(terms.tiers):
            yield (name, "tiers", at, "flat"), tier.flat
        if terms.package is not None:
            yield (name, "package", "price"), terms.package.price
        for at, block in enumerate(terms.blocks):
            yield (name, "blocks", at, "price"), block.price
    if plan.rounding is not None:
        yield ("rounding", "step"), plan.rounding.step
    if plan.budget is not None:
        yield ("budget", "amount"), plan.budget.amount
        yield ("budget", "interim"), plan.budget.interim


def _taxed(plan: Plan) -> Iterator[tuple[Path, str]]:
    for name in (*METERED, "band"):
        terms = getattr(plan, name)
        if terms is not None:
            yield (name, "tax"), terms.tax
    for place, add_on in enumerate(plan.add_ons):
        yield ("add_ons", place, "tax"), add_on.tax
    for name, fee in plan.fees.items():
        yield ("fees", name, "tax"), fee.tax
    for place, surcharge in enumerate(plan.surcharges):
        yield ("surcharges", place, "tax"), surcharge.tax


def _factors(plan: Plan) -> Iterator[tuple[Path, Factors]]:
    yield ("factors",), plan.factors
    for name, terms in _terms(plan):
        if terms.factors is not None:
            yield (name, "factors"), terms.factors
