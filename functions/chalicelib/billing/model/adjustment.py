"""What came late: a closed period is rated again as a whole, and the next invoice books the difference.

    recompute cumulative, subtract what is booked: what was billed is taken back line by line, and billed anew

Each line that changed gives two: its opposite as it was booked, and the new one. So nothing that was issued is
edited, and the sum over all invoices is what the period comes to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.billing.model.pricing.delta import Delta, replaced
from chalicelib.billing.model.words import ENGLISH, Words

KIND = "adjustment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """Of one closed period. `booked` and `now` are lines of documents; where it is not `due`, `why` says so."""

    period: str  # its label
    number: str  # of its invoice
    against: str  # the hash of the document with the lines that are booked so far
    booked: tuple[Mapping[str, Any], ...]
    now: tuple[Mapping[str, Any], ...]
    words: Words = ENGLISH
    why: str = ""  # empty, `below the materiality` or `older than the contract looks back`

    @property
    def due(self) -> bool:
        return not self.why

    @property
    def delta(self) -> Delta[int]:
        changed = self._changed()
        return replaced(sum(_amount(line) or 0 for line, _ in changed), sum(_amount(line) or 0 for _, line in changed))

    @property
    def net(self) -> int:
        return self.delta.net

    def lines(self) -> list[dict[str, Any]]:
        """For the invoice: the opposite of each line that changed, and the line as it is now."""
        if not self.due:
            return []
        lines = []
        for before, after in self._changed():
            if before is not None:
                lines.append(self._line(before, "{text}, {period}: as billed", -1))
            if after is not None:
                lines.append(self._line(after, "{text}, {period}: as it is now", 1))
        return lines

    def sources(self) -> list[Mapping[str, Any]]:
        """The line of the period itself that each of `lines` takes back or bills."""
        return [line for pair in self._changed() for line in pair if line is not None] if self.due else []

    def as_document(self) -> dict[str, Any]:
        return {
            "period": self.period,
            "number": self.number,
            "against": self.against,
            "reversal": self.delta.reversal,
            "new": self.delta.current,
            "net": self.net,
            "booked": self.due,
            "why": self.why,
            "lines": [dict(line) for line in self.now] if self.due else [],
        }

    def _changed(self) -> list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]:
        before, after = _by_name(self.booked), _by_name(self.now)
        names = [*before, *(name for name in after if name not in before)]
        pairs = [(before.get(name), after.get(name)) for name in names]
        return [(old, new) for old, new in pairs if _amount(old) != _amount(new)]

    def _line(self, line: Mapping[str, Any], text: str, sign: int) -> dict[str, Any]:
        return {
            **line,
            "kind": KIND,
            "text": self.words(text, text=line["text"], period=self.period),
            "rule": self.words("of {number}; {rule}", number=self.number, rule=line["rule"]),
            "quantity": sign * line["quantity"],
            "used": sign * line["used"],
            "included": sign * line["included"],
            "amount": sign * line["amount"],
            "contacts": 0,  # they stand behind the lines of their own period
            "adjusts": self.period,
        }


def booked_lines(document: Mapping[str, Any], label: str) -> tuple[Mapping[str, Any], ...]:
    """The lines of that period which the document booked: its own, or the last ones of an adjustment."""
    if document["period"]["label"] == label:
        return tuple(line for line in document["lines"] if "adjusts" not in line)
    (said,) = (one for one in document["adjustments"] if one["period"] == label)
    return tuple(said["lines"])


def _by_name(lines: Sequence[Mapping[str, Any]]) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    """Lines of one kind, class, tier and segment are told apart by their text, and then by their order."""
    named: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for line in lines:
        name = (line["kind"], line["rate_class"], line["tier"], line["segment"]["first_day"], line["text"])
        place = 0
        while (*name, place) in named:
            place += 1
        named[(*name, place)] = line
    return named


def _amount(line: Mapping[str, Any] | None) -> int | None:
    return None if line is None else int(line["amount"])
