"""Invoice documents for tests of what is made of them: a voice plan, an omnichannel plan, a credit note.

The builders price and add up, so that a test may change a line and the document still holds together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from chalicelib.kernel.money import Money, UnitPrice, exponent, price

Document = dict[str, Any]

SELLER: Mapping[str, Any] = {
    "name": "Manyline Operations GmbH",
    "lines": ["Vermittlungsgasse 1", "10115 Berlin", "USt-IdNr. DE811907980"],
    "street": "Vermittlungsgasse 1",
    "postcode": "10115",
    "city": "Berlin",
    "country": "DE",
    "tax_number": "DE811907980",
    "registration": "HRB 4711 B",
    "contact": "Rechnungsstelle",
    "phone": "+493055501900",
    "email": "rechnung@manyline.example",
    "endpoint": {"scheme": "9930", "id": "DE811907980"},
    "payment": {
        "iban": "DE75 5121 0800 1245 1261 99",
        "bic": "SOGEDEFFXXX",
        "bank": "Bank am Ring",
        "holder": "Manyline Operations GmbH",
    },
}
CLINIC: Mapping[str, Any] = {
    "tenant": "clinic",
    "lines": ["Praxis am Park, Dr. Weber & Kollegen", "Parkallee 12", "10557 Berlin", "USt-IdNr. DE123456789"],
    "street": "Parkallee 12",
    "postcode": "10557",
    "city": "Berlin",
    "country": "DE",
    "tax_number": "DE123456789",
    "endpoint": {"scheme": "9930", "id": "DE123456789"},
}
PLUMBER: Mapping[str, Any] = {
    "tenant": "plumber",
    "lines": ["Rapid Plumbing LLC", "Accounts Payable", "411 Elm Street", "Austin, TX 78701"],
}
STANDARD, OUTSIDE, EXEMPT = ("S", "19"), ("O", "0"), ("E", "0")
NOVEMBER = {"first_day": "2026-11-01", "last_day": "2026-11-30"}
FIRST_HALF = {"first_day": "2026-11-01", "last_day": "2026-11-15"}
SECOND_HALF = {"first_day": "2026-11-16", "last_day": "2026-11-30"}


def line(
    kind: str,
    text: str,
    quantity: int,
    unit_price: str,
    *,
    rule: str = "",
    unit: str = "piece",
    base_quantity: int = 1,
    included: int = 0,
    amount: int | None = None,
    tax: tuple[str, str] = STANDARD,
    segment: Mapping[str, str] = NOVEMBER,
    tier: int = -1,
    contacts: int = 0,
    rate_class: str = "usual",
    currency: str = "EUR",
) -> dict[str, Any]:
    """`amount` only where the line is no product of its quantity and price."""
    product = price(quantity, UnitPrice.of(unit_price, currency), base_quantity).minor
    return {
        "kind": kind,
        "text": text,
        "rule": rule,
        "unit": unit,
        "unit_price": unit_price,
        "base_quantity": base_quantity,
        "quantity": quantity,
        "used": quantity + included,
        "included": included,
        "amount": product if amount is None else amount,
        "tax": {"category": tax[0], "rate": tax[1]},
        "plan_version": "4f1c09aa27d3",
        "rate_class": rate_class,
        "tier": tier,
        "segment": dict(segment),
        "contacts": contacts,
    }


def invoice(lines: Iterable[dict[str, Any]], *, currency: str = "EUR", **said: Any) -> Document:
    """A final invoice of these lines; `said` replaces what it says of itself."""
    listed = list(lines)
    taxes = _taxes(listed, currency)
    net, tax = sum(one["amount"] for one in listed), sum(group["tax"] for group in taxes)
    return {
        "document": "invoice",
        "engine": 2,
        "number": "ML-2026-00042",
        "series": "ML",
        "issued_on": "2026-12-04",
        "due_on": "2026-12-18",
        "seller": dict(SELLER),
        "client": dict(CLINIC),
        "period": {
            "label": "2026-11",
            "zone": "Europe/Berlin",
            "start": "2026-10-31T23:00:00.000Z",
            "end": "2026-11-30T23:00:00.000Z",
            **NOVEMBER,
            "days": 30,
            "until": "2026-11-30T23:00:00.000Z",
            "until_local": "2026-12-01 00:00",
            "complete": True,
        },
        "currency": {"code": currency, "exponent": exponent(currency)},
        "plans": [{"name": "Omni Shared", "version": "4f1c09aa27d3", **NOVEMBER}],
        "lines": listed,
        "taxes": taxes,
        "net": net,
        "tax": tax,
        "total": net + tax,
        "not_charged": {"refused": 3, "abandoned": {"contacts": 41, "waited": 1930}, "self_served": 118},
        "without_price": {},
        "handle_time": {"seconds": 289_415, "channels": {"voice": 201_330, "chat": 61_085, "email": 27_000}},
        "inputs": {"records": 1514, "digest": "9c2b61e0d44f7aa1", "cutoff": "2026-12-03T08:00:00.000Z"},
        **said,
    }


def _taxes(lines: list[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    bases: dict[tuple[str, str], int] = {}
    for one in lines:
        key = (one["tax"]["category"], one["tax"]["rate"])
        bases[key] = bases.get(key, 0) + one["amount"]
    return [
        {"category": category, "rate": rate, "base": base, "tax": _share(Money(base, currency), rate).minor}
        for (category, rate), base in sorted(bases.items())
    ]


def _share(base: Money, rate: str) -> Money:
    numerator, denominator = Decimal(rate).as_integer_ratio()
    return base.share(numerator, denominator * 100)


def voice_plan(**said: Any) -> Document:
    """Plan A of the price list, in dollars and outside of any tax: 465.94."""
    dollars: dict[str, Any] = {"currency": "USD", "tax": OUTSIDE}
    seller = {"name": "Manyline Operations", "lines": ["1 Switchboard Lane, Springfield", "billing@manyline.example"]}
    return invoice(
        (
            line("base", "Voice Essentials", 1, "325.00", unit="month", rule="the base fee of a month", **dollars),
            line(
                "voice",
                "Calls handled by agents",
                62 * 60 + 24,
                "1.85",
                rule="128 calls: talk, hold and up to 60 s of wrap-up; each call the first 30 s whole, "
                "then in steps of 6 s; 150 min included; then 1.85 USD per minute",
                unit="second",
                base_quantity=60,
                included=9000,
                contacts=128,
                **dollars,
            ),
            line("automated", "Automated calls", 5400, "0.15", unit="second", base_quantity=60, contacts=44, **dollars),
            line("patched", "Calls put through", 2400, "0.10", unit="second", base_quantity=60, contacts=17, **dollars),
            line("sms", "Text messages sent", 60, "0.05", unit="message", contacts=60, **dollars),
            line("add_on", "Further phone number", 1, "5.00", unit="number", **dollars),
        ),
        **{
            "currency": "USD",
            "seller": seller,
            "client": dict(PLUMBER),
            "plans": [{"name": "Voice Essentials", "version": "0b77d1c3e6f2", **NOVEMBER}],
            "handle_time": {"seconds": 14_310, "channels": {"voice": 14_310}},
            **said,
        },
    )


def omni_plan(**said: Any) -> Document:
    """A month cut by a change of plan, with tiers, a service credit, corrections of October and two taxes."""
    calls: dict[str, Any] = {"unit": "second", "base_quantity": 60}
    first: dict[str, Any] = {"segment": FIRST_HALF}
    second: dict[str, Any] = {"segment": SECOND_HALF}
    half = "15 of 30 days"
    rule = "talk, hold and up to 120 s of wrap-up, by the second; the minutes from 500 to 1,000 at this price"
    missed = "74 of 80 % in 20 s: 5 % of base and usage"
    return invoice(
        (
            line("base", "Omni Shared", 1, "2150.00", unit="month", amount=107_500, rule=half, **first),
            line("voice", "Calls handled by agents", 14_430, "1.45", included=30_000, contacts=412, **calls, **first),
            line("chat", "Chats handled by agents", 21, "4.50", included=75, unit="chat", contacts=96, **first),
            line("base", "Omni Shared Plus", 1, "2650.00", unit="month", amount=132_500, rule=half, **second),
            line("voice", "Calls, first 500 minutes", 30_000, "1.45", tier=0, contacts=530, **calls, **second),
            line("voice", "Calls, next 500", 17_745, "1.30", tier=1, rule=rule, contacts=530, **calls, **second),
            line(
                "voice",
                "Calls after hours",
                1_915,
                "1.8125",
                rule="the usual price times 1.25, from 18:00 to 8:00 and on holidays",
                rate_class="after_hours",
                contacts=38,
                **calls,
                **second,
            ),
            line("post", "Letters, with postage", 22, "4.00", unit="letter", tax=EXEMPT, contacts=22, **second),
            line("service_credit", "Service level missed", -1, "140.81", rule=missed),
            line(
                "adjustment",
                "October: calls as invoiced",
                -1_200,
                "1.45",
                rule="reversal of line 2 of ML-2026-00017",
                segment={"first_day": "2026-10-01", "last_day": "2026-10-31"},
                **calls,
            ),
            line(
                "adjustment",
                "October: calls as they came in",
                1_385,
                "1.45",
                rule="with 2 calls that were reported on 3 November",
                segment={"first_day": "2026-10-01", "last_day": "2026-10-31"},
                **calls,
            ),
        ),
        **{
            "plans": [
                {"name": "Omni Shared", "version": "4f1c09aa27d3", **FIRST_HALF},
                {"name": "Omni Shared Plus", "version": "91ce20b7f0aa", **SECOND_HALF},
            ],
            "without_price": {"social": 4},
            "client": {**CLINIC, "language": "de"},
            **said,
        },
    )


def credit_note(**said: Any) -> Document:
    """Two disputed calls and a chat of the invoice above, given back."""
    return invoice(
        (
            line("voice", "Calls handled by agents", 754, "1.45", unit="second", base_quantity=60, contacts=2),
            line("chat", "Chats handled by agents", 1, "4.50", unit="chat", contacts=1),
        ),
        **{
            "document": "credit note",
            "number": "ML-2026-00051",
            "issued_on": "2026-12-21",
            "due_on": None,
            "credits": {"number": "ML-2026-00042", "issued_on": "2026-12-04", "reason": "Spam, disputed on 9 December"},
            "not_charged": {},
            "handle_time": None,
            **said,
        },
    )


def canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def with_annex(document: Document, contacts: Iterable[dict[str, Any]]) -> tuple[bytes, bytes]:
    """The document with the hash of its annex, and the annex."""
    listed = list(contacts)
    annex = canonical({"contacts": listed})
    said = {"sha256": hashlib.sha256(annex).hexdigest(), "contacts": len(listed)}
    return canonical({**document, "annex": said}), annex


def contacts(document: Document, most: int = 1_000_000) -> list[dict[str, Any]]:
    """Contacts for the lines that have some, made by rule: the same every time."""
    made: list[dict[str, Any]] = []
    seen: set[tuple[str, str]] = set()
    for one in document["lines"]:
        key = (one["kind"], one["rate_class"])
        if one["contacts"] and key not in seen:
            seen.add(key)
            made += [contact(one, n) for n in range(one["contacts"])]
    return made[:most]


def contact(line: Mapping[str, Any], n: int, **said: Any) -> dict[str, Any]:
    day, hour, minute = 1 + n % 28, 8 + n * 7 % 10, n * 13 % 60
    talk, hold, wrap = 40 + n * 37 % 260, n * 11 % 45 if n % 4 == 0 else 0, 12 + n * 5 % 70
    spam = n % 29 == 28
    raw = talk + hold + wrap
    kind, seconds = line["kind"], line["unit"] == "second"
    return {
        "charge": line["kind"],
        "rate_class": line["rate_class"],
        "contact": f"v{hashlib.sha256(f'{kind}{n}'.encode()).hexdigest()[:24]}",
        "at": f"2026-11-{day:02d}T{hour - 1:02d}:{minute:02d}:00.000Z",
        "local": f"2026-11-{day:02d} {hour:02d}:{minute:02d}",
        "channel": {"chat": "chat", "post": "post"}.get(line["kind"], "voice"),
        "talk": talk,
        "hold": hold,
        "wrap": wrap,
        "raw": raw if seconds else 1,
        "billed": 0 if spam else max(30, -(-raw // 6) * 6) if seconds else 1,
        "free": "spam" if spam else "",
        **said,
    }
