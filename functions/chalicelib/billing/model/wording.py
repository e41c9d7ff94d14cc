"""The sentences on an invoice that say by which rule a line was computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from chalicelib.billing.model.ledger import Meter
from chalicelib.billing.model.plan import AFTER_HOURS, HOLIDAY, USUAL, Charge, Counting, Plan, Tiered
from chalicelib.billing.model.words import Words
from chalicelib.kernel.money import UnitPrice

MINUTE, HOUR = 60, 3600
_CLASSES: Mapping[str, str] = {
    USUAL: "{text}",
    AFTER_HOURS: "{text}, after hours",
    HOLIDAY: "{text}, on holidays",
}
_TIMES: Mapping[str, str] = {
    AFTER_HOURS: "{price} × {factor} after hours",
    HOLIDAY: "{price} × {factor} on holidays",
}
_EACH: Mapping[int, str] = {1: "{price} each", MINUTE: "{price} per minute", HOUR: "{price} per hour"}
_CALLS = frozenset({Meter.VOICE, Meter.AUTOMATED, Meter.PATCHED})


class Used(Protocol):
    @property
    def rate_class(self) -> str: ...
    @property
    def contacts(self) -> int: ...
    @property
    def billed(self) -> int: ...
    @property
    def allowed(self) -> int: ...


def text(charge: Charge, rate_class: str, words: Words) -> str:
    return words(_CLASSES[rate_class], text=words(charge.text))


def rule(charge: Charge, one: Used, unit_price: UnitPrice, factor: Decimal, tier: int, words: Words) -> str:
    """`3 calls: talk and hold; by the second; 10 min included; then 1.45 EUR per minute`."""
    price = words(_EACH[charge.base_quantity], price=words.price(unit_price))
    if one.allowed:
        price = words("then {price}", price=price)
    if factor != 1:
        price = words(_TIMES[one.rate_class], price=price, factor=words.number(_short(factor)))
    return f"{used(charge, [one], words)}; {_tier(charge, tier, price, words)}"


def used(charge: Charge, found: Sequence[Used], words: Words) -> str:
    contacts = sum(one.contacts for one in found)
    billed, allowed = sum(one.billed for one in found), found[0].allowed
    counting = charge.counting
    if charge.base_quantity == 1:
        count = words.count(billed, charge.unit)
        return f"{count}; {words('{n} included', n=allowed)}" if allowed else count
    told = [_counted(counting, words)] if counting.parts else []
    told += [_steps(counting, words), *_extras(counting, words)] if charge.meter in _CALLS else []
    if charge.split:
        told.append(words("a call over a change of hours is cut there"))
    if allowed:
        sentence = "{n} min included" if charge.base_quantity == MINUTE else "{n} h included"
        told.append(words(sentence, n=allowed // charge.base_quantity))
    who = words.count(contacts, "call" if charge.meter in _CALLS else "record")
    return f"{who}: {'; '.join(told)}" if told else who


def charges(kinds: Sequence[str], plan: Plan, words: Words) -> str:
    """What the lines of those kinds are called."""
    texts = {charge.id: words(charge.text) for charge in plan.charges}
    texts |= {"base": plan.name, "seats": words("Dedicated seats")}
    return ", ".join(texts.get(kind, kind) for kind in kinds)


def units(charge: Charge, number: int, words: Words) -> str:
    """So many of what the price is for: `100 chats`, `60 minutes`."""
    return words.count(number, {1: charge.unit, MINUTE: "minute", HOUR: "hour"}[charge.base_quantity])


def _counted(counting: Counting, words: Words) -> str:
    cap = counting.wrap_cap
    wrap_up = words("wrap-up") if cap is None else words("up to {n} s of wrap-up", n=cap)
    if counting.parts == ("wrap",):
        return wrap_up
    parts = [words(part) for part in counting.parts if part != "wrap"]
    if "wrap" in counting.parts and cap != 0:
        parts.append(wrap_up)
    if len(parts) == 1:
        return parts[0]
    return words("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1])


def _steps(counting: Counting, words: Words) -> str:
    initial, step = counting.initial_interval, counting.next_interval
    what = words("each call") if counting.each else words("all calls together")
    if initial != step:
        told = words(
            "{what} the first {initial} s whole, then in steps of {step} s", what=what, initial=initial, step=step
        )
    elif step == 1:
        told = words("by the second")
    else:
        told = words("{what} in steps of {step} s", what=what, step=step)
    return words("{words}, at least {n} s", words=told, n=counting.minimum) if counting.minimum > initial else told


def _extras(counting: Counting, words: Words) -> list[str]:
    extras = []
    if counting.wrap_fixed:
        extras.append(words("{n} s of wrap-up added to each", n=counting.wrap_fixed))
    if counting.per_event:
        extras.append(words("{n} s added for each automation event", n=counting.per_event))
    if counting.short_free:
        n, below = counting.short_free, counting.short_below
        extras.append(words("the first {n} below {below} s free", n=n, below=below))
    return extras


def _tier(charge: Charge, tier: int, price: str, words: Words) -> str:
    """The price, and for which part of the quantity it is."""
    if not isinstance(charge.pricing, Tiered) or tier < 0:
        return price
    bound = charge.pricing.tiers[tier].up_to
    if bound is None:
        price = words("{price} in tier {n} (and beyond)", price=price, n=tier + 1)
    else:
        reach = units(charge, int(bound) // charge.base_quantity, words)
        price = words("{price} in tier {n} (up to {units})", price=price, n=tier + 1, units=reach)
    return words("{price}, for all of it", price=price) if charge.pricing.volume else price


def _short(number: Decimal) -> str:
    return format(number.normalize(), "f")
