"""What a client used and owes so far: read from the ledger, computed by the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any, Protocol

from chalicelib.billing.model.agent_time import NOTHING, AgentTime, conserve
from chalicelib.billing.model.calendar import BookPeriod
from chalicelib.billing.model.invoice import Draft
from chalicelib.billing.model.ledger import Engagement, Meter, UsageRecord
from chalicelib.billing.model.terms import charges_seats
from chalicelib.contacts.model.parts import ALWAYS
from chalicelib.kernel.clock import second, stamp
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.kernel.period import BillingPeriod, Period
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.workforce.model import Agent, StatusBegan


class Ledger(Protocol):
    def records(self, tenant: TenantId, period: Period) -> list[UsageRecord]: ...
    def pages(self, tenant: TenantId, period: Period) -> Iterator[list[UsageRecord]]: ...
    def work(self, agent: AgentId, period: Period) -> list[Engagement]: ...


class Workforce(Protocol):
    def members(self, team: TeamId) -> Sequence[Agent]: ...
    def ever_dedicated(self, tenant: TenantId) -> Sequence[AgentId]: ...

    def presence(self, agent: AgentId, start: datetime, end: datetime) -> Iterable[StatusBegan]:
        """The statuses that begin in [start, end), led by the one in force at `start`."""
        ...


class Tenants(Protocol):
    def get(self, tenant: TenantId) -> Tenant: ...


class Seating(Protocol):
    def record(self, tenant: TenantId, label: str, now: datetime) -> int:
        """The seat hours of the days that are over; how many records are new."""
        ...


class Drafting(Protocol):
    def draft(self, tenant: TenantId, label: str, now: datetime) -> Draft: ...
    def begun(self, tenant: TenantId, label: str, now: datetime) -> BookPeriod: ...
    def unissued(self, tenant: TenantId, label: str, now: datetime) -> BookPeriod: ...
    def period(self, tenant: TenantId, label: str, now: datetime) -> BillingPeriod: ...


class Metered:
    """What the records of a meter come to that stand: one that takes another back counts as less than nothing."""

    def __init__(self) -> None:
        self._contacts = self._quantity = 0
        self._seconds = dict.fromkeys(ALWAYS, 0)

    def add(self, record: UsageRecord) -> None:
        self._contacts += record.sign
        self._quantity += record.sign * record.quantity
        for part in ALWAYS:
            self._seconds[part] += record.sign * record.seconds.get(part, 0)

    def as_document(self) -> dict[str, Any]:
        return {"contacts": self._contacts, "quantity": self._quantity, "seconds": dict(self._seconds)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    tenant: TenantId
    period: BillingPeriod
    until: datetime
    meters: Mapping[Meter, Metered]
    agent_time: AgentTime  # of every agent of the client's team, and of all others who worked for it

    def as_document(self, *, whole_team: bool) -> dict[str, Any]:
        """`whole_team` adds what the agents' other time went to: the operator's business, not a client's."""
        channels = self.agent_time.of(self.tenant)
        document = {
            "tenant": self.tenant,
            "period": {
                "label": self.period.label,
                "zone": self.period.zone,
                "start": stamp(self.period.start),
                "end": stamp(self.period.end),
                "until": stamp(self.until),
                "complete": self.until >= self.period.end,
            },
            "meters": {meter.value: self.meters.get(meter, Metered()).as_document() for meter in Meter},
            "agent_time": {"seconds": sum(channels.values()), "channels": channels},
        }
        return document | ({"team": _team(self.agent_time, sum(channels.values()))} if whole_team else {})


class Billing:
    def __init__(
        self, ledger: Ledger, workforce: Workforce, tenants: Tenants, drafting: Drafting, seating: Seating
    ) -> None:
        self._ledger = ledger
        self._workforce = workforce
        self._tenants = tenants
        self._drafting = drafting
        self._seating = seating

    def usage(self, tenant_id: TenantId, label: str, now: datetime) -> Usage:
        """Of the period with that label; `current` is the one under way. Raises Invalid for one that has not begun."""
        return self._usage(self._tenants.get(tenant_id), label, now)

    def recorded(self, tenant_id: TenantId, label: str, now: datetime) -> list[UsageRecord]:
        """Of the period, all of them: for one that has few."""
        return self._ledger.records(tenant_id, self._drafting.period(tenant_id, label, now).span)

    def open_draft(self, tenant_id: TenantId, label: str, now: datetime) -> Draft:
        """For people: once there is the invoice, other figures would only mislead them.

        Raises Invalid for a period that has not begun, BeforeContract, AlreadyFinal.
        """
        self._drafting.unissued(tenant_id, label, now)
        return self.draft(tenant_id, label, now)

    def draft(self, tenant_id: TenantId, label: str, now: datetime) -> Draft:
        """From the running totals: as cheap for a million contacts as for ten."""
        draft = self._drafting.draft(tenant_id, label, now)
        if charges_seats(draft.usage.terms) and self._seating.record(tenant_id, label, now):
            return self._drafting.draft(tenant_id, label, now)
        return draft

    def _usage(self, tenant: Tenant, label: str, now: datetime) -> Usage:
        period = self._drafting.begun(tenant.id, label, now).period
        until = max(period.start, min(now, period.end))
        worked: set[AgentId] = set()

        def read() -> Iterator[UsageRecord]:
            for page in self._ledger.pages(tenant.id, period.span):
                for record in page:
                    worked.update(record.agents)
                    yield record

        meters = metered(read())
        return Usage(
            tenant=tenant.id,
            period=period,
            until=until,
            meters=meters,
            agent_time=self._agent_time(tenant, worked, period, until),
        )

    def _agent_time(
        self, tenant: Tenant, worked: AbstractSet[AgentId], period: BillingPeriod, until: datetime
    ) -> AgentTime:
        start, end = second(period.start), second(until)
        if start >= end:
            return NOTHING
        team = {member.agent for member in self._workforce.members(tenant.team_id)}
        span = Period(period.start, until)
        times = (
            conserve(
                agent,
                self._workforce.presence(agent, span.start, span.end),
                self._ledger.work(agent, span),
                start,
                end,
            )
            for agent in sorted(team | worked)
        )
        return reduce(add, times, NOTHING)


def metered(records: Iterable[UsageRecord]) -> dict[Meter, Metered]:
    meters: dict[Meter, Metered] = {}
    for record in records:
        meters.setdefault(record.meter, Metered()).add(record)
    return meters


def _team(time: AgentTime, own: int) -> Mapping[str, int]:
    """Own + others + idle + pause = log-in time."""
    return {
        "login": time.login,
        "own": own,
        "others": time.occupied - own,
        "idle": time.idle,
        "pause": time.pause,
    }
