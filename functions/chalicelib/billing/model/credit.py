"""Credit notes: what is taken off an issued invoice, line by line.

The tax of a credit telescopes: T(before) − T(after), of what is left of the lines of that tax before and after it.
So however an invoice is credited in parts, their taxes add up to that of the whole, and never exceed it by a cent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import product
from typing import Any, NamedTuple

from chalicelib.billing.model.invoice import ENGINE
from chalicelib.billing.model.pricing import tax
from chalicelib.billing.model.standing import Numbered
from chalicelib.billing.model.words import words_in
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.money import Money, decimal, largest_remainder
from chalicelib.kernel.signature import name_in

CREDIT_NOTE = "credit note"
_SERIES = "cn"
_NEAR = 2  # minor units of net: half of one by its own rounding, less than one by that of its tax


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote:
    """A credit note that was issued: so many minor units off each line of the invoice, by its place from 0."""

    of: str  # the invoice's number
    numbered: Numbered
    lines: Mapping[int, int]
    net: int
    tax: int
    reason: str
    by: str
    issued_on: str

    @property
    def total(self) -> int:
        return self.net + self.tax

    def as_item(self) -> dict[str, Any]:
        lines = {str(place): amount for place, amount in self.lines.items()}
        return asdict(self) | {"lines": lines}

    def as_document(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in ("of", "net", "tax", "total", "reason", "issued_on")}
        return told | {"by": name_in(self.by), "number": self.numbered.number, "sha256": self.numbered.sha256}

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> CreditNote:
        told = {name: item[name] for name in ("of", "net", "tax", "reason", "by", "issued_on")}
        return CreditNote(
            **told,
            numbered=Numbered(**item["numbered"]),
            lines={int(place): amount for place, amount in item["lines"].items()},
        )


def series_of(series: str) -> str:
    """Credit notes are numbered apart from the invoices that they correct."""
    return f"{series}-{_SERIES}"


def left(invoice: Mapping[str, Any], earlier: Sequence[CreditNote]) -> list[int]:
    """What is left of each line, in minor units."""
    return [
        line["amount"] - sum(note.lines.get(place, 0) for note in earlier)
        for place, line in enumerate(invoice["lines"])
    ]


def on_lines(invoice: Mapping[str, Any], earlier: Sequence[CreditNote], wanted: Mapping[int, Money]) -> dict[int, int]:
    """The amounts wanted off each line, if they can be had. Raises Invalid, and names the line."""
    rest, taken = left(invoice, earlier), {}
    for place, amount in sorted(wanted.items()):
        field = f"lines[{place}]"
        if not 0 <= place < len(rest):
            raise Invalid(field, f"is not on {invoice['number']}", f"its lines are 0 to {len(rest) - 1}")
        if amount.currency != invoice["currency"]["code"]:
            raise Invalid(field, f"is in {amount.currency}", f"credit in {invoice['currency']['code']}")
        if amount.minor <= 0:
            raise Invalid(field, f"{amount.text()} is not above zero", "leave out a line that is not credited")
        if amount.minor > rest[place]:
            most = Money(max(0, rest[place]), amount.currency)
            raise Invalid(field, f"{amount.text()} is more than the line has left", f"credit {most.text()} at most")
        taken[place] = amount.minor
    if not taken:
        raise Invalid("lines", "is empty", "name what to credit")
    return taken


def spread(invoice: Mapping[str, Any], earlier: Sequence[CreditNote], amount: Money) -> dict[int, int]:
    """An amount without tax over the lines, in proportion to what is left of each. Raises Invalid above all of it."""
    if amount.currency != invoice["currency"]["code"]:
        raise Invalid("amount", f"is in {amount.currency}", f"credit in {invoice['currency']['code']}")
    if amount.minor <= 0:
        raise Invalid("amount", f"{amount.text()} is not above zero", "give what to credit")
    rest = left(invoice, earlier)
    weights = {str(place): max(0, minor) for place, minor in enumerate(rest)}
    most = Money(max(0, min(sum(rest), sum(weights.values()))), amount.currency)
    if amount.minor > most.minor:
        fix = f"credit {most.text()} at most, without tax"
        raise Invalid("amount", f"{amount.text()} is more than {invoice['number']} has left", fix)
    shares = largest_remainder(amount.minor, weights, invoice["number"])
    return {int(place): share for place, share in shares.items() if share}


class _Part(NamedTuple):
    """What is left of the lines of one tax."""

    places: list[int]
    base: int
    rate: Decimal

    def gives(self, net: int) -> int:
        """What goes back for so much without tax."""
        return net + tax.credited(self.base, net, self.rate)

    def around(self, gross: int) -> list[int]:
        """The nets that come near it, the nearest first: tax is rounded, so one of five is as near as any."""
        guess = min(max(0, self.base), tax.within(gross, self.rate).net)
        nets = range(max(0, guess - _NEAR), min(max(0, self.base), guess + _NEAR) + 1)
        return sorted(nets, key=lambda net: (abs(net - guess), net))


def with_tax(invoice: Mapping[str, Any], earlier: Sequence[CreditNote], gross: Money) -> dict[int, int]:
    """The lines whose credit comes to exactly so much with its tax: parted by the taxes of what is left, then by line.

    Some amounts no net comes to, as tax is rounded. Raises Invalid for one of them and names the nearest two, and above
    what is left.
    """
    rest = left(invoice, earlier)
    parts = [_part(invoice, group, rest) for group in invoice["taxes"]]
    owed = {place: part.gives(part.base) for place, part in enumerate(parts)}
    most = Money(max(0, sum(owed.values())), gross.currency)
    if gross.minor <= 0:
        raise Invalid("gross", f"{gross.text()} is not above zero", "give what to credit")
    if gross.minor > most.minor:
        fix = f"credit {most.text()} at most, with tax"
        raise Invalid("gross", f"{gross.text()} is more than {invoice['number']} has left", fix)
    shares = largest_remainder(gross.minor, {str(at): max(0, one) for at, one in owed.items()}, invoice["number"])
    choices = list(product(*(part.around(shares[str(at)]) for at, part in enumerate(parts))))
    sums = [sum(part.gives(net) for part, net in zip(parts, nets, strict=True)) for nets in choices]
    if gross.minor not in sums:
        raise _unreachable(gross, sums)
    taken: dict[int, int] = {}
    for part, net in zip(parts, choices[sums.index(gross.minor)], strict=True):
        weights = {str(place): max(0, rest[place]) for place in part.places}
        shared = largest_remainder(net, weights, invoice["number"]) if net else {}
        taken |= {int(place): share for place, share in shared.items() if share}
    return taken


def _part(invoice: Mapping[str, Any], group: Mapping[str, Any], rest: Sequence[int]) -> _Part:
    places = _of_tax(invoice, group)
    return _Part(places, sum(rest[place] for place in places), decimal(group["rate"]))


def _unreachable(gross: Money, sums: Sequence[int]) -> Invalid:
    below = max((one for one in sums if 0 < one < gross.minor), default=None)
    above = min((one for one in sums if one > gross.minor), default=None)
    near = " or ".join(Money(one, gross.currency).text() for one in (below, above) if one is not None)
    return Invalid("gross", f"no net amount comes to {gross.text()}, as tax is rounded", f"credit {near}")


def everything(invoice: Mapping[str, Any], earlier: Sequence[CreditNote]) -> dict[int, int]:
    """All that is left, also of lines that were credits themselves: the invoice is void."""
    taken = {place: minor for place, minor in enumerate(left(invoice, earlier)) if minor}
    if not taken:
        raise Invalid("lines", f"nothing is left of {invoice['number']}", "there is no more to credit")
    return taken


def document(
    invoice: Mapping[str, Any],
    earlier: Sequence[CreditNote],
    lines: Mapping[int, int],
    *,
    number: str,
    series: str,
    previous: str,
    issued_on: str,
    reason: str,
) -> dict[str, Any]:
    """The credit note's document. Amounts are those that go back to the client, so they stand as positive ones."""
    if not reason.strip():
        raise Invalid("reason", "is empty", "say why; the client reads it")
    credited = [_line(invoice, place, minor, reason) for place, minor in sorted(lines.items())]
    groups = _taxes(invoice, earlier, lines)
    net, taxed = sum(lines.values()), sum(group["tax"] for group in groups)
    last = not any(minor - lines.get(place, 0) for place, minor in enumerate(left(invoice, earlier)))
    kept = {name: invoice[name] for name in ("seller", "client", "period", "currency", "plans", "entity")}
    return {
        **kept,
        "document": CREDIT_NOTE,
        "engine": ENGINE,
        "number": number,
        "series": series,
        "previous": previous,
        "issued_on": issued_on,
        "due_on": None,
        "credits": {"number": invoice["number"], "issued_on": invoice["issued_on"], "reason": reason},
        "lines": credited,
        "taxes": groups,
        "net": net,
        "tax": taxed,
        "total": net + taxed,
        # What the invoice was rounded by goes back with the last of it.
        **({"rounding": invoice["rounding"]} if last and "rounding" in invoice else {}),
        "annex": None,
    }


