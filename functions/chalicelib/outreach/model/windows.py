"""When a person may be called: on the clock where he lives, or where he may live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.outreach.model.limits import NONE, Calls, Limit
from chalicelib.tenancy.model.hours import Hours, Span
from chalicelib.tenancy.model.outreach import Campaign

_ALL_DAY = (Span("08:00-21:00"),)
# What the law leaves open of every day (47 CFR 64.1200(c)(1)): for calls that somebody asked for.
LAWFUL = Hours(
    monday=_ALL_DAY,
    tuesday=_ALL_DAY,
    wednesday=_ALL_DAY,
    thursday=_ALL_DAY,
    friday=_ALL_DAY,
    saturday=_ALL_DAY,
    sunday=_ALL_DAY,
)
_NOT_CALLED = Calls()
_TURNS = 400  # of the search: zones that do not agree for months never will


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Hours and days on the wall clock of who is called."""

    hours: Hours
    first_day: date | None = None
    last_day: date | None = None

    @staticmethod
    def of(campaign: Campaign) -> Window:
        return Window(hours=campaign.hours, first_day=campaign.first_day, last_day=campaign.last_day)

    def is_open(self, at: datetime, zones: Sequence[str]) -> bool:
        """In every one of his zones."""
        return all(self._is_open(at, ZoneInfo(zone)) for zone in zones)

    def next(self, at: datetime, zones: Sequence[str]) -> datetime | None:
        """The first instant from `at` on (UTC) at which it is open in all zones; None where that never comes."""
        infos = [ZoneInfo(zone) for zone in zones]
        moment = at.astimezone(UTC)
        for _ in range(_TURNS):
            later = [self._next(moment, info) for info in infos]
            latest = moment
            for one in later:
                if one is None:
                    return None
                latest = max(latest, one)
            if latest == moment:
                return moment
            moment = latest
        return None

    def _is_open(self, at: datetime, zone: ZoneInfo) -> bool:
        day = at.astimezone(zone).date()
        begun = self.first_day is None or self.first_day <= day
        return begun and (self.last_day is None or day <= self.last_day) and self.hours.is_open(at, zone)

    def _next(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """In one zone."""
        if self.first_day is not None and at.astimezone(zone).date() < self.first_day:
            # A night may have lost its midnight to a change of the clock: look from the hour before it.
            first = datetime(self.first_day.year, self.first_day.month, self.first_day.day, tzinfo=zone)
            at = max(at, first.astimezone(UTC) - timedelta(hours=1))
        found: datetime | None = at
        if not self.hours.is_open(at, zone):
            found = self.hours.next_change(at, zone)
        while found is not None and self.first_day is not None and found.astimezone(zone).date() < self.first_day:
            found = self._opens_after(found, zone)
        if found is None or (self.last_day is not None and found.astimezone(zone).date() > self.last_day):
            return None
        return found

    def _opens_after(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """`at` lies in a stretch of a day too early: the beginning of the next one."""
        closes = self.hours.next_change(at, zone)
        return self.hours.next_change(closes, zone) if closes is not None else None


_LAWFUL = Window(hours=LAWFUL)


def next_call(
    window: Window, zones: Sequence[str], at: datetime, *, limit: Limit = NONE, calls: Calls = _NOT_CALLED
) -> datetime | None:
    """The first instant from `at` on at which he may be called: within the window and the limit. None: never."""
    moment = window.next(at, zones)
    while moment is not None:
        free = calls.free_at(moment, limit)
        if free == moment:
            return moment
        moment = window.next(free, zones)
    return None


def next_lawful(at: datetime, zones: Sequence[str], calls: Calls = _NOT_CALLED) -> datetime | None:
    """For a call that somebody asked for: `calls` are what the number was called lately."""
    return next_call(_LAWFUL, zones, at, calls=calls)


def lawful(at: datetime, zones: Sequence[str]) -> bool:
    return _LAWFUL.is_open(at, zones)
