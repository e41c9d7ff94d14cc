"""The canonical JSON of an invoice and of its annex, read into values.

    document   "draft invoice", "invoice" or "credit note"
    lines      [{kind, text, rule, unit, unit_price, base_quantity, quantity, used, included, amount,
               tax {category, rate}, plan_version, rate_class, tier, segment {first_day, last_day}, contacts}]
    annex      {contacts: [{charge, rate_class, segment, contact, at, local, channel,
               talk, hold, wrap, raw, billed, free}]}

Amounts are whole minor units, quantities whole seconds or counts, prices text. What is not said is empty or zero.
A draft without an annex has the contacts inside its lines; they are read the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chalicelib.kernel.money import Money, UnitPrice, decimal

Document = Mapping[str, Any]

DRAFT = "draft invoice"
INVOICE = "invoice"
CREDIT_NOTE = "credit note"
DEPOSIT = "deposit"  # the kind of its line

_PARTS = ("talk", "hold", "wrap")


@dataclass(frozen=True, slots=True)
class Tax:
    category: str  # EN 16931: S, Z, E, AE, K, G, O
    rate: str  # percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of the period with one plan, by local dates; empty for what belongs to no day."""

    first_day: str = ""
    last_day: str = ""

    @staticmethod
    def of(said: Any) -> Segment:
        if isinstance(said, Mapping):
            return Segment(first_day=said.get("first_day", ""), last_day=said.get("last_day", ""))
        first, last = said or ("", "")
        return Segment(first_day=first, last_day=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the invoice, with its place on it, from 1."""

    number: int
    kind: str
    text: str
    rule: str
    unit: str
    unit_price: Decimal
    base_quantity: int
    quantity: int
    used: int
    included: int
    amount: Money
    tax: Tax
    plan_version: str
    rate_class: str
    tier: int | None  # from 0; None where the charge has no tiers
    segment: Segment
    contacts: int

    @property
    def price(self) -> UnitPrice:
        return UnitPrice(self.unit_price, self.amount.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A contact of the annex: what it took beside what is billed of it."""

    charge: str
    rate_class: str
    segment: Segment
    contact: str
    at: str
    local: str
    channel: str
    talk: int
    hold: int
    wrap: int
    raw: int
    billed: int
    free: str  # why nothing is billed; empty if something is


def currency(document: Document) -> str:
    return str(document["currency"]["code"])


def rows(document: Document) -> tuple[Row, ...]:
    return tuple(_row(place, line, document) for place, line in enumerate(document["lines"], start=1))


def entries(document: Document, annex: Document | None = None) -> Iterator[Entry]:
    """The contacts behind the lines, in the order in which they were counted."""
    if annex is not None:
        yield from (_entry(said, {}) for said in annex["contacts"])
        return
    for line in document["lines"]:
        contacts = line.get("contacts", ())
        if not isinstance(contacts, int):
            yield from (_entry(said, line) for said in contacts)


def payable(document: Document) -> int:
    """What an invoice asks for, or a credit note gives back (EN 16931, BT-115)."""
    return int(document["total"] + document.get("rounding", 0))


def money(minor: int, document: Document) -> Money:
    return Money(minor, currency(document))


def credited(document: Document) -> tuple[str, str, str]:
    """Of a credit note: the number and date of the invoice that it corrects, and the reason; each may be empty."""
    said = document.get("credits") or {}
    number = said.get("number") or said.get("invoice") or ""
    return str(number), str(said.get("issued_on") or ""), str(said.get("reason") or "")


def language(document: Document) -> str:
    """Of the client, as a language tag; English where it is not said."""
    return str(document.get("language") or document["client"].get("language") or "en")


def reasons(document: Document, tax: Tax) -> tuple[str, ...]:
    """Why nothing is taxed, by category; that of a `deposit` is its own, for it is no supply."""
    kinds = {row.kind == DEPOSIT for row in rows(document) if row.tax == tax}
    return tuple(DEPOSIT if deposit else tax.category for deposit in sorted(kinds))


def _row(place: int, line: Mapping[str, Any], document: Document) -> Row:
    tier = line.get("tier", -1)
    contacts = line.get("contacts", 0)
    return Row(
        number=place,
        kind=line["kind"],
        text=line["text"],
        rule=line.get("rule", ""),
        unit=line.get("unit", ""),
        unit_price=decimal(line["unit_price"]),
        base_quantity=line.get("base_quantity", 1),
        quantity=line["quantity"],
        used=line.get("used", line["quantity"]),
        included=line.get("included", 0),
        amount=money(line["amount"], document),
        tax=_tax(line, document),
        plan_version=line.get("plan_version", ""),
        rate_class=line.get("rate_class", ""),
        tier=None if tier is None or tier < 0 else tier,
        segment=Segment.of(line.get("segment")),
        contacts=contacts if isinstance(contacts, int) else len(contacts),
    )


def _tax(line: Mapping[str, Any], document: Document) -> Tax:
    said = line.get("tax")
    if isinstance(said, Mapping):
        return Tax(said["category"], said["rate"])
    if isinstance(said, Sequence):
        return Tax(*said)
    groups = {group["category"]: group["rate"] for group in document["taxes"]}
    return Tax(line["tax_category"], groups[line["tax_category"]])


def _entry(said: Mapping[str, Any], line: Mapping[str, Any]) -> Entry:
    parts = said.get("seconds", said)
    talk, hold, wrap = (parts.get(part, 0) for part in _PARTS)
    return Entry(
        charge=said.get("charge") or said.get("kind") or line.get("kind", ""),
        rate_class=said.get("rate_class", line.get("rate_class", "")),
        segment=Segment.of(said.get("segment", line.get("segment"))),
        contact=said["contact"],
        at=said.get("at", ""),
        local=said.get("local", ""),
        channel=said.get("channel", ""),
        talk=talk,
        hold=hold,
        wrap=wrap,
        raw=said["raw"],
        billed=said["billed"],
        free=said.get("free", ""),
    )
