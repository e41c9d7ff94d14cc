"""What a client pays, ready to compute with: the plan of its configuration with prices instead of texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal

from chalicelib.billing.model.ledger import Meter
from chalicelib.kernel.money import Money, UnitPrice, decimal
from chalicelib.tenancy.model import plan as configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicePrice:
    per_minute: UnitPrice
    included_minutes: int = 0
    initial_interval: int = 1
    next_interval: int = 1
    minimum: int = 0
    wrap_up_cap: int | None = None  # None: all of it counts; 0: it is free

    def billed(self, *, talk: int, hold: int, wrap: int) -> int:
        """The seconds of one call that count, from the seconds that it took."""
        return self.rounded(talk + hold + self.billable_wrap(wrap))

    def billable_wrap(self, wrap: int) -> int:
        return wrap if self.wrap_up_cap is None else min(wrap, self.wrap_up_cap)

    def rounded(self, seconds: int) -> int:
        """Up to the minimum, then to the first interval, then in steps of the next. Nothing stays nothing."""
        if seconds <= 0:
            return 0
        beyond = max(0, max(seconds, self.minimum) - self.initial_interval)
        steps = -(-beyond // self.next_interval)
        return self.initial_interval + steps * self.next_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class CountPrice:
    per_contact: UnitPrice
    included: int = 0


@dataclass(frozen=True, slots=True)
class Tax:
    """`category` as in EN 16931; `rate` in percent."""

    category: str
    rate: Decimal

    def on(self, net: Money) -> Money:
        numerator, denominator = self.rate.as_integer_ratio()
        return net.share(numerator, denominator * 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`version` follows from the terms: the same terms are the same version, others never are."""

    version: str
    name: str
    currency: str
    base: UnitPrice  # a month
    tax: Tax
    voice: VoicePrice | None
    counted: Mapping[Meter, CountPrice]  # what is sold by the piece

    @staticmethod
    def of(terms: configuration.Plan) -> Plan:
        sold = {Meter.CHAT: terms.chat, Meter.EMAIL: terms.email}
        return Plan(
            version=_version(terms),
            name=terms.name,
            currency=terms.currency,
            base=UnitPrice.of(terms.base, terms.currency),
            tax=Tax(terms.tax.category.value, decimal(terms.tax.rate)),
            voice=_voice(terms.voice, terms.currency) if terms.voice else None,
            counted={meter: _count(price, terms.currency) for meter, price in sold.items() if price is not None},
        )


def _voice(terms: configuration.VoiceTerms, currency: str) -> VoicePrice:
    return VoicePrice(
        per_minute=UnitPrice.of(terms.per_minute, currency),
        included_minutes=terms.included_minutes,
        initial_interval=terms.initial_interval,
        next_interval=terms.next_interval,
        minimum=terms.minimum,
        wrap_up_cap=0 if terms.wrap_up is configuration.WrapUp.NONE else terms.wrap_up_cap,
    )


def _count(terms: configuration.CountTerms, currency: str) -> CountPrice:
    return CountPrice(per_contact=UnitPrice.of(terms.per_contact, currency), included=terms.included)


def _version(terms: configuration.Plan) -> str:
    canonical = json.dumps(asdict(terms), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]
