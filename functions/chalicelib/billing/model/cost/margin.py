"""Margin per client and channel: what was invoiced, less labour, direct use and overhead, in the home currency.

Unused capacity is a row of its own, so the margins add up to the operator's result. Totals are converted, each
rounded once, and their rows follow by largest remainder: no cent appears or goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from chalicelib.billing.model.agent_time import Share
from chalicelib.billing.model.cost.allocation import GENERAL, UNUSED, Allocated, Kind, totals
from chalicelib.billing.model.pricing.rounding import whole
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import exponent


@dataclass(frozen=True, slots=True, kw_only=True)
class FxRate:
    """One unit of `base` was worth `rate` of `quote` on that day."""

    base: str
    quote: str
    day: date
    rate: Decimal
    source: str

    def as_document(self) -> dict[str, str]:
        return {
            "from": self.base,
            "to": self.quote,
            "day": self.day.isoformat(),
            "rate": format(self.rate, "f"),
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Exchange:
    rates: tuple[FxRate, ...] = ()

    def factor(self, currency: str, home: str, on: date) -> Fraction:
        """Minor units of home for one of the currency. Raises Invalid."""
        if currency == home:
            return Fraction(1)
        return Fraction(self.rate(currency, home, on).rate) * Fraction(10) ** (exponent(home) - exponent(currency))

    def rate(self, currency: str, home: str, on: date) -> FxRate:
        """The newest one of that day or before. Raises Invalid."""
        known = [rate for rate in self.rates if (rate.base, rate.quote) == (currency, home) and rate.day <= on]
        if not known:
            raise Invalid(
                "exchange",
                f"no rate from {currency} to {home} on {on} or before",
                "add it with its day and source to templates/rates/operator.toml",
            )
        return max(known, key=lambda rate: rate.day)


def converted(amounts: Mapping[Share, int], factor: Fraction) -> dict[Share, int]:
    """The total is converted and rounded once; its parts are floored, and the largest remainders get what is left."""
    total = whole(sum(amounts.values()) * factor)
    exact = {place: amount * factor for place, amount in amounts.items()}
    parts = {place: value.numerator // value.denominator for place, value in exact.items()}
    left = total - sum(parts.values())
    order = sorted(exact, key=lambda place: (parts[place] - exact[place], place))
    for place in order[:left]:
        parts[place] += 1
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """The net amounts of one document, by channel; of a credit note they are negative."""

    tenant: TenantId
    document: str  # its number, or what it is
    currency: str
    net: Mapping[str, int]  # channel or GENERAL → minor units


# Which channel a charge is of, by its meter or the first word of its name. Others (base fee, seats, credits) have none.
_CHANNELS: Mapping[str, str] = {
    **{channel.value: channel.value for channel in Channel},
    "automated": Channel.VOICE.value,
    "patched": Channel.VOICE.value,
    "dial": Channel.VOICE.value,
    "mail": Channel.EMAIL.value,
    "bot": Channel.CHAT.value,
    "sms": Channel.MESSAGE.value,
    "social": Channel.MESSAGE.value,
    "letter": Channel.POST.value,
}


def earned(document: Mapping[str, Any]) -> Earned:
    """From an invoice document, final or draft, or from a credit note, whose amounts are what the client gets back.

    Raises Invalid where the lines are not the net amount.
    """
    sign = -1 if document["document"] == "credit note" and document["net"] > 0 else 1
    net: dict[str, int] = {}
    for line in document["lines"]:
        word = str(line.get("meter") or line["kind"]).replace("-", "_").partition("_")[0]
        channel = _CHANNELS.get(word, GENERAL)
        net[channel] = net.get(channel, 0) + sign * line["amount"]
    tenant, number = document["client"]["tenant"], document.get("number") or document["document"]
    if sum(net.values()) != sign * document["net"]:
        raise Invalid("revenue", f"the lines of {number} of {tenant} are not its net amount", "check that document")
    return Earned(tenant=TenantId(tenant), document=number, currency=document["currency"]["code"], net=net)


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """Minor units of the home currency."""

    tenant: TenantId
    channel: str
    revenue: int = 0
    labour: int = 0
    direct: int = 0
    overhead: int = 0

    @property
    def cost(self) -> int:
        return self.labour + self.direct + self.overhead

    @property
    def margin(self) -> int:
        return self.revenue - self.cost

    def as_document(self) -> dict[str, Any]:
        return {
            "tenant": self.tenant,
            "channel": self.channel,
            "revenue": self.revenue,
            "labour": self.labour,
            "direct": self.direct,
            "overhead": self.overhead,
            "margin": self.margin,
        }


@dataclass(frozen=True, slots=True)
class ProfitAndLoss:
    """`rows` by client and channel; unused capacity, which earns nothing, is last."""

    home: str
    rows: tuple[Margin, ...]
    rates: tuple[FxRate, ...] = ()  # by which amounts came into the home currency

    @property
    def total(self) -> Margin:
        return _sum(self.rows, TenantId(""))

    def clients(self) -> list[Margin]:
        """One row for each client, all its channels together."""
        names = dict.fromkeys(row.tenant for row in self.rows)
        return [_sum([row for row in self.rows if row.tenant == name], name) for name in names]


def _sum(rows: Iterable[Margin], tenant: TenantId) -> Margin:
    listed = list(rows)
    return Margin(
        tenant=tenant,
        channel="",
        revenue=sum(row.revenue for row in listed),
        labour=sum(row.labour for row in listed),
        direct=sum(row.direct for row in listed),
        overhead=sum(row.overhead for row in listed),
    )


def profit_and_loss(
    revenue: Sequence[Earned], allocated: Iterable[Allocated], *, home: str, exchange: Exchange, on: date
) -> ProfitAndLoss:
    """A client's documents are converted together, so that an invoice which was credited in full, in whatever parts,
    leaves nothing. Raises Invalid where a rate of exchange is missing."""
    figures: dict[Share, dict[str, int]] = {}
    nets, costs = _nets(revenue), totals(allocated)
    for (_, currency), amounts in nets.items():
        _add(figures, "revenue", converted(amounts, exchange.factor(currency, home, on)))
    for (kind, currency), amounts in costs.items():
        _add(figures, _FIELDS[kind], converted(amounts, exchange.factor(currency, home, on)))
    told = (place for place, row in figures.items() if any(row.values()))
    order = sorted(told, key=lambda place: (place.tenant == UNUSED, place))
    foreign = sorted({currency for _, currency in [*nets, *costs]} - {home})
    return ProfitAndLoss(
        home,
        tuple(Margin(tenant=place.tenant, channel=place.channel, **figures[place]) for place in order),
        tuple(exchange.rate(currency, home, on) for currency in foreign),
    )


def _nets(revenue: Iterable[Earned]) -> dict[tuple[TenantId, str], dict[Share, int]]:
    """By client and currency."""
    nets: dict[tuple[TenantId, str], dict[Share, int]] = {}
    for one in revenue:
        amounts = nets.setdefault((one.tenant, one.currency), {})
        for channel, minor in one.net.items():
            place = Share(one.tenant, channel)
            amounts[place] = amounts.get(place, 0) + minor
    return nets


_FIELDS: Mapping[Kind, str] = {Kind.LABOUR: "labour", Kind.DIRECT: "direct", Kind.OVERHEAD: "overhead"}


def _add(figures: dict[Share, dict[str, int]], field: str, amounts: Mapping[Share, int]) -> None:
    for place, minor in amounts.items():
        row = figures.setdefault(place, {})
        row[field] = row.get(field, 0) + minor
