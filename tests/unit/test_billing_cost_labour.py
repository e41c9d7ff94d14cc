"""What an agent costs in a month, and who bears it: every second and every cent, whatever happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.billing.model.agent_time import AgentTime, by_day, conserve, together
from chalicelib.billing.model.cost.allocation import (
    UNUSED,
)
from chalicelib.billing.model.cost.labour import Labour, Month, forecast_shares, labour, may_serve, open_quarters
from chalicelib.billing.model.cost.shares import Policies, Policy, Readiness
from chalicelib.billing.model.ledger import Engagement
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import second
from chalicelib.kernel.ids import TeamId, TenantId
from chalicelib.kernel.money import Money
from chalicelib.kernel.period import BillingPeriod, day_start
from chalicelib.tenancy.model.form import Zone
from chalicelib.tenancy.model.hours import Hours, Span
from chalicelib.tenancy.model.routing import Routing
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.workforce.model import Agent, Pay, Status, StatusBegan
from chalicelib.workforce.service import paid
from tests.fakes.usage import CLINIC, MARIA, PLUMBER, SHOP, company, engaged, status

EIGHT = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)
ALL = frozenset({PLUMBER, SHOP, CLINIC})
EVERYWHERE = Readiness(
    may_serve=ALL,
    open=dict.fromkeys(range(second(EIGHT), second(EIGHT) + 3600, 900), ALL),
    contracted={PLUMBER: 50, SHOP: 30, CLINIC: 20},
)


def month_of(label: str, zone: str) -> tuple[BillingPeriod, list[date], list[int]]:
    period = BillingPeriod.parse(label, zone)
    days = [period.first_day + timedelta(days=n) for n in range(period.days)]
    edges = [second(day_start(day, ZoneInfo(zone))) for day in days] + [second(period.end)]
    return period, days, edges


def paid_month(
    pays: Sequence[Pay],
    statuses: Sequence[StatusBegan] = (),
    turns: Sequence[Engagement] = (),
    *,
    label: str = "2026-11",
    zone: str = "UTC",
    policies: Policies = Policies(),  # noqa: B008
    dedicated: frozenset[TenantId] = frozenset(),
) -> Labour:
    period, days, edges = month_of(label, zone)
    times = by_day(MARIA, statuses, turns, edges, dedicated)
    return labour(
        MARIA,
        pays,
        dict(zip(days, times, strict=True)),
        month=Month(label=label, days=period.days, home="USD"),
        policies=policies,
        readiness=EVERYWHERE,
    )


def shift(day: int, hours: int, month: int = 11) -> list[StatusBegan]:
    begins = datetime(2026, month, day, 8, tzinfo=UTC)
    return [status(begins, Status.AVAILABLE), status(begins + timedelta(hours=hours), Status.OFFLINE)]


FIRST = date(2026, 11, 1)


def test_hours_cost_their_rate_and_a_raise_begins_on_its_day() -> None:
    pays = [paid(FIRST, "USD", per_hour="19.50"), paid(date(2026, 11, 16), "USD", per_hour="20.25")]
    found = paid_month(pays, [*shift(10, 8), *shift(16, 8)])
    assert [(one.origin.first_day.day, one.origin.last_day.day, one.origin.cost.minor) for one in found.allocated] == [
        (1, 15, 15_600),
        (16, 30, 16_200),
    ]
    assert not found.unpaid


def test_a_month_is_rounded_once_whatever_raises_it_had() -> None:
    """Three stretches of one second at 18.00 an hour are half a cent each: together 1.5 cents, so 2."""
    pays = [paid(date(2026, 11, day), "USD", per_hour="18.00") for day in (1, 10, 20)]
    seconds = [
        status(at, kind)
        for day in (5, 15, 25)
        for at, kind in (
            (datetime(2026, 11, day, 8, tzinfo=UTC), Status.AVAILABLE),
            (datetime(2026, 11, day, 8, 0, 1, tzinfo=UTC), Status.OFFLINE),
        )
    ]
    found = paid_month(pays, seconds)
    assert [one.origin.weight for one in found.allocated] == [1, 1, 1]
    assert sorted(one.origin.cost.minor for one in found.allocated) == [0, 1, 1]


def test_a_salary_is_paid_by_days_and_without_work_is_unused_capacity() -> None:
    found = paid_month([paid(date(2026, 11, 21), "EUR", per_month="3000.00")])
    (one,) = found.allocated
    assert one.origin.cost == Money(100_000, "EUR")  # 10 of 30 days
    assert [(row.tenant, row.minor) for row in one.rows] == [(UNUSED, 100_000)]


def test_unpaid_lunch_costs_nothing_and_bears_nothing() -> None:
    eight = datetime(2026, 11, 10, 8, tzinfo=UTC)
    lunch = StatusBegan(agent=MARIA, status=Status.PAUSED, at=eight + timedelta(hours=4), reason="lunch")
    back = [status(eight + timedelta(hours=5), Status.AVAILABLE)]
    day = [*shift(10, 9), lunch, *back]
    with_lunch = paid_month([paid(FIRST, "USD", per_hour="10.00")], day).allocated[0]
    without = paid_month([paid(FIRST, "USD", per_hour="10.00", unpaid=["lunch"])], day).allocated[0]
    assert (with_lunch.origin.cost.minor, with_lunch.origin.weight) == (9_000, 9 * 3600)
    assert (without.origin.cost.minor, without.origin.weight) == (8_000, 8 * 3600)
    assert "lunch" not in {row.channel for row in without.rows}


def test_a_correction_is_borne_as_the_months_time_is() -> None:
    pays = [paid(FIRST, "USD", per_hour="10.00"), paid(date(2026, 11, 3), "USD", once="-12.01", why="October, twice")]
    turn = engaged(datetime(2026, 11, 10, 8, tzinfo=UTC), 120, contact="a")
    found = paid_month(pays, shift(10, 8), [turn])
    correction = found.allocated[-1]
    assert correction.origin.text == "October, twice"
    assert {row.tenant: row.minor for row in correction.rows} == {SHOP: -300, UNUSED: -901}


def test_a_bonus_of_another_month_is_not_of_this_one() -> None:
    pays = [paid(date(2026, day_month, 3), "USD", once="10.00") for day_month in (10, 11, 12)]
    assert [one.origin.first_day for one in paid_month(pays).allocated] == [date(2026, 11, 3)]


def test_whom_an_agent_may_serve() -> None:
    def seat(**how: frozenset[TenantId]) -> Agent:
        return Agent(agent=MARIA, name="Maria", team=TeamId("shared"), **how)

    assert may_serve(seat(), ALL) == ALL
    assert may_serve(seat(walls=frozenset({SHOP})), ALL) == {PLUMBER, CLINIC}
    assert may_serve(seat(dedicated=frozenset({SHOP})), ALL) == {SHOP}


def test_quarters_are_open_as_the_clients_clocks_say() -> None:
    """Berlin, 9:20 to 17:00, on the day after the clocks went back; the quarter that it opens in counts."""
    opens = Hours(monday=(Span.parse("09:20-17:00"),))
    shop = replace(company(SHOP), hours=opens, zone=Zone("Europe/Berlin"))
    day = datetime(2026, 10, 26, tzinfo=UTC)
    found = open_quarters([shop, company(PLUMBER)], day - timedelta(days=1), day + timedelta(days=1))
    mine = sorted(quarter for quarter, clients in found.items() if SHOP in clients)
    assert (mine[0], mine[-1]) == (second(day.replace(hour=8, minute=15)), second(day.replace(hour=15, minute=45)))
    assert len(mine) == 31


def test_shares_that_nobody_forecast_split_the_rest() -> None:
    def client(name: TenantId, share: str | None, team: str = "shared") -> Tenant:
        routing = Routing(share=None if share is None else Decimal(share))
        return replace(company(name, team=team), routing=routing)

    others = TenantId("other"), TenantId("alone")
    shared = [client(SHOP, "25"), client(PLUMBER, None), client(CLINIC, None), client(others[0], "12.5")]
    found = forecast_shares([*shared, client(others[1], None, "x")])
    assert found == {
        SHOP: 25_000_000,
        PLUMBER: 31_250_000,
        CLINIC: 31_250_000,
        others[0]: 12_500_000,
        others[1]: 100_000_000,
    }


def test_who_worked_without_a_rate_is_told() -> None:
    found = paid_month([paid(date(2026, 11, 16), "USD", per_hour="10.00")], shift(10, 8))
    assert found.unpaid
    assert [(one.origin.cost.minor, one.origin.weight) for one in found.allocated] == [(0, 8 * 3600)]
    assert not paid_month([], shift(10, 8, month=10)).unpaid


# Properties


ZONES = [
    ("2026-03", "Europe/Berlin"),
    ("2026-10", "America/New_York"),
    ("2028-02", "UTC"),
    ("2026-10", "Europe/London"),
]
CHANNELS = [Channel.VOICE, Channel.CHAT, Channel.EMAIL]
KINDS = [*Status]
policies = st.builds(Policies, idle=st.sampled_from(Policy), shrinkage=st.sampled_from(Policy))
raises = st.lists(
    st.tuples(st.integers(0, 31), st.sampled_from(["per_hour", "per_month", "once"]), st.integers(0, 400_000)),
    max_size=4,
    unique_by=lambda one: (one[0], one[1] == "once"),
)
events = st.lists(st.tuples(st.integers(-86_400, 31 * 86_400), st.sampled_from(KINDS), st.sampled_from(["", "break", "lunch"])), max_size=20)  # fmt: skip  # noqa: E501
turns_ = st.lists(
    st.tuples(
        st.integers(-90_000, 31 * 86_400), st.integers(1, 100_000), st.integers(0, 8), st.sampled_from(sorted(ALL)),
        st.sampled_from(CHANNELS),
    ),
    max_size=14,
)  # fmt: skip
owners = st.sets(st.sampled_from(sorted(ALL)), max_size=2).map(frozenset)


@settings(deadline=None)
@given(st.sampled_from(ZONES), raises, events, turns_, owners, policies)
def test_every_second_and_every_cent_has_one_bearer(
    where: tuple[str, str],
    agreed: list[tuple[int, str, int]],
    happened: list[tuple[int, Status, str]],
    worked: list[tuple[int, int, int, TenantId, Channel]],
    dedicated: frozenset[TenantId],
    how: Policies,
) -> None:
    label, zone = where
    period, days, edges = month_of(label, zone)
    pays = [
        paid(period.first_day + timedelta(days=day), "USD", **{kind: f"{(-c if kind == 'once' else c) / 100:.2f}"})
        for day, kind, c in agreed
    ]
    begun = [
        StatusBegan(agent=MARIA, status=kind, at=period.start + timedelta(seconds=at), reason=reason)
        for at, kind, reason in happened
    ]
    turns = [
        engaged(period.start + timedelta(seconds=at), seconds / 60, contact=f"{tenant}{n}", tenant=tenant, channel=c)
        for at, seconds, n, tenant, c in worked
    ]
    times = by_day(MARIA, begun, turns, edges, dedicated)
    for time, (start, end) in zip(times, pairwise(edges), strict=True):
        assert sum(time.shares.values()) + sum(time.seats.values()) + time.idle + time.pause == time.login
        assert sum(time.spare.values()) == time.idle + time.pause
        assert 0 <= time.login <= end - start
        assert all(start - 900 < place.quarter < end for place in time.spare)
    whole = conserve(MARIA, begun, turns, edges[0], edges[-1], dedicated)
    summed = together(times)
    assert (summed.login, summed.idle, summed.pause) == (whole.login, whole.idle, whole.pause)
    found = paid_month(pays, begun, turns, label=label, zone=zone, policies=how, dedicated=dedicated)
    held = [one for one in found.allocated if not one.origin.id.endswith("once")]
    assert sum(one.origin.weight for one in held) == sum(found.seconds.values()) == summed.login
    for one in found.allocated:
        assert sum(row.minor for row in one.rows) == one.origin.cost.minor
        assert sum(row.weight for row in one.rows) == one.origin.weight
    expected = _pay_exactly(pays, days, times, period.days)
    assert abs(sum(one.origin.cost.minor for one in held) - expected) <= 0.5


def _pay_exactly(pays: Sequence[Pay], days: Sequence[date], times: Sequence[AgentTime], length: int) -> float:
    """Day by day, without any of the functions under test."""
    total = 0.0
    for day, time in zip(days, times, strict=True):
        rates = [pay for pay in pays if pay.kind != "once" and pay.day <= day]
        if rates:
            rate = max(rates, key=lambda pay: pay.day)
            cents = float(rate.amount.amount) * 100
            total += cents * time.login / 3600 if rate.kind == "per_hour" else cents / length
    return total


@settings(deadline=None)
@given(turns_, st.integers(0, 31 * 86_400), st.integers(1, 50_000))
def test_another_clients_contact_moves_nobody_who_bears_no_idle_time(
    worked: list[tuple[int, int, int, TenantId, Channel]], at: int, seconds: int
) -> None:
    """By the default policy a contact that is alone in its time changes its own client and unused capacity only."""
    period, _, _ = month_of("2026-11", "UTC")
    turns = [
        engaged(period.start + timedelta(seconds=begins), length / 60, contact=f"{tenant}{n}", tenant=tenant, channel=c)
        for begins, length, n, tenant, c in worked
        if tenant != SHOP and (begins + length <= at or at + seconds <= begins)
    ]
    more = [*turns, engaged(period.start + timedelta(seconds=at), seconds / 60, contact="new")]
    logged_in = [status(period.start - timedelta(days=1), Status.AVAILABLE)]
    before, after = (paid_month([], logged_in, own).seconds for own in (turns, more))
    others = {place for place in {*before, *after} if place.tenant not in (SHOP, UNUSED)}
    assert {place: before.get(place) for place in others} == {place: after.get(place) for place in others}


def test_the_day_of_a_clock_change_has_the_seconds_that_it_has() -> None:
    for label, zone, day, hours in (("2026-03", "Europe/Berlin", 29, 23), ("2026-10", "Europe/Berlin", 25, 25)):
        period, days, edges = month_of(label, zone)
        times = by_day(MARIA, [status(period.start - timedelta(days=1), Status.AVAILABLE)], [], edges)
        assert dict(zip(days, times, strict=True))[date(2026, int(label[-2:]), day)].idle == hours * 3600
