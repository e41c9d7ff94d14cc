from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.period import BillingPeriod, Period, day_start

ZONES = (
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo",
    "Asia/Beirut", "America/Havana", "Africa/Cairo", "Pacific/Kiritimati", "UTC",
)  # fmt: skip


def hours(year: int, month: int, zone: str) -> float:
    return BillingPeriod.month(year, month, zone).span.seconds / 3600


@pytest.mark.parametrize(
    ("year", "month", "zone", "long"),
    [
        (2022, 3, "America/New_York", 743),
        (2024, 3, "Europe/Paris", 743),
        (2026, 10, "Europe/London", 745),
        (2026, 3, "America/Phoenix", 744),
        (2024, 2, "Europe/Berlin", 29 * 24),
    ],
)
def test_a_month_is_as_long_as_its_clocks_say(year: int, month: int, zone: str, long: float) -> None:
    assert hours(year, month, zone) == long


def test_a_month_begins_at_midnight_of_the_zone() -> None:
    assert BillingPeriod.month(2025, 1, "Europe/Budapest").start == datetime(2024, 12, 31, 23, tzinfo=UTC)
    assert BillingPeriod.month(2022, 1, "America/New_York").span == Period(
        datetime(2022, 1, 1, 5, tzinfo=UTC), datetime(2022, 2, 1, 5, tzinfo=UTC)
    )


def test_midnight_in_utc_may_still_be_the_month_before() -> None:
    period = BillingPeriod.of(datetime(2022, 3, 1, tzinfo=UTC), "America/New_York")
    assert period.label == "2022-02"


def test_where_midnight_is_skipped_the_day_begins_at_its_first_instant() -> None:
    # Beirut sets its clocks forward at 00:00 to 01:00.
    start = day_start(date(2024, 3, 31), ZoneInfo("Asia/Beirut"))
    assert start == datetime(2024, 3, 30, 22, tzinfo=UTC)
    assert start.astimezone(ZoneInfo("Asia/Beirut")).hour == 1


def test_where_midnight_comes_twice_the_day_begins_at_the_first() -> None:
    # Havana sets its clocks back at 01:00 to 00:00.
    start = day_start(date(2026, 11, 1), ZoneInfo("America/Havana"))
    assert start == datetime(2026, 11, 1, 4, tzinfo=UTC)


def test_a_date_that_a_zone_leapt_over_begins_when_the_leap_ends() -> None:
    # Samoa crossed the date line: there was no 30 December 2011.
    apia = ZoneInfo("Pacific/Apia")
    assert day_start(date(2011, 12, 30), apia) == day_start(date(2011, 12, 31), apia)


def test_an_anchor_day_is_remembered_beyond_short_months() -> None:
    starts = [BillingPeriod.month(2024, month, "Europe/Berlin", anchor_day=31).first_day for month in (1, 2, 3, 4)]
    assert starts == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]


def test_before_the_anchor_day_the_period_of_the_month_before_is_under_way() -> None:
    period = BillingPeriod.of(datetime(2024, 3, 10, tzinfo=UTC), "Europe/Berlin", anchor_day=15)
    assert (period.label, period.first_day, period.last_day) == ("2024-02", date(2024, 2, 15), date(2024, 3, 14))


@pytest.mark.parametrize("label", ["2026-13", "2026-1", "november", "", "0000-01", "9999-12", "2026-11 "])
def test_what_is_not_a_month_is_refused_with_the_way_to_write_it(label: str) -> None:
    with pytest.raises(Invalid, match="2026-11"):
        BillingPeriod.parse(label, "UTC")


def test_a_period_has_no_room_for_naive_instants_or_going_backwards() -> None:
    with pytest.raises(ValueError, match="zone"):
        Period(datetime(2026, 1, 1), datetime(2026, 1, 2))  # noqa: DTZ001
    with pytest.raises(ValueError, match="before"):
        Period(datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))


def test_the_months_of_utc_that_a_period_touches() -> None:
    assert list(BillingPeriod.month(2026, 12, "Europe/Berlin").span.utc_months()) == ["2026-11", "2026-12"]
    assert list(BillingPeriod.month(2026, 12, "UTC").span.utc_months()) == ["2026-12"]
    assert list(BillingPeriod.month(2026, 12, "America/New_York").span.utc_months()) == ["2026-12", "2027-01"]


@given(st.integers(1970, 2080), st.integers(1, 12), st.sampled_from(ZONES), st.integers(1, 31))
def test_periods_tile_time(year: int, month: int, zone: str, anchor_day: int) -> None:
    period = BillingPeriod.month(year, month, zone, anchor_day)
    following = BillingPeriod.month(year + month // 12, month % 12 + 1, zone, anchor_day)
    assert period.end == following.start
    assert not period.contains(period.end)
    assert 27 <= period.days <= 31


@given(
    st.datetimes(datetime(1975, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(ZONES),
    st.integers(1, 31),
)
def test_every_instant_is_in_its_period(at: datetime, zone: str, anchor_day: int) -> None:
    assert BillingPeriod.of(at, zone, anchor_day).contains(at)


@given(st.dates(date(1975, 1, 1), date(2037, 12, 31)), st.sampled_from(ZONES))
def test_a_day_begins_when_its_clocks_first_show_it(day: date, zone: str) -> None:
    clocks = ZoneInfo(zone)
    start = day_start(day, clocks)
    assert start.astimezone(clocks).date() >= day
    assert (start - timedelta(seconds=1)).astimezone(clocks).date() < day
