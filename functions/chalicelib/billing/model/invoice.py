"""An invoice's document: a pure function of a period's totals, terms and what else was given.

No clock, no chance, no float, and sums instead of lists: the same inputs give the same bytes. Amounts are whole minor
units; `currency.exponent` says of what. Drafts and invoices are one document; a draft has no number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.billing.model import service_level
from chalicelib.billing.model.adjustment import Adjustment
from chalicelib.billing.model.books import Short, Sums, handled_seconds, shorts_of, sums_of, totals
from chalicelib.billing.model.ledger import UsageRecord
from chalicelib.billing.model.line import Line
from chalicelib.billing.model.metered import left_over
from chalicelib.billing.model.plan import INFORMATION, Plan, Rounding
from chalicelib.billing.model.pricing import tax
from chalicelib.billing.model.pricing.allowance import Grant
from chalicelib.billing.model.pricing.rounding import to_step
from chalicelib.billing.model.rating import rate, unpriced
from chalicelib.billing.model.service_level import Level
from chalicelib.billing.model.terms import Terms, terms_by
from chalicelib.billing.model.totals import Totals
from chalicelib.billing.model.words import Words, words_in
from chalicelib.kernel.clock import stamp
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import decimal, exponent
from chalicelib.kernel.period import BillingPeriod

ENGINE = 3  # a change of what these functions answer is a new number, for new periods only
DRAFT, INVOICE = "draft invoice", "invoice"


@dataclass(frozen=True, slots=True)
class Client:
    """Whom the invoice is for, as it stands on it."""

    tenant: TenantId
    lines: tuple[str, ...]  # name and address, for people
    language: str = "en"
    buyer: Mapping[str, Any] = field(default_factory=dict)  # the same for programs, and more (`documents/parties`)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a period's amount depends on besides records and contract. It stands in the document, for the replay."""

    first: bool = False  # setup and deposit are due
    grants: tuple[Grant, ...] = ()  # units that moved here from earlier periods
    service: Decimal | None = None  # percent of credit (negative) or bonus
    fees: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()  # measured, where a service level is agreed

    def as_document(self) -> dict[str, Any]:
        levels = {"levels": [level.as_document() for level in self.levels]} if self.levels else {}
        return levels | {
            "first": self.first,
            "grants": [grant._asdict() for grant in self.grants],
            "service": None if self.service is None else format(self.service, "f"),
            "fees": list(self.fees),
        }

    @staticmethod
    def from_document(said: Mapping[str, Any]) -> Given:
        return Given(
            first=said["first"],
            grants=tuple(Grant(**grant) for grant in said["grants"]),
            service=None if said["service"] is None else decimal(said["service"]),
            fees=tuple(said["fees"]),
            levels=tuple(Level.from_document(level) for level in said.get("levels", ())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was used in a period, counted by its terms."""

    period: BillingPeriod
    terms: Terms
    sums: Sums
    shorts: tuple[Short, ...] = ()

    @staticmethod
    def of(records: Iterable[UsageRecord], terms: Terms, period: BillingPeriod) -> Usage:
        """Of the records of one client; those of other periods are left out."""
        mine = [record for record in records if period.contains(record.usage_at)]
        shorts = tuple(sorted(short for short, times in shorts_of(mine, terms).items() if times > 0))
        return Usage(period=period, terms=terms, sums=sums_of(mine, terms), shorts=shorts)

    def without(self, records: Sequence[UsageRecord]) -> Usage:
        """As if these had never been; of those that take others back, as if the others still stood."""
        gone = sums_of(records, self.terms)
        left = dict.fromkeys(self.shorts, 1)
        for short, times in shorts_of(records, self.terms).items():
            left[short] = left.get(short, 0) - times
        names = self.sums.named.keys() | gone.named.keys()
        named = {name: self.sums.named.get(name, 0) - gone.named.get(name, 0) for name in names}
        return Usage(
            period=self.period,
            terms=self.terms,
            sums=Sums(records=self.sums.records - gone.records, named=named),
            shorts=tuple(sorted(short for short, times in left.items() if times > 0)),
        )

    def totals(self) -> list[Totals]:
        """By segment."""
        return totals(self.sums, self.shorts, self.terms)

    @property
    def behind(self) -> int:
        """How many rows the annex has: one for each contact of a charge."""
        return sum(number for name, number in self.sums.named.items() if name.endswith("|contacts"))

    @property
    def currency(self) -> str:
        """Raises Conflict where the contract changed the currency within the period."""
        found = {plan.currency for _, plan in self.terms.segments}
        if len(found) > 1:
            raise Conflict(
                f"{self.period.label} has plans in {' and '.join(sorted(found))}; let the other currency begin "
                "with the next period",
                period=self.period.label,
            )
        return found.pop()

    def lines(self, given: Given, *, complete: bool) -> list[Line]:
        lines: list[Line] = []
        last, words = len(self.terms.segments) - 1, words_in(self.terms.language)
        grants, _ = self.moved(given)
        for place, ((segment, plan), used) in enumerate(zip(self.terms.segments, self.totals(), strict=True)):
            lines += rate(
                used,
                plan,
                segment,
                grants=grants[place],
                first=given.first and place == 0,
                complete=complete,
                service=given.service,
                fees=given.fees if place == last else (),
                words=words,
            )
        return [_with_levels(line, given.levels, words) for line in lines]

    def levels(self) -> tuple[Level, ...]:
        return service_level.levels(self.sums.named, self.terms)

    def carried(self, given: Given) -> list[Grant]:
        """Units that may be used after the period: what is left of those that moved here, and of each segment's own."""
        if not any(_rolls_over(plan) for _, plan in self.terms.segments):
            return []
        grants, own = self.moved(given)
        return [grant for grant in grants[-1] if grant.until > self.period.label] + own

    def moved(self, given: Given) -> tuple[list[list[Grant]], list[Grant]]:
        """The grants with which each segment begins, then those that are left; and what each leaves of its own."""
        until = {months: _later(self.period.label, months) for months in range(1, 13)}
        grants, own = [list(given.grants)], list[Grant]()
        for (segment, plan), used in zip(self.terms.segments, self.totals(), strict=True):
            rest, more = left_over(used, plan, segment, grants[-1], until)
            grants.append(rest)
            own += more
        return grants, own


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What only an invoice that is issued has."""

    entity: str
    series: str
    number: str
    previous: str  # the hash of the document before it in the series
    issued_on: str
    due_on: str
    cutoff: datetime
    annex: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    client: Client
    usage: Usage
    given: Given
    until: datetime  # what happened before this instant is in it
    seller: Mapping[str, Any] = field(default_factory=dict)
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def period(self) -> BillingPeriod:
        return self.usage.period

    @property
    def complete(self) -> bool:
        return self.until >= self.period.end

    def as_document(self, issue: Issue | None = None) -> dict[str, Any]:
        """The draft, or the invoice that it becomes by being issued."""
        currency = self.usage.currency
        lines = [line.as_document() for line in self.usage.lines(self.given, complete=self.complete)]
        lines += [line for adjustment in self.adjustments for line in adjustment.lines()]
        groups = taxes(lines)
        net, taxed = sum(line["amount"] for line in lines), sum(group["tax"] for group in groups)
        return {
            "document": DRAFT if issue is None else INVOICE,
            "engine": ENGINE,
            **_issued(issue),
            "seller": dict(self.seller),
            "client": {
                **self.client.buyer,
                "tenant": self.client.tenant,
                "lines": list(self.client.lines),
                "language": self.client.language,
            },
            "period": _period(self.period, self.until),
            "currency": {"code": currency, "exponent": exponent(currency)},
            "plans": [
                {
                    "name": plan.name,
                    "version": plan.version,
                    "first_day": segment.first_day.isoformat(),
                    "last_day": segment.last_day.isoformat(),
                }
                for segment, plan in self.usage.terms.segments
            ],
            "lines": lines,
            "taxes": groups,
            "net": net,
            "tax": taxed,
            "total": net + taxed,
            **rounding(net + taxed, self.usage.terms.segments[-1][1].rounding),
            "not_charged": self._contacts(INFORMATION),
            "without_price": self._without_price(),
            "handle_time": _handle_time(self.usage.sums),
            "outcomes": _outcomes(self.usage.terms),
            "adjustments": [adjustment.as_document() for adjustment in self.adjustments],
            "carried": [grant._asdict() for grant in self.usage.carried(self.given)],
            "inputs": {
                "records": self.usage.sums.records,
                "digest": f"{self.usage.sums.digest:x}",
                "terms": self.usage.terms.version,
                "given": self.given.as_document(),
                "cutoff": stamp(issue.cutoff) if issue is not None else None,
            },
        }

    def as_json(self, issue: Issue | None = None) -> bytes:
        return canonical(self.as_document(issue))

    def _contacts(self, meters: Iterable[str]) -> dict[str, int]:
        found = self.usage.totals()
        return {str(meter): sum(used.total(meter).contacts for used in found) for meter in sorted(meters)}

    def _without_price(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for used in self.usage.totals():
            for meter, count in unpriced(used).items():
                counts[meter.value] = counts.get(meter.value, 0) + count
        return dict(sorted(counts.items()))


def draft(
    *, records: Iterable[UsageRecord], plan: Plan, client: Client, period: BillingPeriod, until: datetime
) -> Draft:
    """Of the records of this client in this period, all by one plan; any others are left out."""
    mine = (record for record in records if record.tenant == client.tenant)
    used = Usage.of(mine, terms_by(plan, period), period)
    return Draft(client=client, usage=used, given=Given(), until=until)


def canonical(document: Mapping[str, Any]) -> bytes:
    """One document, one spelling."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def taxes(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tax is computed once per category and rate, on the sum of the rounded lines (EN 16931, BR-CO-17)."""
    bases: dict[tuple[str, str], int] = {}
    for line in lines:
        key = (line["tax"]["category"], line["tax"]["rate"])
        bases[key] = bases.get(key, 0) + line["amount"]
    return [
        {"category": category, "rate": rate, "base": base, "tax": tax.on(base, decimal(rate))}
        for (category, rate), base in sorted(bases.items())
    ]


def rounding(total: int, terms: Rounding | None) -> dict[str, int]:
    """What is added to the total to make it payable (EN 16931, BT-114), if anything."""
    off = int(to_step(total, terms.step, terms.mode)) - total if terms is not None else 0
    return {"rounding": off} if off else {}


def _with_levels(line: Line, levels: Sequence[Level], words: Words) -> Line:
    """A service credit says of what."""
    if line.kind != "service_credit" or not levels:
        return line
    return replace(
        line, rule=f"{line.rule}; {service_level.rule(levels, words)}", contacts=sum(one.offered for one in levels)
    )


def _issued(issue: Issue | None) -> dict[str, Any]:
    if issue is None:
        return {"number": None, "issued_on": None, "due_on": None, "annex": None}
    return {
        "number": issue.number,
        "entity": issue.entity,
        "series": issue.series,
        "previous": issue.previous,
        "issued_on": issue.issued_on,
        "due_on": issue.due_on,
        "annex": dict(issue.annex),
    }


def _period(period: BillingPeriod, until: datetime) -> dict[str, Any]:
    return {
        "label": period.label,
        "zone": period.zone,
        "start": stamp(period.start),
        "end": stamp(period.end),
        "first_day": period.first_day.isoformat(),
        "last_day": period.last_day.isoformat(),
        "days": period.days,
        "until": stamp(until),
        "until_local": period.wall_clock(until),
        "complete": until >= period.end,
    }


def _outcomes(terms: Terms) -> dict[str, str]:
    """What the client calls the outcomes that cost nothing, by their codes."""
    free = {code for _, plan in terms.segments for code in plan.non_billable}
    known = {str(one.code): str(one.label) for tenant in terms.tenants for one in tenant.dispositions}
    return {code: known[code] for code in sorted(free & known.keys())}


def _handle_time(sums: Sums) -> dict[str, Any]:
    """Talk, hold and wrap-up of each contact: the time that is charged for. Where an agent has several contacts at
    once it is more than the agents' time (`agent_time`), which is what they cost."""
    channels = handled_seconds(sums)
    return {"seconds": sum(channels.values()), "channels": channels}


def _rolls_over(plan: Plan) -> bool:
    return any(charge.rollover for charge in plan.charges) or any(pool.rollover for pool in plan.pools)


def _later(label: str, months: int) -> str:
    months += int(label[:4]) * 12 + int(label[5:]) - 1
    return f"{months // 12:04d}-{months % 12 + 1:02d}"
