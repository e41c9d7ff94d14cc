"""Whose an agent's paid time and pay are: every second and every cent, whatever happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.billing.model.agent_time import AgentTime, Seat, Share, conserve
from chalicelib.billing.model.cost.allocation import (
    GENERAL,
    UNUSED,
    Allocated,
    Kind,
    Origin,
    Row,
    share,
)
from chalicelib.billing.model.cost.shares import Policies, Policy, Readiness, attributed
from chalicelib.billing.model.ledger import Engagement
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.clock import second
from chalicelib.kernel.errors import Invalid
from chalicelib.kernel.ids import TenantId
from chalicelib.kernel.money import Money
from chalicelib.workforce.model import Status, StatusBegan
from tests.fakes.usage import CLINIC, MARIA, PLUMBER, SHOP, engaged, status

EIGHT = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)
START, END = second(EIGHT), second(EIGHT) + 3600
ALL = frozenset({PLUMBER, SHOP, CLINIC})
HOUR = [
    engaged(EIGHT, 10, contact="a", tenant=PLUMBER),
    engaged(EIGHT + timedelta(minutes=5), 15, contact="b", tenant=SHOP, channel=Channel.CHAT),
    engaged(EIGHT + timedelta(minutes=30), 10, contact="c", tenant=CLINIC, channel=Channel.EMAIL),
]
EVERYWHERE = Readiness(
    may_serve=ALL,
    open=dict.fromkeys(range(START, END, 900), ALL),
    contracted={PLUMBER: 50, SHOP: 30, CLINIC: 20},
)


def both(policy: Policy) -> Policies:
    return Policies(idle=policy, shrinkage=policy)


def hour(turns: Sequence[Engagement] = HOUR, **how: frozenset[TenantId]) -> AgentTime:
    return conserve(MARIA, [status(EIGHT, Status.AVAILABLE)], turns, START, END, **how)


def minutes(weights: Mapping[Share, int]) -> dict[str, float]:
    tenants: dict[str, float] = {}
    for place, seconds in weights.items():
        tenants[place.tenant] = tenants.get(place.tenant, 0) + seconds / 60
    return tenants


def origin(cost: int, weight: int, name: str = "labour|2026-11|maria") -> Origin:
    return Origin(
        id=name,
        kind=Kind.LABOUR,
        subject="maria",
        text="",
        method="",
        first_day=date(2026, 11, 1),
        last_day=date(2026, 11, 30),
        weight=weight,
        cost=Money(cost, "USD"),
    )


def test_the_shared_agents_hour_idle_by_the_work_done() -> None:
    """Handle time 10, 15, 10; conserved 7.5, 12.5, 10; with the idle half hour 15, 25, 20."""
    assert [(turn.end - turn.start) / 60 for turn in HOUR] == [10, 15, 10]
    time = hour()
    assert minutes(time.shares) == {PLUMBER: 7.5, SHOP: 12.5, CLINIC: 10}
    weights = attributed(time, both(Policy.PROPORTIONAL), Readiness(), "s")
    assert minutes(weights) == {PLUMBER: 15, SHOP: 25, CLINIC: 20}


def test_the_shared_agents_hour_by_each_other_policy() -> None:
    of = {policy: minutes(attributed(hour(), both(policy), EVERYWHERE, "s")) for policy in Policy}
    assert of[Policy.UNUSED_CAPACITY] == {PLUMBER: 7.5, SHOP: 12.5, CLINIC: 10, UNUSED: 30}
    assert of[Policy.ELIGIBILITY] == {PLUMBER: 17.5, SHOP: 22.5, CLINIC: 20}
    assert of[Policy.CONTRACTED] == {PLUMBER: 22.5, SHOP: 21.5, CLINIC: 16}


def test_eligibility_looks_at_each_quarter_hour_alone() -> None:
    """Idle: 8:20 to 8:30 and 8:40 to 9:00. From 8:45 on only the clinic is open, so the last quarter is its alone."""
    last = START + 2700
    shut = dict.fromkeys(range(START, last, 900), ALL) | {last: frozenset({CLINIC})}
    readiness = Readiness(may_serve=ALL, open=shut)
    weights = minutes(attributed(hour(), both(Policy.ELIGIBILITY), readiness, "s"))
    assert weights == {PLUMBER: 12.5, SHOP: 17.5, CLINIC: 30}


def test_eligibility_may_go_by_volume_and_by_nobody() -> None:
    volume = Readiness(may_serve=ALL, open=EVERYWHERE.open, contracted={PLUMBER: 2, SHOP: 1}, by_volume=True)
    assert minutes(attributed(hour([]), both(Policy.ELIGIBILITY), volume, "s")) == {PLUMBER: 40, SHOP: 20}
    shut = Readiness(may_serve=ALL)
    assert minutes(attributed(hour([]), both(Policy.ELIGIBILITY), shut, "s")) == {UNUSED: 60}


def test_a_client_behind_a_wall_bears_no_readiness() -> None:
    walled = Readiness(may_serve=ALL - {SHOP}, open=EVERYWHERE.open, contracted=EVERYWHERE.contracted)
    for policy in (Policy.ELIGIBILITY, Policy.CONTRACTED):
        assert SHOP not in minutes(attributed(hour([]), both(policy), walled, "s"))


def test_a_clients_part_of_idle_time_follows_its_channels() -> None:
    turns = [
        engaged(EIGHT, 10, contact="a"),
        engaged(EIGHT + timedelta(minutes=10), 20, contact="b", channel=Channel.CHAT),
    ]
    weights = attributed(hour(turns), both(Policy.PROPORTIONAL), Readiness(), "s")
    assert weights == {Share(SHOP, "voice"): 1200, Share(SHOP, "chat"): 2400}


def test_unused_capacity_says_what_it_was() -> None:
    began = [status(EIGHT, Status.AVAILABLE), *_paused(20, "training"), *_paused(40, "break")]
    time = conserve(MARIA, began, [], START, END)
    assert time.pauses == {"break": 1200, "training": 1200}
    assert attributed(time, Policies(), Readiness(), "s") == {
        Share(UNUSED, "idle"): 1200,
        Share(UNUSED, "training"): 1200,
        Share(UNUSED, "break"): 1200,
    }


def test_idle_time_and_pauses_may_go_by_different_policies() -> None:
    """Ten idle minutes by 7.5, 12.5 and 10; the break from 8:40 on is nobody's."""
    time = conserve(MARIA, [status(EIGHT, Status.AVAILABLE), *_paused(40, "break")], HOUR, START, END)
    weights = attributed(time, Policies(idle=Policy.PROPORTIONAL), Readiness(), "s")
    assert weights == {
        Share(PLUMBER, "voice"): 450 + 150,
        Share(SHOP, "chat"): 750 + 250,
        Share(CLINIC, "email"): 600 + 200,
        Share(UNUSED, "break"): 1200,
    }


