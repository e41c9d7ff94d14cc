"""Cost runs and pay in the stores, and the door to them."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.aws.table import Database
from chalicelib.billing.model.agent_time import Share
from chalicelib.billing.model.cost.allocation import UNUSED, Allocated, Kind, Origin, share
from chalicelib.billing.model.cost.margin import Earned, Exchange, FxRate, profit_and_loss
from chalicelib.billing.model.cost.run import AllocationRun, Time
from chalicelib.billing.model.cost.shares import Policies, Policy
from chalicelib.billing.store.costs import TABLE, CostStore
from chalicelib.kernel.errors import Conflict, Invalid
from chalicelib.kernel.ids import AgentId, TenantId
from chalicelib.kernel.money import Money
from chalicelib.tenancy.model.caller import Caller, Role, Scope
from chalicelib.workforce.service import Workforce, paid
from chalicelib.workforce.store import WorkforceStore
from tests.fakes import gateway
from tests.fakes.memory import MemoryDatabase

DECEMBER = datetime(2026, 12, 3, tzinfo=UTC)
JANUARY = date(2026, 1, 1)


def a_month() -> str:
    """Another one for each test: the emulator's tables are shared by the run."""
    return f"m{uuid.uuid4().hex[:8]}"


def an_origin(name: str, minor: int, clients: int) -> Allocated:
    weights = {Share(TenantId(f"client-{n:04d}"), "voice"): n + 1 for n in range(clients)} | {Share(UNUSED, "idle"): 7}
    origin = Origin(
        id=f"labour|{name}",
        kind=Kind.LABOUR,
        subject=name,
        text="per_hour 18.00 USD",
        method="time_driven",
        first_day=date(2026, 11, 1),
        last_day=date(2026, 11, 30),
        weight=sum(weights.values()),
        cost=Money(minor, "USD"),
    )
    return share(origin, weights)


def a_run(label: str, minor: int = 100_003, clients: int = 3, agents: int = 2, replaces: str = "") -> AllocationRun:
    allocated = tuple(an_origin(f"agent-{n:03d}", minor + n, clients) for n in range(agents))
    earned = (Earned(tenant=TenantId("client-0000"), document="ML-7", currency="EUR", net={"voice": 5, "general": -3}),)
    euro = FxRate(base="EUR", quote="USD", day=JANUARY, rate=Decimal("1.08"), source="bank")
    return AllocationRun(
        label=label,
        zone="UTC",
        first_day=date(2026, 11, 1),
        last_day=date(2026, 11, 30),
        until=DECEMBER,
        complete=True,
        policies=Policies(idle=Policy.ELIGIBILITY),
        allocated=allocated,
        earned=earned,
        result=profit_and_loss(earned, allocated, home="USD", exchange=Exchange((euro,)), on=date(2026, 11, 30)),
        time=Time(login=10, contacts=3, idle=5, pauses={"break": 2}),
        without_pay=(AgentId("jonas"),),
        replaces=replaces,
        made_at=DECEMBER,
    )


def test_a_run_comes_back_as_it_was_written(database: Database) -> None:
    store, label = CostStore(database), a_month()
    assert store.latest(label) is None
    run = a_run(label)
    store.put(run)
    assert store.latest(label) == run
    assert store.runs(label) == [run]


def test_an_origin_of_more_clients_than_an_item_holds_comes_back_whole(database: Database) -> None:
    store, label = CostStore(database), a_month()
    run = a_run(label, clients=2_001, agents=13)  # in two parts each, and more of them than one write takes
    store.put(run)
    assert store.latest(label) == run


def test_a_run_replaces_the_one_that_holds_and_no_other(database: Database) -> None:
    store, label = CostStore(database), a_month()
    first = a_run(label)
    store.put(first)
    second = a_run(label, 200_000, replaces=first.id)
    store.put(second)
    with pytest.raises(Conflict, match="run it again"):
        store.put(a_run(label, 300_000, replaces=first.id))
    with pytest.raises(Conflict):
        store.put(a_run(label, 300_000))
    assert store.latest(label) == second
    assert store.runs(label) == [first, second]


