"""The lines of what was metered: from the totals of a charge, its allowance and its prices. One line per tier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from chalicelib.billing.model import wording
from chalicelib.billing.model.counting import rounded
from chalicelib.billing.model.line import Line, Writer
from chalicelib.billing.model.plan import RATE_CLASSES, USUAL, Blocked, Charge, Plan, Tiered, Unit
from chalicelib.billing.model.pricing.allowance import Grant, cover, draw, movable, usable
from chalicelib.billing.model.pricing.tiers import Portion, blocks, graduated, top_block, volume
from chalicelib.billing.model.segment import Segment
from chalicelib.billing.model.totals import Key, Short, Total, Totals
from chalicelib.billing.model.words import ENGLISH
from chalicelib.kernel.money import UnitPrice

FLAT_FEE = "flat fee"  # the unit of a tier's flat


class Used(NamedTuple):
    """A charge's usage in one rate class: `billed` after graces, `included` the part that costs nothing further.

    `allowed` is what is included for all rate classes of the charge in this segment, used or not.
    """

    rate_class: str
    contacts: int
    billed: int
    included: int
    allowed: int

    @property
    def over(self) -> int:
        return self.billed - self.included


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was included for a charge or a pool, and what of it was used."""

    id: str
    own: int  # of this segment
    granted: int  # moved on from before
    used: int


def free_calls(totals: Totals, plan: Plan, segment: Segment) -> list[Short]:
    """The short calls that are free: of each charge the first ones of the segment."""
    free: list[Short] = []
    for charge in plan.charges:
        number = segment.share(charge.counting.short_free)
        if number:
            free += sorted(call for call, times in totals.short.items() if times > 0 and call.charge == charge.id)[
                :number
            ]
    return free


def usage(
    totals: Totals, plan: Plan, segment: Segment, grants: Sequence[Grant] = ()
) -> tuple[dict[str, list[Used]], list[Drawn]]:
    """Each charge's usage by rate class (those without any left out, but never the usual one), and the allowances."""
    free: dict[Key, int] = {}
    for call in free_calls(totals, plan, segment):
        key = Key(call.charge, call.rate_class)
        free[key] = free.get(key, 0) + call.billed
    drawn: list[Drawn] = []
    pools = {pool.id: [segment.share(pool.included), usable(grants, pool.id, segment.label), 0] for pool in plan.pools}
    used: dict[str, list[Used]] = {}
    for charge in plan.charges:
        found = _classes(charge, totals, free)
        billed = [quantity for _, _, quantity in found]
        own, granted = segment.share(charge.included), usable(grants, charge.id, segment.label)
        included = cover(billed, own + granted)
        if own + granted:
            drawn.append(Drawn(charge.id, own, granted, sum(included)))
        if charge.pool:
            _draw_from_pool(charge, billed, included, pools[charge.pool])
        used[charge.id] = [
            Used(rate_class, contacts, quantity, part, max(own + granted, sum(included)))
            for (rate_class, contacts, quantity), part in zip(found, included, strict=True)
        ]
    drawn += [Drawn(name, own, granted, taken) for name, (own, granted, taken) in pools.items()]
    return used, drawn


def _classes(charge: Charge, totals: Totals, free: Mapping[Key, int]) -> list[tuple[str, int, int]]:
    found = []
    for rate_class in RATE_CLASSES:
        key = Key(charge.id, rate_class)
        total = totals.of.get(key, Total())
        billed = total.billed - free.get(key, 0)
        if not charge.counting.each:
            billed = rounded(billed, charge.counting)
        if total.contacts or rate_class == USUAL:
            found.append((rate_class, total.contacts, billed))
    return found