def _paused(minute: int, reason: str) -> list[StatusBegan]:
    return [StatusBegan(agent=MARIA, status=Status.PAUSED, at=EIGHT + timedelta(minutes=minute), reason=reason)]


def test_a_dedicated_agents_hour_is_his_clients_whole() -> None:
    mine = [engaged(EIGHT, 10, contact="a", tenant=CLINIC)]
    time = hour(mine, dedicated=frozenset({CLINIC}))
    assert (time.login, time.idle, time.pause) == (3600, 0, 0)
    assert time.seats == {Seat(CLINIC, "idle"): 3000}
    for policy in Policy:
        weights = attributed(time, both(policy), EVERYWHERE, "s")
        assert weights == {Share(CLINIC, "voice"): 3600}


def test_what_a_dedicated_agent_does_for_another_is_that_ones() -> None:
    time = hour(HOUR[:2], dedicated=frozenset({PLUMBER, CLINIC}))
    weights = attributed(time, Policies(), EVERYWHERE, "s")
    assert minutes(weights) == {PLUMBER: 7.5 + 20, SHOP: 12.5, CLINIC: 20}
    assert weights[Share(CLINIC, GENERAL)] == 1200


# Cents


def test_an_hour_in_cents_by_largest_remainder() -> None:
    """19.99 over 450, 750, 600 and 1800 of 3600 s: exact parts 249.875, 416.458, 333.166, 999.5."""
    one = share(origin(1999, 3600), attributed(hour(), Policies(), Readiness(), "s"))
    assert {row.tenant: row.minor for row in one.rows} == {PLUMBER: 250, SHOP: 416, CLINIC: 333, UNUSED: 1000}


