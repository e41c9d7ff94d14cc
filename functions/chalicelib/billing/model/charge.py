"""The parts of a plan: what is charged, how contacts are counted for it, and what else a contract says about money.

Quantities are whole: seconds where time is sold, else pieces. `base_quantity` of them is what a price is for: 60 of a
price per minute, 3600 of one per hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from chalicelib.billing.model.ledger import Meter
from chalicelib.billing.model.pricing.tiers import Block, Tier
from chalicelib.kernel.money import Money, UnitPrice

USUAL, AFTER_HOURS, HOLIDAY = "usual", "after_hours", "holiday"
RATE_CLASSES = (USUAL, AFTER_HOURS, HOLIDAY)  # the order in which they use up what is included, and tiers

INFORMATION = frozenset({Meter.REFUSED, Meter.ABANDONED, Meter.SELF_SERVED})  # shown, and never charged


@dataclass(frozen=True, slots=True)
class Tax:
    """`category` as in EN 16931; `rate` in percent."""

    category: str
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """What of a contact counts, and how it is rounded. `parts` empty: the record's quantity as it is."""

    parts: tuple[str, ...] = ()  # of talk, hold, wrap
    piece: bool = False  # each contact is one, whatever its quantity
    wrap_cap: int | None = None  # None: all of it
    wrap_fixed: int = 0  # added after rounding
    per_event: int = 0  # seconds for each automation event, before rounding
    initial_interval: int = 1
    next_interval: int = 1
    minimum: int = 0
    each: bool = True  # each contact is rounded; else the sum of the period
    sub_second: str = "down"
    short_free: int = 0  # so many calls a period ...
    short_below: int = 0  # ... that took fewer seconds are free

    @property
    def plain(self) -> bool:
        """Nothing is rounded or added: the billed quantity is the counted one."""
        return (self.initial_interval, self.next_interval, self.wrap_fixed) == (1, 1, 0) and self.minimum <= 1


@dataclass(frozen=True, slots=True)
class Unit:
    """One price whatever the quantity."""

    price: UnitPrice


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiered:
    """Prices by quantity beyond what is included; `up_to` in seconds or pieces, `unit` per base quantity."""

    tiers: tuple[Tier, ...]
    volume: bool = False
    flat_at_zero: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """Prices by whole blocks of what is beyond what is included; `size` in seconds or pieces, `price` of a block.

    Each tier takes its blocks and leaves the rest to the next; if `top`, all is in blocks of the tier that it reaches.
    """

    blocks: tuple[Block, ...]
    top: bool = False


Pricing = Unit | Tiered | Blocked


@dataclass(frozen=True, slots=True)
class Rounding:
    """Of what is to be paid, to a multiple of `step` (minor units): what is paid in cash has no smaller coins."""

    step: int
    mode: str


@dataclass(frozen=True, slots=True)
class Rollover:
    percent: Decimal  # of the included units, that may move on at most
    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One metered charge. Contacts are counted for it one by one, and priced together."""

    id: str
    meter: Meter
    text: str
    unit: str  # of the quantity, in the singular: second, chat
    pricing: Pricing
    tax: Tax
    counting: Counting = Counting()
    mode: str = "any"  # or shared, dedicated
    base_quantity: int = 1
    included: int = 0
    pool: str = ""  # the plan's pool that it draws from ...
    draws: int = 1  # ... so many units for one base quantity
    rollover: Rollover | None = None
    factors: Mapping[str, Decimal] = field(default_factory=dict)  # by rate class; 1 where none is given
    split: bool = False  # a contact that runs over a change of rate class is cut there

    def takes(self, meter: Meter, mode: str) -> bool:
        return self.meter is meter and (self.mode == "any" or self.mode == mode)

    def factor(self, rate_class: str) -> Decimal:
        return self.factors.get(rate_class, Decimal(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Included units for several charges, which draw in the order of the plan."""

    id: str
    included: int
    rollover: Rollover | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOn:
    id: str
    text: str
    price: UnitPrice
    quantity: int
    tax: Tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    text: str
    price: UnitPrice
    tax: Tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharge:
    """Percent of what the lines of those kinds come to; the tiers' bounds and flats are in minor units.

    Of an amount that a contact itself carries (an order taken, a payment collected) there is none: no meter counts it.
    """

    id: str
    text: str
    on: tuple[str, ...]  # kinds of lines
    tiers: tuple[Tier, ...]  # `unit` is a percentage; one open tier for one percentage
    least: Money | None
    most: Money | None
    tax: Tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """Dedicated seats at agreed hours."""

    count: int
    hours: int  # a month each
    per_hour: UnitPrice
    tax: Tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A volume with a deadband: ARC above, RRC below, both per contact."""

    baseline: int
    deadband: Decimal  # percent
    arc: UnitPrice
    rrc: UnitPrice
    tax: Tax


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCredit:
    """Steps are (points, percent), points rising."""

    on: str  # base, usage, base_and_usage, seats
    credit: tuple[tuple[Decimal, Decimal], ...]
    bonus: tuple[tuple[Decimal, Decimal], ...]
    cap: Decimal
    least: int = 1  # a channel with fewer contacts does not count

    def percent(self, points: Decimal) -> Decimal:
        """For so many points above the target, or below it if negative: a bonus in percent, or a credit (negative)."""
        steps = self.bonus if points > 0 else self.credit
        held = [percent for least, percent in steps if abs(points) >= least]
        percent = held[-1] if held else Decimal(0)
        return self.capped(percent if points > 0 else -percent)

    def capped(self, percent: Decimal) -> Decimal:
        return max(-self.cap, min(self.cap, percent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    amount: Money
    alerts: tuple[int, ...]  # percent, rising
    cap: bool
    action: str
    interim: Money | None
