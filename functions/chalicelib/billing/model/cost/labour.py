"""An agent's month: from days and pay to origins, and whose each paid second was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.billing.model.agent_time import QUARTER, AgentTime, Share
from chalicelib.billing.model.cost.allocation import Allocated, Kind, Origin, share
from chalicelib.billing.model.cost.pay import Stretch, costs, extras, stretches
from chalicelib.billing.model.cost.shares import Policies, Readiness, attributed
from chalicelib.kernel.clock import second
from chalicelib.kernel.ids import AgentId, TeamId, TenantId
from chalicelib.kernel.money import Money
from chalicelib.tenancy.model.tenant import Tenant
from chalicelib.workforce.model import Agent, Pay


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A period's name and length; salaries are by its days."""

    label: str
    days: int
    home: str  # the currency of who has no pay


@dataclass(frozen=True, slots=True)
class Labour:
    allocated: tuple[Allocated, ...]
    seconds: Mapping[Share, int]  # paid, with their bearers
    unpaid: bool  # worked on days without a rate


def labour(
    agent: AgentId,
    pays: Sequence[Pay],
    times: Mapping[date, AgentTime],
    *,
    month: Month,
    policies: Policies,
    readiness: Readiness,
) -> Labour:
    """One origin for each stretch of days with one rate, and one for each bonus or correction.

    A bonus is borne as the whole month's time is. `times` has every day of the period so far.
    """
    found = stretches(pays, times)
    amounts = costs(found, month.days, month.home, f"labour|{month.label}|{agent}")
    allocated = []
    seconds: dict[Share, int] = {}
    for stretch, amount in zip(found, amounts, strict=True):
        origin = _origin(agent, stretch, amount, month, policies)
        weights = attributed(stretch.time, policies, readiness, origin.id)
        for place, part in weights.items():
            seconds[place] = seconds.get(place, 0) + part
        if amount.minor or origin.weight:
            allocated.append(share(origin, weights))
    for pay, amount in extras(pays, min(times), max(times)) if times else []:
        allocated.append(share(_extra(agent, pay, amount, month, policies, sum(seconds.values())), seconds))
    return Labour(tuple(allocated), seconds, any(stretch.unpaid for stretch in found))


def _origin(agent: AgentId, stretch: Stretch, cost: Money, month: Month, policies: Policies) -> Origin:
    pay = stretch.pay
    return Origin(
        id=f"labour|{month.label}|{agent}|{stretch.first_day.isoformat()}",
        kind=Kind.LABOUR,
        subject=agent,
        text=f"{pay.kind.value} {pay.amount.text()} {pay.amount.currency}" if pay else "no pay is known",
        method=policies.method,
        first_day=stretch.first_day,
        last_day=stretch.last_day,
        weight=stretch.time.login,
        cost=cost,
    )


def _extra(agent: AgentId, pay: Pay, cost: Money, month: Month, policies: Policies, weight: int) -> Origin:
    return Origin(
        id=f"labour|{month.label}|{agent}|{pay.day.isoformat()}|once",
        kind=Kind.LABOUR,
        subject=agent,
        text=pay.why or "once",
        method=policies.method,
        first_day=pay.day,
        last_day=pay.day,
        weight=weight,
        cost=cost,
    )


def may_serve(agent: Agent, clients: frozenset[TenantId]) -> frozenset[TenantId]:
    """Of the clients of his team: those whom no wall and no dedication keeps from him."""
    allowed = clients - agent.walls
    return allowed & agent.dedicated if agent.dedicated else allowed


def open_quarters(clients: Iterable[Tenant], start: datetime, end: datetime) -> dict[int, frozenset[TenantId]]:
    """For each quarter-hour, by its start in seconds since 1970: the clients that are open at any time of it."""
    found: dict[int, set[TenantId]] = {}
    for client in clients:
        at, is_open = start, client.is_open(start)
        while at < end:
            change = client.next_change(at)
            until = end if change is None else min(change, end)
            if is_open:
                for quarter in range(second(at) // QUARTER * QUARTER, second(until), QUARTER):
                    found.setdefault(quarter, set()).add(client.id)
            at, is_open = until, not is_open
    return {quarter: frozenset(open_) for quarter, open_ in found.items()}


def forecast_shares(clients: Iterable[Tenant]) -> dict[TenantId, int]:
    """What part of its team's work each client is forecast to be, in millionths of a percent; those who say nothing
    split what is left of 100 equally, and the rest of that division is nobody's."""
    teams: dict[TeamId, list[Tenant]] = {}
    for client in clients:
        teams.setdefault(client.team_id, []).append(client)
    found = {}
    for team in teams.values():
        said = {one.id: int(one.routing.share * _MILLION) for one in team if one.routing.share is not None}
        silent = [one.id for one in team if one.id not in said]
        left = max(0, 100 * _MILLION - sum(said.values()))
        found.update(said)
        found.update(dict.fromkeys(silent, left // len(silent)) if silent else {})
    return found


_MILLION = 1_000_000
