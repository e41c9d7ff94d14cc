"""Times of day as callers key them in and hear them read back, and the instants that they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.channels.voice.model.opening import time_said
from chalicelib.channels.voice.model.phrases import weekday, words
from chalicelib.outreach.model.windows import LAWFUL
from chalicelib.tenancy.model.hours import Hours

MOST_DAYS = 7  # so far ahead somebody may choose


def keyed_time(keys: str) -> time | None:
    """`1430`, or `930` as some leave out the zero; None for what is no time of day."""
    if not re.fullmatch(r"[0-9]{3,4}", keys):
        return None
    hour, minute = divmod(int(keys), 100)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def next_time(hours: Hours, zone: ZoneInfo, wanted: time, now: datetime) -> datetime | None:
    """The next instant with that time on the clock within the hours, and at which the law lets us call; None where the
    coming days have none.

    Clocks change at night, when nobody may be called: every time is there on every day, once.
    """
    for day in _coming(now, zone):
        at = datetime.combine(day, wanted, zone).astimezone(UTC)
        if at > now and hours.is_open(at, zone) and LAWFUL.is_open(at, zone):
            return at
    return None


def hours_said(language: str, hours: Hours, zone: ZoneInfo, now: datetime) -> tuple[str, str] | None:
    """The next day with hours still to come, and those hours; None where there is none."""
    local = now.astimezone(zone)
    for day in _coming(now, zone):
        after = local.hour * 60 + local.minute if day == local.date() else -1
        spans = sorted(span for span in _lawful(hours, day) if span[1] > after)
        if spans:
            return _day(language, day, local.date()), ", ".join(_span(language, *span) for span in spans)
    return None


def _lawful(hours: Hours, day: date) -> Iterator[tuple[int, int]]:
    """What the law leaves of the hours of a day, in minutes after midnight."""
    for span in hours.on(day):
        for limit in LAWFUL.on(day):
            opens, closes = max(span.opens, limit.opens), min(span.closes, limit.closes)
            if opens < closes:
                yield opens, closes


def instant_said(language: str, at: datetime, zone: ZoneInfo, now: datetime) -> tuple[str, str]:
    """Its day and its time."""
    local = at.astimezone(zone)
    said = time_said(language, local.hour, local.minute)
    return _day(language, local.date(), now.astimezone(zone).date()), said


def _coming(now: datetime, zone: ZoneInfo) -> Iterator[date]:
    today = now.astimezone(zone).date()
    return (today + timedelta(days=ahead) for ahead in range(MOST_DAYS + 1))


def _day(language: str, day: date, today: date) -> str:
    match (day - today).days:
        case 0:
            return words(language, "today")
        case 1:
            return words(language, "tomorrow")
    return words(language, "on_day", day=weekday(language, day.weekday()))


def _span(language: str, opens: int, closes: int) -> str:
    said = [time_said(language, *divmod(minutes, 60)) for minutes in (opens, closes)]
    return words(language, "callback_time_span", opens=said[0], closes=said[1])
