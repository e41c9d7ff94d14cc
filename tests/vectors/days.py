"""Rows about time: where periods and days begin, and what a call over a change of price costs."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.billing.model.counting import rate_class_of
from chalicelib.billing.model.plan import AFTER_HOURS, HOLIDAY, USUAL
from chalicelib.billing.model.pricing.day import split
from chalicelib.kernel.money import exact
from chalicelib.kernel.period import BillingPeriod, day_start
from chalicelib.tenancy.model.form import Line
from chalicelib.tenancy.model.hours import Hours, Span, SpecialDay
from tests.fakes.plans import simple
from tests.vectors.reading import Missing
from tests.vectors.terms import Figures, Terms, rounded

_DAYS = [name.lower() for name in calendar.day_name]
_PLAN = simple(factors={"after_hours": "2", "holiday": "3"}, voice={"per_minute": "1"})


def month_start(given: Terms) -> Figures:
    period = _month(given)
    return {"start": _told(period.start), "end": _told(period.end), "hours": period.span.seconds // 3600}


def period_bounds(given: Terms) -> Figures:
    """Of the month that is named, else of the last one that is over at the instant of billing."""
    if given.has("month"):
        return month_start(given)
    zone, anchor = given.text("timezone"), _anchor_day(given)
    at = _instant(given.text("billing_instant", "instant", "at"))
    running = BillingPeriod.of(at, zone, anchor)
    closed = BillingPeriod.of(running.start - timedelta(seconds=1), zone, anchor)
    return {"start": _told(closed.start), "end": _told(closed.end), "hours": closed.span.seconds // 3600}


def day_begins(given: Terms) -> Figures:
    start = day_start(date.fromisoformat(given.text("date")), ZoneInfo(given.text("timezone")))
    return {"start": _told(start)}


def anchor_day(given: Terms) -> Figures:
    anchor = date.fromisoformat(given.text("anchor"))
    boundaries = []
    for ahead in range(len(given.published.get("boundaries", [])) or 4):
        year, month = divmod(anchor.year * 12 + anchor.month - 1 + ahead, 12)
        period = BillingPeriod.month(year, month + 1, given.text("timezone", default="UTC"), anchor.day)
        boundaries.append(period.first_day.isoformat())
    return {"boundaries": boundaries}


def time_of_day(given: Terms) -> Figures:
    """By the hours of a client that is open before 18:00; a weekend with a price of its own is a holiday."""
    start, end = (_instant(given.text(name)) for name in ("start", "end"))
    if end <= start:
        raise Missing("end is not after start")
    zone = ZoneInfo(given.text("timezone", default="UTC"))
    early, late = given.decimal("weekday_rate_before_18h_per_s"), given.decimal("from_18h_per_s")
    prices = {USUAL: early, AFTER_HOURS: late, HOLIDAY: given.decimal("weekend_rate_per_s", default=str(early))}
    days = [start.astimezone(zone).date() + timedelta(days=ahead) for ahead in range((end - start).days + 2)]
    ends = [day for day in days if given.has("weekend_rate_per_s") and day.weekday() >= calendar.SATURDAY]
    hours = Hours(
        **dict.fromkeys(_DAYS, (Span("00:00-18:00"),)),
        special=tuple(SpecialDay(date=day, name=Line("Weekend")) for day in ends),
    )
    seconds = int((end - start).total_seconds())
    spans = split(int(start.timestamp()), seconds, rate_class_of(_PLAN, hours, zone))
    price = given.number("connect_fee_first_span", "connect_fee", default=0)
    price += sum(exact(span.seconds, prices[span.price]) for span in spans)
    return {"cost": rounded(price, given), "spans": [span.seconds for span in spans]}


def _month(given: Terms) -> BillingPeriod:
    return BillingPeriod.parse(given.text("month"), given.text("timezone"), _anchor_day(given))


def _anchor_day(given: Terms) -> int:
    return given.whole("anchor_day", "billing_day", default=1)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%MZ}"


CALENDAR: Mapping[str, Callable[[Terms], Figures]] = {
    "anchor_day_clamp": anchor_day,
    "day_start": day_begins,
    "month_hours": month_start,
    "month_start": month_start,
    "period_bounds": period_bounds,
    "time_of_day_split": time_of_day,
}
