"""Stretches of time: half-open, in UTC, so that one ends where the next begins and no instant is in two."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.kernel.errors import Invalid

_LABEL = re.compile(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])")
_SECOND = timedelta(seconds=1)
CURRENT = "current"  # what a caller may write for the month that is running


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The midnight with which a local day begins, in UTC.

    Where clocks jump at midnight it is the instant of the jump, the first that the day has; where midnight
    comes twice, it is the first of the two. Both follow from `fold=0`.
    """
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a period has instants that name their time zone")
        if self.start >= self.end:
            raise ValueError(f"a period starts before it ends; not so {self.start} and {self.end}")

    def contains(self, at: datetime) -> bool:
        return self.start <= at < self.end

    @property
    def seconds(self) -> int:
        return (self.end - self.start) // _SECOND

    def utc_months(self) -> Iterator[str]:
        """`2026-11`, ... : each month, by UTC, that has a part in it."""
        year, month = self.start.astimezone(UTC).year, self.start.astimezone(UTC).month
        while datetime(year, month, 1, tzinfo=UTC) < self.end:
            yield f"{year:04d}-{month:02d}"
            year, month = _following(year, month)


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """A month as the clocks of the billing zone show it, from its anchor day to the next month's."""

    label: str  # the month in which it begins: 2026-11
    zone: str
    span: Period
    first_day: date  # local dates
    last_day: date

    @classmethod
    def month(cls, year: int, month: int, zone: str, anchor_day: int = 1) -> BillingPeriod:
        """A month without the anchor day begins on its last; the next one has the anchor day again."""
        first, following = _anchored(year, month, anchor_day), _anchored(*_following(year, month), anchor_day)
        clocks = ZoneInfo(zone)
        span = Period(day_start(first, clocks), day_start(following, clocks))
        return cls(f"{year:04d}-{month:02d}", zone, span, first, following - timedelta(days=1))

    @classmethod
    def parse(cls, label: str, zone: str, anchor_day: int = 1) -> BillingPeriod:
        if not _LABEL.fullmatch(label):
            raise Invalid("period", f"{label!r} is not a month", "write it like 2026-11")
        year, month = label.split("-")
        return cls.month(int(year), int(month), zone, anchor_day)

    @classmethod
    def of(cls, at: datetime, zone: str, anchor_day: int = 1) -> BillingPeriod:
        """The period in which that instant lies."""
        local = at.astimezone(ZoneInfo(zone)).date()
        if local < _anchored(local.year, local.month, anchor_day):
            local = local.replace(day=1) - timedelta(days=1)
        return cls.month(local.year, local.month, zone, anchor_day)

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    @property
    def start(self) -> datetime:
        return self.span.start

    @property
    def end(self) -> datetime:
        return self.span.end

    def contains(self, at: datetime) -> bool:
        return self.span.contains(at)

    def wall_clock(self, at: datetime) -> str:
        """The instant as people in the zone read it, to the minute: `2026-11-02 16:30`."""
        return f"{at.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M}"


def _anchored(year: int, month: int, anchor_day: int) -> date:
    return date(year, month, min(anchor_day, monthrange(year, month)[1]))


def _following(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)
