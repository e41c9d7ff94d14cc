"""What a month cost, whom, and what was earned on whom: read, computed by the model, and written down as a run."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from chalicelib.billing.model.agent_time import AgentTime, Share, by_day, together
from chalicelib.billing.model.cost.allocation import GENERAL, Allocated
from chalicelib.billing.model.cost.labour import Labour, Month, forecast_shares, labour, may_serve, open_quarters
from chalicelib.billing.model.cost.margin import Earned, earned, profit_and_loss
from chalicelib.billing.model.cost.overhead import Driver, overhead
from chalicelib.billing.model.cost.platform import Held, Line, direct, held, units
from chalicelib.billing.model.cost.rates import Rates
from chalicelib.billing.model.cost.run import AllocationRun, Time
from chalicelib.billing.model.cost.shares import Policies, Policy, Readiness
from chalicelib.billing.model.ledger import Engagement, UsageRecord, standing
from chalicelib.kernel.clock import second
from chalicelib.kernel.errors import Invalid, NotFound, TooLarge
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.kernel.money import Money
from chalicelib.kernel.period import CURRENT, BillingPeriod, Period, day_start
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.directory import Version
from chalicelib.workforce.model import Agent, Pay, StatusBegan

MOST_ROWS = 20_000  # in one answer
ALL = "all"


class Ledger(Protocol):
    def records(self, tenant: TenantId, period: Period) -> list[UsageRecord]: ...
    def work(self, agent: AgentId, period: Period) -> list[Engagement]: ...


class People(Protocol):
    def teams(self) -> Sequence[TeamId]: ...
    def members(self, team: TeamId) -> Sequence[Agent]: ...
    def agent(self, agent: AgentId) -> Agent:
        """Raises NotFound."""
        ...

    def pay(self, agent: AgentId) -> Sequence[Pay]: ...
    def presence(self, agent: AgentId, start: datetime, end: datetime) -> Iterable[StatusBegan]: ...


class Clients(Protocol):
    def names(self) -> Sequence[TenantId]: ...
    def versions(self, tenant: TenantId) -> Sequence[Version]: ...
    def tenants_of(self, team: TeamId) -> frozenset[TenantId]: ...


class Revenue(Protocol):
    def documents(self, tenant: TenantId, label: str, now: datetime) -> Sequence[Mapping[str, Any]]:
        """The client's invoice of that month, or its draft, and its credit notes; none if it is no client then."""
        ...