def _draw_from_pool(charge: Charge, billed: Sequence[int], included: list[int], pool: list[int]) -> None:
    """A pool's unit pays for `base_quantity / draws` of the charge. What it cannot pay in full it does not pay."""
    for place, quantity in enumerate(billed):
        own, granted, taken = pool
        payable = (own + granted - taken) * charge.base_quantity // charge.draws
        part = min(quantity - included[place], payable)
        included[place] += part
        pool[2] += -(-part * charge.draws // charge.base_quantity)


def carried(
    totals: Totals, plan: Plan, segment: Segment, grants: Sequence[Grant], until: Mapping[int, str]
) -> list[Grant]:
    """What may be used after this period. `until` has the label of the period so many months on."""
    rest, own = left_over(totals, plan, segment, grants, until)
    return [grant for grant in rest if grant.until > segment.label] + own


def left_over(
    totals: Totals, plan: Plan, segment: Segment, grants: Sequence[Grant], until: Mapping[int, str]
) -> tuple[list[Grant], list[Grant]]:
    """What is left of the grants after the segment, and what of its own units may move on.

    Grants are used before what the segment itself includes, the oldest first. What moves on is capped: that part of
    what the segment's days include.
    """
    rollovers = {charge.id: charge.rollover for charge in plan.charges}
    rollovers |= {pool.id: pool.rollover for pool in plan.pools}
    _, drawn = usage(totals, plan, segment, grants)
    rest = [grant for grant in grants if grant.until >= segment.label]
    own: list[Grant] = []
    for allowance in drawn:
        mine, beyond = draw([grant for grant in rest if grant.charge == allowance.id], allowance.used)
        rest = [grant for grant in rest if grant.charge != allowance.id] + mine
        rollover = rollovers[allowance.id]
        if rollover is not None:
            units = movable(allowance.own - beyond, allowance.own, rollover.percent)
            if units:
                own.append(Grant(allowance.id, until[rollover.months], units))
    return rest, own


def lines_of(charge: Charge, used: Sequence[Used], writer: Writer) -> Iterator[Line]:
    if isinstance(charge.pricing, Unit):
        for one in used:
            yield _line(charge, one, writer, quantity=one.over, unit_price=charge.pricing.price)
        return
    pricing = _cut(charge.pricing, writer)
    if isinstance(pricing, Blocked):
        yield from _blocks(charge, used, pricing, writer)
    else:
        yield from _tiers(replace(charge, pricing=pricing), used, pricing, writer)


def _line(
    charge: Charge,
    used: Used,
    writer: Writer,
    *,
    quantity: int,
    unit_price: UnitPrice,
    tier: int = -1,
    first: bool = True,
) -> Line:
    factor = charge.factor(used.rate_class)
    return writer.line(
        charge.id,
        wording.text(charge, used.rate_class, writer.words),
        wording.rule(charge, used, unit_price, factor, tier, writer.words),
        unit=charge.unit,
        unit_price=UnitPrice(unit_price.amount * factor, unit_price.currency),
        base_quantity=charge.base_quantity,
        quantity=quantity,
        used=used.billed if first else quantity,
        included=used.included if first else 0,
        tax=charge.tax,
        rate_class=used.rate_class,
        tier=tier,
        contacts=used.contacts if first else 0,
    )


def _blocks(charge: Charge, used: Sequence[Used], blocked: Blocked, writer: Writer) -> Iterator[Line]:
    """A line for each size of block; the first one has the contacts."""
    over, words = sum(one.over for one in used), writer.words
    priced = top_block if blocked.top else blocks
    for place, portion in enumerate(priced(over, blocked.blocks)):
        block = blocked.blocks[portion.tier]
        size, unit_price = int(block.size) // charge.base_quantity, UnitPrice(portion.unit, writer.plan.currency)
        told = words(
            _block_rule(blocked, portion.tier),
            used=wording.used(charge, used, words),
            units=wording.units(charge, size, words),
            price=words.price(unit_price),
            n=block.most,
        )
        yield writer.line(
            charge.id,
            words(charge.text),
            told,
            unit=f"package of {wording.units(charge, size, ENGLISH)}",  # for programs: the paper has its own word
            unit_price=unit_price,
            quantity=int(portion.quantity),
            used=0 if place else sum(one.billed for one in used),
            included=0 if place else sum(one.included for one in used),
            tax=charge.tax,
            tier=portion.tier,
            contacts=0 if place else sum(one.contacts for one in used),
        )


def _block_rule(blocked: Blocked, tier: int) -> str:
    if blocked.top and len(blocked.blocks) > 1:
        return "{used}; all of it in packages of {units}, begun ones in full, at {price} each"
    if blocked.blocks[tier].most is not None:
        return "{used}; up to {n} packages of {units}, begun ones in full, at {price} each"
    return "{used}; in packages of {units}, begun ones in full, at {price} each"


def _cut(pricing: Tiered | Blocked, writer: Writer) -> Tiered | Blocked:
    """The tiers of a part of a month, where the contract says that they are shorter, too."""
    if not writer.plan.prorate_tiers or writer.segment.whole:
        return pricing
    share = writer.segment.share
    if isinstance(pricing, Blocked):
        shorter = (one if one.most is None else one._replace(most=share(one.most)) for one in pricing.blocks)
        return replace(pricing, blocks=tuple(shorter))
    tiers = (one if one.up_to is None else replace(one, up_to=share(int(one.up_to))) for one in pricing.tiers)
    return replace(pricing, tiers=tuple(tiers))


def _tiers(charge: Charge, used: Sequence[Used], tiered: Tiered, writer: Writer) -> Iterator[Line]:
    """The rate classes fill the tiers one after the other, so each unit is in one tier only; flats come after them."""
    priced = volume if tiered.volume else graduated
    found = priced([one.over for one in used], tiered.tiers, flat_at_zero=tiered.flat_at_zero)
    for one, portions in zip(used, found, strict=True):
        for place, portion in enumerate(portions):
            yield _line(
                charge,
                one,
                writer,
                quantity=int(portion.quantity),
                unit_price=UnitPrice(portion.unit, writer.plan.currency),
                tier=portion.tier,
                first=not place,
            )
    for portion in sorted((one for portions in found for one in portions if one.flat), key=lambda one: one.tier):
        yield _flat(charge, portion, writer)


def _flat(charge: Charge, portion: Portion, writer: Writer) -> Line:
    words = writer.words
    return writer.line(
        charge.id,
        words("{text}, tier {n}", text=words(charge.text), n=portion.tier + 1),
        words("once, as tier {n} is reached", n=portion.tier + 1),
        unit=FLAT_FEE,
        unit_price=UnitPrice(portion.flat, writer.plan.currency),
        quantity=1,
        used=0,
        tax=charge.tax,
        tier=portion.tier,
    )