def _line(invoice: Mapping[str, Any], place: int, minor: int, reason: str) -> dict[str, Any]:
    line = invoice["lines"][place]
    currency = invoice["currency"]["code"]
    words = words_in(invoice["client"].get("language", "en"))
    return {
        **{name: line[name] for name in ("kind", "text", "tax", "plan_version", "rate_class", "tier", "segment")},
        "rule": words(
            "credited of line {n} of {number}: {reason}", n=place + 1, number=invoice["number"], reason=reason
        ),
        "unit": "piece",
        "unit_price": Money(abs(minor), currency).text(),
        "base_quantity": 1,
        "quantity": 1 if minor >= 0 else -1,
        "used": 1 if minor >= 0 else -1,
        "included": 0,
        "amount": minor,
        "contacts": 0,
        "of_line": place,
    }


def _taxes(invoice: Mapping[str, Any], earlier: Sequence[CreditNote], lines: Mapping[int, int]) -> list[dict[str, Any]]:
    rest = left(invoice, earlier)
    groups = []
    for group in invoice["taxes"]:
        mine = _of_tax(invoice, group)
        base = sum(lines.get(place, 0) for place in mine)
        if not any(place in lines for place in mine):
            continue
        due = tax.credited(sum(rest[place] for place in mine), base, decimal(group["rate"]))
        groups.append({"category": group["category"], "rate": group["rate"], "base": base, "tax": due})
    return groups


def _of_tax(invoice: Mapping[str, Any], group: Mapping[str, Any]) -> list[int]:
    """The places of the lines of that tax."""
    key = {"category": group["category"], "rate": group["rate"]}
    return [place for place, line in enumerate(invoice["lines"]) if line["tax"] == key]
