"""The contacts beside a line, a page at a time: each with its place in what is included and in the tiers.

What a contact used up before it is the running sum of those before. So they are gone through from the first on, or
from where the page before it ended, and only the page is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, NamedTuple

from chalicelib.billing.model.counting import Counted, cut, is_short, raw_seconds
from chalicelib.billing.model.explain import INCLUDED, Explained, size_of
from chalicelib.billing.model.in_turn import SHORT, charged
from chalicelib.billing.model.ledger import UsageRecord
from chalicelib.billing.model.metered import FLAT_FEE
from chalicelib.billing.model.plan import Blocked, Charge
from chalicelib.billing.model.terms import Terms
from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.errors import Invalid


class _Row(NamedTuple):
    record: UsageRecord
    raw: int
    counted: int
    billed: int
    why: str


class Reached(NamedTuple):
    """How far a page came, as the instant of its last contact begins: so the next one need not begin at the first."""

    at: datetime | None = None  # None: nothing is behind us
    seen: int = 0  # contacts before it ...
    billed: int = 0  # ... what they come to ...
    short: int = 0  # ... and how many of them were free as short calls

    def __str__(self) -> str:
        return f"{self.seen}.{self.billed}.{self.short}.{stamp(self.at)}" if self.at else ""

    @staticmethod
    def parse(text: str) -> Reached:
        """Raises Invalid for what we never gave out."""
        numbers, at = text.split(".", 3)[:3], text.split(".", 3)[3:]
        try:
            return Reached(instant(at[0]), *map(int, numbers)) if text else Reached()
        except (ValueError, IndexError):
            raise Invalid("cursor", f"{text!r} is none", "take it from the page before, or leave it out") from None


BEGIN = Reached()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """`lines` are those of the document for the segment. Blocks are of all rate classes together."""

    charge: Charge
    segment: int
    lines: Sequence[Mapping[str, Any]]
    rate_class: str

    @property
    def contacts(self) -> int:
        return sum(line["contacts"] for line in self._metered())

    def page(
        self, records: Iterable[UsageRecord], terms: Terms, after: int, most: int, reached: Reached = BEGIN
    ) -> tuple[list[dict[str, Any]], Reached]:
        """Rows of the contact at the place `after` (from 0) and those that follow; `records` by their time, from what
        was `reached` on."""
        found: list[_Row] = []
        _, seen, come_to, short = reached
        before = come_to
        for record, segment, one, why in charged(records, terms, {(self.segment, self.charge.id): short}):
            if len(found) == most or segment > self.segment:
                break
            if segment < self.segment or one.charge != self.charge.id:
                continue
            if record.usage_at != reached.at:
                reached = Reached(record.usage_at, seen, come_to, short)
            short += why == SHORT  # of all rate classes together
            if not self._takes(one.rate_class):
                continue
            billed = 0 if why else one.billed
            if seen < after:
                before += billed
            else:
                found.append(_Row(record, one.raw, self._counted(record, one, why, terms), billed, why))
            seen, come_to = seen + 1, come_to + billed
        ends, tiers = self._edges()
        rows = Explained(
            charge=self.charge,
            records=[one.record for one in found],
            raw=[one.raw for one in found],
            counted=[one.counted for one in found],
            billed=[one.billed for one in found],
            free={place: one.why for place, one in enumerate(found) if one.why},
            after=list(accumulate((one.billed for one in found), initial=before))[1:],
            ends=ends,
            tiers=tiers,
        )
        return list(rows.as_document()), reached

    def _counted(self, record: UsageRecord, one: Counted, why: str, terms: Terms) -> int:
        """Before rounding: of the whole contact, or of the part of it that fell into the rate class."""
        counting = self.charge.counting
        if why or not self.charge.split or is_short(record, counting):
            return raw_seconds(record, counting)
        parts = cut(record, counting, one.raw, one.billed, terms.rate_class)
        return next(part.counted for part in parts if part.rate_class == one.rate_class)

    def _edges(self) -> tuple[list[int], list[int]]:
        """The billed sums at which what is included and each tier end, and the tiers' places."""
        lines = self._metered()
        included = lines[0]["included"] if lines else 0
        ends = accumulate([included, *(line["quantity"] * size_of(self.charge, line["tier"]) for line in lines)])
        return list(ends), [INCLUDED, *(max(0, line["tier"]) for line in lines)]

    def _metered(self) -> list[Mapping[str, Any]]:
        mine = [line for line in self.lines if line["kind"] == self.charge.id and line["unit"] != FLAT_FEE]
        return [line for line in mine if self._takes(line["rate_class"])]

    def _takes(self, rate_class: str) -> bool:
        return rate_class == self.rate_class or isinstance(self.charge.pricing, Blocked)
