"""A month of a small floor, from ledger and presence to margins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.billing.model.cost.allocation import GENERAL, UNUSED, Kind
from chalicelib.billing.model.cost.margin import Exchange, FxRate
from chalicelib.billing.model.cost.overhead import Common, Driver
from chalicelib.billing.model.cost.platform import Rate, RateCard, Unit
from chalicelib.billing.model.cost.rates import Rates
from chalicelib.billing.model.cost.run import AllocationRun
from chalicelib.billing.model.cost.shares import Policies, Policy
from chalicelib.billing.model.ledger import Engagement, UsageRecord
from chalicelib.billing.service.costs import CostDesk, Costs
from chalicelib.billing.store.costs import CostStore
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, TooLarge
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.kernel.money import UnitPrice
from chalicelib.kernel.period import Period
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.directory import Version
from chalicelib.workforce.model import Agent, Pay, Status, StatusBegan
from chalicelib.workforce.service import paid
from tests.fakes.memory import MemoryDatabase
from tests.fakes.usage import CLINIC, JONAS, MARIA, PLUMBER, SHOP, company, engaged, handled, record, status

EIGHT = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 3, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
AMIRA = AgentId("amira")
RATES = Rates(
    zone="UTC",
    home="USD",
    cards=(
        RateCard(
            first_day=date(2026, 1, 1),
            source="list",
            rates=(
                Rate(
                    id="voice",
                    text="",
                    channel="voice",
                    unit=Unit.SECOND,
                    parts=("talk",),
                    price=UnitPrice.of("0.60", "USD"),
                    base_quantity=60,
                ),
            ),
        ),
    ),
    common=(
        Common(
            id="accounts",
            text="Accounts",
            first_day=date(2026, 1, 1),
            per_month=UnitPrice.of("30.00", "USD"),
            driver=Driver.EVEN,
        ),
    ),
    exchange=Exchange((FxRate(base="EUR", quote="USD", day=date(2026, 1, 1), rate=Decimal("1.1"), source="bank"),)),
)


class Floor:
    """Everything that a cost run reads, in plain lists."""

    def __init__(self) -> None:
        self.people = {
            TeamId("shared"): [
                Agent(agent=MARIA, name="Maria", team=TeamId("shared")),
                Agent(agent=JONAS, name="Jonas", team=TeamId("shared"), walls=frozenset({CLINIC})),
            ],
            TeamId("clinic"): [Agent(agent=AMIRA, name="Amira", team=TeamId("clinic"), dedicated=frozenset({CLINIC}))],
        }
        self.tenants: dict[TenantId, Tenant] = {
            PLUMBER: company(PLUMBER),
            SHOP: company(SHOP),
            CLINIC: company(CLINIC, team="clinic"),
        }
        self.since: dict[TenantId, datetime] = {}
        self.statuses: list[StatusBegan] = []
        self.turns: list[Engagement] = []
        self.kept: list[UsageRecord] = []
        self.pays: dict[AgentId, list[Pay]] = {MARIA: [paid(date(2026, 1, 1), "USD", per_hour="18.00")]}
        self.net: dict[TenantId, tuple[int, str]] = {}
        self.rates = RATES
        self.database = MemoryDatabase()
        self.store = CostStore(self.database)
        self.costs = Costs(self, self, self, self, self.store, lambda: self.rates)

    def logged_in(self, agent: AgentId, hours: int, at: datetime = EIGHT) -> None:
        self.statuses += [
            status(at, Status.AVAILABLE, agent),
            status(at + timedelta(hours=hours), Status.OFFLINE, agent),
        ]

    def took(self, agent: AgentId, tenant: TenantId, minutes: int, *, after: int = 0, name: str = "v1") -> None:
        at = EIGHT + timedelta(minutes=after)
        self.turns.append(engaged(at, minutes, contact=name, tenant=tenant, agent=agent))
        self.kept.append(record(handled(start=at, talk=minutes * 60, agent=agent), contact=name, tenant=tenant))

    # What the service asks for

    def teams(self) -> Sequence[TeamId]:
        return list(self.people)

    def members(self, team: TeamId) -> Sequence[Agent]:
        return self.people[team]

    def agent(self, agent: AgentId) -> Agent:
        raise NotFound("agent", agent)

    def pay(self, agent: AgentId) -> Sequence[Pay]:
        return self.pays.get(agent, [])

    def presence(self, agent: AgentId, start: datetime, end: datetime) -> Sequence[StatusBegan]:
        return [one for one in self.statuses if one.agent == agent and one.at < end]

    def records(self, tenant: TenantId, period: Period) -> list[UsageRecord]:
        return [one for one in self.kept if one.tenant == tenant and period.contains(one.usage_at)]

    def work(self, agent: AgentId, period: Period) -> list[Engagement]:
        return [one for one in self.turns if one.agent == agent]

    def names(self) -> Sequence[TenantId]:
        return list(self.tenants)

    def versions(self, tenant: TenantId) -> Sequence[Version]:
        return [Version(effective=self.since.get(tenant, LONG_AGO), revision=1, tenant=self.tenants[tenant])]

    def tenants_of(self, team: TeamId) -> frozenset[TenantId]:
        return frozenset(name for name, tenant in self.tenants.items() if tenant.team == team)

    def documents(self, tenant: TenantId, label: str, now: datetime) -> Sequence[Mapping[str, Any]]:
        minor, currency = self.net.get(tenant, (0, "USD"))
        return [
            {
                "document": "draft invoice",
                "client": {"tenant": tenant},
                "currency": {"code": currency, "exponent": 2},
                "lines": [{"kind": "voice_seconds", "amount": minor}],
                "net": minor,
            }
        ]


def labour(run: AllocationRun) -> dict[tuple[str, str], int]:
    return {(row.tenant, row.channel): row.labour for row in run.result.rows if row.labour}


def test_a_month_from_the_floor_to_the_margins() -> None:
    floor = Floor()
    floor.logged_in(MARIA, 4)
    floor.took(MARIA, PLUMBER, 60, name="a")
    floor.took(MARIA, SHOP, 30, after=60, name="b")
    floor.pays[AMIRA] = [paid(date(2026, 1, 1), "EUR", per_month="1000.00")]
    floor.logged_in(AMIRA, 8)
    floor.net = {PLUMBER: (20_000, "USD"), SHOP: (1_000, "USD"), CLINIC: (150_000, "EUR")}
    run = floor.costs.compute("2026-11", DECEMBER)
    figures = {
        (row.tenant, row.channel): (row.revenue, row.labour, row.direct, row.overhead) for row in run.result.rows
    }
    assert figures == {
        (PLUMBER, "voice"): (20_000, 1_800, 3_600, 0),
        (PLUMBER, GENERAL): (0, 0, 0, 1_000),
        (SHOP, "voice"): (1_000, 900, 1_800, 0),
        (SHOP, GENERAL): (0, 0, 0, 1_000),
        (CLINIC, "voice"): (165_000, 0, 0, 0),
        (CLINIC, GENERAL): (0, 110_000, 0, 1_000),
        (UNUSED, "idle"): (0, 4_500, 0, 0),
    }
    assert run.result.total.margin == 20_000 + 1_000 + 165_000 - 7_200 - 110_000 - 5_400 - 3_000
    assert (run.time.login, run.time.contacts, run.time.dedicated, run.time.idle) == (43_200, 5_400, 28_800, 9_000)
    assert (run.complete, run.without_pay, run.made_at) == (True, (), None)
    rate = {"from": "EUR", "to": "USD", "day": "2026-01-01", "rate": "1.1", "source": "bank"}
    assert run.as_document()["exchange"] == [rate]


def test_the_policy_decides_who_bears_readiness() -> None:
    floor = Floor()
    floor.logged_in(MARIA, 4)
    floor.took(MARIA, PLUMBER, 60, name="a")
    floor.took(MARIA, SHOP, 30, after=60, name="b")
    by = {
        policy: labour(floor.costs.compute("2026-11", DECEMBER, Policies(idle=policy, shrinkage=policy)))
        for policy in Policy
    }
    assert by[Policy.PROPORTIONAL] == {(PLUMBER, "voice"): 4_800, (SHOP, "voice"): 2_400}
    assert by[Policy.CONTRACTED] == {(PLUMBER, "voice"): 4_050, (SHOP, "voice"): 3_150}  # half of 4,500 each
    assert sum(by[Policy.ELIGIBILITY].values()) == 7_200


def test_readiness_by_eligibility_goes_by_the_clients_hours() -> None:
    floor = Floor()
    floor.pays[JONAS] = floor.pays.pop(MARIA)
    floor.logged_in(JONAS, 24, EIGHT.replace(hour=0))
    run = floor.costs.compute("2026-11", DECEMBER, Policies(idle=Policy.ELIGIBILITY))
    opened = {
        name: sum(floor.tenants[name].is_open(EIGHT.replace(hour=0) + timedelta(minutes=15 * n)) for n in range(96))
        for name in (PLUMBER, SHOP)
    }
    seconds = {row.tenant: row.weight for one in run.allocated for row in one.rows if one.origin.kind is Kind.LABOUR}
    assert seconds.get(PLUMBER, 0) == seconds.get(SHOP, 0) == opened[PLUMBER] * 450
    assert seconds.get(UNUSED, 0) == (96 - opened[PLUMBER]) * 900
    assert CLINIC not in seconds


def test_who_left_and_who_has_no_pay_is_counted_and_told() -> None:
    floor = Floor()
    floor.took(AgentId("gone"), SHOP, 60)
    floor.logged_in(JONAS, 1)
    run = floor.costs.compute("2026-11", DECEMBER)
    assert run.without_pay == ("gone", JONAS)
    assert labour(run) == {}
    assert run.time.contacts == 3_600


def test_a_month_that_is_under_way_counts_until_now() -> None:
    floor = Floor()
    floor.pays[MARIA] = [paid(date(2026, 1, 1), "USD", per_month="3000.00")]
    run = floor.costs.compute("current", datetime(2026, 11, 15, 12, tzinfo=UTC))
    assert (run.label, run.last_day, run.complete) == ("2026-11", date(2026, 11, 15), False)
    assert run.result.total.labour == 150_000  # 15 of 30 days
    assert run.result.total.overhead == 1_500


def test_the_first_second_of_a_month_is_a_month() -> None:
    run = Floor().costs.compute("2026-11", datetime(2026, 11, 1, 0, 0, 0, 500_000, tzinfo=UTC))
    assert (run.time.login, run.last_day) == (0, date(2026, 11, 1))


def test_a_month_that_has_not_begun_or_is_none_is_refused() -> None:
    costs = Floor().costs
    with pytest.raises(Invalid, match="2027-01 has not begun"):
        costs.run("2027-01", DECEMBER)
    with pytest.raises(Invalid, match="is not a month"):
        costs.report("2026-13", DECEMBER)
    with pytest.raises(Invalid, match="write one of unused_capacity, proportional"):
        costs.report("2026-11", DECEMBER, "fair")


def test_a_row_without_any_figure_is_left_out() -> None:
    run = Floor().costs.compute("2026-11", DECEMBER)
    assert [(row.tenant, row.channel) for row in run.result.rows] == [
        (name, GENERAL) for name in (CLINIC, PLUMBER, SHOP)
    ]


def test_a_client_from_later_on_bears_nothing_of_an_earlier_month() -> None:
    floor = Floor()
    floor.since[SHOP] = DECEMBER
    run = floor.costs.compute("2026-11", DECEMBER)
    assert {row.tenant for row in run.result.rows if row.overhead} == {PLUMBER, CLINIC}


def test_a_client_whose_file_came_after_its_contacts_earned_what_it_was_invoiced() -> None:
    floor = Floor()
    floor.since[SHOP] = DECEMBER
    floor.logged_in(MARIA, 1)
    floor.took(MARIA, SHOP, 30)
    floor.net = {SHOP: (123_456, "USD")}
    run = floor.costs.compute("2026-11", DECEMBER)
    assert sum(row.revenue for row in run.result.rows if row.tenant == SHOP) == 123_456


def test_a_run_stays_and_a_later_one_replaces_it_by_name() -> None:
    floor = Floor()
    floor.logged_in(MARIA, 4)
    first = floor.costs.run("2026-11", DECEMBER)
    assert floor.costs.run("2026-11", DECEMBER + timedelta(days=1)) == first  # it says the same
    floor.took(MARIA, SHOP, 30)
    assert floor.costs.report("2026-11", DECEMBER) == first  # what is written down stays
    second = floor.costs.run("2026-11", DECEMBER + timedelta(days=2))
    assert (second.replaces, first.replaces) == (first.id, "")
    assert floor.costs.report("2026-11", DECEMBER) == second
    floor.turns.clear()
    floor.kept.clear()
    third = floor.costs.run("2026-11", DECEMBER + timedelta(days=3))
    assert third.content == first.content
    assert [run.id for run in floor.store.runs("2026-11")] == [first.id, second.id, third.id]


def test_another_policy_is_computed_beside_the_run_that_holds() -> None:
    floor = Floor()
    floor.logged_in(MARIA, 4)
    floor.took(MARIA, SHOP, 30)
    held = floor.costs.run("2026-11", DECEMBER)
    other = floor.costs.report("2026-11", DECEMBER, "proportional")
    assert other.made_at is None
    assert labour(other) == {(SHOP, "voice"): 7_200}
    assert floor.costs.report("2026-11", DECEMBER) == floor.costs.report("2026-11", DECEMBER, "unused_capacity") == held


def test_of_two_who_run_a_month_at_once_one_is_told() -> None:
    floor = Floor()
    floor.logged_in(MARIA, 4)
    costs, earlier = floor.costs, floor.costs.compute("2026-11", DECEMBER)

    def meanwhile(operation: str) -> None:
        if operation == "transact":
            floor.database.before = lambda _: None
            floor.store.put(earlier)

    floor.took(MARIA, SHOP, 30)
    floor.database.before = meanwhile
    with pytest.raises(Conflict, match="another run of 2026-11 was written meanwhile"):
        costs.run("2026-11", DECEMBER)
    assert floor.store.latest("2026-11") == earlier


def test_the_desk_answers_with_rows_and_tables() -> None:
    floor = Floor()
    floor.logged_in(MARIA, 1)
    floor.took(MARIA, SHOP, 30)
    desk = CostDesk(floor.costs)
    document = desk.document("2026-11", DECEMBER, rows="shop")
    (row,) = [row for row in document["rows"] if row["kind"] == "labour"]
    assert (row["weight"], row["weight_total"], row["amount"], row["currency"]) == (1_800, 3_600, 900, "USD")
    assert (row["method"], row["method_version"], row["run"]) == (
        "time_driven idle=unused_capacity shrinkage=unused_capacity",
        1,
        document["run"]["id"],
    )
    everything = desk.document("2026-11", DECEMBER, rows="all")["rows"]
    assert {row["tenant"] for row in everything} == {SHOP, UNUSED, PLUMBER, CLINIC}
    table = desk.table(document).splitlines()
    assert table[0].startswith("run,origin,kind,subject,text,method")
    assert ",shop,voice,1800,3600,9.00,USD" in table[-1] + table[-2] + table[-3]
    margins = desk.table(desk.document("2026-11", DECEMBER)).splitlines()
    assert margins[0] == "tenant,channel,revenue,labour,direct,overhead,margin,currency"
    assert "shop,voice,0.00,9.00,18.00,0.00,-27.00,USD" in margins


def test_rows_that_no_answer_can_hold_are_asked_for_client_by_client(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = Floor()
    monkeypatch.setattr("chalicelib.billing.service.costs.MOST_ROWS", 2)
    with pytest.raises(TooLarge, match="one client at a time"):
        CostDesk(floor.costs).document("2026-11", DECEMBER, rows="all")


def test_a_contact_counts_once_for_a_cost_by_contacts() -> None:
    floor = Floor()
    floor.took(MARIA, SHOP, 10, name="a")
    floor.took(MARIA, SHOP, 10, name="b", after=20)
    floor.took(MARIA, PLUMBER, 10, name="c", after=40)
    chat = record(handled(start=EIGHT), contact="d", tenant=PLUMBER, channel=Channel.CHAT)
    floor.kept.append(chat)
    cost = Common(
        id="x", text="", first_day=date(2026, 1, 1), per_month=UnitPrice.of("4.00", "USD"), driver=Driver.CONTACTS
    )
    floor.rates = Rates(zone="UTC", home="USD", common=(cost,))
    run = floor.costs.compute("2026-11", DECEMBER)
    borne = {(row.tenant, row.channel): row.overhead for row in run.result.rows if row.overhead}
    assert borne == {(SHOP, "voice"): 200, (PLUMBER, "voice"): 100, (PLUMBER, "chat"): 100}
    assert ContactId("d") == chat.contact