def test_a_second_delivery_of_a_run_is_silence(database: Database) -> None:
    store, label = CostStore(database), a_month()
    first = a_run(label)
    store.put(first)
    store.put(first)
    store.put(second := a_run(label, 200_000, replaces=first.id))
    store.put(first)
    assert store.latest(label) == second


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_a_run_that_was_cut_off_is_not_seen_and_is_finished_by_the_next_try(cut: int) -> None:
    class Cut(Exception):
        pass

    database, label = MemoryDatabase(), a_month()
    left = [cut]

    def fall(_: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Cut

    run = a_run(label, agents=60)
    database.before = fall
    with pytest.raises(Cut):
        CostStore(database).put(run)
    database.before = lambda _: None
    assert CostStore(database).latest(label) is None
    CostStore(database).put(run)
    assert CostStore(database).latest(label) == run


def test_rows_that_somebody_changed_are_not_read_as_if_nothing_was() -> None:
    database, label = MemoryDatabase(), a_month()
    run = a_run(label)
    CostStore(database).put(run)
    row = next(item for key, item in database.tables[TABLE].items() if key.sk.startswith("ORIGIN#"))
    row["rows"][0][3] += 1
    with pytest.raises(Invalid, match="rows come to 100004 of 100003"):
        CostStore(database).latest(label)


# Pay


def test_pay_comes_back_in_order_and_the_same_again_is_silence(database: Database) -> None:
    workforce, agent = Workforce(WorkforceStore(database)), AgentId(f"a-{uuid.uuid4().hex[:8]}")
    pays = [
        paid(JANUARY, "USD", per_hour="19.50", unpaid=["lunch"]),
        paid(date(2026, 3, 1), "USD", once="-120.00", why="February, twice"),
        paid(date(2026, 10, 16), "EUR", per_month="2250.00"),
    ]
    for _ in range(2):
        workforce.agree(agent, reversed(pays))
        assert workforce.pay(agent) == pays


def test_what_was_agreed_stays_and_a_bonus_may_be_of_the_same_day(database: Database) -> None:
    workforce, agent = Workforce(WorkforceStore(database)), AgentId(f"a-{uuid.uuid4().hex[:8]}")
    agreed = paid(JANUARY, "USD", per_hour="19.50")
    bonus = paid(JANUARY, "USD", once="50.00")
    workforce.agree(agent, [agreed, bonus])
    with pytest.raises(Conflict, match=r"19\.50 USD is agreed from 2026-01-01; write the new one from another"):
        workforce.agree(agent, [paid(JANUARY, "USD", per_month="3000.00")])
    assert set(workforce.pay(agent)) == {agreed, bonus}


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({}, "0 amounts from 2026-01-01"),
        ({"per_hour": "1", "per_month": "2"}, "2 amounts from 2026-01-01"),
        ({"per_hour": "1,50"}, "'1,50' is not a plain decimal number"),
        ({"per_hour": "-1"}, "only `once` may be negative"),
        ({"per_hour": "1", "currency": "EURO"}, "'EURO' is not an ISO 4217 currency"),
        ({"per_hour": "1", "unpaid": ["sleep"]}, "unpaid names 'sleep'; pauses are break, lunch"),
        ({"per_month": "1", "unpaid": ["lunch"]}, "it is for pay by the hour"),
    ],
)
def test_pay_that_cannot_be_is_refused(how: dict[str, Any], why: str) -> None:
    with pytest.raises(Invalid) as invalid:
        paid(JANUARY, how.pop("currency", "USD"), **how)
    assert why in invalid.value.message


# The door


def ask(role: Role, period: str, method: str = "GET", **query: str) -> tuple[int, Any, dict[str, str]]:
    place, caller = f"/api/billing/costs/{period}", Caller(user="u", role=role, name="U", scope=Scope.everyone())
    return gateway.post(place, caller) if method == "POST" else gateway.ask(place, caller, **query)


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.CLIENT])
def test_what_people_are_paid_is_not_for_everybody(stage: None, role: Role) -> None:
    assert ask(role, "2026-10")[0] == 403
    assert ask(role, "2026-10", "POST")[0] == 403
    assert ask(Role.OPERATOR, "2026-10", "POST")[0] == 403


def test_finance_computes_a_month_and_writes_it_down(stage: None) -> None:
    status, computed, _ = ask(Role.FINANCE, "2026-09")
    assert (status, computed["run"]["made_at"], computed["currency"]["code"]) == (200, None, "USD")
    status, written, _ = ask(Role.FINANCE, "2026-09", "POST")
    assert (status, written["run"]["content"]) == (200, computed["run"]["content"])
    assert ask(Role.OPERATOR, "2026-09")[1]["run"] == written["run"]
    status, table, headers = ask(Role.FINANCE, "2026-09", format="csv", rows="all")
    assert (status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert table.splitlines()[0].startswith("run,origin,kind")


def test_a_month_or_policy_that_is_none_is_answered_with_how_to_write_one(stage: None) -> None:
    status, problem, _ = ask(Role.FINANCE, "2026-13")
    assert (status, "2026-11" in problem["detail"]) == (422, True)
    status, problem, _ = ask(Role.FINANCE, "2026-09", policy="fair")
    assert (status, problem["field"]) == (422, "policy")
