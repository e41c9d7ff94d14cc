"""A client's periods as they were opened. One that is open keeps its bounds, whatever the contract or the clocks'
rules say later; the next one begins where it ends. So the periods of a client tile time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib.kernel.clock import instant, stamp
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.period import BillingPeriod, Period


@dataclass(frozen=True, slots=True, kw_only=True)
class BookPeriod:
    """`cutoff` is the instant of its invoice's last record, empty while there is none. `late` counts the records
    that came after it, `booked` those of them that a later invoice has looked at, and `fence` is when it looked."""

    tenant: TenantId
    period: BillingPeriod
    tzdata: str  # the version of the clocks' rules by which the bounds were computed
    cutoff: str = ""
    fence: str = ""
    late: int = 0
    booked: int = 0
    booked_in: str = ""  # the label of the last invoice that has lines of it

    @property
    def label(self) -> str:
        return self.period.label

    @property
    def closed(self) -> bool:
        return bool(self.cutoff)

    @property
    def pending(self) -> int:
        """Late records that no invoice has looked at."""
        return self.late - self.booked

    def as_item(self) -> dict[str, Any]:
        return {
            "tenant": self.tenant,
            "label": self.label,
            "zone": self.period.zone,
            "start": stamp(self.period.start),
            "end": stamp(self.period.end),
            "first_day": self.period.first_day.isoformat(),
            "last_day": self.period.last_day.isoformat(),
            "tzdata": self.tzdata,
            "cutoff": self.cutoff,
            "fence": self.fence,
            "late": self.late,
            "booked": self.booked,
            "booked_in": self.booked_in,
        }

    @staticmethod
    def from_item(item: Mapping[str, Any]) -> BookPeriod:
        period = BillingPeriod(
            label=item["label"],
            zone=item["zone"],
            span=Period(instant(item["start"]), instant(item["end"])),
            first_day=date.fromisoformat(item["first_day"]),
            last_day=date.fromisoformat(item["last_day"]),
        )
        kept = {name: item[name] for name in ("tzdata", "cutoff", "fence", "late", "booked", "booked_in")}
        return BookPeriod(tenant=TenantId(item["tenant"]), period=period, **kept)


def closed_until(opened: Sequence[BookPeriod]) -> date | None:
    """The last day that an invoice has closed; None where there is no invoice."""
    return max((one.period.last_day for one in opened if one.closed), default=None)


def period_at(at: datetime, opened: Sequence[BookPeriod], zone: str, anchor_day: int) -> BillingPeriod:
    """The period in which that instant lies: one that is open, or the one to open for it.

    Where zone or anchor day changed, the first period by the new ones begins where the last by the old ones ends,
    and takes the label of the month after it: it is shorter or longer, and no instant is in two or in none.
    """
    for known in opened:
        if known.period.contains(at):
            return known.period
    return _between(BillingPeriod.of(at, zone, anchor_day), at, opened, zone, anchor_day)


def period_named(label: str, opened: Sequence[BookPeriod], zone: str, anchor_day: int) -> BillingPeriod:
    """The period with that label. Raises Invalid for what is not a month."""
    usual = BillingPeriod.parse(label, zone, anchor_day)
    for known in opened:
        if known.label == label:
            return known.period
    return _between(usual, usual.start, opened, zone, anchor_day)


def _between(
    usual: BillingPeriod, at: datetime, opened: Sequence[BookPeriod], zone: str, anchor_day: int
) -> BillingPeriod:
    before = max((one.period for one in opened if one.period.end <= at), key=lambda one: one.end, default=None)
    after = min((one.period for one in opened if one.period.start > at), key=lambda one: one.start, default=None)
    start, first_day = usual.start, usual.first_day
    if before is not None and _following(before.label) >= usual.label:
        usual = BillingPeriod.parse(_following(before.label), zone, anchor_day)
        start, first_day = before.end, date.fromordinal(before.last_day.toordinal() + 1)
    end, last_day = usual.end, usual.last_day
    if after is not None and after.start < end:
        end, last_day = after.start, date.fromordinal(after.first_day.toordinal() - 1)
    return BillingPeriod(usual.label, zone, Period(start, end), first_day, last_day)


def _following(label: str) -> str:
    year, month = int(label[:4]), int(label[5:])
    return f"{year + 1:04d}-01" if month == 12 else f"{year:04d}-{month + 1:02d}"
