"""Opening hours on the client's own wall clock, through holidays and clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.tenancy.model.form import Line, Unfit
from chalicelib.tenancy.model.hours import Hours, Span, SpecialDay
from tests.fakes.tenants import changed, sample

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    BERLIN,
    ZoneInfo("America/New_York"),
    ZoneInfo("Australia/Lord_Howe"),
    ZoneInfo("Africa/Cairo"),
    ZoneInfo("UTC"),
]
ALWAYS = Hours(**{day: (Span("00:00-24:00"),) for day in
                  ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")})  # fmt: skip


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        ("2026-11-23 07:59:59", False),
        ("2026-11-23 08:00", True),
        ("2026-11-23 12:29:59", True),
        ("2026-11-23 12:30", False),  # the lunch of a split day
        ("2026-11-23 14:00", True),
        ("2026-11-23 18:00", False),
        ("2026-11-25 15:00", False),  # Wednesday has no afternoon
        ("2026-11-28 10:00", False),  # Saturday
        ("2026-12-24 10:00", False),  # a Thursday, but Christmas Eve
        ("2026-12-28 08:30", False),  # shorter hours between the years
        ("2026-12-28 09:00", True),
    ],
)
def test_the_clinic_keeps_its_split_days_and_its_holidays(at: str, open_: bool) -> None:
    assert sample("clinic").is_open(berlin(at)) is open_


@pytest.mark.parametrize(
    ("at", "change"),
    [
        ("2026-11-23 07:00", "2026-11-23 08:00"),
        ("2026-11-23 08:00", "2026-11-23 12:30"),
        ("2026-11-23 13:00", "2026-11-23 14:00"),
        ("2026-11-27 13:00", "2026-11-30 08:00"),  # over a weekend
        ("2026-12-23 13:00", "2026-12-28 09:00"),  # over Christmas, to the shorter day
    ],
)
def test_a_caller_can_be_told_when_that_changes(at: str, change: str) -> None:
    assert sample("clinic").next_change(berlin(at)) == berlin(change)


def test_a_shop_that_never_sleeps_closes_only_for_its_holiday() -> None:
    shop = changed("shop", hours__special=[{"date": date(2026, 12, 25), "name": "Christmas Day"}])
    evening = datetime(2026, 11, 30, 23, 59, tzinfo=ZoneInfo("America/New_York"))
    assert shop.is_open(evening)
    assert shop.next_change(evening) == datetime(2026, 12, 25, tzinfo=ZoneInfo("America/New_York"))


def test_who_is_always_or_never_open_has_no_next_change() -> None:
    assert ALWAYS.next_change(berlin("2026-11-23 10:00"), BERLIN) is None
    assert Hours().next_change(berlin("2026-11-23 10:00"), BERLIN) is None


def test_a_night_over_midnight_is_one_stretch() -> None:
    hours = Hours(monday=(Span("22:00-24:00"),), tuesday=(Span("00:00-06:00"),))
    assert hours.next_change(berlin("2026-11-23 23:00"), BERLIN) == berlin("2026-11-24 06:00")


def test_the_long_night_in_october_is_an_hour_longer() -> None:
    hours = Hours(sunday=(Span("01:00-04:00"),))
    opening = berlin("2026-10-25 01:00")
    assert hours.next_change(opening, BERLIN) == opening + timedelta(hours=4)
    assert all(hours.is_open(opening + timedelta(minutes=minutes), BERLIN) for minutes in range(240))


def test_an_hour_that_the_clock_skips_is_not_open() -> None:
    """In Berlin, 2026-03-29 has no half past two."""
    hours = Hours(sunday=(Span("02:15-02:45"),))
    night = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert not any(hours.is_open(night + timedelta(minutes=minutes), BERLIN) for minutes in range(120))
    assert hours.next_change(night, BERLIN) == berlin("2026-04-05 02:15")


def test_hours_that_begin_in_the_skipped_hour_begin_with_the_change() -> None:
    hours = Hours(sunday=(Span("02:30-05:00"),))
    assert hours.next_change(datetime(2026, 3, 29, 0, 0, tzinfo=UTC), BERLIN) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["8-12", "12:00-08:00", "08:00-08:00", "08:00-24:30", "08:60-09:00", "", "22:00-06:00"]
)
def test_a_stretch_that_is_none_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(Unfit) as refused:
        Span.parse(text)
    assert "08:00-12:00" in str(refused.value) or "22:00-24:00" in str(refused.value)


spans = st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True).map(
    lambda quarters: tuple(
        Span(f"{a // 4:02}:{a % 4 * 15:02}-{b // 4:02}:{b % 4 * 15:02}")
        for a, b in zip(sorted(quarters)[::2], sorted(quarters)[1::2], strict=False)
    )
)
weeks = st.tuples(*[spans] * 7)
instants = st.integers(0, 2 * 365 * 24 * 3600).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s))


@given(weeks, instants, st.sampled_from(ZONES), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_the_next_change_is_a_change_and_nothing_changes_before_it(
    week: tuple[tuple[Span, ...], ...], at: datetime, zone: ZoneInfo, holiday: date
) -> None:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    special = (SpecialDay(date=holiday, name=Line("Holiday")),)
    hours = Hours(**dict(zip(days, week, strict=True)), special=special)
    now = hours.is_open(at, zone)
    change = hours.next_change(at, zone)
    if change is None:
        return
    assert change > at
    assert hours.is_open(change, zone) is not now
    assert hours.is_open(change - timedelta(seconds=1), zone) is now or change - at <= timedelta(seconds=1)
    assert hours.is_open(at + (change - at) / 2, zone) is now
