"""When a person may be called, and how often: against the plainest search there is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.outreach.model.limits import KEPT, Calls, Limit
from chalicelib.outreach.model.windows import LAWFUL, Window, lawful, next_call, next_lawful
from chalicelib.tenancy.model.hours import DAYS, Hours, Span, SpecialDay

BERLIN, NEW_YORK, LORD_HOWE, APIA = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"
# Around changes of the clock: Berlin, New York, Lord Howe (half an hour), Havana (at midnight), Troll (two hours).
STARTS = [
    datetime(2026, 3, 27, tzinfo=UTC),
    datetime(2026, 10, 23, tzinfo=UTC),
    datetime(2026, 3, 6, tzinfo=UTC),
    datetime(2026, 10, 30, tzinfo=UTC),
    datetime(2026, 4, 3, tzinfo=UTC),
]
ZONES = [BERLIN, NEW_YORK, LORD_HOWE, "America/Havana", "Antarctica/Troll", "Asia/Kolkata", "Pacific/Honolulu"]
WEEKS = [
    dict.fromkeys(DAYS[:5], ("09:00-19:00",)),
    dict.fromkeys(DAYS, ("08:00-12:00", "13:30-21:00")),
    {"sunday": ("00:00-24:00",), "monday": ("01:30-03:30",)},
    dict.fromkeys(DAYS, ("02:00-03:00",)),
    {"friday": ("20:00-21:00",)},
]


def hours(week: dict[str, tuple[str, ...]], special: tuple[SpecialDay, ...] = ()) -> Hours:
    return Hours(**{day: tuple(Span.parse(span) for span in spans) for day, spans in week.items()}, special=special)


def searched(window: Window, at: datetime, zones: list[str], minutes: int) -> datetime | None:
    """Minute by minute, by nothing but the wall clocks."""
    moment = at
    for _ in range(minutes):
        if all(_open_by_the_wall(window, moment, ZoneInfo(zone)) for zone in zones):
            return moment
        moment = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return None


def _open_by_the_wall(window: Window, at: datetime, zone: ZoneInfo) -> bool:
    local = at.astimezone(zone)
    if window.first_day is not None and local.date() < window.first_day:
        return False
    if window.last_day is not None and local.date() > window.last_day:
        return False
    return window.hours.is_open(at, zone)


@settings(max_examples=150)
@given(
    st.sampled_from(STARTS),
    st.integers(0, 3 * 24 * 3600),
    st.sampled_from(WEEKS),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True),
    st.one_of(st.none(), st.integers(-2, 4)),
    st.one_of(st.none(), st.integers(-1, 6)),
    st.booleans(),
)
def test_the_next_moment_is_the_one_that_a_search_by_the_minute_finds(
    start: datetime,
    seconds: int,
    week: dict[str, tuple[str, ...]],
    zones: list[str],
    first: int | None,
    last: int | None,
    holiday: bool,
) -> None:
    at = start + timedelta(seconds=seconds)
    special = (SpecialDay(date=start.date() + timedelta(days=1), name="Off"),) if holiday else ()  # type: ignore[arg-type]
    window = Window(
        hours=hours(week, special),
        first_day=start.date() + timedelta(days=first) if first is not None else None,
        last_day=start.date() + timedelta(days=last) if last is not None else None,
    )
    found = window.next(at, zones)
    near = searched(window, at, zones, 9 * 24 * 60)
    if near is not None or (found is not None and found < at + timedelta(days=8)):
        assert found == near
    if found is not None:
        assert found >= at
        assert window.is_open(found, zones)


def test_a_person_is_called_by_his_own_clock_and_not_by_ours() -> None:
    window = Window(hours=hours({"monday": ("09:00-19:00",)}))
    morning = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday: 10:00 in Berlin, 04:00 in New York
    assert window.is_open(morning, [BERLIN])
    assert window.next(morning, [NEW_YORK]) == datetime(2026, 11, 23, 14, tzinfo=UTC)


def test_who_may_live_in_many_zones_is_called_when_it_is_day_in_all_of_them() -> None:
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert next_lawful(at, [NEW_YORK, "America/Los_Angeles"]) == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert next_lawful(at, ["Europe/London", "Asia/Tokyo", "America/Los_Angeles"]) is None
    assert not lawful(datetime(2026, 11, 23, 21, 30, tzinfo=UTC), [BERLIN])


def test_the_law_knows_no_holiday_and_no_weekend() -> None:
    assert all(LAWFUL.on(date(2026, 12, day)) == (Span("08:00-21:00"),) for day in range(1, 32))


def test_dates_are_those_of_who_is_called() -> None:
    window = Window(hours=LAWFUL, first_day=date(2026, 12, 1), last_day=date(2026, 12, 1))
    at = datetime(2026, 11, 20, tzinfo=UTC)
    assert window.next(at, [APIA]) == datetime(2026, 11, 30, 19, tzinfo=UTC)
    assert window.next(at, [NEW_YORK]) == datetime(2026, 12, 1, 13, tzinfo=UTC)
    assert window.next(datetime(2026, 12, 2, 2, tzinfo=UTC), [NEW_YORK]) is None
    noon = datetime(2026, 12, 1, 17, tzinfo=UTC)
    days = [noon + timedelta(days=off) for off in (-1, 0, 1)]
    assert [window.is_open(day, [NEW_YORK]) for day in days] == [False, True, False]


# How often


@settings(max_examples=300)
@given(
    st.lists(st.integers(0, 14 * 24), max_size=40),
    st.integers(1, 5),
    st.integers(1, 7),
)
def test_no_order_of_calls_gets_past_a_limit(asked: list[int], a_day: int, a_week: int) -> None:
    limit, calls = Limit(a_day=a_day, a_week=a_week), Calls()
    start = datetime(2026, 11, 23, tzinfo=UTC)
    made: list[datetime] = []
    for number, hour in enumerate(sorted(asked)):
        at = start + timedelta(hours=hour)
        free = calls.free_at(at, limit)
        assert bool(calls.why_not(at, limit)) is (free > at)
        assert not calls.why_not(free, limit)
        if free == at:
            calls = Calls.from_texts(calls.with_call(at, f"v{number}").as_texts())
            made.append(at)
    for end in made:
        assert sum(end - timedelta(days=1) < one <= end for one in made) <= a_day
        assert sum(end - timedelta(days=7) < one <= end for one in made) <= a_week


def test_a_stricter_campaign_waits_for_the_last_call_of_the_others() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    calls = Calls()
    for hour in range(3):
        calls = calls.with_call(at + timedelta(hours=hour), f"v{hour}")
    assert calls.free_at(at + timedelta(hours=3), Limit(a_day=1, a_week=7)) == at + timedelta(hours=26)
    assert calls.free_at(at + timedelta(hours=3), Limit(a_day=2, a_week=7)) == at + timedelta(hours=25)


def test_what_is_older_than_any_limit_is_forgotten() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    calls = Calls().with_call(at, "v1").with_call(at + KEPT, "v2")
    assert [contact for _, contact in calls.made] == ["v2"]
    assert calls.has("v2")
    assert not calls.has("v1")


def test_the_next_call_is_within_the_window_and_the_limit() -> None:
    monday = datetime(2026, 11, 23, 17, 59, tzinfo=UTC)  # 18:59 in Berlin
    window = Window(hours=hours(WEEKS[0]))
    calls = Calls().with_call(monday, "v1")
    found = next_call(window, [BERLIN], monday, limit=Limit(a_day=1, a_week=7), calls=calls)
    assert found == monday + timedelta(days=1)
    late = next_call(window, [BERLIN], monday + timedelta(hours=2), limit=Limit(a_day=1, a_week=1), calls=calls)
    assert late == monday + timedelta(days=7)


@pytest.mark.parametrize("zone", ZONES)
def test_nobody_is_called_at_night_by_a_campaign_of_daylight(zone: str) -> None:
    window = Window(hours=hours(WEEKS[1]))
    at = STARTS[0]
    for _ in range(200):
        moment = window.next(at, [zone])
        assert moment is not None
        assert 8 <= moment.astimezone(ZoneInfo(zone)).hour < 21
        at = moment + timedelta(minutes=97)
