"""A month of pay shared out: 500 agents, 40 clients, 30 days, every second and cent by largest remainder.

Each agent's day is an origin of its own here, so 15,000 splits over 40 clients and what is unused; then the same
month as a run has it, from days to one origin for each agent. A row is one client's part of one agent's day.
Linear growth: the time of a row at full size against that of a tenth of the agents, in turns.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from chalicelib.billing.model.agent_time import IDLE, QUARTER, AgentTime, Share, Spare
from chalicelib.billing.model.cost.allocation import Allocated, Kind, Origin, share
from chalicelib.billing.model.cost.labour import Labour, Month, labour
from chalicelib.billing.model.cost.shares import Policies, Policy, Readiness, attributed
from chalicelib.kernel.ids import AgentId, TenantId
from chalicelib.kernel.money import Money
from chalicelib.workforce.model import Pay
from chalicelib.workforce.service import paid
from tests.bench.measure import Line, plain

AGENTS, CLIENTS, DAYS = 500, 40, 30
_FIRST = date(2026, 11, 1)
_TIMES = 3
_GROWTH = 1.3
_POLICIES = Policies(idle=Policy.PROPORTIONAL)
_CHANNELS = ("voice", "chat", "email")
Floor = Mapping[AgentId, Mapping[date, AgentTime]]


def bench() -> Iterator[Line]:
    floor = _floor(AGENTS)
    tenth = dict(list(floor.items())[: AGENTS // 10])
    yield from _lines("billing.shares.days", floor, tenth, _days)
    yield from _lines("billing.shares.month", floor, tenth, _months)


def _lines(name: str, floor: Floor, tenth: Floor, shared: object) -> Iterator[Line]:
    assert callable(shared)
    whole, parts = [], []
    for _ in range(_TIMES):
        parts.append(statistics.median(_seconds(shared, tenth) for _ in range(5)))
        whole.append(_seconds(shared, floor))
    rows = AGENTS * CLIENTS * DAYS
    took = statistics.median(whole)
    yield plain(name, took, "s", _TIMES)
    yield plain(f"{name}.rows", rows / took, "rows/s", rows)
    per_row, before = [1e9 * one / rows for one in whole], [1e9 * one / (rows / 10) for one in parts]
    ratio = min(per_row) / min(before)  # what others on the machine add is not growth
    yield Line(
        bench=f"{name}.growth",
        value=round(min(per_row), 1),
        unit="ns/row",
        baseline=round(min(before), 1),
        ratio=round(ratio, 3),
        n=_TIMES,
        limit=_GROWTH,
        ok=ratio <= _GROWTH,
    )


def _seconds(shared: object, floor: Floor) -> float:
    assert callable(shared)
    began = time.process_time()  # of this process alone, whatever else the machine does
    shared(floor)
    return time.process_time() - began


def _days(floor: Floor) -> list[Allocated]:
    found = []
    for agent, times in floor.items():
        for day, worked in times.items():
            origin = _origin(agent, day, worked)
            found.append(share(origin, attributed(worked, _POLICIES, Readiness(), origin.id)))
    return found


def _months(floor: Floor) -> list[Labour]:
    pays: Sequence[Pay] = [
        paid(_FIRST, "USD", per_hour="19.47"),
        paid(_FIRST + timedelta(days=15), "USD", per_hour="20.13"),
    ]
    month = Month(label="2026-11", days=DAYS, home="USD")
    return [
        labour(agent, pays, times, month=month, policies=_POLICIES, readiness=Readiness())
        for agent, times in floor.items()
    ]


def _origin(agent: AgentId, day: date, worked: AgentTime) -> Origin:
    return Origin(
        id=f"labour|{agent}|{day.isoformat()}",
        kind=Kind.LABOUR,
        subject=agent,
        text="",
        method=_POLICIES.method,
        first_day=day,
        last_day=day,
        weight=worked.login,
        cost=Money(worked.login * 1947 // 3600, "USD"),
    )


def _floor(agents: int) -> Floor:
    """Eight hours a day: each client on one of three channels, two hours idle in quarters, half an hour of breaks."""
    chance = random.Random(7)
    names = [TenantId(f"client-{n:02d}") for n in range(CLIENTS)]
    return {
        AgentId(f"agent-{n:03d}"): {_FIRST + timedelta(days=day): _day(chance, names, day) for day in range(DAYS)}
        for n in range(agents)
    }


def _day(chance: random.Random, names: Sequence[TenantId], day: int) -> AgentTime:
    shares = {Share(name, chance.choice(_CHANNELS)): chance.randint(100, 900) for name in names}
    eight = 1_793_000_000 // QUARTER * QUARTER + day * 86_400
    spare = {Spare(eight + QUARTER * n, IDLE): chance.randint(1, 900) for n in range(16)}
    spare |= {Spare(eight + QUARTER * n, "break"): 900 for n in (16, 17)}
    idle = sum(spare.values()) - 1_800
    return AgentTime(login=sum(shares.values()) + idle + 1_800, idle=idle, pause=1_800, shares=shares, spare=spare)