class Runs(Protocol):
    def latest(self, label: str) -> AllocationRun | None: ...

    def put(self, run: AllocationRun) -> None:
        """Whole, or not at all to a reader. Raises Conflict when another run replaced the same one meanwhile."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Used:
    """What is kept of one client's records when they have been read."""

    lines: Mapping[Line, int]
    contacts: Mapping[str, int]  # by channel
    agents: frozenset[AgentId]

    @classmethod
    def of(cls, records: Sequence[UsageRecord], cards: Sequence[Held], zone: ZoneInfo) -> _Used:
        contacts = {record.contact: record.channel.value for record in standing(records)}
        return cls(
            lines=units(records, cards, zone),
            contacts=Counter(contacts.values()),
            agents=frozenset(agent for record in records for agent in record.agents),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """One period as far as it has gone."""

    period: BillingPeriod
    until: datetime
    days: tuple[date, ...]
    clients: tuple[Tenant, ...]
    cards: tuple[Held, ...]
    used: Mapping[TenantId, _Used]

    @property
    def span(self) -> Period:
        return Period(self.period.start, self.until)

    @property
    def edges(self) -> list[int]:
        zone = ZoneInfo(self.period.zone)
        return [*(second(day_start(day, zone)) for day in self.days), second(self.until)]


class Costs:
    def __init__(
        self,
        ledger: Ledger,
        people: People,
        clients: Clients,
        revenue: Revenue,
        runs: Runs,
        rates: Callable[[], Rates],
    ) -> None:
        self._ledger = ledger
        self._people = people
        self._clients = clients
        self._revenue = revenue
        self._runs = runs
        self._rates = rates

    def report(self, label: str, now: datetime, policy: str = "") -> AllocationRun:
        """The run that was written down for the month; without one, or for another policy, it is computed."""
        policies = self._policies(policy)
        period = self._period(label, now)
        standing_run = self._runs.latest(period.label)
        if standing_run is not None and (not policy or standing_run.policies == policies):
            return standing_run
        return self.compute(period.label, now, policies)

    def run(self, label: str, now: datetime, policy: str = "") -> AllocationRun:
        """Computed and written down. Where it says what the standing one says, that one stays.

        Raises Conflict when somebody else wrote one in the meantime.
        """
        period = self._period(label, now)
        before = self._runs.latest(period.label)
        computed = self.compute(period.label, now, self._policies(policy))
        if before is not None and before.content == computed.content:
            return before
        made = replace(computed, replaces=before.id if before is not None else "", made_at=now)
        self._runs.put(made)
        return made

    def compute(self, label: str, now: datetime, policies: Policies | None = None) -> AllocationRun:
        """Raises Invalid for a month that is none, that has not begun, or whose currencies have no rate."""
        rates = self._rates()
        policies = policies or rates.policies
        scene = self._scene(self._period(label, now), now, rates)
        period, last_day = scene.period, scene.days[-1]
        worked, times = self._labour(scene, rates, policies)
        seconds = _sum(one.seconds for one in worked.values())
        allocated: list[Allocated] = [allocated for one in worked.values() for allocated in one.allocated]
        allocated += direct({name: used.lines for name, used in scene.used.items()}, scene.cards, period.label)
        allocated += overhead(
            rates.common,
            _drivers(scene, seconds, times),
            first_day=period.first_day,
            last_day=last_day,
            days_of_period=period.days,
            label=period.label,
        )
        revenue = self._earned(scene, now)
        return AllocationRun(
            label=period.label,
            zone=period.zone,
            first_day=period.first_day,
            last_day=last_day,
            until=scene.until,
            complete=scene.until >= period.end,
            policies=policies,
            allocated=tuple(sorted(allocated, key=lambda one: one.origin.id)),
            earned=tuple(revenue),
            result=profit_and_loss(revenue, allocated, home=rates.home, exchange=rates.exchange, on=last_day),
            time=Time.of(times),
            without_pay=tuple(agent for agent, one in worked.items() if one.unpaid),
        )

    def _policies(self, policy: str) -> Policies:
        if not policy:
            return self._rates().policies
        try:
            return Policies(idle=Policy(policy), shrinkage=Policy(policy))
        except ValueError:
            raise Invalid("policy", f"{policy!r} is none", f"write one of {', '.join(Policy)}") from None

    def _period(self, label: str, now: datetime) -> BillingPeriod:
        zone = self._rates().zone
        period = BillingPeriod.of(now, zone) if label == CURRENT else BillingPeriod.parse(label, zone)
        if period.start >= now:
            raise Invalid("period", f"{label} has not begun", "ask for a month that has")
        return period

    def _scene(self, period: BillingPeriod, now: datetime, rates: Rates) -> _Scene:
        """Clients' records are read one client after the other, and counted: a month of all need not be held."""
        until = min(now, period.end)
        zone = ZoneInfo(period.zone)
        days = [period.first_day + timedelta(days=n) for n in range(period.days)]
        begun = tuple(day for day in days if second(day_start(day, zone)) < second(until)) or (period.first_day,)
        span = Period(period.start, until)
        cards = tuple(held(rates.cards, period.first_day, begun[-1]))
        names = sorted(self._clients.names())
        used = {name: _Used.of(self._ledger.records(name, span), cards, zone) for name in names}
        clients = (self._as_of(name, until, used=bool(used[name].contacts)) for name in names)
        return _Scene(
            period=period,
            until=until,
            days=begun,
            clients=tuple(client for client in clients if client is not None),
            cards=cards,
            used=used,
        )

    def _as_of(self, name: TenantId, until: datetime, *, used: bool) -> Tenant | None:
        """As the client was at the end; None before it was one. Who used something was: its file may have come later,
        and its invoice goes by the first one, too."""
        versions = self._clients.versions(name)
        found = [version for version in versions if version.effective < until] or list(versions[:1] if used else ())
        return found[-1].tenant if found else None

    def _labour(self, scene: _Scene, rates: Rates, policies: Policies) -> tuple[dict[AgentId, Labour], AgentTime]:
        month = Month(label=scene.period.label, days=scene.period.days, home=rates.home)
        ready = self._readiness(scene, rates, policies)
        found, all_days = {}, []
        for agent in self._agents(scene):
            days = by_day(
                agent.agent,
                self._people.presence(agent.agent, scene.span.start, scene.span.end),
                self._ledger.work(agent.agent, scene.span),
                scene.edges,
                agent.dedicated,
            )
            could = may_serve(agent, self._clients.tenants_of(agent.team))
            found[agent.agent] = labour(
                agent.agent,
                self._people.pay(agent.agent),
                dict(zip(scene.days, days, strict=True)),
                month=month,
                policies=policies,
                readiness=replace(ready, may_serve=could),
            )
            all_days.append(together(days))
        return found, together(all_days)

    def _agents(self, scene: _Scene) -> list[Agent]:
        """Everybody with a seat, and whoever else worked: people leave, and what they did stays."""
        known = {one.agent: one for team in self._people.teams() for one in self._people.members(team)}
        worked = {agent for used in scene.used.values() for agent in used.agents}
        for agent in sorted(worked - set(known)):
            try:
                known[agent] = self._people.agent(agent)
            except NotFound:
                known[agent] = Agent(agent=agent, name=agent, team=TeamId(""))
        return [known[agent] for agent in sorted(known)]

    def _readiness(self, scene: _Scene, rates: Rates, policies: Policies) -> Readiness:
        """Hours are looked at only where the policy asks for them."""
        by_hours = Policy.ELIGIBILITY in (policies.idle, policies.shrinkage)
        return Readiness(
            open=open_quarters(scene.clients, scene.span.start, scene.span.end) if by_hours else {},
            contracted=forecast_shares(scene.clients),
            by_volume=rates.by_volume,
        )

    def _earned(self, scene: _Scene, now: datetime) -> list[Earned]:
        return [
            earned(document)
            for client in scene.clients
            for document in self._revenue.documents(client.id, scene.period.label, now)
        ]


class CostDesk:
    """Costs as finance asks for them: documents and tables."""

    def __init__(self, costs: Costs) -> None:
        self._costs = costs

    def document(self, label: str, now: datetime, *, policy: str = "", rows: str = "") -> dict[str, Any]:
        """The summary; `rows` adds the allocation rows, `all` or those of one client.

        Raises TooLarge where an answer cannot hold them.
        """
        run = self._costs.report(label, now, policy)
        document = run.as_document()
        if not rows:
            return document
        found = run.rows_of(None if rows == ALL else TenantId(rows))
        if len(found) > MOST_ROWS:
            raise TooLarge("this answer (rows; ask for one client at a time)", len(found), MOST_ROWS)
        return document | {"rows": found}

    def run(self, label: str, now: datetime, *, policy: str = "") -> dict[str, Any]:
        return self._costs.run(label, now, policy).as_document()

    def table(self, document: Mapping[str, Any]) -> str:
        """The rows as CSV, or the margins where none were asked for. Amounts are in the currency's major unit."""
        rows = document.get("rows")
        currency = document["currency"]["code"]
        return as_csv(rows if rows is not None else [row | {"currency": currency} for row in document["margins"]])


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    out = StringIO()
    if rows:
        table = csv.DictWriter(out, fieldnames=list(rows[0]))
        table.writeheader()
        table.writerows({name: _cell(name, value, row["currency"]) for name, value in row.items()} for row in rows)
    return out.getvalue()


_AMOUNTS = frozenset({"amount", "revenue", "labour", "direct", "overhead", "margin"})


def _cell(name: str, value: Any, currency: str) -> Any:
    return Money(value, currency).text() if name in _AMOUNTS else value


def _drivers(scene: _Scene, seconds: Mapping[Share, int], times: AgentTime) -> dict[Driver, Mapping[Share, int]]:
    contacts = {Share(name, channel): n for name, used in scene.used.items() for channel, n in used.contacts.items()}
    return {
        Driver.AGENT_SECONDS: seconds,
        Driver.HANDLED_SECONDS: times.shares,
        Driver.CONTACTS: contacts,
        Driver.EVEN: {Share(client.id, GENERAL): 1 for client in scene.clients},
    }


def _sum(parts: Iterable[Mapping[Share, int]]) -> dict[Share, int]:
    found: dict[Share, int] = {}
    for part in parts:
        for place, seconds in part.items():
            found[place] = found.get(place, 0) + seconds
    return found
