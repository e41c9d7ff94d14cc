"""What the operator says of its costs: the cloud's rate card, common costs, exchange, and how to share the rest."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.billing.model.cost.margin import Exchange
from chalicelib.billing.model.cost.overhead import Common
from chalicelib.billing.model.cost.platform import RateCard
from chalicelib.billing.model.cost.shares import Policies


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """`zone` is where the operator's days and months begin; `home` is the currency of its books."""

    zone: str
    home: str
    policies: Policies = field(default_factory=Policies)
    by_volume: bool = False  # eligibility weighted by the clients' forecast shares
    cards: tuple[RateCard, ...] = ()
    common: tuple[Common, ...] = ()
    exchange: Exchange = field(default_factory=Exchange)
