"""When a client is open, in the client's own time zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from chalicelib.tenancy.model.form import Line, Unfit, Written, rule

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FAR_DAYS = 400  # a client that opens on no day of a whole year opens never


class Span(Written):
    """A stretch of one day on its wall clock: `08:00-12:00`. Open at its first minute, shut at its last."""

    __slots__ = ()
    FORM = r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
    ALLOWED = "hours of one day like 08:00-12:00 (midnight at the end is 24:00)"

    @classmethod
    def parse(cls, text: str) -> Self:
        span = super().parse(text)
        if span.opens >= span.closes:
            raise Unfit(f"{text!r} ends before it begins", "part a night into two days: 22:00-24:00 and 00:00-06:00")
        return span

    @classmethod
    def normal(cls, text: str) -> str:
        return text.replace(" ", "")

    @property
    def opens(self) -> int:
        """Minutes after midnight on the wall clock."""
        return int(self[:2]) * 60 + int(self[3:5])

    @property
    def closes(self) -> int:
        return int(self[6:8]) * 60 + int(self[9:])


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A date that does not keep the hours of its weekday: a holiday, or a long Saturday before Christmas."""

    date: date = rule("The day, in the client's time zone.")
    name: Line = rule("What the day is called, like Christmas Day.")
    open: tuple[Span, ...] = rule("The hours of that day; empty means closed.", empty=tuple, most=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Opening hours by weekday; a day may be split. A weekday that is left out is closed."""

    monday: tuple[Span, ...] = rule("Hours on Mondays.", empty=tuple, most=6)
    tuesday: tuple[Span, ...] = rule("Hours on Tuesdays.", empty=tuple, most=6)
    wednesday: tuple[Span, ...] = rule("Hours on Wednesdays.", empty=tuple, most=6)
    thursday: tuple[Span, ...] = rule("Hours on Thursdays.", empty=tuple, most=6)
    friday: tuple[Span, ...] = rule("Hours on Fridays.", empty=tuple, most=6)
    saturday: tuple[Span, ...] = rule("Hours on Saturdays.", empty=tuple, most=6)
    sunday: tuple[Span, ...] = rule("Hours on Sundays.", empty=tuple, most=6)
    special: tuple[SpecialDay, ...] = rule("Holidays and other dated exceptions.", empty=tuple, most=200)

    def week(self) -> tuple[tuple[Span, ...], ...]:
        return (self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday)

    def on(self, day: date) -> tuple[Span, ...]:
        special = self.special_day(day)
        return special.open if special is not None else self.week()[day.weekday()]

    def special_day(self, day: date) -> SpecialDay | None:
        return next((special for special in self.special if special.date == day), None)

    def is_open(self, at: datetime, zone: ZoneInfo) -> bool:
        return any(begin <= at < end for begin, end in self._around(at, zone, days=2))

    def next_change(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """The first instant after `at` (UTC) at which open turns to closed or back; None if it never does."""
        inside = False
        until = at
        for begin, end in self._around(at, zone, days=_FAR_DAYS):
            if inside:
                # Monday 22:00-24:00 and Tuesday 00:00-06:00 are one stretch to the customer.
                if begin > until:
                    return until
                until = max(until, end)
            elif begin <= at < end:
                inside, until = True, end
            elif begin > at:
                return begin
        horizon = at + timedelta(days=_FAR_DAYS - 2)
        return until if inside and until < horizon else None

    def _around(self, at: datetime, zone: ZoneInfo, days: int) -> Iterator[tuple[datetime, datetime]]:
        """The open stretches as UTC instants, in order, from the day of `at` on its local calendar."""
        first = at.astimezone(zone).date() - timedelta(days=1)
        for ahead in range(days + 1):
            day = first + timedelta(days=ahead)
            stretches = ((_instant(day, span.opens, zone), _instant(day, span.closes, zone)) for span in self.on(day))
            # A stretch that lies within the hour that a clock change skips is empty.
            yield from sorted((begin, end) for begin, end in stretches if begin < end)


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """A wall-clock minute as an instant. Where the clock skips it: the instant of the change;
    where the clock repeats it: the first time."""
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minutes)
    at = wall.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return at
    # fold=1 reads a skipped time with the offset after the change, so the two readings embrace the change itself.
    early, late = sorted((at, wall.replace(fold=1).astimezone(UTC)))
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == early.astimezone(zone).utcoffset():
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
