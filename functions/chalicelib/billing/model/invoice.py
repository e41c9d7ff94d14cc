"""A draft invoice: a pure function of records, plan, client, period and agent time.

No clock, no chance, no float, inputs put in order first: the same inputs give the same bytes, and the
hash of the inputs stands in the document. Amounts are whole minor units; `currency.exponent` says of what.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.billing.model.ledger import Meter, UsageRecord
from chalicelib.billing.model.plan import Plan
from chalicelib.billing.model.rating import Line, Rated, rate, unpriced
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money, exponent
from chalicelib.kernel.period import BillingPeriod

ENGINE = 1  # a change of what these functions answer is a new number, for new periods only


@dataclass(frozen=True, slots=True)
class Client:
    """Whom the invoice is for, as it stands on it."""

    tenant: TenantId
    lines: tuple[str, ...]  # name, address, tax number


@dataclass(frozen=True, slots=True)
class TaxGroup:
    category: str
    rate: str  # percent
    base: Money
    tax: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    client: Client
    plan: Plan
    period: BillingPeriod
    until: datetime  # what happened before this instant is in it
    lines: tuple[Line, ...]
    taxes: tuple[TaxGroup, ...]
    net: Money
    tax: Money
    records: tuple[UsageRecord, ...]
    agent_seconds: Mapping[str, int]  # the client's conserved share of agents' time, by channel

    @property
    def total(self) -> Money:
        return self.net + self.tax

    def as_document(self) -> dict[str, Any]:
        return {
            "document": "draft invoice",
            "engine": ENGINE,
            "client": {"tenant": self.client.tenant, "lines": list(self.client.lines)},
            "period": {
                "label": self.period.label,
                "zone": self.period.zone,
                "start": stamp(self.period.start),
                "end": stamp(self.period.end),
                "first_day": self.period.first_day.isoformat(),
                "last_day": self.period.last_day.isoformat(),
                "days": self.period.days,
                "until": stamp(self.until),
                "until_local": self.period.wall_clock(self.until),
                "complete": self.until >= self.period.end,
            },
            "currency": {"code": self.plan.currency, "exponent": exponent(self.plan.currency)},
            "plan": {"name": self.plan.name, "version": self.plan.version},
            "lines": [_line(line, self.period) for line in self.lines],
            "taxes": [
                {"category": group.category, "rate": group.rate, "base": group.base.minor, "tax": group.tax.minor}
                for group in self.taxes
            ],
            "net": self.net.minor,
            "tax": self.tax.minor,
            "total": self.total.minor,
            "not_charged": _not_charged(self.records, self.period),
            "without_price": {meter.value: count for meter, count in unpriced(self.records, self.plan).items()},
            "agent_time": {"seconds": sum(self.agent_seconds.values()), "channels": dict(self.agent_seconds)},
            "inputs": {"records": len(self.records), "sha256": _digest(self.records)},
        }

    def as_json(self) -> bytes:
        return canonical(self.as_document())


def canonical(document: Mapping[str, Any]) -> bytes:
    """One document, one spelling."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def draft(
    *,
    records: Iterable[UsageRecord],
    plan: Plan,
    client: Client,
    period: BillingPeriod,
    until: datetime,
    agent_seconds: Mapping[str, int],
) -> Draft:
    """Of the records of this client and period; any others are left out."""
    mine = (record for record in records if record.tenant == client.tenant and period.contains(record.usage_at))
    ordered = tuple(sorted(mine, key=lambda record: (record.usage_at, record.key)))
    lines = tuple(rate(ordered, plan))
    taxes = _taxes(lines, plan)
    return Draft(
        client=client,
        plan=plan,
        period=period,
        until=until,
        lines=lines,
        taxes=taxes,
        net=Money.sum((line.amount for line in lines), plan.currency),
        tax=Money.sum((group.tax for group in taxes), plan.currency),
        records=ordered,
        agent_seconds=dict(sorted(agent_seconds.items())),
    )


def _taxes(lines: Sequence[Line], plan: Plan) -> tuple[TaxGroup, ...]:
    """Tax is computed once per category, on the sum of the rounded lines."""
    bases: dict[str, Money] = {}
    for line in lines:
        bases[line.tax_category] = bases.get(line.tax_category, Money(0, plan.currency)) + line.amount
    rate_text = format(plan.tax.rate, "f")
    return tuple(TaxGroup(category, rate_text, base, plan.tax.on(base)) for category, base in sorted(bases.items()))


def _line(line: Line, period: BillingPeriod) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "text": line.text,
        "rule": line.rule,
        "unit": line.unit,
        "used": line.used,
        "included": line.included,
        "quantity": line.quantity,
        "unit_price": line.unit_price.text(),
        "base_quantity": line.base_quantity,
        "amount": line.amount.minor,
        "tax_category": line.tax_category,
        "plan_version": line.plan_version,
        "contacts": [_contact(rated, period) for rated in line.contacts],
    }


def _contact(rated: Rated, period: BillingPeriod) -> dict[str, Any]:
    """Raw seconds beside billed ones, so that everybody can recount."""
    record = rated.record
    return {
        "contact": record.contact,
        "at": stamp(record.usage_at),
        "local": period.wall_clock(record.usage_at),
        "channel": record.channel.value,
        "talk": record.seconds.get("talk", 0),
        "hold": record.seconds.get("hold", 0),
        "wrap": record.seconds.get("wrap", 0),
        "raw": rated.raw,
        "billed": rated.billed,
    }


def _not_charged(records: Sequence[UsageRecord], period: BillingPeriod) -> dict[str, list[dict[str, Any]]]:
    shown = (Meter.REFUSED, Meter.ABANDONED, Meter.SELF_SERVED)
    return {
        meter.value: [
            {
                "contact": record.contact,
                "at": stamp(record.usage_at),
                "local": period.wall_clock(record.usage_at),
                "channel": record.channel.value,
                "waited": record.seconds.get("queue", 0),
                **record.dimensions,
            }
            for record in records
            if record.meter is meter
        ]
        for meter in shown
    }


def _digest(records: Sequence[UsageRecord]) -> str:
    digest = hashlib.sha256()
    for payload in sorted(record.payload for record in records):
        digest.update(payload.encode())
    return digest.hexdigest()
