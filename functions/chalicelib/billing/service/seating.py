"""Seat hours: how long the agents of a client alone were logged in, a record for each local day that is over.

No contact tells them, so they are read from presence when the period is looked at; only where the contract charges
for them. A day's record is the same however often it is made. An agent who serves several clients alone is nobody's
seat. A day belongs to one period, so an agent who works over its edge is cut there.

Whom an agent served alone was told with each status: so a day stays as it was when he becomes somebody else's, or
everybody's, and leaves the team. What was told before there was that goes by his record of today.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from chalicelib.billing.model.ledger import Meter, Mode, Usage, UsageRecord
from chalicelib.billing.model.terms import charges_seats, terms_of
from chalicelib.billing.service.books import Books
from chalicelib.billing.service.metering import Appended
from chalicelib.kernel.channel import Channel
from chalicelib.kernel.ids import AgentId, ContactId, TeamId, TenantId
from chalicelib.kernel.period import BillingPeriod, Period, day_start
from chalicelib.workforce.model import Agent, Status, StatusBegan, intervals

_INSTANT = timedelta(milliseconds=1)


class Workforce(Protocol):
    def members(self, team: TeamId) -> Sequence[Agent]: ...
    def ever_dedicated(self, tenant: TenantId) -> Sequence[AgentId]: ...
    def presence(self, agent: AgentId, start: datetime, end: datetime) -> Iterable[StatusBegan]: ...


class Metering(Protocol):
    def append(self, usage: Usage, now: datetime) -> Appended: ...


class Seating:
    def __init__(self, people: Workforce, books: Books, metering: Metering) -> None:
        self._people = people
        self._books = books
        self._metering = metering

    def record(self, tenant: TenantId, label: str, now: datetime) -> int:
        """The days of the period that are over; of a closed period nothing. How many records are new."""
        period = self._books.period(tenant, label, now)
        terms = terms_of(period.period, self._books.agreed(tenant))
        if period.closed or period.period.start >= now or not charges_seats(terms):
            return 0
        new = 0
        today = {one.agent for one in self._people.members(terms.tenant.team_id) if one.dedicated == {tenant}}
        for agent in sorted(today.union(self._people.ever_dedicated(tenant))):
            for record in self._days(tenant, agent, period.period, now, agent in today):
                new += self._metering.append(Usage(records=(record,)), now).new
        return new

    def _days(
        self, tenant: TenantId, agent: AgentId, period: BillingPeriod, now: datetime, today: bool
    ) -> Iterator[UsageRecord]:
        """`today`: he serves the client alone today, which counts where nothing was told."""
        begun = list(self._people.presence(agent, period.start, min(now, period.end)))
        for day, span in days_of(period):
            if span.end > now:
                return
            logged_in = sum(
                one.seconds
                for one in intervals(agent, begun, span.start, span.end)
                if one.status is not Status.OFFLINE and (today if one.dedicated is None else one.dedicated == {tenant})
            )
            if logged_in:
                yield _record(tenant, agent, day, span, logged_in)


def days_of(period: BillingPeriod) -> Iterator[tuple[date, Period]]:
    """The local days of a period as instants; they tile it, also where clocks change."""
    zone = ZoneInfo(period.zone)
    for place in range(period.days):
        day = period.first_day + timedelta(days=place)
        start = period.start if day == period.first_day else day_start(day, zone)
        end = period.end if day == period.last_day else day_start(day + timedelta(days=1), zone)
        yield day, Period(start, end)


def _record(tenant: TenantId, agent: AgentId, day: date, span: Period, seconds: int) -> UsageRecord:
    return UsageRecord(
        tenant=tenant,
        contact=ContactId(f"seat-{agent}-{day.isoformat()}"),
        meter=Meter.SEAT,
        channel=Channel.VOICE,
        usage_at=span.end - _INSTANT,
        opened_at=span.start,
        quantity=seconds,
        agents=(agent,),
        mode=Mode.DEDICATED,
    )