def test_a_cost_without_any_weight_is_of_unused_capacity() -> None:
    one = share(origin(315_000, 0), {})
    assert one.rows == (Row("labour|2026-11|maria", UNUSED, GENERAL, 0, 315_000),)


def test_a_correction_mirrors_its_charge() -> None:
    weights = {Share(SHOP, "voice"): 1, Share(PLUMBER, "voice"): 1, Share(CLINIC, "voice"): 1}
    charged, returned = (share(origin(cost, 3), weights) for cost in (100, -100))
    assert sorted(row.minor for row in charged.rows) == [33, 33, 34]
    assert [row.minor for row in returned.rows] == [-row.minor for row in charged.rows]


def test_the_spare_cent_does_not_go_to_the_same_client_each_time() -> None:
    weights = {Share(SHOP, "voice"): 1, Share(PLUMBER, "voice"): 1, Share(CLINIC, "voice"): 1}
    lucky = {row.tenant for n in range(20) for row in share(origin(100, 3, f"o{n}"), weights).rows if row.minor == 34}
    assert lucky == ALL


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([("labour|2026-11|maria", SHOP, 3600, 99)], "rows come to 99 of 100"),
        ([("labour|2026-11|maria", SHOP, 3599, 100)], "weights come to 3599 of 3600"),
        ([("labour|2026-11|jonas", SHOP, 3600, 100)], "of another origin"),
    ],
)
def test_rows_that_do_not_add_up_are_refused(rows: list[tuple[str, TenantId, int, int]], why: str) -> None:
    with pytest.raises(Invalid, match=why):
        Allocated(origin(100, 3600), tuple(Row(name, tenant, "voice", weight, c) for name, tenant, weight, c in rows))


def test_time_driven_costing_tells_unused_capacity_apart() -> None:
    """ABC-01: Kaplan & Anderson, 560,000.00 for 700,000 minutes, of which 121,400 nobody used."""
    used = {"orders": 40 * 9800, "complaints": 220 * 280, "credit-checks": 250 * 500}
    weights = {Share(TenantId(name), "voice"): minutes for name, minutes in used.items()}
    one = share(origin(56_000_000, 700_000), weights | {Share(UNUSED, "idle"): 700_000 - sum(used.values())})
    assert {row.tenant: (row.weight, row.minor) for row in one.rows} == {
        "orders": (392_000, 31_360_000),
        "complaints": (61_600, 4_928_000),
        "credit-checks": (125_000, 10_000_000),
        UNUSED: (121_400, 9_712_000),
    }


def test_no_rate_is_rounded_so_nothing_leaks() -> None:
    """ABC-03: 7,620,000 over 11,041,250 units of which 41,250 idle; by a rate of 0.69 it would lose 1,537.50."""
    weights = {Share(SHOP, "voice"): 11_000_000, Share(UNUSED, "idle"): 41_250}
    one = share(origin(762_000_000, 11_041_250), weights)
    assert {row.tenant: row.minor for row in one.rows} == {SHOP: 759_153_176, UNUSED: 2_846_824}


def test_by_the_proportional_policy_another_clients_contact_does_move_others() -> None:
    more = [*HOUR, engaged(EIGHT + timedelta(minutes=45), 10, contact="d")]
    before, after = (attributed(hour(own), both(Policy.PROPORTIONAL), Readiness(), "s") for own in (HOUR, more))
    assert minutes(after)[PLUMBER] < minutes(before)[PLUMBER]
