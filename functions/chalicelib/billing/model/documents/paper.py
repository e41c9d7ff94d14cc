"""An invoice as it is laid out on paper: sections of lines, and the contacts behind them as far as anybody reads.

What comes out is plain JSON for the typesetter, which then only chooses the form of numbers, dates and words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from chalicelib.billing.model.documents import reading
from chalicelib.billing.model.documents.parties import party, payment
from chalicelib.billing.model.documents.reading import DRAFT, Document, Entry, Row, Segment, Tax

MOST_CONTACTS = 2_000  # some fifty pages; whoever wants more takes the table (`csv.contacts`)
_MOST_REFUSED = 200
_ADJUSTMENT = "adjustment"
_BAND = "band"
_SECTIONS = ("", "stretch", "whole", "corrections")  # in this order; the first has no head


def paper(document: Document, annex: Document | None = None, most: int = MOST_CONTACTS) -> dict[str, Any]:
    lines = reading.rows(document)
    contacts = tuple(reading.entries(document, annex))
    seller = document.get("seller")
    number, issued_on, reason = reading.credited(document)
    return {
        "document": document["document"],
        "draft": document["document"] == DRAFT,
        "number": document.get("number") or "",
        "issued_on": document.get("issued_on") or "",
        "due_on": document.get("due_on") or "",
        "language": reading.language(document),
        "currency": dict(document["currency"]),
        "seller": _named(seller) if seller else None,
        "client": _named(document["client"]),
        "reference": document["client"].get("reference", ""),
        "payment": asdict(payment(document)),
        "period": dict(document["period"]),
        "plans": document.get("plans") or [document["plan"]],
        "sections": _sections(lines, document),
        "taxes": [_group(group, document) for group in document["taxes"]],
        "net": document["net"],
        "total": document["total"],
        "rounding": document.get("rounding", 0),
        "payable": reading.payable(document),
        "corrects": {"number": number, "issued_on": issued_on, "reason": reason},
        "not_charged": {meter: _free(said) for meter, said in document.get("not_charged", {}).items()},
        "without_price": document.get("without_price", {}),
        "late": [dict(said) for said in document.get("adjustments", ()) if not said.get("booked", True)],
        "handle_time": document.get("handle_time"),
        "annex": {
            **_annex(lines, contacts, most, document.get("outcomes", {})),
            "all": len(contacts) or _named_contacts(document),
        },
        "said": _fingerprint(document),
    }


def _named(said: Mapping[str, Any]) -> dict[str, Any]:
    one = party(said)
    written = " ".join(one.lines)
    beside = {name: getattr(one, name) for name in ("tax_number", "registration", "phone", "email")}
    return {
        "name": one.name,
        "lines": list(one.lines),
        **{name: "" if value in written else value for name, value in beside.items()},
    }


def _group(group: Mapping[str, Any], document: Document) -> dict[str, Any]:
    return {**group, "reasons": list(reading.reasons(document, Tax(group["category"], group["rate"])))}


def _sections(lines: Sequence[Row], document: Document) -> list[dict[str, Any]]:
    """By stretch of the period where the plan changed within it; corrections of earlier periods at the end."""
    whole = Segment(first_day=document["period"]["first_day"], last_day=document["period"]["last_day"])
    cut = any(row.kind != _ADJUSTMENT and row.segment not in (whole, Segment()) for row in lines)
    plans = {plan.get("first_day", ""): plan.get("name", "") for plan in document.get("plans", ())}
    by_section: dict[tuple[str, Segment], list[Row]] = {}
    for row in lines:
        by_section.setdefault(_section(row, whole, cut), []).append(row)
    return [
        {
            "kind": kind,
            "first_day": stretch.first_day,
            "last_day": stretch.last_day,
            "plan": plans.get(stretch.first_day, ""),
            "rows": [_row(row) for row in rows],
        }
        for (kind, stretch), rows in sorted(by_section.items(), key=lambda section: _SECTIONS.index(section[0][0]))
    ]


def _section(row: Row, whole: Segment, cut: bool) -> tuple[str, Segment]:
    if row.kind == _ADJUSTMENT:
        return "corrections", Segment()
    if not cut:
        return "", Segment()
    return ("whole", Segment()) if row.segment in (whole, Segment()) else ("stretch", row.segment)


def _row(row: Row) -> dict[str, Any]:
    return {
        "number": row.number,
        "text": row.text,
        "rule": row.rule,
        "unit": row.unit,
        "used": row.used,
        "included": row.included,
        "quantity": row.quantity,
        "price": row.price.text(),
        "base_quantity": row.base_quantity,
        "amount": row.amount.minor,
        "category": row.tax.category,
        "rate_class": row.rate_class,
        "contacts": row.contacts,
    }


@dataclass(slots=True)
class _Group:
    """The contacts of one charge, or of what is charged nowhere: all are counted, the first are shown."""

    charge: str
    title: str  # empty where no line is of that charge
    timed: bool  # counted in seconds, not by the piece
    lines: list[int]
    all: int = 0
    raw: int = 0
    billed: int = 0
    contacts: list[dict[str, Any]] = field(default_factory=list)


def _annex(lines: Sequence[Row], contacts: Iterable[Entry], most: int, outcomes: Mapping[str, str]) -> dict[str, Any]:
    groups: dict[tuple[str, str], _Group] = {}
    for row in lines:
        key, group = (row.kind, row.rate_class), _Group(row.kind, row.text, _timed(row.unit), [])
        groups.setdefault(key, group).lines.append(row.number)
    shown = 0
    for entry in contacts:
        if entry.charge == _BAND:
            continue  # each of them stands where it is charged
        group = groups.setdefault((entry.charge, entry.rate_class), _unlisted(entry, lines))
        group.all, group.raw, group.billed = group.all + 1, group.raw + entry.raw, group.billed + entry.billed
        if shown < most:
            group.contacts.append(_contact(entry, outcomes))
            shown += 1
    return {"groups": [asdict(group) for group in groups.values() if group.all], "shown": shown}


def _unlisted(entry: Entry, lines: Sequence[Row]) -> _Group:
    """Of a rate class without a line: called as the charge is elsewhere, if it is on the invoice at all."""
    of_charge = [row for row in lines if row.kind == entry.charge]
    title, timed = (of_charge[0].text, _timed(of_charge[0].unit)) if of_charge else ("", True)
    return _Group(entry.charge, title, timed, [])


def _timed(unit: str) -> bool:
    return unit == "second" or (unit.startswith("package of ") and unit.rstrip("s").endswith(("minute", "hour")))


def _contact(entry: Entry, outcomes: Mapping[str, str]) -> dict[str, Any]:
    kept = asdict(entry)
    names = ("contact", "local", "channel", "talk", "hold", "wrap", "raw", "billed", "free")
    return {name: kept[name] for name in names} | {"outcome": outcomes.get(entry.free, "")}


def _named_contacts(document: Document) -> int:
    """As the invoice counts them, where its annex is not at hand."""
    return int((document.get("annex") or {}).get("contacts", 0))


def _free(said: Any) -> dict[str, Any]:
    """What happened and is not charged: how often, and as far as they are known, which contacts."""
    if isinstance(said, int):
        return {"count": said, "waited": 0, "contacts": []}
    if isinstance(said, Mapping):
        return {"count": said.get("contacts", 0), "waited": said.get("waited", 0), "contacts": []}
    waited = sum(contact.get("waited", 0) for contact in said)
    return {"count": len(said), "waited": waited, "contacts": [dict(contact) for contact in said[:_MOST_REFUSED]]}


def _fingerprint(document: Document) -> str:
    """The beginning of the hash of what was counted, so that paper and file can be held against each other."""
    inputs = document.get("inputs", {})
    return str(inputs.get("digest") or inputs.get("sha256") or "")[:12]
