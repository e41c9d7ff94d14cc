"""An invoice as tables for spreadsheets and accounting programs: RFC 4180, UTF-8, a header, CRLF.

One row per line of the invoice (`lines`), and one per contact of the annex (`contacts`). Amounts and prices are plain
decimals in the currency's major unit with a point; quantities are whole seconds or counts; dates are ISO 8601.

A text that a spreadsheet could take for a formula gets an apostrophe in front (OWASP, "CSV Injection"). Numbers are
written by us from numbers, so a minus in front of one stays.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from chalicelib.billing.model.documents.reading import Document, Entry, Row, entries, rows

LINES = (
    "document",  # draft invoice, invoice or credit note
    "number",  # empty for a draft
    "issued_on",
    "tenant",
    "period",  # YYYY-MM, the month in which it begins
    "currency",  # ISO 4217
    "line",  # its place on the invoice, from 1
    "kind",  # the charge, or base, setup, adjustment, ...
    "text",
    "rule",  # in a sentence, how the quantity and the price come about
    "first_day",  # of the stretch with this plan, local dates
    "last_day",
    "plan_version",
    "rate_class",  # usual, after_hours or holiday
    "tier",  # from 1; empty without tiers
    "unit",
    "used",  # what the contacts come to, in units
    "included",  # what of it the base fee covers
    "quantity",  # what is charged
    "unit_price",  # for base_quantity units
    "base_quantity",  # 60 where the price is by the minute and the unit a second
    "amount",  # quantity × unit_price / base_quantity, rounded half up, without tax
    "tax_category",  # EN 16931
    "tax_rate",  # percent
    "contacts",  # how many are behind the line
)

CONTACTS = (
    "number",
    "period",
    "line",  # of the invoice; several, parted by a space, where tiers share the contacts
    "charge",
    "rate_class",
    "contact",
    "ended_at",  # UTC
    "local",  # as the clocks of the billing zone showed it
    "channel",
    "talk",  # seconds
    "hold",
    "wrap",
    "raw",  # what the contact took, in units of the charge
    "billed",  # what counts of it, before the allowance
    "free",  # why nothing counts
)

Cell = str | int

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def lines(document: Document) -> bytes:
    head = _head(document)
    return _written(LINES, ([*head, *_line(row)] for row in rows(document)))


def contacts(document: Document, annex: Document | None = None) -> bytes:
    places = _places(rows(document))
    number, period = _text(document.get("number") or ""), document["period"]["label"]
    return _written(CONTACTS, ([number, period, *_contact(entry, places)] for entry in entries(document, annex)))


def _head(document: Document) -> list[Cell]:
    texts = (document["document"], document.get("number") or "", document.get("issued_on") or "")
    tenant, period = document["client"]["tenant"], document["period"]["label"]
    return [_text(text) for text in (*texts, tenant, period, document["currency"]["code"])]


def _line(row: Row) -> list[Cell]:
    return [
        row.number,
        _text(row.kind),
        _text(row.text),
        _text(row.rule),
        row.segment.first_day,
        row.segment.last_day,
        _text(row.plan_version),
        _text(row.rate_class),
        "" if row.tier is None else row.tier + 1,
        _text(row.unit),
        row.used,
        row.included,
        row.quantity,
        row.price.text(),
        row.base_quantity,
        row.amount.text(),
        _text(row.tax.category),
        _text(row.tax.rate),
        row.contacts,
    ]


def _contact(entry: Entry, places: dict[tuple[str, str, str], str]) -> list[Cell]:
    texts = (entry.charge, entry.rate_class, entry.contact, entry.at, entry.local, entry.channel)
    return [
        places.get((entry.charge, entry.rate_class, entry.segment.first_day), ""),
        *(_text(text) for text in texts),
        entry.talk,
        entry.hold,
        entry.wrap,
        entry.raw,
        entry.billed,
        _text(entry.free),
    ]


def _places(lines: Iterable[Row]) -> dict[tuple[str, str, str], str]:
    """The numbers of the lines on which contacts are: by charge, rate class and first day, and by any day (`""`)."""
    places: dict[tuple[str, str, str], list[str]] = {}
    for row in lines:
        for day in sorted({"", row.segment.first_day}):
            places.setdefault((row.kind, row.rate_class, day), []).append(str(row.number))
    return {key: " ".join(numbers) for key, numbers in places.items()}


def _text(text: str) -> str:
    """A formula begins with = + - @, in full width too, and blanks before it do not make it harmless."""
    return f"'{text}" if _FORMULA.match(text) else text


def _written(columns: Sequence[str], table: Iterable[Sequence[Cell]]) -> bytes:
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(table)
    return sheet.getvalue().encode()
