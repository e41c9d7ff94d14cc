"""What a client used and owes so far: read from the ledger, computed by the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any, Protocol

from chalicelib.billing.model.agent_time import NOTHING, AgentTime, conserve
from chalicelib.billing.model.invoice import Client, Draft, draft
from chalicelib.billing.model.ledger import Engagement, Meter, UsageRecord
from chalicelib.billing.model.plan import Plan
from chalicelib.billing.model.timeline import PARTS
from chalicelib.kernel.clock import second, stamp
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.kernel.period import CURRENT, BillingPeriod, Period
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.tenancy.service.directory import Version
from chalicelib.workforce.model import Agent, StatusBegan


class Ledger(Protocol):
    def records(self, tenant: TenantId, period: Period) -> list[UsageRecord]: ...
    def work(self, agent: AgentId, period: Period) -> list[Engagement]: ...


class Workforce(Protocol):
    def members(self, team: TeamId) -> Sequence[Agent]: ...

    def presence(self, agent: AgentId, start: datetime, end: datetime) -> Iterable[StatusBegan]:
        """The statuses that begin in [start, end), led by the one in force at `start`."""
        ...


class Tenants(Protocol):
    def get(self, tenant: TenantId) -> Tenant: ...

    def versions(self, tenant: TenantId) -> Sequence[Version]:
        """The whole history, the oldest first; never empty."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    tenant: TenantId
    period: BillingPeriod
    until: datetime
    records: Sequence[UsageRecord]
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
            "meters": {meter.value: _metered(self.records, meter) for meter in Meter},
            "agent_time": {"seconds": sum(channels.values()), "channels": channels},
        }
        return document | ({"team": _team(self.agent_time, sum(channels.values()))} if whole_team else {})


class Billing:
    def __init__(self, ledger: Ledger, workforce: Workforce, tenants: Tenants) -> None:
        self._ledger = ledger
        self._workforce = workforce
        self._tenants = tenants

    def usage(self, tenant_id: TenantId, label: str, now: datetime) -> Usage:
        """Of the period with that label; `current` is the one under way."""
        return self._usage(self._tenants.get(tenant_id), label, now)

    def draft(self, tenant_id: TenantId, label: str, now: datetime) -> Draft:
        usage = self.usage(tenant_id, label, now)
        tenant = self._as_of(tenant_id, usage.period)
        return draft(
            records=usage.records,
            plan=Plan.of(tenant.plan),
            client=Client(tenant.id, tenant.bill_to or (tenant.name,)),
            period=usage.period,
            until=usage.until,
            agent_seconds=usage.agent_time.of(tenant.id),
        )

    def _as_of(self, tenant_id: TenantId, period: BillingPeriod) -> Tenant:
        """The client as it was when the period ended: a later plan does not reprice it."""
        versions = self._tenants.versions(tenant_id)
        held = [version for version in versions if version.effective < period.end]
        return (held[-1] if held else versions[0]).tenant

    def _usage(self, tenant: Tenant, label: str, now: datetime) -> Usage:
        period = _period(tenant, label, now)
        until = max(period.start, min(now, period.end))
        records = self._ledger.records(tenant.id, period.span)
        return Usage(
            tenant=tenant.id,
            period=period,
            until=until,
            records=records,
            agent_time=self._agent_time(tenant, records, period, until),
        )

    def _agent_time(
        self, tenant: Tenant, records: Iterable[UsageRecord], period: BillingPeriod, until: datetime
    ) -> AgentTime:
        start, end = second(period.start), second(until)
        if start >= end:
            return NOTHING
        worked = {agent for record in records for agent in record.agents}
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


def _period(tenant: Tenant, label: str, now: datetime) -> BillingPeriod:
    terms = tenant.contract
    if label == CURRENT:
        return BillingPeriod.of(now, terms.zone, terms.anchor_day)
    return BillingPeriod.parse(label, terms.zone, terms.anchor_day)


def _metered(records: Iterable[UsageRecord], meter: Meter) -> dict[str, Any]:
    counted = [record for record in records if record.meter is meter]
    parts = {part: sum(record.seconds.get(part, 0) for record in counted) for part in PARTS}
    return {"contacts": len(counted), "quantity": sum(record.quantity for record in counted), "seconds": parts}


def _team(time: AgentTime, own: int) -> Mapping[str, int]:
    """Own + others + idle + pause = log-in time."""
    return {
        "login": time.login,
        "own": own,
        "others": time.occupied - own,
        "idle": time.idle,
        "pause": time.pause,
    }
