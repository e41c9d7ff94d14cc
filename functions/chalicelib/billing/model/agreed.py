"""The terms of a client's configuration, turned into parts of a plan to compute with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from chalicelib.billing.model import charge as model
from chalicelib.billing.model.ledger import Meter
from chalicelib.billing.model.pricing.tiers import Block, Tier
from chalicelib.kernel.money import Money, UnitPrice, decimal, exponent
from chalicelib.tenancy.model import plan as configuration
from chalicelib.tenancy.model.form import Amount, Name
from chalicelib.tenancy.model.plain import to_plain

MINUTE, HOUR = 60, 3600
WRAP_UP, CALLS = "wrap_up", "calls"  # charges beside that of a call's minutes
BESIDE = frozenset({WRAP_UP, CALLS})

# The configuration's word, the meter, what the invoice says, and whether agents handle it (so that the hour matters).
_TIMED = (
    ("voice", Meter.VOICE, "Calls handled by agents", True),
    ("automated", Meter.AUTOMATED, "Automated minutes", False),
    ("patched", Meter.PATCHED, "Calls connected through", False),
)
_COUNTED = (
    ("chat", Meter.CHAT, "Chats handled by agents", "chat", True),
    ("email", Meter.EMAIL, "Emails handled by agents", "email", True),
    ("message", Meter.MESSAGE, "Messages handled by agents", "message", True),
    ("post", Meter.POST, "Letters handled by agents", "letter", True),
    ("bot_chat", Meter.BOT_CHAT, "Chats resolved by the bot", "chat", False),
    ("sms", Meter.SMS, "Texts sent", "text", False),
    ("dial", Meter.DIAL, "Attempts to reach somebody", "attempt", False),
    ("mail", Meter.MAIL, "Mails to people on call", "mail", False),
)
_KINDS: Mapping[str, str] = {
    **{name: meter.value for name, meter, _, _ in _TIMED},
    **{name: meter.value for name, meter, _, _, _ in _COUNTED},
    "seats": "seats",
}


def kind_of(name: str) -> str:
    """The kind of invoice line that the configuration calls so: `voice` is `voice_seconds`."""
    return _KINDS.get(name, name)


def tax_of(tax: configuration.Tax) -> model.Tax:
    """One spelling of the rate: 19.0 and 19 are one group of taxes (BR-E-01 and its like)."""
    return model.Tax(tax.category.value, decimal(format(decimal(tax.rate).normalize(), "f")))


def charges_of(terms: configuration.Plan, taxes: Mapping[str, model.Tax]) -> tuple[model.Charge, ...]:
    charges = []
    for name, meter, text, by_agents in _TIMED:
        timed: configuration.MinuteTerms | None = getattr(terms, name)
        if timed is not None:
            charges += _timed(name, meter, text, timed, terms, taxes, by_agents)
    for name, meter, text, unit, by_agents in _COUNTED:
        counted: configuration.CountTerms | None = getattr(terms, name)
        if counted is not None:
            charge = model.Charge(
                id=meter.value,
                meter=meter,
                text=text,
                unit=unit,
                pricing=_pricing(counted, counted.per_contact, terms.currency, 1),
                tax=taxes[counted.tax],
                included=counted.included,
            )
            charges.append(_shared_terms(charge, name, counted, terms, by_agents))
    if terms.seats is not None and terms.seats.extra_per_hour is not None:
        charges.append(_extra_hours(terms.seats, terms.currency, taxes))
    return tuple(charges)


def _timed(
    name: str,
    meter: Meter,
    text: str,
    timed: configuration.MinuteTerms,
    terms: configuration.Plan,
    taxes: Mapping[str, model.Tax],
    by_agents: bool,
) -> list[model.Charge]:
    charge = model.Charge(
        id=meter.value,
        meter=meter,
        text=text,
        unit="second",
        pricing=_pricing(timed, timed.per_minute, terms.currency, MINUTE),
        tax=taxes[timed.tax],
        counting=_counting(timed),
        base_quantity=MINUTE,
        included=timed.included_minutes * MINUTE,
    )
    charge = _shared_terms(charge, name, timed, terms, by_agents)
    return [charge, *_beside(charge, timed, terms)] if isinstance(timed, configuration.VoiceTerms) else [charge]


def _beside(charge: model.Charge, timed: configuration.VoiceTerms, terms: configuration.Plan) -> Iterator[model.Charge]:
    grace = charge.counting
    if timed.per_call is not None:
        calls = replace(
            charge,
            id=CALLS,
            text="Calls",
            unit="call",
            pricing=model.Unit(UnitPrice.of(timed.per_call, terms.currency)),
            counting=model.Counting(piece=True, short_free=grace.short_free, short_below=grace.short_below),
            base_quantity=1,
            included=timed.included_calls,
        )
        yield _shared_terms(calls, CALLS, replace(timed, rollover=None), terms, by_agents=True)
    if timed.wrap_up is not configuration.WrapUp.SEPARATE:
        return
    yield model.Charge(
        id=WRAP_UP,
        meter=charge.meter,
        text="Wrap-up of calls",
        unit="second",
        pricing=model.Unit(UnitPrice.of(timed.wrap_up_per_minute or "0", terms.currency)),
        tax=charge.tax,
        counting=model.Counting(
            parts=("wrap",), wrap_cap=timed.wrap_up_cap, short_free=grace.short_free, short_below=grace.short_below
        ),
        mode=charge.mode,
        base_quantity=MINUTE,
        factors=charge.factors,
        split=charge.split,
    )


def _counting(timed: configuration.MinuteTerms) -> model.Counting:
    counting = model.Counting(
        initial_interval=timed.initial_interval,
        next_interval=timed.next_interval,
        minimum=timed.minimum,
        each=timed.round_each is configuration.Scope.CONTACT,
        sub_second=timed.sub_second.value,
    )
    if not isinstance(timed, configuration.VoiceTerms):
        return counting
    parts = ["talk", "hold"] if timed.hold else ["talk"]
    if timed.wrap_up is configuration.WrapUp.INCLUDED:
        parts.append("wrap")
    return replace(
        counting,
        parts=tuple(parts),
        wrap_cap=timed.wrap_up_cap,
        wrap_fixed=timed.wrap_up_fixed,
        per_event=timed.per_event_s,
        short_free=timed.short_calls.free if timed.short_calls else 0,
        short_below=timed.short_calls.below_s if timed.short_calls else 0,
    )


def _pricing(terms: configuration.Terms, price: Amount | None, currency: str, base_quantity: int) -> model.Pricing:
    top = terms.tier_model is configuration.TierModel.VOLUME
    if terms.package is not None:
        return model.Blocked((Block(terms.package.size * base_quantity, None, decimal(terms.package.price)),))
    if terms.blocks:
        blocks = (Block(one.size * base_quantity, one.most, decimal(one.price)) for one in terms.blocks)
        return model.Blocked(tuple(blocks), top)
    if not terms.tiers:
        return model.Unit(UnitPrice.of(price or "0", currency))
    return model.Tiered(
        tiers=tuple(
            Tier(
                up_to=None if tier.up_to is None else tier.up_to * base_quantity,
                unit=decimal(tier.price),
                flat=decimal(tier.flat),
            )
            for tier in terms.tiers
        ),
        volume=top,
        flat_at_zero=terms.flat_at_zero,
    )


def _shared_terms(
    charge: model.Charge, name: str, own: configuration.Terms, terms: configuration.Plan, by_agents: bool
) -> model.Charge:
    pool = next((pool for pool, shared in terms.pools.items() if name in shared.draws), None)
    factors = own.factors or (terms.factors if by_agents else configuration.Factors())
    by_class = {
        rate_class: factor
        for rate_class, factor in (
            (model.AFTER_HOURS, decimal(factors.after_hours)),
            (model.HOLIDAY, decimal(factors.holiday)),
        )
        if factor != 1
    }
    timed = charge.base_quantity != 1
    return replace(
        charge,
        mode=own.mode.value,
        pool=str(pool or ""),
        draws=terms.pools[pool].draws[Name(name)] if pool else 1,
        rollover=rollover_of(own.rollover),
        factors=by_class,
        split=timed and bool(by_class) and factors.across is configuration.Across.SPLIT,
    )


def rollover_of(terms: configuration.Rollover | None) -> model.Rollover | None:
    return model.Rollover(decimal(terms.percent), terms.months) if terms else None


def pool_of(name: str, terms: configuration.Pool) -> model.Pool:
    return model.Pool(id=name, included=terms.included, rollover=rollover_of(terms.rollover))


def add_on_of(terms: configuration.AddOn, currency: str, taxes: Mapping[str, model.Tax]) -> model.AddOn:
    price = UnitPrice.of(terms.price, currency)
    return model.AddOn(id=terms.id, text=terms.text, price=price, quantity=terms.quantity, tax=taxes[terms.tax])


def fee_of(terms: configuration.Fee, currency: str, taxes: Mapping[str, model.Tax]) -> model.Fee:
    return model.Fee(text=terms.text, price=UnitPrice.of(terms.price, currency), tax=taxes[terms.tax])


def surcharge_of(terms: configuration.Surcharge, currency: str, taxes: Mapping[str, model.Tax]) -> model.Surcharge:
    scale = exponent(currency)
    tiers = tuple(
        Tier(
            up_to=None if tier.up_to is None else decimal(tier.up_to).scaleb(scale),
            unit=decimal(tier.percent),
            flat=decimal(tier.flat).scaleb(scale),
        )
        for tier in terms.tiers
    )
    return model.Surcharge(
        id=terms.id,
        text=terms.text,
        on=tuple(kind_of(name) for name in terms.on),
        tiers=tiers or (Tier(up_to=None, unit=decimal(terms.percent or "0")),),
        least=Money.of(terms.least, currency) if terms.least is not None else None,
        most=Money.of(terms.most, currency) if terms.most is not None else None,
        tax=taxes[terms.tax],
    )


def rounding_of(terms: configuration.Rounding | None, currency: str) -> model.Rounding | None:
    return model.Rounding(Money.of(terms.step, currency).minor, terms.mode.value) if terms else None


def seats_of(
    terms: configuration.SeatTerms | None, currency: str, taxes: Mapping[str, model.Tax]
) -> model.Seats | None:
    if terms is None:
        return None
    per_hour = UnitPrice.of(terms.per_hour, currency)
    return model.Seats(count=terms.seats, hours=terms.hours, per_hour=per_hour, tax=taxes[terms.tax])


def _extra_hours(terms: configuration.SeatTerms, currency: str, taxes: Mapping[str, model.Tax]) -> model.Charge:
    """Hours worked beyond those that the seats have anyway."""
    return model.Charge(
        id=Meter.SEAT.value,
        meter=Meter.SEAT,
        text="Seat hours",
        unit="second",
        pricing=model.Unit(UnitPrice.of(terms.extra_per_hour or "0", currency)),
        tax=taxes[terms.tax],
        base_quantity=HOUR,
        included=terms.seats * terms.hours * HOUR,
    )


def band_of(terms: configuration.Band | None, currency: str, taxes: Mapping[str, model.Tax]) -> model.Band | None:
    if terms is None:
        return None
    return model.Band(
        baseline=terms.baseline,
        deadband=decimal(terms.deadband),
        arc=UnitPrice.of(terms.arc, currency),
        rrc=UnitPrice.of(terms.rrc, currency),
        tax=taxes[terms.tax],
    )


def service_of(terms: configuration.ServiceCredit | None) -> model.ServiceCredit | None:
    if terms is None:
        return None
    return model.ServiceCredit(
        on=terms.on.value,
        credit=_steps(terms.credit),
        bonus=_steps(terms.bonus),
        cap=decimal(terms.cap),
        least=terms.least,
    )


def _steps(steps: tuple[configuration.CreditStep, ...]) -> tuple[tuple[Decimal, Decimal], ...]:
    return tuple((decimal(step.points), decimal(step.percent)) for step in steps)


def budget_of(terms: configuration.Budget | None, currency: str) -> model.Budget | None:
    if terms is None:
        return None
    return model.Budget(
        amount=Money.of(terms.amount, currency),
        alerts=terms.alerts,
        cap=terms.cap,
        action=terms.action.value,
        interim=Money.of(terms.interim, currency) if terms.interim is not None else None,
    )


def version_of(terms: configuration.Plan) -> str:
    """What stands at its default is left out, so that a new term changes the version of no plan without it. A budget
    is no price: another one makes no other plan."""
    canonical = json.dumps(
        to_plain(replace(terms, budget=None)), sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str
    )
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]
